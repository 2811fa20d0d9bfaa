package ledger

import (
	"testing"

	"github.com/riviera-ledger/riviera/wire"
)

// keptTiles is a cache without a bound, for tests.
type keptTiles map[int64]*InnerHashes

func (k keptTiles) Inner(tile int64) *InnerHashes       { return k[tile] }
func (k keptTiles) Keep(tile int64, inner *InnerHashes) { k[tile] = inner }

// TestInnerHashes: what is kept of a tile are the hashes of its events, each in its own place.
func TestInnerHashes(t *testing.T) {
	hashes := make([]wire.Hash, TileWidth)
	for i := range hashes {
		hashes[i] = wire.Hash{1, byte(i)}
	}
	inner := innerOf(hashes)
	seen := map[int]bool{}
	for level := innerLevel; level < tileLevels; level++ {
		for at := 0; at < TileWidth; at += 1 << level {
			seen[place(level, at)] = true
			if h := inner[place(level, at)]; wire.Hash(h) != treeHash(hashes[at:at+1<<level]) {
				t.Errorf("level %d, event %d: another hash", level, at)
			}
		}
	}
	if len(seen) != len(inner) {
		t.Errorf("%d places for %d hashes", len(seen), len(inner))
	}
}

// TestOpenTilesAreNotKept: a tile that may still grow is not taken for what it will be.
func TestOpenTilesAreNotKept(t *testing.T) {
	state, log, tiles := memory{}, &logTree{}, keptTiles{}
	for i := range 300 {
		log.append([]byte{byte(i), byte(i >> 8)})
	}
	log.flush(func(k, v []byte) { state[string(k)] = v })
	v := &View{Head: Head{LogSize: log.size}, reader: state, upper: log.upper}
	p, err := v.LogProver(log.size, tiles)
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range []uint64{3, 290} {
		if _, err := p.Prove(v, index); err != nil {
			t.Fatal(err)
		}
	}
	if tiles[0] == nil || tiles[1] != nil {
		t.Errorf("kept %d tiles: the full one %v, the open one %v", len(tiles), tiles[0] != nil, tiles[1] != nil)
	}
}
