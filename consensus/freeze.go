package consensus

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
)

// engineParts are the engine's stores, by the names of their directories.
var engineParts = []string{"blockstore", "state", "evidence"}

// EngineParts names the engine's stores.
func EngineParts() []string { return slices.Clone(engineParts) }

// Frozen is the state of a node between two blocks: the ledger's and the engine's, such as
// a crash at that moment would leave. It must be closed, soon: what is deleted meanwhile
// stays on disk.
type Frozen struct {
	Head   ledger.Head
	Ledger store.Reader
	Engine map[string]store.Reader // by the directory's name

	closers []func() error
}

// Close lets go of the state.
func (f *Frozen) Close() error {
	var errs []error
	for _, c := range f.closers {
		errs = append(errs, c())
	}
	f.closers = nil
	return errors.Join(errs...)
}

// freezing is somebody who waits for the end of a block.
type freezing struct {
	f   *Frozen
	err error
}

// Freeze takes the state at the end of the next block; it waits for one as long as ctx
// allows. Blocks go on at once.
func (e *Engine) Freeze(ctx context.Context) (*Frozen, error) {
	reply := make(chan freezing, 1)
	select {
	case e.freezes <- reply:
	case <-ctx.Done():
		return nil, notReady("no block was decided meanwhile")
	case <-e.done:
		return nil, notReady("stopped")
	}
	r := <-reply // follows at once
	return r.f, r.err
}

// freezeAsked answers whoever waits. On the consensus goroutine, after the state of a block
// is written.
func (a *app) freezeAsked() {
	select {
	case reply := <-a.e.freezes:
		f, err := a.e.freeze(a.ledger.Head())
		reply <- freezing{f, err}
	default:
	}
}

func (e *Engine) freeze(head ledger.Head) (*Frozen, error) {
	f := &Frozen{Head: head, Engine: map[string]store.Reader{}}
	take := func(db *store.DB) (store.Reader, error) {
		s, err := db.Snapshot()
		if err != nil {
			return nil, err
		}
		f.closers = append(f.closers, s.Close)
		return s, nil
	}
	var err error
	if f.Ledger, err = take(e.opts.DB); err != nil {
		return nil, err
	}
	for _, name := range engineParts {
		db := e.stores.opened(name)
		if db == nil {
			return nil, errors.Join(fault.Newf(fault.Internal, "engine", "store %s is not open", name), f.Close())
		}
		if f.Engine[name], err = take(db.db); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return f, nil
}

// opened returns a store that is open, or nil.
func (s *engineStores) opened(id string) *engineDB {
	s.mu.Lock()
	defer s.mu.Unlock()
	if db := s.open[id]; db != nil && !db.gone.Load() {
		return db
	}
	return nil
}

// Stopped opens the state of a home whose node is stopped; home is as in Options. Its
// fields are as in Freeze. A home in which a node runs is fault.HomeLocked.
func Stopped(home string, db *store.DB, g *ledger.Genesis) (*Frozen, error) {
	l, err := ledger.Open(db, g)
	if err != nil {
		return nil, err
	}
	f := &Frozen{Head: l.Head(), Ledger: db, Engine: map[string]store.Reader{}}
	for _, name := range engineParts {
		s, err := store.Open(EnginePart(home, name), store.Options{})
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		f.Engine[name] = s
		f.closers = append(f.closers, s.Close)
	}
	return f, nil
}

// EnginePart is the directory of one of the engine's stores; home is as in Options.
func EnginePart(home, name string) string {
	return filepath.Join(home, engineDir, "data", name)
}
