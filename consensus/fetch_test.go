package consensus

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/wire"
)

// TestBackfillInOrder: bodies that nobody has been asked for are asked for in the ledger's
// order and no more than backfillOpen are waited for; what has come makes room, and nothing is
// asked for twice while it is waited for.
func TestBackfillInOrder(t *testing.T) {
	c := newCustody(nil, contributor)
	now := time.Now()
	var all []wire.Hash
	for i := range 3 * backfillOpen {
		var h wire.Hash
		binary.BigEndian.PutUint64(h[8:], uint64(i*7919)) // their own order is another
		binary.BigEndian.PutUint64(h[:], uint64(i*i))
		all = append(all, h)
		c.wants[h] = &want{next: now}
		c.fresh = append(c.fresh, h)
	}
	first, next := c.due(now, nil)
	if !slices.Equal(first, all[:backfillOpen]) || !next.After(now) {
		t.Fatalf("%d asked for, or not the first ones; again at %s", len(first), next)
	}
	if more, _ := c.due(now, nil); len(more) != 0 {
		t.Errorf("%d more are asked for beside %d", len(more), backfillOpen)
	}
	for _, h := range all[:100] { // some have come
		delete(c.wants, h)
	}
	delete(c.wants, all[backfillOpen]) // and of the others one is not wanted any more
	second, _ := c.due(now, nil)
	if !slices.Equal(second, all[backfillOpen+1:backfillOpen+101]) {
		t.Errorf("%d asked for behind the first, or not the next ones", len(second))
	}
}
