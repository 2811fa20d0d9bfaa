package consensus

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/store"
)

// TestRetiredView: a reader that is in the middle of a retired view finishes, later
// calls are refused, and the store can be closed.
func TestRetiredView(t *testing.T) {
	db, err := store.Open(filepath.Join(t.TempDir(), "db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"a", "b", "c"} {
		if err := db.Set([]byte(k), []byte(k)); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := db.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	v := &views{db: db, open: map[*snapshot]struct{}{}}
	s := &snapshot{s: raw}
	v.open[s] = struct{}{}
	inside, goOn, seen := make(chan bool), make(chan bool), make(chan int)
	go func() {
		n := 0
		err := s.Scan(nil, nil, func(k, _ []byte) bool {
			if n++; n == 1 {
				inside <- true
				<-goOn
			}
			return true
		})
		if err != nil {
			t.Error(err)
		}
		seen <- n
	}()
	<-inside
	closed := make(chan bool)
	go func() { v.close(); close(closed) }()
	for {
		if _, err := s.Get([]byte("a")); fault.Is(err, fault.StaleNode) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	select {
	case <-closed:
		t.Error("closed while a scan was under way")
	case <-time.After(20 * time.Millisecond):
	}
	goOn <- true
	if n := <-seen; n != 3 {
		t.Errorf("the scan saw %d keys", n)
	}
	<-closed
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// TestWhenToCall: of two nodes one calls at once and the other waits; calls that fail
// become rarer; a connection that was good is restored at once.
func TestWhenToCall(t *testing.T) {
	now := time.Now()
	first := &call{}
	waits := &call{next: now.Add(dialWait)}
	if !first.due(now, false, false) || waits.due(now, false, true) {
		t.Error("who calls first")
	}
	if !waits.due(now.Add(dialWait), false, true) {
		t.Error("the waiting side never calls")
	}
	calls, at := 0, now
	for ; at.Before(now.Add(time.Minute)); at = at.Add(dialTick) {
		if first.due(at, false, false) {
			calls++
		}
	}
	if calls < 10 || calls > 25 {
		t.Errorf("%d calls in a minute", calls)
	}
	first.due(at, true, false)
	if at = at.Add(2 * dialLasts); !first.due(at, false, false) {
		t.Error("a good connection is not restored at once")
	}
	first.due(at, true, false)
	if at = at.Add(dialTick); first.due(at, false, false) {
		t.Error("a peer that parts at once is called again at once")
	}
}

func TestRefusalsAreLoggedOnce(t *testing.T) {
	var r refusals
	if !r.first("a") || r.first("a") || !r.first("b") {
		t.Error("each peer's refusal is logged once a minute")
	}
}
