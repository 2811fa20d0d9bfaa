package ledger

import (
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/riviera-ledger/riviera/wire"
)

// TileCache holds the inner hashes of full tiles of events that proofs have led through, so
// that the next proof in such a tile hashes 15 times instead of 247. A tile takes a
// kilobyte, and the cache at most 64 MB; the oldest make room. Full tiles never change, so
// what it holds is true at every later size. Many may use it at once; a nil cache holds
// nothing.
type TileCache struct {
	mu    sync.RWMutex
	tiles map[int64]*innerHashes
	order []int64 // of entry; from next on the oldest once it is full
	next  int
}

const (
	cachedTiles = 1 << 16
	cachedLevel = 4 // the lowest level of hashes that is kept: 16 events
)

// innerHashes holds 16 hashes of 16 events, then 8 of 32, 4 of 64 and 2 of 128.
type innerHashes [2*(TileWidth>>cachedLevel) - 2]tlog.Hash

// place is where the hash of 1<<level events from an event of the tile on lies.
func place(level, at int) int {
	return len(innerHashes{}) + 2 - 2*(TileWidth>>level) + at>>level
}

// hash returns the hash of 1<<level events from one in a tile on, if it is here.
func (c *TileCache) hash(tile int64, level, at int) (h tlog.Hash, ok bool) {
	if c == nil || level < cachedLevel {
		return h, false
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	inner := c.tiles[tile]
	if inner == nil {
		return h, false
	}
	return inner[place(level, at)], true
}

// add takes in a tile if it is full.
func (c *TileCache) add(tile int64, hashes []wire.Hash) {
	if c == nil || len(hashes) < TileWidth {
		return
	}
	if _, here := c.hash(tile, cachedLevel, 0); here {
		return
	}
	inner := new(innerHashes)
	for at := 0; at < TileWidth; at += 1 << cachedLevel {
		inner[place(cachedLevel, at)] = tlog.Hash(treeHash(hashes[at : at+1<<cachedLevel]))
	}
	for level := cachedLevel + 1; level < tileLevels; level++ {
		for at := 0; at < TileWidth; at += 1 << level {
			inner[place(level, at)] = tlog.NodeHash(inner[place(level-1, at)], inner[place(level-1, at+1<<(level-1))])
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tiles == nil {
		c.tiles = map[int64]*innerHashes{}
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
