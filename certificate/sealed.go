package certificate

import (
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/binary"

	"github.com/riviera-ledger/riviera/fault"
)

// A sealed copy is a holder's own copy that only its access code opens: HPKE (RFC 9180) in
// base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, to the key of the code.
// Inside, four bytes of length stand before the copy, and zeros behind it up to a multiple
// of sealedStep: so nothing but the code tells whose it is, and the size tells little.
const (
	sealedInfo = "riviera/sealed-copy/1"
	sealedStep = 16 << 10
	sealedOver = 32 + 16 // encapsulated key, tag

	// MaxSealed is the longest sealed copy in bytes.
	MaxSealed = 4*sealedStep + sealedOver
)

// SealCopy seals an own copy to the key of an access code: fault.TooLarge where it is
// longer than what nodes keep.
func SealCopy(own []byte, to *ecdh.PublicKey) ([]byte, error) {
	steps := (4 + len(own) + sealedStep - 1) / sealedStep
	if steps*sealedStep+sealedOver > MaxSealed {
		return nil, fault.New(fault.TooLarge, "copy")
	}
	plain := make([]byte, steps*sealedStep)
	binary.BigEndian.PutUint32(plain, uint32(len(own)))
	copy(plain[4:], own)
	key, err := hpke.NewDHKEMPublicKey(to)
	if err != nil {
		return nil, fault.Wrap(fault.BadRequest, "key", err)
	}
	sealed, err := hpke.Seal(key, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(sealedInfo), plain)
	if err != nil { // a key of low order
		return nil, fault.Newf(fault.BadRequest, "key", "unfit")
	}
	return sealed, nil
}

// OpenSealedCopy opens a sealed copy: fault.CommitmentMismatch for another's, or a damaged one.
func OpenSealedCopy(sealed []byte, key *ecdh.PrivateKey) ([]byte, error) {
	broken := fault.Newf(fault.CommitmentMismatch, "copy", "another's, or damaged")
	private, err := hpke.NewDHKEMPrivateKey(key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "key", err)
	}
	plain, err := hpke.Open(private, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(sealedInfo), sealed)
	if err != nil || len(plain) < 4 {
		return nil, broken
	}
	n := binary.BigEndian.Uint32(plain)
	if uint64(n) > uint64(len(plain)-4) {
		return nil, broken
	}
	return plain[4 : 4+n], nil
}

// SealedShape reports whether bytes have the length of a sealed copy.
func SealedShape(b []byte) bool {
	return len(b) > sealedOver && len(b) <= MaxSealed && (len(b)-sealedOver)%sealedStep == 0
}
