package docket

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// step is how many events or records one batch takes in.
const step = 1000

// Follow takes in what the ledger has that the docket has not. A view that gets too old
// on the way is fault.StaleNode; the next Follow goes on from there.
func (d *Docket) Follow(ctx context.Context, views func() *ledger.View) error {
	v := views()
	if m := d.meta; m.Version != version || m.Basis != basis(v.Config) || m.Cursor > v.LogSize || farBehind(m.Cursor, v.LogSize) {
		if err := d.clear(v); err != nil {
			return err
		}
	}
	for d.meta.Building {
		if err := d.build(views()); err != nil || ctx.Err() != nil {
			return err
		}
	}
	for v = views(); d.meta.Cursor < v.LogSize || d.meta.Height < v.Height; v = views() {
		if err := d.read(v); err != nil || ctx.Err() != nil {
			return err
		}
	}
	return nil
}

// farBehind reports whether so many events have not been read that going through all
// records in their order takes less than asking for those of the events one by one: a node
// that has taken a snapshot in.
func farBehind(cursor, size uint64) bool { return size-cursor > max(10_000, size/2) }

// basis identifies what changes orders without an event of their record: who carries out
// what, and which contracts there are (a newer version runs beside the records of others).
func basis(c *ledger.Config) wire.Hash {
	tenures := c.TenureHash()
	return wire.Digest("riviera/docket/1", tenures[:], wire.Encode(c.Contracts()))
}

// clear begins anew on the view's basis.
func (d *Docket) clear(v *ledger.View) error {
	m := meta{Version: version, Basis: basis(v.Config), Cursor: v.LogSize, Building: true}
	b := d.db.NewBatch()
	defer b.Close()
	for _, kind := range []byte{'r', 't', 'x', 'c', 'h'} {
		b.DeleteRange([]byte{kind}, []byte{kind + 1})
	}
	b.Set(metaKey, wire.Encode(m))
	if err := b.Commit(false); err != nil {
		return err
	}
	changed := newChanges()
	for c := range d.counts { // read by this goroutine alone while it writes
		changed.orders[c] = 0
	}
	for h := range d.holds {
		changed.holds[h] = 0
	}
	d.publish(m, changed)
	return nil
}

// build looks at the next records.
func (d *Docket) build(v *ledger.View) error {
	var seqs []uint64
	err := v.EachRecord(d.meta.Next, func(r *ledger.Record) bool {
		seqs = append(seqs, r.Seq)
		return len(seqs) < step
	})
	if err != nil {
		return err
	}
	m := d.meta
	if len(seqs) < step {
		m.Building = false // Cursor stands where the log stood when this began
	} else {
		m.Next = seqs[len(seqs)-1] + 1
	}
	return d.take(v, m, seqs, nil)
}

// read takes in the next events, and when they are all read what the clock has changed.
func (d *Docket) read(v *ledger.View) error {
	m := d.meta
	var ids []ledger.RecordID
	err := v.Events(m.Cursor, step, func(i uint64, e *proof.Event) bool {
		m.Cursor = i + 1
		if e.Record != [16]byte{} {
			ids = append(ids, e.Record)
		}
		return true
	})
	if err != nil {
		return err
	}
	var seqs []uint64
	recent := map[uint64]*ledger.Record{}
	for _, id := range ids {
		if r := v.Recent(id); r != nil {
			recent[r.Seq] = r
			seqs = append(seqs, r.Seq)
			continue
		}
		seq, err := v.Position(id)
		if err != nil {
			return err
		}
		seqs = append(seqs, seq)
	}
	if m.Cursor == v.LogSize {
		late, all, err := d.ended(v.Moment)
		if err != nil {
			return err
		}
		seqs = append(seqs, late...)
		if all {
			m.Height = v.Height
		}
	}
	slices.Sort(seqs)
	return d.take(v, m, slices.Compact(seqs), recent)
}

// ended finds records of which an order has ended by the clock.
func (d *Docket) ended(at credit.Moment) (seqs []uint64, all bool, err error) {
	err = d.db.Scan([]byte{'t'}, timeKey(at+1, 0), func(k, _ []byte) bool {
		seqs = append(seqs, binary.BigEndian.Uint64(k[9:]))
		return len(seqs) < step
	})
	return seqs, len(seqs) < step, err
}

