package ledger

import (
	"encoding/binary"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/wire"
)

// Reader is the committed state as the ledger reads it. Get returns nil without an
// error for an absent key; Scan visits [from, to) in ascending order until fn returns
// false.
type Reader interface {
	Get(key []byte) ([]byte, error)
	Scan(from, to []byte, fn func(key, value []byte) bool) error
}

// Write is one change of the state. With RangeEnd set, every key in [Key, RangeEnd)
// is deleted; with a nil Value, Key is.
type Write struct {
	Key, Value, RangeEnd []byte
}

// AskedInVain names the families of keys that a ledger mostly asks for to find that they
// are not there, as store.Options.Remember takes them: records, case tags and commitments
// that must be new, bases that must not be barred, and envelopes that must not have been
// committed, by bucket.
func AskedInVain() map[byte]int { return map[byte]int{'i': 1, 'g': 1, 'b': 1, 'k': 1, 'x': 9} }

var metaKey = []byte("m")

func seqKey(prefix byte, n uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{prefix}, n)
}

func recordKey(seq uint64) []byte  { return seqKey('r', seq) }
func eventKey(index uint64) []byte { return seqKey('e', index) }
func groupKey(n uint64) []byte     { return seqKey('s', n) }
func idKey(id RecordID) []byte     { return append([]byte{'i'}, id[:]...) }
func bodyKey(c wire.Hash) []byte   { return append([]byte{'k'}, c[:]...) }
func tileKey(level int, n int64) []byte {
	return binary.BigEndian.AppendUint64([]byte{'t', byte(level)}, uint64(n))
}

// historyKey lists a record's events; it serves readers and is under no root.
func historyKey(seq, index uint64) []byte { return append(seqKey('h', seq), uint64Bytes(index)...) }

// dueKey orders deadlines by time; the flipped sign bit puts negative moments first.
func dueKey(at credit.Moment, seq uint64) []byte {
	k := binary.BigEndian.AppendUint64([]byte{'d'}, uint64(at)^1<<63)
	return binary.BigEndian.AppendUint64(k, seq)
}

func dueSeq(key []byte) uint64 { return binary.BigEndian.Uint64(key[9:]) }

// bucketOf groups envelope ids by their NotAfter height, so that whole buckets can be
// forgotten once no envelope in them can come back.
func bucketOf(notAfter int64) uint64 { return uint64(notAfter) / bucketHeights }

const bucketHeights = 64

func envelopeKey(notAfter int64, id wire.Hash) []byte {
	return append(seqKey('x', bucketOf(notAfter)), id[:]...)
}

// turnOf orders the envelopes of a bucket as they were committed: height and place in the
// block. The bucket's running hash follows from the ids in this order.
func turnOf(height int64, place int) []byte {
	return binary.BigEndian.AppendUint32(uint64Bytes(uint64(height)), uint32(place))
}

func bucketKey(bucket uint64) []byte { return seqKey('X', bucket) }
func yearKey(edition uint32) []byte  { return binary.BigEndian.AppendUint32([]byte("cy"), edition) }

// tagKey and barKey keep each recorder's tags to itself.
func tagKey(m MemberID, t CaseTag) []byte { return append(memberKey('g', m), t.number()...) }
func barKey(m MemberID, t CaseTag) []byte { return append(memberKey('b', m), t.basis()...) }

func memberKey(prefix byte, m MemberID) []byte {
	return binary.BigEndian.AppendUint32([]byte{prefix}, uint32(m))
}

func uint64Bytes(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
