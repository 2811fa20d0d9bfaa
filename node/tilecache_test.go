package node

import (
	"testing"

	"github.com/riviera-ledger/riviera/ledger"
)

// TestTileCacheIsBounded: the oldest tiles make room, and one that is there is kept as it is.
func TestTileCacheIsBounded(t *testing.T) {
	c := new(tileCache)
	first, some := new(ledger.InnerHashes), new(ledger.InnerHashes)
	c.Keep(0, first)
	c.Keep(0, some)
	if c.Inner(0) != first || len(c.order) != 1 {
		t.Fatal("a tile was taken in twice")
	}
	for n := range int64(cachedTiles + 3) {
		c.Keep(n, some)
	}
	for n := range int64(6) {
		if here := c.Inner(n) != nil; here != (n > 2) {
			t.Errorf("tile %d: %v", n, here)
		}
	}
	if len(c.tiles) != cachedTiles || len(c.order) != cachedTiles {
		t.Errorf("%d tiles", len(c.tiles))
	}
}
