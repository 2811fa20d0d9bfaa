package certificate

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// fakeChain signs blocks as the engine does, without the engine: enough of its formats
// to make light blocks. Package proof is held against the engine itself by vectors, so
// a mistake here shows as a block that does not verify.
type fakeChain struct {
	id   string
	keys []ed25519.PrivateKey
}

func newFakeChain(id string, recorders int, seed string) *fakeChain {
	c := &fakeChain{id: id}
	for i := range recorders {
		s := sha256.Sum256(fmt.Appendf(nil, "%s/%d", seed, i))
		c.keys = append(c.keys, ed25519.NewKeyFromSeed(s[:]))
	}
	// The engine orders validators of one power by address.
	slices.SortFunc(c.keys, func(a, b ed25519.PrivateKey) int { return bytes.Compare(address(a), address(b)) })
	return c
}

func address(k ed25519.PrivateKey) []byte {
	sum := sha256.Sum256(k.Public().(ed25519.PublicKey))
	return sum[:20]
}

func (c *fakeChain) validators() proof.Validators {
	var vs proof.Validators
	for _, k := range c.keys {
		vs = append(vs, proof.Validator{PubKey: [32]byte(k.Public().(ed25519.PublicKey)), Power: 1})
	}
	return vs
}

func pbKey(b []byte, number, wireType int) []byte {
	return binary.AppendUvarint(b, uint64(number<<3|wireType))
}

func pbUint(b []byte, number int, v uint64) []byte {
	if v == 0 {
		return b
	}
	return binary.AppendUvarint(pbKey(b, number, 0), v)
}

func pbMessage(b []byte, number int, v []byte) []byte {
	return append(binary.AppendUvarint(pbKey(b, number, 2), uint64(len(v))), v...)
}

func pbBytes(b []byte, number int, v []byte) []byte {
	if len(v) == 0 {
		return b
	}
	return pbMessage(b, number, v)
}

func pbFixed(b []byte, number int, v uint64) []byte {
	if v == 0 {
		return b
	}
	return binary.LittleEndian.AppendUint64(pbKey(b, number, 1), v)
}

func pbTime(t time.Time) []byte {
	return pbUint(pbUint(nil, 1, uint64(t.Unix())), 2, uint64(t.Nanosecond()))
}

// lightBlock is a signed block of the chain; next decides the block after it, absent
// holds the places of recorders that did not vote.
func (c *fakeChain) lightBlock(height int64, at time.Time, app wire.Hash, next *fakeChain, absent ...int) []byte {
	set, nextSet := c.validators().Hash(), next.validators().Hash()
	filler := sha256.Sum256([]byte("filler"))
	blockID := func(hash []byte) []byte {
		return pbMessage(pbBytes(nil, 1, hash), 2, pbBytes(pbUint(nil, 1, 1), 2, filler[:]))
	}
	messages := map[int][]byte{1: pbUint(nil, 1, 11), 4: pbTime(at), 5: blockID(filler[:])}
	chunks := map[int][]byte{2: []byte(c.id), 8: set[:], 9: nextSet[:], 11: app[:], 14: address(c.keys[0])}
	var header []byte
	var leaves []tlog.Hash
	for n := 1; n <= 14; n++ {
		var leaf []byte
		switch m, is := messages[n]; {
		case n == 3:
			header, leaf = pbUint(header, n, uint64(height)), pbUint(nil, 1, uint64(height))
		case is:
			header, leaf = pbMessage(header, n, m), m
		default:
			v, ok := chunks[n]
			if !ok {
				v = filler[:]
			}
			header, leaf = pbBytes(header, n, v), pbBytes(nil, 1, v)
		}
		leaves = append(leaves, tlog.RecordHash(leaf))
	}
	hash := treeOf(leaves)
	commit := pbMessage(pbUint(pbUint(nil, 1, uint64(height)), 2, 1), 3, blockID(hash[:]))
	for i, k := range c.keys {
		commit = pbMessage(commit, 4, c.vote(k, height, at.Add(time.Duration(i)*time.Millisecond), blockID(hash[:]), slices.Contains(absent, i)))
	}
	var vals []byte
	for _, k := range c.keys {
		v := pbMessage(pbBytes(nil, 1, address(k)), 2, pbBytes(nil, 1, k.Public().(ed25519.PublicKey)))
		vals = pbMessage(vals, 1, pbUint(v, 3, 1))
	}
	return pbMessage(pbMessage(nil, 1, pbMessage(pbMessage(nil, 1, header), 2, commit)), 2, vals)
}

func (c *fakeChain) vote(k ed25519.PrivateKey, height int64, at time.Time, blockID []byte, absent bool) []byte {
	if absent {
		return pbMessage(pbUint(nil, 1, 1), 3, pbTime(time.Time{}))
	}
	b := pbUint(nil, 1, 2)
	b = pbFixed(pbFixed(b, 2, uint64(height)), 3, 1)
	b = pbMessage(pbMessage(b, 4, blockID), 5, pbTime(at))
	b = pbBytes(b, 6, []byte(c.id))
	signature := ed25519.Sign(k, append(binary.AppendUvarint(nil, uint64(len(b))), b...))
	return pbBytes(pbMessage(pbBytes(pbUint(nil, 1, 2), 2, address(k)), 3, pbTime(at)), 4, signature)
}

// treeOf is the RFC 6962 root over leaf hashes.
func treeOf(leaves []tlog.Hash) tlog.Hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	return tlog.NodeHash(treeOf(leaves[:k]), treeOf(leaves[k:]))
}

// memoryLog is a log in memory.
type memoryLog struct {
	n      int64
	hashes []tlog.Hash
}

func (l *memoryLog) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, a := range at {
		out[i] = l.hashes[a]
	}
	return out, nil
}

func (l *memoryLog) add(t testing.TB, entry []byte) {
	t.Helper()
	h, err := tlog.StoredHashes(l.n, entry, l)
	if err != nil {
		t.Fatal(err)
	}
	l.n, l.hashes = l.n+1, append(l.hashes, h...)
}

func (l *memoryLog) root(t testing.TB) wire.Hash {
	t.Helper()
	h, err := tlog.TreeHash(l.n, l)
	if err != nil {
		t.Fatal(err)
	}
	return wire.Hash(h)
}

func (l *memoryLog) path(t testing.TB, index int64) []wire.Hash {
	t.Helper()
	p, err := tlog.ProveRecord(l.n, index, l)
	if err != nil {
		t.Fatal(err)
	}
	var out []wire.Hash
	for _, h := range p {
		out = append(out, wire.Hash(h))
	}
	return out
}
