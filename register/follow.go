package register

import (
	"encoding/binary"

	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// Cursor is the index of the next event of the ledger to be followed.
func (r *Register) Cursor() (uint64, error) {
	v, err := r.db.Get([]byte{'c'})
	if err != nil || len(v) != 8 {
		return 0, err
	}
	return binary.BigEndian.Uint64(v), nil
}

// Changes are what a stretch of the ledger's events means for the register. They become
// true together with the cursor.
type Changes struct {
	r   *Register
	b   store.Batch
	err error

	Forgot int                    // entries that go with their records
	wanted map[Record][]wire.Hash // see papers
}

// Follow gathers changes in fn and writes them with the cursor behind them.
func (r *Register) Follow(cursor uint64, fn func(*Changes)) (forgot int, err error) {
	c := &Changes{r: r, b: r.db.NewBatch()}
	defer c.b.Close()
	fn(c)
	if c.err != nil {
		return 0, c.err
	}
	c.b.Set([]byte{'c'}, binary.BigEndian.AppendUint64(nil, cursor))
	c.b.Urgent() // an erasure must not wait for space
	return c.Forgot, r.forget(c.b, c.Forgot)
}

// Drop takes out every entry about records, outside of following: those that came late.
func (r *Register) Drop(records ...Record) error {
	if len(records) == 0 {
		return nil
	}
	c := &Changes{r: r, b: r.db.NewBatch()}
	defer c.b.Close()
	for _, id := range records {
		c.Forget(id)
	}
	if c.err != nil || c.Forgot == 0 {
		return c.err
	}
	c.b.Urgent()
	return r.forget(c.b, c.Forgot)
}

// Anchored notes that the ledger holds the root of a member's hour.
func (c *Changes) Anchored(member uint32, hour int64, event uint64, root wire.Hash) {
	c.b.Set(anchorKey(member, hour), append(binary.BigEndian.AppendUint64(nil, event), root[:]...))
}

// Forget takes out every entry about a record, and the papers that were to come. Leaves
// and roots stay: they say nothing without the entries.
func (c *Changes) Forget(id Record) {
	if c.err != nil {
		return
	}
	prefix := c.r.ofRecord(id)
	c.note(c.r.db.Scan(prefix, after(prefix), func(k, _ []byte) bool {
		hour, n := place(k)
		key := entryKey('q', hour, n)
		c.b.Delete(key)
		c.b.Delete(k)
		c.Forgot++
		return true
	}))
	for _, paper := range c.papers()[id] {
		c.Got(paper)
	}
}

// papers are those to be asked for, by record: what was noted before, read once, and what
// these changes add.
func (c *Changes) papers() map[Record][]wire.Hash {
	if c.wanted == nil {
		wanted, err := c.r.Wanted()
		c.note(err)
		c.wanted = map[Record][]wire.Hash{}
		for _, w := range wanted {
			c.wanted[w.Record] = append(c.wanted[w.Record], w.Commitment)
		}
	}
	return c.wanted
}

func (c *Changes) note(err error) {
	if c.err == nil {
		c.err = err
	}
}

// Want is a paper that this node is to get.
type Want struct {
	Commitment wire.Hash `cbor:"-"`
	Record     Record    `cbor:"1,keyasint"`
	Event      uint64    `cbor:"2,keyasint"` // index of the event that it belongs to
	Holder     uint32    `cbor:"3,keyasint"` // member whose node brought it
}

func wantKey(c wire.Hash) []byte { return append([]byte{'w'}, c[:]...) }

// Want notes a paper to be asked for.
func (c *Changes) Want(w Want) {
	k := wantKey(w.Commitment)
	c.b.Set(k, c.r.seal(k, w))
	papers := c.papers()
	papers[w.Record] = append(papers[w.Record], w.Commitment)
}

// Got notes that a paper is here, or not wanted any more.
func (c *Changes) Got(commitment wire.Hash) { c.b.Delete(wantKey(commitment)) }

// Want notes a paper to be asked for, outside of following.
func (r *Register) Want(w Want) error {
	k := wantKey(w.Commitment)
	return r.db.Set(k, r.seal(k, w))
}

// Got notes that a paper is here.
func (r *Register) Got(commitment wire.Hash) error { return r.db.Delete(wantKey(commitment)) }

// Wanted lists the papers to be asked for.
func (r *Register) Wanted() ([]Want, error) {
	var out []Want
	var broken error
	err := r.db.Scan([]byte{'w'}, []byte{'w' + 1}, func(k, v []byte) bool {
		w := Want{Commitment: wire.Hash(k[1:])}
		if broken = r.open(k, v, &w); broken != nil {
			return false
		}
		out = append(out, w)
		return true
	})
	if err == nil {
		err = broken
	}
	return out, err
}
