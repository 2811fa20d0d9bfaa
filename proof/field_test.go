package proof

import (
	"fmt"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

func someUnits(n int) [][]byte {
	units := make([][]byte, n)
	for i := range units {
		units[i] = fmt.Appendf(nil, "unit %d", i)
	}
	return units
}

func TestOpeningShowsOnlyWhatIsOpened(t *testing.T) {
	secret, units := Secret{1}, someUnits(9)
	c := Commit(secret, units)
	for _, indices := range [][]int{nil, {0}, {8}, {0, 1, 8}, {0, 1, 2, 3, 4, 5, 6, 7, 8}} {
		o := Open(secret, units, indices...)
		if err := o.Verify(c); err != nil {
			t.Errorf("%v: %v", indices, err)
		}
		if len(o.Opened) != len(indices) {
			t.Errorf("%v: %d opened", indices, len(o.Opened))
		}
	}
}

func TestOpeningRefusesAnyChange(t *testing.T) {
	secret, units := Secret{1}, someUnits(9)
	c := Commit(secret, units)
	for name, change := range map[string]func(*Opening){
		"unit":         func(o *Opening) { o.Opened[0].Unit = []byte("unit 1 ") },
		"salt":         func(o *Opening) { o.Opened[0].Salt[15] ^= 1 },
		"index":        func(o *Opening) { o.Opened[0].Index = 2 },
		"index below":  func(o *Opening) { o.Opened[0].Index = -1 },
		"index above":  func(o *Opening) { o.Opened[0].Index = 9 },
		"leaf":         func(o *Opening) { o.Leaves[5][0] ^= 1 },
		"leaf missing": func(o *Opening) { o.Leaves = o.Leaves[:8] },
		"leaf more":    func(o *Opening) { o.Leaves = append(o.Leaves, wire.Hash{}) },
	} {
		o := Open(secret, units, 1)
		change(&o)
		if err := o.Verify(c); !fault.Is(err, fault.CommitmentMismatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if Commit(Secret{2}, units) == c {
		t.Error("another secret, the same commitment")
	}
}

func TestSaltsDiffer(t *testing.T) {
	seen := map[Salt]int{}
	for i, s := range Salts(Secret{3}, 255) {
		if j, twice := seen[s]; twice {
			t.Fatalf("units %d and %d share a salt", i, j)
		}
		seen[s] = i
	}
	if Salts(Secret{3}, 2)[1] != Salts(Secret{3}, 255)[1] {
		t.Error("a salt depends on how many there are")
	}
}
