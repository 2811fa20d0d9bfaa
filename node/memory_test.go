package node

import "testing"

// TestHeapGrowth: garbage waits while there is room, and never less than Go lets it wait.
func TestHeapGrowth(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		room, alive float64
		want        int
	}{
		{512 * mib, 0, mostGrowth},
		{512 * mib, 20 * mib, mostGrowth},
		{512 * mib, 128 * mib, 300},
		{512 * mib, 256 * mib, leastGrowth},
		{512 * mib, 4096 * mib, leastGrowth},
	} {
		if got := heapGrowth(c.room, c.alive); got != c.want {
			t.Errorf("%.0f MiB alive of %.0f: %d%%, want %d%%", c.alive/mib, c.room/mib, got, c.want)
		}
	}
}
