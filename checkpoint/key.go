package checkpoint

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"

	"golang.org/x/mod/sumdb/note"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// Algorithms of C2SP signed-note, as they stand before a public key where its id is made.
const (
	algorithmEd25519  = 0x01
	algorithmCosigner = 0x04
)

// keyID is the first four bytes of SHA-256(name ‖ LF ‖ algorithm ‖ key).
func keyID(name string, algorithm byte, key []byte) uint32 {
	h := sha256.New()
	h.Write([]byte(name + "\n"))
	h.Write([]byte{algorithm})
	h.Write(key)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// logKey is a member's credential key under the log's name; it verifies what that signed.
type logKey struct {
	origin string
	public crypto.PublicKey // ed25519.PublicKey or *ecdsa.PublicKey
	member uint32
}

func (k logKey) Name() string { return k.origin }

func (k logKey) KeyHash() uint32 {
	if public, ok := k.public.(ed25519.PublicKey); ok {
		return keyID(k.origin, algorithmEd25519, public)
	}
	der, err := x509.MarshalPKIXPublicKey(k.public)
	if err != nil {
		return 0 // no key that this package is given: ParseMultikey and signers know two kinds
	}
	h := sha256.Sum256(der)
	return binary.BigEndian.Uint32(h[:])
}

func (k logKey) Verify(msg, sig []byte) bool {
	switch public := k.public.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(public, msg, sig)
	case *ecdsa.PublicKey:
		digest := sha256.Sum256(msg)
		return ecdsa.VerifyASN1(public, digest[:], sig)
	}
	return false
}

// logSigner signs with a credential key.
type logSigner struct {
	logKey
	key crypto.Signer
}

func (s logSigner) Sign(msg []byte) ([]byte, error) {
	if _, ok := s.public.(ed25519.PublicKey); ok {
		return s.key.Sign(nil, msg, crypto.Hash(0))
	}
	digest := sha256.Sum256(msg)
	return s.key.Sign(rand.Reader, digest[:], crypto.SHA256)
}

// Sign returns the checkpoint as a note under a member's credential key: Ed25519 or ECDSA
// on P-256.
func (c Checkpoint) Sign(key crypto.Signer) ([]byte, error) {
	b, err := note.Sign(&note.Note{Text: c.Text()}, logSigner{logKey{origin: c.Origin, public: key.Public()}, key})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "checkpoint", err)
	}
	return b, nil
}

// keysOf lists the credential keys of a trust file that had not ended at its height.
func keysOf(t *verify.Trust) ([]logKey, error) {
	var out []logKey
	for _, k := range t.Keys {
		if k.Certificate != "" || k.Algorithm == verify.AlgorithmSM2 || k.ToHeight != 0 && k.ToHeight < t.Height {
			continue
		}
		public, err := verify.ParseMultikey(k.PublicKey)
		if err != nil {
			return nil, fault.Wrap(fault.Of(err), "trust", err)
		}
		out = append(out, logKey{origin: Origin(wire.Hash(t.Genesis)), public: public, member: k.Member})
	}
	return out, nil
}
