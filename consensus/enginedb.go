package consensus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	cmtdb "github.com/cometbft/cometbft-db"
	cmtcfg "github.com/cometbft/cometbft/config"

	"github.com/riviera-ledger/riviera/store"
)

// engineStores opens the engine's own databases (blocks, state, evidence) and closes
// those that the engine left open when it failed to start.
type engineStores struct {
	onFatal func(error)
	log     *slog.Logger

	mu   sync.Mutex
	open map[string]*engineDB
}

// provide implements the engine's DBProvider.
func (s *engineStores) provide(c *cmtcfg.DBContext) (cmtdb.DB, error) {
	return s.get(c.ID, c.Config)
}

func (s *engineStores) get(id string, c *cmtcfg.Config) (*engineDB, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if db := s.open[id]; db != nil && !db.gone.Load() {
		return db, nil
	}
	db, err := store.Open(filepath.Join(c.DBDir(), id), store.Options{
		CacheBytes: 4 << 20, MemTableBytes: 8 << 20, OnFatal: s.onFatal, Log: s.log})
	if err != nil {
		return nil, err
	}
	if s.open == nil {
		s.open = map[string]*engineDB{}
	}
	e := &engineDB{db: db, failed: s.onFatal}
	s.open[id] = e
	return e, nil
}

func (s *engineStores) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, db := range s.open {
		errs = append(errs, db.Close())
	}
	return errors.Join(errs...)
}

// engineDB lets the engine keep its data in a store.DB.
//
// The engine does not wait for its peers' goroutines before it closes its databases,
// and panics when one of them reads a closed one. Here such a goroutine ends instead:
// there is nothing left for it to do (TestStragglersEnd).
type engineDB struct {
	db     *store.DB
	failed func(error) // told of every failing write: the engine panics on one, and loses its code
	once   sync.Once
	gone   atomic.Bool
}

var _ cmtdb.DB = (*engineDB)(nil)

var (
	errNilValue = errors.New("engine store: nil value")
	errNoKey    = errors.New("engine store: empty key")
	errSpent    = errors.New("engine store: batch was written or closed")
)

// done passes on the end of a call, or ends the goroutine of one that came too late.
func (e *engineDB) done(err error) error {
	if err != nil && e.gone.Load() {
		runtime.Goexit()
	}
	return err
}

// wrote is done for a write.
func (e *engineDB) wrote(err error) error {
	if e.done(err) != nil {
		e.failed(err)
	}
	return err
}

func (e *engineDB) Get(key []byte) ([]byte, error) {
	if len(key) == 0 {
		return nil, errNoKey
	}
	v, err := e.db.Get(key)
	return v, e.done(err)
}

func (e *engineDB) Has(key []byte) (bool, error) {
	if len(key) == 0 {
		return false, errNoKey
	}
	has, err := e.db.Has(key)
	return has, e.done(err)
}

func (e *engineDB) Set(key, value []byte) error     { return e.set(key, value, e.db.Set) }
func (e *engineDB) SetSync(key, value []byte) error { return e.set(key, value, e.db.SetSync) }

func (e *engineDB) set(key, value []byte, set func(k, v []byte) error) error {
	switch {
	case len(key) == 0:
		return errNoKey
	case value == nil:
		return errNilValue
	}
	return e.wrote(set(key, value))
}

func (e *engineDB) Delete(key []byte) error     { return e.delete(key, e.db.Delete) }
func (e *engineDB) DeleteSync(key []byte) error { return e.delete(key, e.db.DeleteSync) }

func (e *engineDB) delete(key []byte, del func(k []byte) error) error {
	if len(key) == 0 {
		return errNoKey
	}
	return e.wrote(del(key))
}

func (e *engineDB) Iterator(start, end []byte) (cmtdb.Iterator, error) {
	return e.iterator(start, end, false)
}

func (e *engineDB) ReverseIterator(start, end []byte) (cmtdb.Iterator, error) {
	return e.iterator(start, end, true)
}

func (e *engineDB) iterator(start, end []byte, reverse bool) (cmtdb.Iterator, error) {
	if start != nil && len(start) == 0 || end != nil && len(end) == 0 {
		return nil, errNoKey
	}
	it, err := e.db.Iterator(start, end, reverse)
	if e.done(err) != nil {
		return nil, err
	}
	return it, nil
}

func (e *engineDB) Close() (err error) {
	e.gone.Store(true)
	e.once.Do(func() { err = e.db.Close() })
	return err
}

func (e *engineDB) NewBatch() cmtdb.Batch { return &engineBatch{db: e, b: e.db.NewBatch()} }

func (e *engineDB) Print() error { return nil }

func (e *engineDB) Stats() map[string]string {
	m, err := e.db.Metrics()
	if err != nil {
		return nil
	}
	return map[string]string{"store": fmt.Sprintf("%+v", m)}
}

func (e *engineDB) Compact(start, end []byte) error {
	return e.db.Compact(context.Background(), start, end)
}

// engineBatch is the engine's view of a store batch: used once, and an error afterwards.
type engineBatch struct {
	db *engineDB
	b  store.Batch
}

func (b *engineBatch) Set(key, value []byte) error {
	switch {
	case b.b == nil:
		return errSpent
	case len(key) == 0:
		return errNoKey
	case value == nil:
		return errNilValue
	}
	b.b.Set(key, value)
	return nil
}

func (b *engineBatch) Delete(key []byte) error {
	switch {
	case b.b == nil:
		return errSpent
	case len(key) == 0:
		return errNoKey
	}
	b.b.Delete(key)
	return nil
}

func (b *engineBatch) Write() error     { return b.commit(false) }
func (b *engineBatch) WriteSync() error { return b.commit(true) }

func (b *engineBatch) commit(sync bool) error {
	if b.b == nil {
		return errSpent
	}
	err := b.db.wrote(b.b.Commit(sync))
	_ = b.Close()
	return err
}

func (b *engineBatch) Close() error {
	if b.b != nil {
		b.b.Close()
		b.b = nil
	}
	return nil
}
