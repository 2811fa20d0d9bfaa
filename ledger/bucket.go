package ledger

import (
	"encoding/binary"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// buckets are the running hashes of the envelopes that the ledger still remembers, by
// bucket of their NotAfter height. A replay is refused as long as the envelope could
// still be valid; afterwards its bucket is forgotten.
type buckets struct {
	first  uint64 // lowest bucket that may hold ids
	hashes map[uint64]wire.Hash
}

func openBuckets(r Reader) (*buckets, error) {
	b := &buckets{hashes: map[uint64]wire.Hash{}}
	started := false
	err := r.Scan([]byte{'X'}, []byte{'X' + 1}, func(k, v []byte) bool {
		n := binary.BigEndian.Uint64(k[1:])
		if !started {
			b.first, started = n, true
		}
		b.hashes[n] = wire.Hash(v)
		return true
	})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "state", err)
	}
	return b, nil
}

func (b *buckets) add(set func(k, v []byte), notAfter int64, id wire.Hash) {
	n := bucketOf(notAfter)
	last := b.hashes[n]
	next := wire.Digest("riviera/bucket/1", last[:], id[:])
	b.hashes[n] = next
	b.first = min(b.first, n)
	set(bucketKey(n), next[:])
}

// expire forgets every bucket in which no envelope can be committed any more.
func (b *buckets) expire(remove func(key, end []byte), height int64) {
	for ; b.first < bucketOf(height); b.first++ {
		if _, ok := b.hashes[b.first]; !ok {
			continue
		}
		delete(b.hashes, b.first)
		remove(seqKey('x', b.first), seqKey('x', b.first+1))
		remove(bucketKey(b.first), nil)
	}
}

// hash binds the live buckets in ascending order; there are at most MaxAhead /
// bucketHeights + 2 of them.
func (b *buckets) hash() wire.Hash {
	var buf []byte
	for n, left := b.first, len(b.hashes); left > 0; n++ {
		if h, ok := b.hashes[n]; ok {
			buf = binary.BigEndian.AppendUint64(buf, n)
			buf = append(buf, h[:]...)
			left--
		}
	}
	return wire.Digest("riviera/buckets/1", buf)
}
