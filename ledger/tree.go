package ledger

import (
	"encoding/binary"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// stateTree is the fixed-shape Merkle tree over record states by sequence number. The
// leaf hashes lie on disk in groups of 16; everything above a group is kept in memory
// (64 bytes a group, 4 MB for a million records) and rebuilt when the ledger opens.
type stateTree struct {
	levels [][]wire.Hash // levels[0] are the group roots, each next level half as many
}

const (
	groupBits  = 4
	groupWidth = 1 << groupBits
)

// openTree rebuilds the upper levels from the groups on disk.
func openTree(r Reader) (*stateTree, error) {
	t := &stateTree{levels: [][]wire.Hash{nil}}
	var bad error
	err := r.Scan([]byte{'s'}, []byte{'s' + 1}, func(k, b []byte) bool {
		if n := binary.BigEndian.Uint64(k[1:]); n != uint64(len(t.levels[0])) || len(b)%32 != 0 {
			bad = fault.Newf(fault.Internal, "state tree", "group %d", n)
			return false
		}
		t.levels[0] = append(t.levels[0], groupRoot(splitHashes(b)))
		return true
	})
	if err := firstError(err, bad); err != nil {
		return nil, err
	}
	t.raise()
	return t, nil
}

// raise computes every level above the groups.
func (t *stateTree) raise() {
	for l := 0; len(t.levels[l]) > 1; l++ {
		below := t.levels[l]
		above := make([]wire.Hash, (len(below)+1)/2)
		for i := range above {
			above[i] = proof.StateNode(at(below, 2*i), at(below, 2*i+1))
		}
		t.levels = append(t.levels, above)
	}
}

func at(hs []wire.Hash, i int) wire.Hash {
	if i < len(hs) {
		return hs[i]
	}
	return wire.Hash{}
}

// groupRoot hashes up to 16 leaves, absent ones being zero.
func groupRoot(leaves []wire.Hash) wire.Hash {
	var row [groupWidth]wire.Hash
	copy(row[:], leaves)
	for n := groupWidth; n > 1; n /= 2 {
		for i := range n / 2 {
			row[i] = proof.StateNode(row[2*i], row[2*i+1])
		}
	}
	return row[0]
}

// leafChange is a new leaf hash at a position.
type leafChange struct {
	seq  uint64
	hash wire.Hash
}

// update sets leaves, in ascending order of position, and writes the groups they lie in.
func (t *stateTree) update(r Reader, changes []leafChange, set func(key, value []byte)) error {
	var dirty []int
	for i := 0; i < len(changes); {
		group := changes[i].seq / groupWidth
		leaves, err := readGroup(r, group)
		if err != nil {
			return err
		}
		for ; i < len(changes) && changes[i].seq/groupWidth == group; i++ {
			slot := int(changes[i].seq % groupWidth)
			for len(leaves) <= slot {
				leaves = append(leaves, wire.Hash{})
			}
			leaves[slot] = changes[i].hash
		}
		set(groupKey(group), joinHashes(leaves))
		t.put(0, int(group), groupRoot(leaves))
		dirty = append(dirty, int(group))
	}
	t.rehash(dirty)
	return nil
}

func readGroup(r Reader, group uint64) ([]wire.Hash, error) {
	b, err := r.Get(groupKey(group))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "state tree", err)
	}
	return splitHashes(b), nil
}

func (t *stateTree) put(level, i int, h wire.Hash) {
	if level == len(t.levels) {
		t.levels = append(t.levels, nil)
	}
	for len(t.levels[level]) <= i {
		t.levels[level] = append(t.levels[level], wire.Hash{})
	}
	t.levels[level][i] = h
}

// rehash recomputes the nodes above the dirty ones, level by level, each once.
func (t *stateTree) rehash(dirty []int) {
	for l := 0; len(t.levels[l]) > 1; l++ {
		above := make([]int, 0, len(dirty))
		for _, i := range dirty {
			above = append(above, i/2)
		}
		above = slices.Compact(above)
		for _, i := range above {
			t.put(l+1, i, proof.StateNode(at(t.levels[l], 2*i), at(t.levels[l], 2*i+1)))
		}
		dirty = above
	}
}

// root is the root of the whole tree of proof.StateDepth levels.
func (t *stateTree) root() wire.Hash {
	top := len(t.levels) - 1
	root := at(t.levels[top], 0)
	for l := groupBits + top; l < proof.StateDepth; l++ {
		root = proof.StateNode(root, wire.Hash{})
	}
	return root
}

// path returns the siblings of a leaf.
func (t *stateTree) path(r Reader, seq uint64) (proof.StatePath, error) {
	var all [proof.StateDepth]wire.Hash
	leaves, err := readGroup(r, seq/groupWidth)
	if err != nil {
		return proof.StatePath{}, err
	}
	row := make([]wire.Hash, groupWidth)
	copy(row, leaves)
	i := int(seq % groupWidth)
	for l := range groupBits {
		all[l] = row[i^1]
		for j := range len(row) / 2 {
			row[j] = proof.StateNode(row[2*j], row[2*j+1])
		}
		row, i = row[:len(row)/2], i/2
	}
	i = int(seq / groupWidth)
	for l := range t.levels {
		all[groupBits+l] = at(t.levels[l], i^1)
		i /= 2
	}
	return proof.NewStatePath(all), nil
}
