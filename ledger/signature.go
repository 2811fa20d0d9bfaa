package ledger

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/asn1"
	"io"
	"math/big"

	"github.com/emmansun/gmsm/sm2"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/signature"
)

// signatureSize is the length of every signature on the wire: Ed25519 as RFC 8032 has
// it, the other two r ‖ s of 32 bytes each, so that there is one form of each.
const signatureSize = 64

// verify checks a signature over a digest by an operating key. P-256 signs the digest
// itself; SM2 signs SM3(ZA ‖ digest) with the default identity of GB/T 32918.
func (k *Key) verify(digest, sig []byte) error {
	if len(sig) == signatureSize && k.verified(digest, sig) {
		return nil
	}
	return fault.New(fault.BadSignature, "")
}

func (k *Key) verified(digest, sig []byte) bool {
	switch k.Algorithm {
	case Ed25519:
		return signature.Verify(signature.Check{Key: k.Public, Message: digest, Signature: sig})
	case P256:
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.Public)
		return err == nil && ecdsa.Verify(public, digest, half(sig, 0), half(sig, 1))
	case SM2:
		public, err := sm2.ParseUncompressedPublicKey(k.Public)
		if err != nil {
			return false
		}
		e, err := sm2.CalculateSM2Hash(public, digest, nil)
		return err == nil && sm2.Verify(public, e, half(sig, 0), half(sig, 1))
	}
	return false
}

func half(sig []byte, i int) *big.Int { return new(big.Int).SetBytes(sig[32*i : 32*i+32]) }

// checkPublic refuses a key that is none of its algorithm.
func (k *Key) checkPublic() error {
	var err error
	switch k.Algorithm {
	case Ed25519:
		if len(k.Public) != ed25519.PublicKeySize {
			return fault.Newf(fault.KeyInvalid, "key", "key %d is no Ed25519 key", k.ID)
		}
	case P256:
		_, err = ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.Public)
	case SM2:
		_, err = sm2.ParseUncompressedPublicKey(k.Public)
	default:
		return fault.Newf(fault.KeyInvalid, "key", "key %d is of an unknown algorithm", k.ID)
	}
	if err != nil {
		return fault.Newf(fault.KeyInvalid, "key", "key %d is no point of %s", k.ID, k.Algorithm)
	}
	return nil
}

// sign signs a digest with a key of any of the three algorithms, in the form of the wire.
func sign(random io.Reader, key crypto.Signer, digest []byte) ([]byte, error) {
	public, isCurve := key.Public().(*ecdsa.PublicKey)
	if !isCurve {
		return key.Sign(random, digest, crypto.Hash(0))
	}
	var opts crypto.SignerOpts = crypto.SHA256
	if public.Curve == sm2.P256() {
		opts = sm2.DefaultSM2SignerOpts
	}
	der, err := key.Sign(random, digest, opts)
	if err != nil {
		return nil, err
	}
	var pair struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &pair); err != nil || len(rest) != 0 {
		return nil, fault.Newf(fault.BadSignature, "", "the signer gives no ECDSA signature")
	}
	if pair.R.Sign() < 0 || pair.S.Sign() < 0 || pair.R.BitLen() > 256 || pair.S.BitLen() > 256 {
		return nil, fault.Newf(fault.BadSignature, "", "the signer's numbers are out of range")
	}
	out := make([]byte, signatureSize)
	pair.R.FillBytes(out[:32])
	pair.S.FillBytes(out[32:])
	return out, nil
}

// AlgorithmOf names the algorithm of a public key and gives it in the form of the member
// list.
func AlgorithmOf(public crypto.PublicKey) (Algorithm, []byte, error) {
	switch p := public.(type) {
	case ed25519.PublicKey:
		return Ed25519, p, nil
	case *ecdsa.PublicKey:
		if p.Curve != elliptic.P256() && p.Curve != sm2.P256() {
			break
		}
		b := make([]byte, 65)
		b[0] = 4
		p.X.FillBytes(b[1:33])
		p.Y.FillBytes(b[33:])
		if p.Curve == sm2.P256() {
			return SM2, b, nil
		}
		return P256, b, nil
	}
	return "", nil, fault.Newf(fault.KeyInvalid, "key", "Ed25519, P-256 or SM2")
}
