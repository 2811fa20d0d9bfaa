package node

import (
	"sync"

	"github.com/riviera-ledger/riviera/ledger"
)

// tileCache keeps inner hashes of the log's tiles for the proofs of answers: 64 MB at most,
// of 16 million events; the oldest make room.
type tileCache struct {
	mu    sync.RWMutex
	tiles map[int64]*ledger.InnerHashes
	order []int64 // of entry; from next on the oldest once it is full
	next  int
}

const cachedTiles = 1 << 16

// Inner implements ledger.Tiles.
func (c *tileCache) Inner(tile int64) *ledger.InnerHashes {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.tiles[tile]
}

// Keep implements ledger.Tiles.
func (c *tileCache) Keep(tile int64, inner *ledger.InnerHashes) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tiles == nil {
		c.tiles = map[int64]*ledger.InnerHashes{}
	}
	switch {
	case c.tiles[tile] != nil:
		return
	case len(c.order) < cachedTiles:
		c.order = append(c.order, tile)
	default:
		delete(c.tiles, c.order[c.next])
		c.order[c.next] = tile
		c.next = (c.next + 1) % cachedTiles
	}
	c.tiles[tile] = inner
}
