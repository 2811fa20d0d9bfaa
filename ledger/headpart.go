package ledger

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// headPart is the small part of a snapshot, before the records: configuration, law, days
// and envelopes that could still come back. It is the Reader from which a restored ledger
// is loaded. Each family stands together and in order.
type headPart struct{ list []Write }

func (p *headPart) add(key, value []byte) {
	p.list = append(p.list, Write{Key: bytes.Clone(key), Value: append([]byte{}, value...)})
}

// Get implements Reader.
func (p *headPart) Get(key []byte) ([]byte, error) {
	for _, w := range p.list {
		if bytes.Equal(w.Key, key) {
			return w.Value, nil
		}
	}
	return nil, nil
}

// Scan implements Reader, for ranges within a family.
func (p *headPart) Scan(from, to []byte, fn func(key, value []byte) bool) error {
	for _, w := range p.list {
		if bytes.Compare(w.Key, from) >= 0 && bytes.Compare(w.Key, to) < 0 && !fn(w.Key, w.Value) {
			break
		}
	}
	return nil
}

// epochs is the running digest of the sets of recorders, as the council keeps it.
func (p *headPart) epochs() (sum wire.Hash) {
	p.Scan([]byte("ce"), []byte("cf"), func(_, v []byte) bool { // cannot fail
		sum = wire.Digest("riviera/epoch/1", sum[:], v)
		return true
	})
	return sum
}

// envelopes holds the ids of envelopes to the running hashes of their buckets, in the
// order in which they were committed.
func (p *headPart) envelopes(b *buckets) error {
	sums := map[uint64]wire.Hash{}
	var all []Write
	p.Scan([]byte{'x'}, []byte{'x' + 1}, func(k, v []byte) bool { all = append(all, Write{Key: k, Value: v}); return true }) // cannot fail
	slices.SortFunc(all, func(a, b Write) int {
		return cmp.Or(bytes.Compare(a.Key[1:9], b.Key[1:9]), bytes.Compare(a.Value, b.Value))
	})
	for _, w := range all {
		n := binary.BigEndian.Uint64(w.Key[1:])
		last := sums[n]
		sums[n] = wire.Digest("riviera/bucket/1", last[:], w.Key[9:])
	}
	for n, sum := range sums { // order does not matter: every one must agree
		if b.hashes[n] != sum {
			return forged("snapshot", "envelopes are not those of their bucket")
		}
	}
	if len(sums) != len(b.hashes) {
		return forged("snapshot", "envelopes of a bucket are missing")
	}
	return nil
}

// checkHeadPart holds a key to its value where the roots bind the value alone, and both to
// their form, so that two states with the same roots are the same.
func checkHeadPart(key, value []byte) error {
	if len(key) < 2 {
		return forged("snapshot", "key of %d bytes", len(key))
	}
	want := key
	var err error
	switch family := string(key[:2]); {
	case family == "ca":
		err = sized(key, 6, value, 8)
	case family == "cw":
		err = sized(key, 6, value, 16)
	case family == "cv":
		err = sized(key, 10, value, 32)
	case key[0] == 'X':
		err = sized(key, 9, value, 32)
	case key[0] == 'x':
		err = sized(key, 41, value, 12)
	case key[0] == 'D':
		want, err = keyOf(value, func(d *Day) []byte { return dayKey(d.Date) })
	case key[0] == 'v':
		if want, err = keyOf(value, func(*Reversed) []byte { return key }); len(key) != 9 {
			want = nil
		}
	case family == "ce":
		want, err = keyOf(value, func(e *Epoch) []byte { return epochKey(e.FromHeight) })
	case family == "cm":
		want, err = keyOf(value, func(m *Member) []byte { return entryKey(m.ID) })
	case family == "cn":
		want, err = keyOf(value, func(*Council) []byte { return councilKey })
	case family == "cp":
		want, err = keyOf(value, func(*[]seat) []byte { return attendanceKey })
	case family == "ct":
		want, err = keyOf(value, func(*[]Tenure) []byte { return tenureKey })
	case family == "cy":
		if want, err = keyOf(value, func(*credit.Year) []byte { return key }); len(key) != 6 {
			want = nil
		}
	case family == "lc":
		if want, err = keyOf(value, func(*enacted) []byte { return key }); len(key) != 6 {
			want = nil
		}
	case family == "lh":
		want, err = keyOf(value, func(*lawHead) []byte { return lawKey })
	case family == "lp":
		want, err = keyOf(value, func(p *Proposal) []byte { return proposalKey(p.Document) })
	case family == "ls":
		want = contractText(contract.HashOf(value))
	default:
		want = nil
	}
	if err == nil && !bytes.Equal(key, want) {
		err = forged("snapshot", "a key of family %q that is not its value's", key[:1])
	}
	return err
}

func sized(key []byte, keyLen int, value []byte, valueLen int) error {
	if len(key) != keyLen || len(value) != valueLen {
		return forged("snapshot", "family %q: %d and %d bytes", key[:1], len(key), len(value))
	}
	return nil
}

// keyOf reads a value in its one form and returns its key.
func keyOf[T any](value []byte, key func(*T) []byte) ([]byte, error) {
	v := new(T)
	if err := wire.Decode(value, v); err != nil {
		return nil, fault.Wrap(fault.SnapshotForged, "snapshot", err)
	}
	return key(v), nil
}
