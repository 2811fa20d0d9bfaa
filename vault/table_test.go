package vault

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTable runs random changes against a map, with fingerprints few and close
// together, so that probing, closing gaps and wrapping round all happen.
func TestTable(t *testing.T) {
	for _, spread := range []uint32{3, 900, 1 << 31} {
		var tab table
		model := map[uint32][]uint32{}
		rng := rand.New(rand.NewPCG(uint64(spread), 1))
		for i := range 20_000 {
			f, slot := rng.Uint32N(spread)-spread/2, rng.Uint32N(50)
			held := slices.Contains(model[f], slot)
			if rng.IntN(5) < 3 {
				tab.add(f, slot)
				if !held {
					model[f] = append(model[f], slot)
				}
			} else {
				tab.remove(f, slot)
				model[f] = slices.DeleteFunc(model[f], func(s uint32) bool { return s == slot })
			}
			if i%500 == 0 {
				sameTable(t, &tab, model)
			}
		}
		sameTable(t, &tab, model)
	}
}

func sameTable(t *testing.T, tab *table, model map[uint32][]uint32) {
	t.Helper()
	n := 0
	for f, want := range model {
		got := tab.candidates(f)
		slices.Sort(got)
		want = slices.Sorted(slices.Values(want))
		n += len(want)
		if !slices.Equal(got, want) {
			t.Fatalf("%x: %v, want %v", f, got, want)
		}
	}
	if n != tab.n {
		t.Fatalf("holds %d, want %d", tab.n, n)
	}
}

func TestTableEmpty(t *testing.T) {
	var tab table
	tab.remove(1, 1)
	if tab.candidates(1) != nil {
		t.Error("an empty table found something")
	}
}
