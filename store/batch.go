package store

import (
	"bytes"

	"github.com/cockroachdb/pebble/v2"

	"github.com/riviera-ledger/riviera/fault"
)

// batch is the Batch of a DB.
type batch struct {
	db     *DB
	b      *pebble.Batch // nil once committed or closed
	err    error         // first fault of a call, returned by Commit
	grows  bool          // holds a Set
	urgent bool
	marks  []mark // of the keys it sets that the store remembers
	spans  []span // that it deletes, where the store remembers any
}

// NewBatch implements Store.
func (db *DB) NewBatch() Batch {
	if err := db.enter(); err != nil {
		return &batch{err: err}
	}
	defer db.leave()
	return &batch{db: db, b: db.p.NewBatch()}
}

func (b *batch) note(err error) {
	if b.err == nil && err != nil {
		b.err = wrap(err)
	}
}

// usable reports whether a change can be added; a batch that is spent keeps a fault.
func (b *batch) usable(keys ...[]byte) bool {
	if b.b == nil {
		b.note(errSpent)
		return false
	}
	for _, k := range keys {
		if len(k) == 0 {
			b.note(errEmptyKey)
			return false
		}
	}
	return true
}

var (
	errSpent    = fault.Newf(fault.Internal, "store", "batch was committed or closed")
	errEmptyKey = fault.Newf(fault.Internal, "store", "empty key")
	errRange    = fault.Newf(fault.Internal, "store", "range ends before it begins")
)

func (b *batch) Set(key, value []byte) {
	if b.usable(key) {
		b.grows = true
		b.note(b.b.Set(key, value, nil))
		if m, ok := b.db.known.mark(key); ok {
			b.marks = append(b.marks, m)
		}
	}
}

func (b *batch) Delete(key []byte) {
	if b.usable(key) {
		b.note(b.b.Delete(key, nil))
	}
}

func (b *batch) DeleteRange(from, to []byte) {
	switch {
	case !b.usable(from, to):
	case bytes.Compare(from, to) > 0:
		b.note(errRange)
	case bytes.Compare(from, to) < 0:
		b.note(b.b.DeleteRange(from, to, nil))
		if b.db.known != nil {
			b.spans = append(b.spans, span{bytes.Clone(from), bytes.Clone(to)})
		}
	}
}

func (b *batch) Len() int {
	if b.b == nil {
		return 0
	}
	return int(b.b.Count())
}

func (b *batch) Size() int {
	if b.b == nil {
		return 0
	}
	return b.b.Len()
}

func (b *batch) Urgent() { b.urgent = true }

func (b *batch) Close() {
	if b.b != nil {
		_ = b.b.Close() // only gives memory back
		b.b = nil
	}
}

func (b *batch) Commit(sync bool) error {
	if b.err == nil && b.b == nil {
		b.err = errSpent
	}
	if b.err != nil {
		b.Close()
		return b.err
	}
	db := b.db
	if err := db.enter(); err != nil {
		return err
	}
	defer db.leave()
	if b.grows && !b.urgent {
		if err := db.reserve(b.b.Len()); err != nil {
			return err // the batch stays usable: the same Commit may succeed later
		}
	}
	p := b.b
	b.b = nil
	if db.known != nil {
		db.known.enter(b.marks)
	}
	err := db.fail.guard(func() error { return db.p.Apply(p, &pebble.WriteOptions{Sync: sync}) })
	if db.fail.get() == nil {
		_ = p.Close() // after a failure Pebble may still hold it
	}
	if err == nil && len(b.spans) > 0 {
		db.known.forget(b.spans)
	}
	return wrap(err)
}

// lookEvery is how many bytes may be written between two looks at the free space. Each
// commit counts for at least commitWeight, so that many small ones look as well.
const (
	lookEvery    = 1 << 20
	commitWeight = 4 << 10
)

// reserve refuses a write that would leave less than the reserve on the disk. It looks
// now and then, and at every write while space is low, so that writing resumes by
// itself.
func (db *DB) reserve(size int) error {
	if db.opts.ReserveBytes < 0 {
		return nil
	}
	if db.unchecked.Add(int64(max(size, commitWeight))) < lookEvery && !db.low.Load() {
		return nil
	}
	db.unchecked.Store(0)
	free, err := db.fs.GetDiskUsage(db.dir)
	if err != nil {
		return nil // a file system that cannot tell is not refused
	}
	low := free.AvailBytes < uint64(db.opts.ReserveBytes)+uint64(size)
	db.low.Store(low)
	if low {
		return fault.Newf(fault.DiskFull, "store", "%d MiB free, %d kept in reserve", free.AvailBytes>>20, db.opts.ReserveBytes>>20)
	}
	return nil
}
