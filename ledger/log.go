package ledger

import (
	"golang.org/x/mod/sumdb/tlog"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// logTree is the right edge of the event log: for each tile level the hashes of the
// last, unfinished tile. Tiles have height 8 as in C2SP tlog-tiles: 256 hashes, of
// events at level 0, of full tiles of the level below at the others.
type logTree struct {
	size uint64
	edge [][]wire.Hash
}

// TileWidth is how many hashes a full tile holds.
const TileWidth = 256

// openLog reads the edge of a log of this size.
func openLog(r Reader, size uint64) (*logTree, error) {
	t := &logTree{size: size}
	for level, n := 0, size; n > 0; level, n = level+1, n/TileWidth {
		width := int(n % TileWidth)
		var hashes []wire.Hash
		if width > 0 {
			var err error
			if hashes, err = readTile(r, level, int64(n/TileWidth), width); err != nil {
				return nil, err
			}
		}
		t.edge = append(t.edge, hashes)
	}
	return t, nil
}

func readTile(r Reader, level int, n int64, width int) ([]wire.Hash, error) {
	b, err := r.Get(tileKey(level, n))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "log tile", err)
	}
	if len(b) < 32*width {
		return nil, fault.Newf(fault.Internal, "log tile", "level %d tile %d holds %d hashes, %d wanted", level, n, len(b)/32, width)
	}
	return splitHashes(b[:32*width]), nil
}

// append adds an event and returns its index.
func (t *logTree) append(event []byte) uint64 {
	t.push(0, proof.LogLeaf(event))
	t.size++
	return t.size - 1
}

func (t *logTree) push(level int, h wire.Hash) {
	if level == len(t.edge) {
		t.edge = append(t.edge, nil)
	}
	t.edge[level] = append(t.edge[level], h)
}

// flush writes the tiles that changed and carries full ones up a level. Until then an
// edge may hold more than one tile's hashes.
func (t *logTree) flush(set func(key, value []byte)) {
	n := int64(t.size)
	for level := 0; level < len(t.edge); level++ {
		last := n / TileWidth
		first := last - int64(len(t.edge[level])/TileWidth)
		for ; first < last; first++ {
			full := t.edge[level][:TileWidth]
			set(tileKey(level, first), joinHashes(full))
			t.push(level+1, treeHash(full))
			t.edge[level] = t.edge[level][TileWidth:]
		}
		if len(t.edge[level]) > 0 {
			set(tileKey(level, last), joinHashes(t.edge[level]))
		}
		t.edge[level] = append([]wire.Hash(nil), t.edge[level]...) // let go of the full tiles
		n = last
	}
}

// root is the RFC 6962 tree hash of all events. Call it after flush.
func (t *logTree) root() wire.Hash {
	if t.size == 0 {
		return wire.Hash(tlog.Hash{}) // as tlog.TreeHash has it
	}
	var right *wire.Hash
	for _, hashes := range t.edge {
		if right != nil {
			hashes = append(append([]wire.Hash(nil), hashes...), *right)
		}
		if len(hashes) > 0 {
			h := treeHash(hashes)
			right = &h
		}
	}
	return *right
}

// treeHash is RFC 6962's MTH over hashes of complete subtrees of equal size, the last
// of which may be a smaller one.
func treeHash(hs []wire.Hash) wire.Hash {
	if len(hs) == 1 {
		return hs[0]
	}
	k := 1
	for k*2 < len(hs) {
		k *= 2
	}
	return wire.Hash(tlog.NodeHash(tlog.Hash(treeHash(hs[:k])), tlog.Hash(treeHash(hs[k:]))))
}

// tileHashes reads stored hashes out of tiles for tlog's proofs.
type tileHashes struct {
	reader Reader
	size   uint64
}

// ReadHashes implements tlog.HashReader.
func (t tileHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		tile, inside := level/8, level%8
		first := n << inside // the hash covers 1<<inside hashes of its tile
		hashes, err := readTile(t.reader, tile, first/TileWidth, int(first%TileWidth)+1<<inside)
		if err != nil {
			return nil, err
		}
		out[i] = tlog.Hash(treeHash(hashes[first%TileWidth:]))
	}
	return out, nil
}

// LogProof returns the path of the event at an index to the log root of this view.
func (v *View) LogProof(index uint64) ([]wire.Hash, error) {
	path, err := tlog.ProveRecord(int64(v.LogSize), int64(index), tileHashes{v.reader, v.LogSize})
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "log proof", err)
	}
	return fromTlog(path), nil
}

// LogConsistency proves that the log of an older size is a prefix of this view's.
func (v *View) LogConsistency(older uint64) ([]wire.Hash, error) {
	path, err := tlog.ProveTree(int64(v.LogSize), int64(older), tileHashes{v.reader, v.LogSize})
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "log proof", err)
	}
	return fromTlog(path), nil
}

func fromTlog(path []tlog.Hash) []wire.Hash {
	out := make([]wire.Hash, len(path))
	for i, h := range path {
		out[i] = wire.Hash(h)
	}
	return out
}

func splitHashes(b []byte) []wire.Hash {
	out := make([]wire.Hash, len(b)/32)
	for i := range out {
		copy(out[i][:], b[32*i:])
	}
	return out
}

func joinHashes(hs []wire.Hash) []byte {
	b := make([]byte, 0, 32*len(hs))
	for _, h := range hs {
		b = append(b, h[:]...)
	}
	return b
}

// SizeAt is how many events were recorded up to a height.
func (v *View) SizeAt(height int64) (uint64, error) {
	lo, hi := uint64(0), v.LogSize
	for lo < hi { // events stand in the order of their blocks
		mid := (lo + hi) / 2
		e, _, err := v.Event(mid)
		if err != nil {
			return 0, err
		}
		if e.Height <= height {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, nil
}

// RootAt is the root of the log at an older size, from 1.
func (v *View) RootAt(size uint64) (wire.Hash, error) {
	if size == 0 || size > v.LogSize {
		return wire.Hash{}, fault.New(fault.NotFound, "log size")
	}
	root, err := tlog.TreeHash(int64(size), tileHashes{v.reader, v.LogSize})
	if err != nil {
		return wire.Hash{}, fault.Wrap(fault.Internal, "log tile", err)
	}
	return wire.Hash(root), nil
}

// LogConsistencyAt proves that the log of one older size is a prefix of that of another.
func (v *View) LogConsistencyAt(older, newer uint64) ([]wire.Hash, error) {
	if newer > v.LogSize {
		return nil, fault.New(fault.NotFound, "log size")
	}
	at := *v
	at.LogSize = newer
	return at.LogConsistency(older)
}
