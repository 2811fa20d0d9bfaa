package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// NodeKey is the node's own key for its vault: 256 random bits that never leave the
// node. Without it the vault's files are noise.
type NodeKey [32]byte

// tag is what a body is found by: a keyed hash of its subject's type and code, and one of
// these with the name, each cut to 64 bits. Whoever acts on a name that agrees compares it
// with the body's as well.
type tag struct{ code, name [8]byte }

func (t tag) bytes() (b [16]byte) {
	copy(b[:], t.code[:])
	copy(b[8:], t.name[:])
	return b
}

// sealer holds what derives from the node key.
type sealer struct {
	slots cipher.AEAD // nonce in front, random
	index sync.Pool   // of hash.Hash: HMAC under the index key
}

func newSealer(key NodeKey) *sealer {
	wrapping := wire.Digest("riviera/vault/wrap/1", key[:])
	indexing := wire.Digest("riviera/vault/index/1", key[:])
	s := &sealer{slots: randomNonce(wrapping)}
	s.index.New = func() any { return hmac.New(sha256.New, indexing[:]) }
	return s
}

// subject is the tag under which a subject's records are found. The name counts in the
// form in which two spellings agree.
func (s *sealer) subject(of Subject, name string) (t tag) {
	mac := s.index.Get().(hash.Hash)
	defer s.index.Put(mac)
	mac.Reset()
	mac.Write([]byte(of.Type))
	mac.Write([]byte{0})
	mac.Write([]byte(of.normal()))
	var sum [32]byte
	copy(t.code[:], mac.Sum(sum[:0]))
	mac.Write([]byte{0})
	mac.Write([]byte(credit.NormalizeName(name)))
	copy(t.name[:], mac.Sum(sum[:0]))
	return t
}

// entry is what a slot holds.
type entry struct {
	secret     proof.Secret
	subject    tag
	record     Record
	commitment wire.Hash // zero: secret is the key of the record's attachments
}

const (
	slotUsed  = 1
	slotHead  = 4 // bytes in the clear
	entrySize = 32 + 16 + 16 + 32
)

func (s *sealer) seal(e entry) (slot store.Slot) {
	var plain [entrySize]byte
	copy(plain[:], e.secret[:])
	subject := e.subject.bytes()
	copy(plain[32:], subject[:])
	copy(plain[48:], e.record[:])
	copy(plain[64:], e.commitment[:])
	return s.sealPlain(plain)
}

func (s *sealer) sealPlain(plain [entrySize]byte) (slot store.Slot) {
	slot[0] = slotUsed
	s.slots.Seal(slot[:slotHead], nil, plain[:], []byte{slotUsed, 0, 0, 0})
	return slot
}

// open reads a slot; false if it is not this vault's or damaged.
func (s *sealer) open(slot *store.Slot) (e entry, ok bool) {
	plain, ok := s.openPlain(slot)
	copy(e.secret[:], plain[:])
	copy(e.subject.code[:], plain[32:])
	copy(e.subject.name[:], plain[40:])
	copy(e.record[:], plain[48:])
	copy(e.commitment[:], plain[64:])
	return e, ok
}

func (s *sealer) openPlain(slot *store.Slot) (plain [entrySize]byte, ok bool) {
	_, err := s.slots.Open(plain[:0], nil, slot[slotHead:], slot[:slotHead])
	return plain, err == nil
}

// header is the content of slot 0.
func header() (plain [entrySize]byte) {
	copy(plain[:], "riviera/vault/2")
	return plain
}

// sealBody seals a body for the disk. The key serves this commitment alone, hence the
// nonce of zero, even if a secret that was dropped should come back with another body.
func sealBody(c *Checked) []byte {
	sealed := make([]byte, 0, len(c.Body)+16)
	return bodyAEAD(c.Secret, c.Commitment).Seal(sealed, zeroNonce[:], c.Body, c.Record[:])
}

func openBody(e entry, sealed []byte) ([]byte, error) {
	b, err := bodyAEAD(e.secret, e.commitment).Open(nil, zeroNonce[:], sealed, e.record[:])
	if err != nil {
		return nil, fault.Newf(fault.BodyMissing, "body", "damaged on disk")
	}
	return b, nil
}

var zeroNonce [12]byte

func bodyAEAD(secret proof.Secret, commitment wire.Hash) cipher.AEAD {
	return must(cipher.NewGCM(block(wire.Digest("riviera/vault/body/1", secret[:], commitment[:]))))
}

func randomNonce(key wire.Hash) cipher.AEAD { return must(cipher.NewGCMWithRandomNonce(block(key))) }

func block(key wire.Hash) cipher.Block { return must(aes.NewCipher(key[:])) }

// must is for constructors that fail only for key lengths that types here rule out.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
