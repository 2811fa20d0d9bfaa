package ledger

import (
	"encoding/binary"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// reversals are those in force, ascending by the event that they reverse. Courts make
// few: they are held in memory.
type reversals struct {
	list []Reversed
	sum  wire.Hash // of the list; zero while there is none
}

func reversalKey(event uint64) []byte { return seqKey('v', event) }

func (l *Ledger) loadReversals() error {
	l.reversals = new(reversals)
	err := readReversals(l.reader, func(r Reversed) { l.reversals.list = append(l.reversals.list, r) })
	l.reversals.hash()
	return err
}

func readReversals(r Reader, fn func(Reversed)) error {
	var bad error
	err := r.Scan([]byte{'v'}, []byte{'v' + 1}, func(k, b []byte) bool {
		var v Reversed
		if bad = wire.DecodeTrusted(b, &v); bad == nil {
			v.Index = binary.BigEndian.Uint64(k[1:])
			fn(v)
		}
		return bad == nil
	})
	if err := firstError(err, bad); err != nil {
		return fault.Wrap(fault.Internal, "reversals", err)
	}
	return nil
}

func (s *reversals) search(event uint64) (int, bool) {
	return slices.BinarySearchFunc(s.list, event, func(r Reversed, e uint64) int { return int(int64(r.Index) - int64(e)) })
}

func (s *reversals) find(event uint64) (Reversed, bool) {
	i, ok := s.search(event)
	if !ok {
		return Reversed{}, false
	}
	return s.list[i], true
}

// hash works the digest out that stands in the state root.
func (s *reversals) hash() {
	s.sum = wire.Hash{}
	if len(s.list) == 0 {
		return
	}
	var b []byte
	for i := range s.list {
		b = append(append(b, reversalKey(s.list[i].Index)...), wire.Encode(&s.list[i])...)
	}
	s.sum = wire.Digest("riviera/reversals/1", b)
}

// reverse enters a reversal of the event at an index.
func (x *execution) reverse(event uint64, r Reversed) {
	r.Index = event
	i, _ := x.reversals.search(event)
	x.reversals.list = slices.Insert(x.reversals.list, i, r)
	x.reversals.hash()
	x.set(reversalKey(event), wire.Encode(&r))
}

// unreverse takes one out.
func (x *execution) unreverse(event uint64) {
	i, ok := x.reversals.search(event)
	if !ok {
		return
	}
	x.reversals.list = slices.Delete(x.reversals.list, i, i+1)
	x.reversals.hash()
	x.remove(reversalKey(event), nil)
}

// Reversal returns the reversal in force of the event at an index.
func (v *View) Reversal(event uint64) (r Reversed, found bool, err error) {
	b, err := v.reader.Get(reversalKey(event))
	if err != nil || b == nil {
		return r, false, err
	}
	r.Index = event
	return r, true, wire.DecodeTrusted(b, &r)
}

// Reversals lists the reversals in force, in the order of the events that they reverse.
func (v *View) Reversals() ([]Reversed, error) {
	var out []Reversed
	err := readReversals(v.reader, func(r Reversed) { out = append(out, r) })
	return out, err
}
