package consensus

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
)

// ViewLife is how long a View stays readable after the block that follows it. A reader
// that takes longer gets fault.StaleNode and takes a new View.
const ViewLife = 30 * time.Second

// views hands out the committed state. One snapshot is made for each block; the
// consensus goroutine publishes it, everyone reads it.
type views struct {
	db      *store.DB
	current atomic.Pointer[ledger.View]

	mu      sync.Mutex
	open    map[*snapshot]struct{} // not yet released
	latest  *snapshot
	stopped bool
}

// publish makes the state that db now holds the one that get returns.
func (v *views) publish(l *ledger.Ledger) (*ledger.View, error) {
	s, err := v.db.Snapshot()
	if err != nil {
		return nil, err
	}
	snap := &snapshot{s: s}
	view := l.View(snap)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.stopped {
		snap.retire()
		return nil, fault.Newf(fault.NotReady, "engine", "stopped")
	}
	if v.open == nil {
		v.open = map[*snapshot]struct{}{}
	}
	v.open[snap] = struct{}{}
	if old := v.latest; old != nil {
		time.AfterFunc(ViewLife, func() { v.release(old) })
	}
	v.latest = snap
	v.current.Store(view)
	return view, nil
}

func (v *views) release(s *snapshot) {
	v.mu.Lock()
	delete(v.open, s)
	v.mu.Unlock()
	s.retire()
}

// close releases every snapshot, so that the store can be closed.
func (v *views) close() {
	v.mu.Lock()
	v.stopped = true
	open := v.open
	v.open = nil
	v.mu.Unlock()
	for s := range open {
		s.retire()
	}
	for s := range open {
		s.wait()
	}
}

// snapshot is a store.Snapshot that can be retired while it is being read: calls in
// progress finish, later ones are refused.
type snapshot struct {
	s *store.Snapshot

	mu      sync.Mutex
	readers int
	retired bool
	closed  chan struct{} // made by wait
}

func (s *snapshot) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.retired {
		return fault.Newf(fault.StaleNode, "view", "older than %s", ViewLife)
	}
	s.readers++
	return nil
}

func (s *snapshot) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readers--
	s.settle()
}

func (s *snapshot) retire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retired = true
	s.settle()
}

// settle closes the store's snapshot once nobody reads it. Under mu.
func (s *snapshot) settle() {
	if !s.retired || s.readers > 0 {
		return
	}
	_ = s.s.Close() // only gives files back
	if s.closed != nil {
		close(s.closed)
		s.closed = nil
	}
}

// wait returns once a retired snapshot is closed.
func (s *snapshot) wait() {
	s.mu.Lock()
	if s.readers == 0 {
		s.mu.Unlock()
		return
	}
	closed := make(chan struct{})
	s.closed = closed
	s.mu.Unlock()
	<-closed
}

// Get implements ledger.Reader.
func (s *snapshot) Get(key []byte) ([]byte, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.s.Get(key)
}

// Scan implements ledger.Reader.
func (s *snapshot) Scan(from, to []byte, fn func(key, value []byte) bool) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	return s.s.Scan(from, to, fn)
}
