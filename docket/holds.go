package docket

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/ledger"
)

// hold is a key of the counts of litigation holds: whose records, under which contract.
type hold struct {
	_        struct{} `cbor:",toarray"`
	Recorder ledger.MemberID
	Contract uint32
}

// hold enters that the record is kept by a litigation hold, and when that ends by the clock
// alone.
func (r *row) hold(v *ledger.View, of *ledger.Record) {
	until := v.Config.Contract(of.Contract).Hold(of.Instance)
	if until == 0 || v.Moment >= until.End() {
		return
	}
	r.Hold = &hold{Recorder: of.Recorder, Contract: of.Contract}
	if r.Next == 0 || until.End() < r.Next {
		r.Next = until.End()
	}
}

// Held is how many records of an institution a litigation hold keeps under one kind of
// contract, whatever its version.
type Held struct {
	Recorder ledger.MemberID
	Kind     credit.Kind
	Records  uint64
}

// Holds counts the litigation holds, ascending by institution and kind.
func (d *Docket) Holds(c *ledger.Config) []Held {
	type place struct {
		recorder ledger.MemberID
		kind     credit.Kind
	}
	sums := map[place]uint64{}
	d.mu.RLock()
	for h, n := range d.holds { // sums: their order does not matter
		sums[place{h.Recorder, c.Contract(h.Contract).Kind()}] += n
	}
	d.mu.RUnlock()
	var out []Held
	for p, n := range sums {
		out = append(out, Held{p.recorder, p.kind, n})
	}
	slices.SortFunc(out, func(a, b Held) int {
		return cmp.Or(cmp.Compare(a.Recorder, b.Recorder), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

func (h hold) key() []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte{'h'}, uint32(h.Recorder)), h.Contract)
}

func parseHold(k []byte) (hold, bool) {
	if len(k) != 9 {
		return hold{}, false
	}
	return hold{Recorder: ledger.MemberID(binary.BigEndian.Uint32(k[1:])), Contract: binary.BigEndian.Uint32(k[5:])}, true
}
