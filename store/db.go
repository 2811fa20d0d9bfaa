package store

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/riviera-ledger/riviera/fault"
)

// DB is an open store on disk. Its methods may be called from any goroutine.
type DB struct {
	dir  string
	opts Options
	fs   *guardedFS
	fail *failure
	p    *pebble.DB

	known *known // nil where nothing is remembered

	life   sync.RWMutex // held for reading during a call, for writing by Close
	closed bool         // under life

	reads     atomic.Uint64
	unchecked atomic.Int64 // bytes written since free space was last looked at
	low       atomic.Bool  // the last look found less than the reserve
}

// Open opens the store in dir and creates it where there is none. It fails with
// fault.HomeLocked while it is open elsewhere, in this process or another, with
// fault.VersionMismatch if a newer version wrote it, and with fault.DiskFull when
// there is no space left.
func Open(dir string, opts Options) (*DB, error) {
	opts = opts.withDefaults()
	fail := newFailure()
	fs := &guardedFS{FS: opts.FS, fail: fail, erasing: opts.Erasing}
	if opts.ReadOnly {
		if _, err := fs.Stat(dir); err != nil {
			return nil, fault.Wrap(fault.FileMissing, dir, err)
		}
	} else if err := fs.makeDir(dir); err != nil {
		return nil, openError(err)
	}
	db := &DB{dir: dir, opts: opts, fs: fs, fail: fail}
	db.unchecked.Store(lookEvery)
	fs.park = true
	err := fail.guard(func() (err error) {
		db.p, err = pebble.Open(dir, pebbleOptions(opts, fs, fail))
		return err
	})
	if err != nil {
		fail.set(err) // nothing of a half-opened store may write on
		return nil, errors.Join(openError(err), fs.held.Close())
	}
	if len(opts.Remember) > 0 {
		if db.known, err = newKnown(db.p, opts.Remember); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	fail.arm(opts.OnFatal)
	return db, nil
}

// Close releases the store. It waits for calls in progress; iterators and snapshots
// must be closed before. After a failure it returns that failure, gives the directory
// free, and leaves Pebble's memory behind.
func (db *DB) Close() error {
	db.life.Lock()
	defer db.life.Unlock()
	if db.closed {
		return nil
	}
	db.closed = true
	if db.fail.get() != nil {
		return errors.Join(db.fail.err, db.fs.held.Close())
	}
	err := db.fail.guard(db.p.Close)
	return wrap(errors.Join(err, db.fs.held.Close()))
}

// enter begins a call; leave ends it.
func (db *DB) enter() error {
	db.life.RLock()
	if db.closed {
		db.life.RUnlock()
		return errClosed
	}
	return nil
}

func (db *DB) leave() { db.life.RUnlock() }

// Get implements Reader.
func (db *DB) Get(key []byte) ([]byte, error) {
	if err := db.enter(); err != nil {
		return nil, err
	}
	defer db.leave()
	if db.known.absent(key) {
		return nil, nil
	}
	db.reads.Add(1)
	return get(db.p, key)
}

// Has implements Reader.
func (db *DB) Has(key []byte) (bool, error) {
	if err := db.enter(); err != nil {
		return false, err
	}
	defer db.leave()
	if db.known.absent(key) {
		return false, nil
	}
	db.reads.Add(1)
	return has(db.p, key)
}

// Reads counts what has been read of the tables or the memory in front of them since the
// store was opened: keys asked for, but those known to be absent, and ranges begun.
func (db *DB) Reads() uint64 { return db.reads.Load() }

// Scan implements Reader. fn may read and write the store, but not close it.
func (db *DB) Scan(from, to []byte, fn func(key, value []byte) bool) error {
	it, err := db.Iterator(from, to, false)
	if err != nil {
		return err
	}
	return it.each(fn)
}

func get(r pebble.Reader, key []byte) ([]byte, error) {
	v, closer, err := r.Get(key)
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, wrap(err)
	}
	value := append(make([]byte, 0, len(v)), v...)
	return value, wrap(closer.Close())
}

func has(r pebble.Reader, key []byte) (bool, error) {
	_, closer, err := r.Get(key)
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		return false, nil
	case err != nil:
		return false, wrap(err)
	}
	return true, wrap(closer.Close())
}

func wrap(err error) error {
	var named *fault.Error
	if err == nil || errors.As(err, &named) {
		return err
	}
	return fault.Wrap(fault.Internal, "store", err)
}

// Set writes one value without waiting for the disk.
func (db *DB) Set(key, value []byte) error { return db.set(key, value, false) }

// SetSync writes one value durably.
func (db *DB) SetSync(key, value []byte) error { return db.set(key, value, true) }

// Delete deletes one key without waiting for the disk.
func (db *DB) Delete(key []byte) error { return db.delete(key, false) }

// DeleteSync deletes one key durably.
func (db *DB) DeleteSync(key []byte) error { return db.delete(key, true) }

func (db *DB) set(key, value []byte, sync bool) error {
	b := db.NewBatch()
	defer b.Close()
	b.Set(key, value)
	return b.Commit(sync)
}

func (db *DB) delete(key []byte, sync bool) error {
	b := db.NewBatch()
	defer b.Close()
	b.Delete(key)
	return b.Commit(sync)
}

// Flush writes what is in memory to tables and waits for it.
func (db *DB) Flush() error {
	if err := db.enter(); err != nil {
		return err
	}
	defer db.leave()
	return wrap(db.fail.guard(db.p.Flush))
}

// Compact merges the tables that overlap [from, to) down to the last level; nil is the
// first key, respectively past the last.
func (db *DB) Compact(ctx context.Context, from, to []byte) error {
	if to == nil {
		to = bytes.Repeat([]byte{0xff}, MaxKey+1)
	}
	if from == nil {
		from = []byte{}
	}
	if bytes.Compare(from, to) >= 0 {
		return nil
	}
	if err := db.enter(); err != nil {
		return err
	}
	defer db.leave()
	err := db.fail.guard(func() error { return db.p.Compact(ctx, from, to, false) })
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return wrap(err)
}

// MaxKey is the length in bytes up to which keys are meant to stay.
const MaxKey = 1024
