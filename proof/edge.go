package proof

import (
	"math/bits"

	"github.com/riviera-ledger/riviera/wire"
)

// Edge computes the root of a log (RFC 6962) as its entries come, keeping one hash a
// level. The zero value is an empty log.
type Edge struct {
	size  uint64
	whole []wire.Hash // roots of the complete subtrees, largest first: one for each bit of size
}

// Append adds the leaf hash of the next entry.
func (e *Edge) Append(leaf wire.Hash) {
	for n := e.size; n&1 == 1; n >>= 1 {
		last := len(e.whole) - 1
		leaf = logNode(e.whole[last], leaf)
		e.whole = e.whole[:last]
	}
	e.whole = append(e.whole, leaf)
	e.size++
}

// Size is the number of entries so far.
func (e *Edge) Size() uint64 { return e.size }

// Root is the root of the entries so far; of none it is zero, as the ledger has it.
func (e *Edge) Root() wire.Hash {
	if e.size == 0 {
		return wire.Hash{}
	}
	root := e.whole[len(e.whole)-1]
	for i := len(e.whole) - 2; i >= 0; i-- {
		root = logNode(e.whole[i], root)
	}
	return root
}

// StateEdge computes the root of a state tree as its leaves come, in ascending order of
// position without a gap from 0 on. The zero value is an empty tree.
type StateEdge struct {
	size  uint64
	whole [StateDepth + 1]wire.Hash // by level: a subtree that is complete, or zero
}

// Append adds the next leaf hash.
func (s *StateEdge) Append(leaf wire.Hash) {
	level := bits.TrailingZeros64(^s.size) // how many complete subtrees the leaf completes
	for l := range level {
		leaf, s.whole[l] = StateNode(s.whole[l], leaf), wire.Hash{}
	}
	s.whole[level] = leaf
	s.size++
}

// Root is the root of the tree of StateDepth levels.
func (s *StateEdge) Root() wire.Hash {
	var node wire.Hash
	for level := range StateDepth {
		if s.size>>level&1 == 1 {
			node = StateNode(s.whole[level], node)
		} else {
			node = StateNode(node, wire.Hash{})
		}
	}
	return node
}

// Size is the number of leaves so far.
func (s *StateEdge) Size() uint64 { return s.size }