// row is what a record asked when it was last looked at.
type row struct {
	Next   credit.Moment `cbor:"1,keyasint,omitempty"` // when the clock alone changes it; 0: never
	Orders []count       `cbor:"2,keyasint,omitempty"`
	Hold   *hold         `cbor:"3,keyasint,omitempty"`
}

// take looks at records, those in recent without reading them, and commits what has
// changed, with where the docket stands now.
func (d *Docket) take(v *ledger.View, m meta, seqs []uint64, recent map[uint64]*ledger.Record) error {
	b := d.db.NewBatch()
	defer b.Close()
	changed := newChanges()
	for _, seq := range seqs {
		r := recent[seq]
		if r == nil {
			var err error
			if r, err = v.RecordAt(seq); err != nil {
				return err
			}
		}
		next := rowOf(v.Orders(r, v.Moment))
		next.hold(v, r)
		if err := d.replace(b, changed, seq, next); err != nil {
			return err
		}
	}
	changed.write(b)
	b.Set(metaKey, wire.Encode(m))
	if err := b.Commit(false); err != nil {
		return err
	}
	d.publish(m, changed)
	return nil
}

func rowOf(orders []ledger.Order) row {
	var out row
	for _, o := range orders {
		e := count{Executor: o.Executor, Measure: o.Measure, State: o.State}
		if o.State.Stopping() {
			e.Stop = o.Stop
		}
		if o.Stop == 0 && o.Ends != 0 && (out.Next == 0 || o.Ends < out.Next) {
			out.Next = o.Ends
		}
		out.Orders = append(out.Orders, e)
	}
	return out
}

// replace puts a record's new row in the place of its old one.
func (d *Docket) replace(b store.Batch, changed *changes, seq uint64, next row) error {
	var old row
	stored, err := d.db.Get(rowKey(seq))
	if err != nil {
		return err
	}
	if stored != nil {
		if err := wire.DecodeTrusted(stored, &old); err != nil {
			return err
		}
	}
	if old.Next != 0 {
		b.Delete(timeKey(old.Next, seq))
	}
	for _, e := range old.Orders {
		changed.orders[e] = now(d.counts, changed.orders, e) - 1
		if e.Executor == d.self {
			b.Delete(mineKey(e.State, seq))
		}
	}
	for _, e := range next.Orders {
		changed.orders[e] = now(d.counts, changed.orders, e) + 1
		if e.Executor == d.self {
			b.Set(mineKey(e.State, seq), nil)
		}
	}
	if old.Hold != nil {
		changed.holds[*old.Hold] = now(d.holds, changed.holds, *old.Hold) - 1
	}
	if next.Hold != nil {
		changed.holds[*next.Hold] = now(d.holds, changed.holds, *next.Hold) + 1
	}
	if next.Next != 0 {
		b.Set(timeKey(next.Next, seq), nil)
	}
	if len(next.Orders) == 0 && next.Hold == nil {
		b.Delete(rowKey(seq))
	} else {
		b.Set(rowKey(seq), wire.Encode(next))
	}
	return nil
}

// changes are the counts that one batch changes.
type changes struct {
	orders map[count]uint64
	holds  map[hold]uint64
}

func newChanges() *changes { return &changes{map[count]uint64{}, map[hold]uint64{}} }

func (c *changes) write(b store.Batch) {
	for k, n := range c.orders { // the order of a batch's keys does not matter
		setCount(b, k.key(), n)
	}
	for k, n := range c.holds {
		setCount(b, k.key(), n)
	}
}

func setCount(b store.Batch, key []byte, n uint64) {
	if n == 0 {
		b.Delete(key)
	} else {
		b.Set(key, binary.BigEndian.AppendUint64(nil, n))
	}
}

// now is a count with what this batch has changed so far.
func now[K comparable](counts, changed map[K]uint64, of K) uint64 {
	if n, ok := changed[of]; ok {
		return n
	}
	return counts[of]
}
