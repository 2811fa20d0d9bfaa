package ledger

import (
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// logTree is the right edge of the event log: for each tile level the hashes of the
// last, unfinished tile. Tiles have height 8 as in C2SP tlog-tiles: 256 hashes, of
// events at level 0, of full tiles of the level below at the others.
type logTree struct {
	size  uint64
	edge  [][]wire.Hash
	upper upperLog
}

// upperLog holds the hashes of all complete subtrees from a whole tile of events upwards:
// upper[k][n] covers the 256<<k events from n*256<<k on. It answers what is above a tile in
// a proof without the disk, and takes 64 bytes for 256 events: 750 KB for three million.
type upperLog [][]wire.Hash

// push adds the hash of the next full tile of events.
func (u *upperLog) push(h wire.Hash) {
	for k := 0; ; k++ {
		if k == len(*u) {
			*u = append(*u, nil)
		}
		level := append((*u)[k], h)
		(*u)[k] = level
		if len(level)%2 == 1 {
			return
		}
		h = wire.Hash(tlog.NodeHash(tlog.Hash(level[len(level)-2]), tlog.Hash(h)))
	}
}

// shared is what a view may keep while the log grows: levels only ever get longer.
func (u upperLog) shared() upperLog { return slices.Clone(u) }

// TileWidth is how many hashes a full tile holds.
const TileWidth = 1 << tileLevels

const tileLevels = 8

// openLog reads the edge of a log of this size, and the hashes of its full tiles of events.
func openLog(r Reader, size uint64) (*logTree, error) {
	t := &logTree{size: size}
	for n, left := int64(0), size/TileWidth; left > 0; n++ {
		width := min(left, TileWidth)
		full, err := readTile(r, 1, n, int(width))
		if err != nil {
			return nil, err
		}
		for _, h := range full {
			t.upper.push(h)
		}
		left -= width
	}
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
	hashes, err := readWhole(r, level, n, width)
	if err != nil {
		return nil, err
	}
	return hashes[:width], nil
}

// readWhole reads all hashes of a tile, which must be at least as many.
func readWhole(r Reader, level int, n int64, width int) ([]wire.Hash, error) {
	b, err := r.Get(tileKey(level, n))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "log tile", err)
	}
	if len(b) < 32*width {
		return nil, fault.Newf(fault.Internal, "log tile", "level %d tile %d holds %d hashes, %d wanted", level, n, len(b)/32, width)
	}
	return splitHashes(b), nil
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
			h := treeHash(full)
			if t.push(level+1, h); level == 0 {
				t.upper.push(h)
			}
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

// storedHashes reads tlog's stored hashes: within a tile of events out of the tile, above
// it from memory.
type storedHashes struct {
	reader Reader
	upper  upperLog
	tiles  Tiles // nil: none
}

// ReadHashes implements tlog.HashReader.
func (s storedHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	tile, have := []wire.Hash(nil), int64(-1) // those of one proof lie in one tile, or few
	var inner *InnerHashes
	known := int64(-1)
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		if level >= tileLevels {
			if k := level - tileLevels; k >= len(s.upper) || n >= int64(len(s.upper[k])) {
				return nil, fault.Newf(fault.Internal, "log tile", "level %d does not reach %d", level, n)
			}
			out[i] = tlog.Hash(s.upper[level-tileLevels][n])
			continue
		}
		first := n << level // the hash covers 1<<level events
		at, end := int(first%TileWidth), int(first%TileWidth)+1<<level
		if s.tiles != nil && known != first/TileWidth {
			known = first / TileWidth
			inner = s.tiles.Inner(known)
		}
		if inner != nil && level >= innerLevel {
			out[i] = inner[place(level, at)]
			continue
		}
		if have != first/TileWidth || len(tile) < end {
			var err error
			if tile, err = readWhole(s.reader, 0, first/TileWidth, end); err != nil {
				return nil, err
			}
			have = first / TileWidth
		}
		if s.tiles != nil && inner == nil && len(tile) == TileWidth { // a full one: it never changes
			inner = innerOf(tile)
			s.tiles.Keep(have, inner)
		}
		if inner != nil && level >= innerLevel {
			out[i] = inner[place(level, at)]
			continue
		}
		out[i] = tlog.Hash(treeHash(tile[at:end]))
	}
	return out, nil
}

// LogProof returns the path of the event at an index to the log root of this view.
func (v *View) LogProof(index uint64) ([]wire.Hash, error) {
	return v.prove(v.LogSize, index, storedHashes{v.reader, v.upper, nil})
}

func (v *View) prove(size, index uint64, r tlog.HashReader) ([]wire.Hash, error) {
	if size > v.LogSize {
		return nil, fault.New(fault.NotFound, "log proof")
	}
	path, err := tlog.ProveRecord(int64(size), int64(index), r)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "log proof", err)
	}
	return fromTlog(path), nil
}

// LogProver proves events under the root of the log at one size. What their paths have in
// common, the hashes at the right edge, it works out once. Many may use it at once.
type LogProver struct {
	size  uint64
	edge  map[int64]tlog.Hash // by tlog's index of stored hashes
	tiles Tiles
}

// LogProver prepares proofs under the root at a size, up to this view's. Provers of one
// ledger may share tiles; they may be nil.
func (v *View) LogProver(size uint64, tiles Tiles) (*LogProver, error) {
	if size > v.LogSize {
		return nil, fault.New(fault.NotFound, "log size")
	}
	var indexes []int64
	for level := range tileLevels { // those above lie in memory
		if size>>level&1 == 1 {
			indexes = append(indexes, tlog.StoredHashIndex(level, int64(size>>level-1)))
		}
	}
	hashes, err := storedHashes{v.reader, v.upper, tiles}.ReadHashes(indexes)
	if err != nil {
		return nil, err
	}
	p := &LogProver{size: size, edge: map[int64]tlog.Hash{}, tiles: tiles}
	for i, at := range indexes {
		p.edge[at] = hashes[i]
	}
	return p, nil
}

// Prove returns the path of an event, as any later view may read it.
func (p *LogProver) Prove(v *View, index uint64) ([]wire.Hash, error) {
	return v.prove(p.size, index, edged{p.edge, storedHashes{v.reader, v.upper, p.tiles}})
}

// edged reads from an edge what lies there, and the rest beneath.
type edged struct {
	edge    map[int64]tlog.Hash
	beneath storedHashes
}

// ReadHashes implements tlog.HashReader.
func (e edged) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	var missing []int64
	for i, index := range indexes {
		if h, ok := e.edge[index]; ok {
			out[i] = h
		} else {
			missing = append(missing, index)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	rest, err := e.beneath.ReadHashes(missing)
	if err != nil {
		return nil, err
	}
	for i, index := range indexes {
		if _, ok := e.edge[index]; !ok {
			out[i], rest = rest[0], rest[1:]
		}
	}
	return out, nil
}

// LogConsistency proves that the log of an older size is a prefix of this view's.
func (v *View) LogConsistency(older uint64) ([]wire.Hash, error) {
	path, err := tlog.ProveTree(int64(v.LogSize), int64(older), storedHashes{v.reader, v.upper, nil})
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
	root, err := tlog.TreeHash(int64(size), storedHashes{v.reader, v.upper, nil})
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
