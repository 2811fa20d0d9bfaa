package ledger

import (
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/riviera-ledger/riviera/wire"
)

func fullTile(seed byte) []wire.Hash {
	hashes := make([]wire.Hash, TileWidth)
	for i := range hashes {
		hashes[i] = wire.Hash{seed, byte(i)}
	}
	return hashes
}

// TestTileCache: what it holds are the hashes of the tile, each in its own place; a tile
// that is not full is not taken, for it may grow.
func TestTileCache(t *testing.T) {
	c := new(TileCache)
	hashes := fullTile(1)
	c.add(7, hashes[:TileWidth-1])
	if _, ok := c.hash(7, cachedLevel, 0); ok {
		t.Fatal("it took a tile that may grow")
	}
	c.add(7, hashes)
	before := c.tiles[7]
	if c.add(7, hashes); c.tiles[7] != before || len(c.order) != 1 {
		t.Error("it took a tile in twice")
	}
	seen := map[int]bool{}
	for level := cachedLevel; level < tileLevels; level++ {
		for at := 0; at < TileWidth; at += 1 << level {
			seen[place(level, at)] = true
			if h, ok := c.hash(7, level, at); !ok || wire.Hash(h) != treeHash(hashes[at:at+1<<level]) {
				t.Errorf("level %d, event %d: another hash", level, at)
			}
		}
	}
	if len(seen) != len(innerHashes{}) {
		t.Errorf("%d places for %d hashes", len(seen), len(innerHashes{}))
	}
	if _, ok := c.hash(7, cachedLevel-1, 0); ok {
		t.Error("it knows a level that it does not keep")
	}
}

// TestTileCacheIsBounded: the oldest tile makes room.
func TestTileCacheIsBounded(t *testing.T) {
	c := &TileCache{tiles: map[int64]*innerHashes{}}
	some := new(innerHashes)
	some[0] = tlog.Hash{1}
	for n := range int64(cachedTiles) {
		c.tiles[n], c.order = some, append(c.order, n)
	}
	for n := range int64(3) {
		c.add(cachedTiles+n, fullTile(byte(n)))
	}
	for n := range int64(5) {
		if _, ok := c.hash(n, cachedLevel, 0); ok != (n > 2) {
			t.Errorf("tile %d: %v", n, ok)
		}
	}
	if len(c.tiles) != cachedTiles || len(c.order) != cachedTiles {
		t.Errorf("%d tiles", len(c.tiles))
	}
}
