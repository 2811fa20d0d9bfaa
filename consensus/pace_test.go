package consensus

import (
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
)

// TestPoolKeepsWhatIsSoonCommitted: once the pool has seen how fast the network goes, it
// takes what is committed within a few seconds and refuses the rest at once; an idle
// network and a fast one are not held back.
func TestPoolKeepsWhatIsSoonCommitted(t *testing.T) {
	run := func(perBlock int, every time.Duration, blocks int, left bool) *pool {
		p := newPool(60_000)
		if left {
			if err := p.reserve(1, 1); err != nil {
				t.Fatal(err)
			}
		}
		for i := range blocks {
			p.committed(perBlock, time.Unix(0, 0).Add(time.Duration(i)*every))
		}
		return p
	}
	for _, c := range []struct {
		name  string
		pool  *pool
		bound int
	}{
		{"new", newPool(60_000), 60_000},
		{"idle", run(0, time.Second, 50, false), 60_000},
		{"4,000 a second", run(1000, 250*time.Millisecond, 200, true), 10_000},
		{"30,000 a second", run(7500, 250*time.Millisecond, 200, true), 60_000},
		{"300 a second", run(150, 500*time.Millisecond, 100, true), poolLeast},
	} {
		if got := c.pool.bound(); got < c.bound*9/10 || got > c.bound*11/10 {
			t.Errorf("%s: %d operations may wait, about %d are expected", c.name, got, c.bound)
		}
	}
	p := run(1000, 250*time.Millisecond, 200, true)
	taken := 0
	for i := range 400 {
		if err := p.reserve(3, 100); err == nil {
			taken += 100
		} else if !fault.Is(err, fault.MemberQuota) {
			t.Fatalf("after %d: %v", i, err)
		}
	}
	if taken < 4_000 || taken > 6_000 {
		t.Errorf("one member got %d places of about 10,000", taken)
	}
}
