package consensus

import (
	"testing"
	"time"
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
	for range 99 {
		if err := p.reserve(1, 100); err != nil {
			t.Fatal(err)
		}
	}
	if p.full(10) || !p.full(1000) {
		t.Error("of about 10,000 places 9,901 are taken: ten more fit, a thousand do not")
	}
	if err := p.reserve(2, 1000); err != nil {
		t.Errorf("what another recorder has taken in: %v", err)
	}
}
