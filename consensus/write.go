package consensus

import (
	"bytes"
	"slices"

	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
)

// Save applies the ledger's changes in one batch, in the order of their keys: a sorted
// run goes into the store's memory at half the price.
func Save(db *store.DB, writes []ledger.Write, sync bool) error {
	b := db.NewBatch()
	defer b.Close()
	for _, i := range inOrder(writes) {
		switch w := &writes[i]; {
		case w.RangeEnd != nil:
			b.DeleteRange(w.Key, w.RangeEnd)
		case w.Value == nil:
			b.Delete(w.Key)
		default:
			b.Set(w.Key, w.Value)
		}
	}
	return b.Commit(sync)
}

// inOrder returns the places of the writes in ascending order of their keys, of which no
// two are equal. Most families come in order already, so they are told apart first.
func inOrder(writes []ledger.Write) []int32 {
	var next [257]int32 // where the next write of a family goes
	for i := range writes {
		next[int(writes[i].Key[0])+1]++
	}
	for f := 1; f < len(next); f++ {
		next[f] += next[f-1]
	}
	order := make([]int32, len(writes))
	for i := range writes {
		f := writes[i].Key[0]
		order[next[f]] = int32(i)
		next[f]++
	}
	from := int32(0)
	for _, to := range next[:256] {
		slices.SortFunc(order[from:to], func(a, b int32) int { return bytes.Compare(writes[a].Key, writes[b].Key) })
		from = to
	}
	return order
}
