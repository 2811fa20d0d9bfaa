package ledger

import (
	"golang.org/x/mod/sumdb/tlog"

	"github.com/riviera-ledger/riviera/wire"
)

// Tiles keeps the inner hashes of full tiles of events that proofs have led through, so that
// the next proof in such a tile hashes 15 times instead of 247. Full tiles never change, so
// what it holds is true at every later size. Many may use it at once.
type Tiles interface {
	// Inner returns those of a tile, or nil where they are not here.
	Inner(tile int64) *InnerHashes
	// Keep takes those of a tile in.
	Keep(tile int64, inner *InnerHashes)
}

const innerLevel = 4 // the lowest level of hashes that is kept: 16 events

// InnerHashes holds 16 hashes of 16 events, then 8 of 32, 4 of 64 and 2 of 128: a kilobyte.
type InnerHashes [2*(TileWidth>>innerLevel) - 2]tlog.Hash

// place is where the hash of 1<<level events from an event of the tile on lies.
func place(level, at int) int {
	return len(InnerHashes{}) + 2 - 2*(TileWidth>>level) + at>>level
}

func innerOf(hashes []wire.Hash) *InnerHashes {
	inner := new(InnerHashes)
	for at := 0; at < TileWidth; at += 1 << innerLevel {
		inner[place(innerLevel, at)] = tlog.Hash(treeHash(hashes[at : at+1<<innerLevel]))
	}
	for level := innerLevel + 1; level < tileLevels; level++ {
		for at := 0; at < TileWidth; at += 1 << level {
			inner[place(level, at)] = tlog.NodeHash(inner[place(level-1, at)], inner[place(level-1, at+1<<(level-1))])
		}
	}
	return inner
}
