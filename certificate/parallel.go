package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/asn1"
	"math/big"

	"github.com/emmansun/gmsm/sm2"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
)

// signParallel signs a document with a member's SM2 key, for Credential.Parallel; any
// other kind of key is fault.KeyUnfit.
func signParallel(document []byte, key crypto.Signer) (*verify.Parallel, error) {
	public, ok := key.Public().(*ecdsa.PublicKey)
	if !ok || public.Curve != sm2.P256() {
		return nil, fault.New(fault.KeyUnfit, "SM2 key")
	}
	message, err := verify.ParallelMessage(document)
	if err != nil {
		return nil, err
	}
	der, err := key.Sign(rand.Reader, message, sm2.DefaultSM2SignerOpts)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "SM2 key", err)
	}
	signature, err := pair(der)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "SM2 key", err)
	}
	return &verify.Parallel{Type: verify.ParallelType, Key: verify.SM2Multikey(compressed(public)), Signature: signature}, nil
}

// compressed writes a point as its first byte and X.
func compressed(public *ecdsa.PublicKey) []byte {
	//lint:ignore SA1019 the standard library writes points of its own curves only
	return append([]byte{2 + byte(public.Y.Bit(0))}, public.X.FillBytes(make([]byte, 32))...)
}

// pair writes an ECDSA or SM2 signature in ASN.1 as r ‖ s of 32 bytes each.
func pair(der []byte) ([]byte, error) {
	var s struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &s); err != nil || len(rest) != 0 || s.R.Sign() <= 0 || s.S.Sign() <= 0 || s.R.BitLen() > 256 || s.S.BitLen() > 256 {
		return nil, fault.New(fault.Malformed, "signature")
	}
	var raw [64]byte
	s.R.FillBytes(raw[:32])
	s.S.FillBytes(raw[32:])
	return raw[:], nil
}
