package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/json"

	"github.com/emmansun/gmsm/sm2"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
)

// Parallel is a detached SM2 signature of a certificate's whole file, in a file of its own
// beside it, for readers who have to use GB/T 32918. It never stands alone: the
// certificate verifies without it, and it says nothing about a file that does not. The
// signature is over the file; ID and Member only help to find what it belongs to.
type Parallel struct {
	Type      string       `json:"type"`
	ID        string       `json:"certificate"` // the credential's id
	Member    verify.Count `json:"member"`
	PublicKey []byte       `json:"publicKey"` // uncompressed point, base64
	Signature []byte       `json:"signature"` // ASN.1, SM2 with SM3 and the default identity
}

// parallelType is Parallel.Type.
const parallelType = "RivieraSM2Signature1"

// MaxParallel bounds a parallel signature's file, in bytes.
const MaxParallel = 4 << 10

// SignParallel signs a finished file with a member's SM2 key; any other kind of key is
// fault.KeyUnfit.
func SignParallel(file []byte, id string, member uint32, key crypto.Signer) ([]byte, error) {
	public, ok := key.Public().(*ecdsa.PublicKey)
	if !ok || public.Curve != sm2.P256() {
		return nil, fault.New(fault.KeyUnfit, "SM2 key")
	}
	signature, err := key.Sign(rand.Reader, file, sm2.DefaultSM2SignerOpts)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "SM2 key", err)
	}
	//lint:ignore SA1019 the standard library writes points of its own curves only
	p := Parallel{Type: parallelType, ID: id, Member: verify.Count(member), Signature: signature,
		PublicKey: append(append([]byte{4}, public.X.FillBytes(make([]byte, 32))...), public.Y.FillBytes(make([]byte, 32))...)}
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "SM2 signature", err)
	}
	return append(b, '\n'), nil
}

// CheckParallel checks a parallel signature over a file with the key that it names
// itself, and returns it. Whether that key is the member's is for the caller to find on
// the ledger. A signature over anything else is fault.BadSignature.
func CheckParallel(parallel, file []byte) (*Parallel, error) {
	if len(parallel) > MaxParallel {
		return nil, fault.New(fault.TooLarge, "SM2 signature")
	}
	var p Parallel
	if err := json.Unmarshal(parallel, &p); err != nil || p.Type != parallelType {
		return nil, fault.New(fault.Malformed, "SM2 signature")
	}
	public, err := sm2.ParseUncompressedPublicKey(p.PublicKey)
	if err != nil {
		return nil, fault.New(fault.Malformed, "SM2 signature")
	}
	if !sm2.VerifyASN1WithSM2(public, nil, file, p.Signature) {
		return nil, fault.New(fault.BadSignature, "SM2 signature")
	}
	return &p, nil
}
