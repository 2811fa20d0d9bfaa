package proof

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/wire"
)

// reversalTag separates what a court signs when it reverses an end from every other
// signature of its key.
const reversalTag = "riviera/reversal/1"

// ReversalDigest is what a court signs, with its credential key, that reverses the end of
// a record: the network, the event that ended it (EventID) and the day of the decision.
func ReversalDigest(genesis, event wire.Hash, decidedOn credit.Date) wire.Hash {
	return wire.Digest(reversalTag, genesis[:], event[:], []byte(decidedOn.String()))
}

// VerifyDigest checks a signature of a credential key over a digest: Ed25519 (RFC 8032,
// without a cofactor), or ECDSA on P-256 in ASN.1 over the digest itself. Every reader of
// such a signature comes to the same answer, in the ledger and offline.
func VerifyDigest(key crypto.PublicKey, digest, signature []byte) bool {
	switch key := key.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(key, digest, signature)
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, digest, signature)
	}
	return false
}
