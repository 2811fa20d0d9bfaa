package proof

import (
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Query is one entry of a node's log of queries: who asked about a record, when and
// why. The entry stays on the node that answered and goes with the record; its leaf is
// in the tree of its hour, whose root the ledger holds (kind of event TypeQueries). So
// whoever is shown an entry can check that it was there when the hour was anchored, and
// that nothing was put in its place.
//
// One that concerns no record looks alike from outside: the salt is random.
type Query struct {
	Salt    wire.Hash `cbor:"1,keyasint"`
	Record  [16]byte  `cbor:"2,keyasint,omitzero"`
	Time    int64     `cbor:"3,keyasint"` // Unix seconds
	By      string    `cbor:"4,keyasint"` // one of the By constants
	Member  uint32    `cbor:"5,keyasint,omitempty"`
	Name    string    `cbor:"6,keyasint,omitempty"`
	Purpose string    `cbor:"7,keyasint,omitempty"`
	What    string    `cbor:"8,keyasint"` // one of the Asked constants
	Listed  bool      `cbor:"9,keyasint,omitempty"`
}

// Who asked.
const (
	ByPublic  = "public"  // a visitor without an account
	ByQuerier = "querier" // a third party by its API key; Member vouches for it
	ByOwn     = "own"     // people of the institution that runs the node
	BySubject = "subject" // the holder of the access code
)

// What was asked.
const (
	AskedStanding = "standing" // whether a code with a name is listed
	AskedRecord   = "record"   // to see what is held
)

// Leaf is the entry's place in the tree of its hour.
func (q *Query) Leaf() wire.Hash { return wire.Digest("riviera/query/1", wire.Encode(q)) }

// queryBlock is how many leaves are hashed into one node that a log keeps, so that a
// path needs one block's leaves and the other blocks' nodes.
const queryBlock = 256

// QueryTree computes roots and paths over the leaves of one hour, RFC 6962: a leaf of
// the tree is the 32 bytes of Query.Leaf.
type QueryTree struct {
	size   uint64
	blocks []wire.Hash // roots of 256 leaves each, the last of what is left
	open   []wire.Hash // leaf hashes of the block that is not full
}

// Add appends a leaf.
func (t *QueryTree) Add(leaf wire.Hash) {
	t.open = append(t.open, LogLeaf(leaf[:]))
	t.size++
	if len(t.open) == queryBlock {
		t.blocks = append(t.blocks, subtree(t.open))
		t.open = nil
	}
}

// Size is the number of leaves.
func (t *QueryTree) Size() uint64 { return t.size }

// Root of the leaves so far; zero for none.
func (t *QueryTree) Root() wire.Hash { return subtree(t.Nodes()) }

// RestoreQueryTree makes a tree from its size and Nodes. Nothing can be added to it.
func RestoreQueryTree(size uint64, nodes []wire.Hash) *QueryTree {
	return &QueryTree{size: size, blocks: nodes}
}

// Nodes are what a log keeps of an hour that is over beside its leaves: the root of each
// block.
func (t *QueryTree) Nodes() []wire.Hash {
	nodes := t.blocks[:len(t.blocks):len(t.blocks)]
	if len(t.open) > 0 {
		nodes = append(nodes, subtree(t.open))
	}
	return nodes
}

// Block says which leaves Path needs for the one at index: from up to and without to.
func (t *QueryTree) Block(index uint64) (from, to uint64) {
	from = index / queryBlock * queryBlock
	return from, min(from+queryBlock, t.size)
}

// Path is the inclusion path of the leaf at index, from the leaves of its Block.
func (t *QueryTree) Path(index uint64, block []wire.Hash) ([]wire.Hash, error) {
	from, to := t.Block(index)
	if index >= t.size || uint64(len(block)) != to-from {
		return nil, fault.New(fault.Malformed, "query index")
	}
	row := make([]wire.Hash, len(block))
	for i, l := range block {
		row[i] = LogLeaf(l[:])
	}
	return append(branch(row, int(index-from)), branch(t.Nodes(), int(from/queryBlock))...), nil
}

// VerifyQuery checks that an entry was in the log of an hour with this root. Errors as
// VerifyInclusion.
func VerifyQuery(q *Query, index, size uint64, root wire.Hash, path []wire.Hash) error {
	leaf := q.Leaf()
	return VerifyInclusion(leaf[:], index, size, root, path)
}

// subtree is the RFC 6962 hash over nodes that stand on one level.
func subtree(nodes []wire.Hash) wire.Hash {
	switch n := len(nodes); n {
	case 0:
		return wire.Hash{}
	case 1:
		return nodes[0]
	default:
		k := split(n)
		return logNode(subtree(nodes[:k]), subtree(nodes[k:]))
	}
}

// branch is the path of node i below subtree, lowest sibling first.
func branch(nodes []wire.Hash, i int) []wire.Hash {
	if len(nodes) <= 1 {
		return nil
	}
	k := split(len(nodes))
	if i < k {
		return append(branch(nodes[:k], i), subtree(nodes[k:]))
	}
	return append(branch(nodes[k:], i-k), subtree(nodes[:k]))
}

// split is the largest power of two below n.
func split(n int) int {
	k := 1
	for 2*k < n {
		k *= 2
	}
	return k
}
