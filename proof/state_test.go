package proof

import (
	"fmt"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// plainTree holds every non-empty node of a state tree by level and index.
type plainTree [StateDepth + 1]map[uint32]wire.Hash

func newTree(states map[uint32][]byte) *plainTree {
	var t plainTree
	for l := range t {
		t[l] = map[uint32]wire.Hash{}
	}
	for seq, s := range states {
		t[0][seq] = StateLeaf(s)
	}
	for l := range StateDepth {
		for i := range t[l] {
			parent := i >> 1
			t[l+1][parent] = StateNode(t[l][parent<<1], t[l][parent<<1|1])
		}
	}
	return &t
}

func (t *plainTree) root() wire.Hash { return t[StateDepth][0] }

func (t *plainTree) path(seq uint32) StatePath {
	var all [StateDepth]wire.Hash
	for l := range all {
		all[l] = t[l][seq>>l^1]
	}
	return NewStatePath(all)
}

func TestStatePathAgainstPlainTree(t *testing.T) {
	states := map[uint32][]byte{}
	for _, seq := range []uint32{0, 1, 2, 3, 7, 8, 1000, 1001, 1 << 20, 1<<31 - 1, 1 << 31, 1<<32 - 1} {
		states[seq] = fmt.Appendf(nil, "state of %d", seq)
	}
	tree := newTree(states)
	for seq, s := range states {
		p, leaf := tree.path(seq), StateLeaf(s)
		if err := p.Verify(seq, leaf, tree.root()); err != nil {
			t.Errorf("%d: %v", seq, err)
		}
		if err := p.Verify(seq, StateLeaf([]byte("another")), tree.root()); !fault.Is(err, fault.CommitmentMismatch) {
			t.Errorf("%d, another state: %v", seq, err)
		}
		if err := p.Verify(seq^1, leaf, tree.root()); !fault.Is(err, fault.CommitmentMismatch) {
			t.Errorf("%d, beside it: %v", seq, err)
		}
		if err := p.Verify(seq, wire.Hash{}, tree.root()); !fault.Is(err, fault.CommitmentMismatch) {
			t.Errorf("%d, claimed absent: %v", seq, err)
		}
		var back StatePath
		if err := wire.Decode(wire.Encode(p), &back); err != nil {
			t.Errorf("%d: path does not survive encoding: %v", seq, err)
		}
	}
	for _, seq := range []uint32{4, 9, 999, 1 << 30} { // nothing stands there
		if err := tree.path(seq).Verify(seq, wire.Hash{}, tree.root()); err != nil {
			t.Errorf("%d absent: %v", seq, err)
		}
	}
}

func TestStatePathHasOneForm(t *testing.T) {
	for name, p := range map[string]StatePath{
		"a sibling too many":    {Present: 1, Siblings: []wire.Hash{{1}, {2}}},
		"a sibling too few":     {Present: 3, Siblings: []wire.Hash{{1}}},
		"an absent one spelled": {Present: 1, Siblings: []wire.Hash{{}}},
	} {
		if err := p.Verify(0, wire.Hash{1}, wire.Hash{}); !fault.Is(err, fault.Malformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if StateNode(wire.Hash{}, wire.Hash{}) != (wire.Hash{}) {
		t.Error("the node of two absent subtrees is not absent")
	}
}
