package proof

import (
	"math/bits"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// StateDepth is the height of the state tree: sequence numbers have 32 bits.
const StateDepth = 32

// StateLeaf is the hash of one record state.
func StateLeaf(state []byte) wire.Hash { return wire.Digest("riviera/state/1", state) }

// StateNode is the hash of two children. An absent subtree is the zero hash, and so
// is the node of two absent ones: an empty region of the tree costs nothing.
func StateNode(left, right wire.Hash) wire.Hash {
	if left.Zero() && right.Zero() {
		return wire.Hash{}
	}
	return wire.Digest("riviera/node/1", left[:], right[:])
}

// StatePath leads from the leaf of a sequence number to the root of the state tree:
// the siblings from the lowest level up. Bit l of Present says whether the sibling at
// level l is there; absent ones are zero and left out.
type StatePath struct {
	Present  uint32      `cbor:"1,keyasint,omitempty"`
	Siblings []wire.Hash `cbor:"2,keyasint,omitempty"`
}

// NewStatePath compresses the siblings of all levels, lowest first.
func NewStatePath(all [StateDepth]wire.Hash) StatePath {
	var p StatePath
	for level, sibling := range all {
		if !sibling.Zero() {
			p.Present |= 1 << level
			p.Siblings = append(p.Siblings, sibling)
		}
	}
	return p
}

// Root returns the root to which the path leads from leaf at the sequence number seq.
// A path whose siblings do not match its bitmap, or that spells out an absent one, is
// fault.Malformed: a path has one form.
func (p StatePath) Root(seq uint32, leaf wire.Hash) (wire.Hash, error) {
	if bits.OnesCount32(p.Present) != len(p.Siblings) {
		return wire.Hash{}, fault.New(fault.Malformed, "state path")
	}
	node, rest := leaf, p.Siblings
	for level := range StateDepth {
		var sibling wire.Hash
		if p.Present>>level&1 == 1 {
			sibling, rest = rest[0], rest[1:]
			if sibling.Zero() {
				return wire.Hash{}, fault.New(fault.Malformed, "state path")
			}
		}
		if seq>>level&1 == 1 {
			node = StateNode(sibling, node)
		} else {
			node = StateNode(node, sibling)
		}
	}
	return node, nil
}

// Verify checks that leaf stands at seq under root; a zero leaf proves that nothing
// stands there. A path to another root is fault.CommitmentMismatch.
func (p StatePath) Verify(seq uint32, leaf, root wire.Hash) error {
	got, err := p.Root(seq, leaf)
	if err != nil {
		return err
	}
	if got != root {
		return fault.New(fault.CommitmentMismatch, "state path")
	}
	return nil
}
