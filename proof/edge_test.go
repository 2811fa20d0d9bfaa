package proof

import (
	"encoding/binary"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/riviera-ledger/riviera/wire"
)

// TestEdge: the root of a growing log is that of the library's tree at every size.
func TestEdge(t *testing.T) {
	var e Edge
	if e.Root() != (wire.Hash{}) {
		t.Error("an empty log has a root")
	}
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, n := range at {
			out[i] = stored[n]
		}
		return out, nil
	})
	for n := range int64(70) {
		entry := binary.BigEndian.AppendUint64(nil, uint64(n))
		more, err := tlog.StoredHashes(n, entry, read)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
		e.Append(LogLeaf(entry))
		want, err := tlog.TreeHash(n+1, read)
		if err != nil {
			t.Fatal(err)
		}
		if e.Root() != wire.Hash(want) || e.Size() != uint64(n+1) {
			t.Fatalf("another root at size %d", n+1)
		}
	}
}

// TestStateEdge: the root of leaves as they come is that to which every leaf's path leads
// in a plain tree.
func TestStateEdge(t *testing.T) {
	var s StateEdge
	var leaves []wire.Hash
	for n := range uint32(37) {
		leaf := StateLeaf(binary.BigEndian.AppendUint32(nil, n))
		leaves = append(leaves, leaf)
		s.Append(leaf)
		var siblings [StateDepth]wire.Hash
		row, at := append([]wire.Hash(nil), leaves...), int(n)
		for level := range StateDepth {
			if at^1 < len(row) {
				siblings[level] = row[at^1]
			}
			var above []wire.Hash
			for i := 0; i < len(row); i += 2 {
				right := wire.Hash{}
				if i+1 < len(row) {
					right = row[i+1]
				}
				above = append(above, StateNode(row[i], right))
			}
			row, at = above, at/2
		}
		if root, err := NewStatePath(siblings).Root(n, leaf); err != nil || root != s.Root() || s.Size() != uint64(n+1) {
			t.Fatalf("another root of %d leaves: %v", n+1, err)
		}
	}
}
