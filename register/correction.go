package register

import (
	"encoding/binary"
)

// Correction tells a caller that what it was told about a record has been taken back or
// put right.
type Correction struct {
	ID       [16]byte `cbor:"-"`
	Record   Record   `cbor:"1,keyasint"`
	Event    uint64   `cbor:"2,keyasint"` // index in the log
	Name     string   `cbor:"3,keyasint"` // of the contract's event
	Annulled bool     `cbor:"4,keyasint,omitempty"`
	Noted    int64    `cbor:"5,keyasint"` // when this node learnt of it, Unix seconds
	First    int64    `cbor:"6,keyasint"` // when the caller was told "listed" for the first time
	Last     int64    `cbor:"7,keyasint"`
	Told     uint32   `cbor:"8,keyasint"` // how often
	Caller   string   `cbor:"9,keyasint"`
}

// Corrected makes a correction for every caller that was told "listed" about a record,
// and returns how many. Following the same event again makes the same ones.
func (c *Changes) Corrected(of Correction) int {
	told := map[string]*Correction{}
	var order []string
	prefix := c.r.ofRecord(of.Record)
	c.note(c.r.db.Scan(prefix, after(prefix), func(k, _ []byte) bool {
		hour, n := place(k)
		key := entryKey('q', hour, n)
		sealed, err := c.r.db.Get(key)
		var at noted
		if err == nil && sealed != nil {
			err = c.r.open(key, sealed, &at)
		}
		if err != nil {
			c.note(err)
			return false
		}
		if at.Caller == "" || !at.Query.Listed {
			return true
		}
		x := told[at.Caller]
		if x == nil {
			copied := of
			copied.Caller, copied.First = at.Caller, at.Query.Time
			x = &copied
			told[at.Caller] = x
			order = append(order, at.Caller)
		}
		x.Last = at.Query.Time
		x.Told++
		return true
	}))
	for _, caller := range order {
		x := told[caller]
		id := c.r.tag('n', string(of.Record[:])+string(binary.BigEndian.AppendUint64(nil, of.Event)))
		k := append(c.r.ofCaller('n', caller), id...)
		c.b.Set(k, c.r.seal(k, x))
	}
	return len(order)
}

// Corrections lists what a caller has not acknowledged, at most limit.
func (r *Register) Corrections(caller string, limit int) ([]Correction, error) {
	return r.corrections(r.ofCaller('n', caller), limit)
}

// AllCorrections lists what no caller has acknowledged, at most limit.
func (r *Register) AllCorrections(limit int) ([]Correction, error) {
	return r.corrections([]byte{'n'}, limit)
}

func (r *Register) corrections(prefix []byte, limit int) ([]Correction, error) {
	var out []Correction
	var broken error
	err := r.db.Scan(prefix, after(prefix), func(k, v []byte) bool {
		if len(out) == limit {
			return false
		}
		x := Correction{ID: [16]byte(k[17:])}
		if broken = r.open(k, v, &x); broken != nil {
			return false
		}
		out = append(out, x)
		return true
	})
	if err == nil {
		err = broken
	}
	return out, err
}

// Acknowledge forgets corrections that a caller has read. Those that are not its own are
// left alone.
func (r *Register) Acknowledge(caller string, ids ...[16]byte) error {
	b := r.db.NewBatch()
	defer b.Close()
	for _, id := range ids {
		b.Delete(append(r.ofCaller('n', caller), id[:]...))
	}
	return b.Commit(true)
}
