package consensus

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/riviera-ledger/riviera/ledger"
)

// TestWritesInOrder: every write once, in the order of the keys.
func TestWritesInOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var writes []ledger.Write
	seen := map[string]bool{}
	for range 2000 {
		k := []byte{byte(random.IntN(4) * 85), byte(random.IntN(3)), byte(random.IntN(256)), byte(random.IntN(256))}[:1+random.IntN(4)]
		if !seen[string(k)] {
			seen[string(k)] = true
			writes = append(writes, ledger.Write{Key: k})
		}
	}
	order := inOrder(writes)
	if !slices.IsSortedFunc(order, func(a, b int32) int { return bytes.Compare(writes[a].Key, writes[b].Key) }) {
		t.Error("not in order")
	}
	slices.Sort(order)
	if len(order) != len(writes) || len(slices.Compact(order)) != len(writes) {
		t.Errorf("%d places of %d writes", len(order), len(writes))
	}
	if len(inOrder(nil)) != 0 {
		t.Error("something of nothing")
	}
}
