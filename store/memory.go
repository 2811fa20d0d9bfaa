package store

import (
	"bytes"
	"hash/fnv"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/riviera-ledger/riviera/fault"
)

// Memory is a Store without a disk, for tests and simulations. Its zero value is an
// empty store. It is a persistent treap: every commit makes a new root, so that a
// Snapshot costs nothing and readers never wait.
type Memory struct {
	root  atomic.Pointer[node]
	write sync.Mutex // one commit at a time
}

// NewMemory returns an empty store in memory.
func NewMemory() *Memory { return new(Memory) }

// node is a key of the treap: a search tree by key, a heap by weight. Nodes are never
// changed once a commit has published them.
type node struct {
	key, value  []byte
	weight      uint64 // hash of the key: the tree's shape depends on its keys alone
	left, right *node
}

// Snapshot returns the present state as a Store of its own; writes to either do not
// show in the other.
func (m *Memory) Snapshot() *Memory {
	s := new(Memory)
	s.root.Store(m.root.Load())
	return s
}

// Get implements Reader.
func (m *Memory) Get(key []byte) ([]byte, error) {
	n := find(m.root.Load(), key)
	if n == nil {
		return nil, nil
	}
	return append(make([]byte, 0, len(n.value)), n.value...), nil
}

// Has implements Reader.
func (m *Memory) Has(key []byte) (bool, error) { return find(m.root.Load(), key) != nil, nil }

// Scan implements Reader.
func (m *Memory) Scan(from, to []byte, fn func(key, value []byte) bool) error {
	walk(m.root.Load(), from, to, fn)
	return nil
}

// Close implements Store and does nothing.
func (m *Memory) Close() error { return nil }

// NewBatch implements Store.
func (m *Memory) NewBatch() Batch { return &memoryBatch{m: m} }

func find(n *node, key []byte) *node {
	for n != nil {
		switch c := bytes.Compare(key, n.key); {
		case c < 0:
			n = n.left
		case c > 0:
			n = n.right
		default:
			return n
		}
	}
	return nil
}

func walk(n *node, from, to []byte, fn func(key, value []byte) bool) bool {
	if n == nil {
		return true
	}
	after := from == nil || bytes.Compare(n.key, from) >= 0
	before := to == nil || bytes.Compare(n.key, to) < 0
	if after && !walk(n.left, from, to, fn) {
		return false
	}
	if after && before && !fn(slices.Clone(n.key), append([]byte{}, n.value...)) {
		return false
	}
	return !before || walk(n.right, from, to, fn)
}

// split divides a tree into the keys below key and the others.
func split(n *node, key []byte) (below, rest *node) {
	if n == nil {
		return nil, nil
	}
	c := *n
	if bytes.Compare(n.key, key) < 0 {
		c.right, rest = split(n.right, key)
		return &c, rest
	}
	below, c.left = split(n.left, key)
	return below, &c
}

// join puts together two trees, all keys of a below those of b.
func join(a, b *node) *node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.weight > b.weight:
		c := *a
		c.right = join(a.right, b)
		return &c
	default:
		c := *b
		c.left = join(a, b.left)
		return &c
	}
}

// cut removes the keys in [from, to).
func cut(n *node, from, to []byte) *node {
	below, rest := split(n, from)
	_, above := split(rest, to)
	return join(below, above)
}

func put(n *node, key, value []byte) *node {
	h := fnv.New64a()
	h.Write(key)
	below, rest := split(n, key)
	_, above := split(rest, next(key))
	return join(join(below, &node{key: key, value: value, weight: h.Sum64()}), above)
}

// next is the key right after key.
func next(key []byte) []byte { return append(slices.Clone(key), 0) }

// memoryBatch is the Batch of a Memory.
type memoryBatch struct {
	m       *Memory
	changes []func(*node) *node
	size    int
	spent   bool
	err     error
}

func (b *memoryBatch) add(size int, change func(*node) *node, keys ...[]byte) {
	if b.spent && b.err == nil {
		b.err = errSpent
	}
	for _, k := range keys {
		if len(k) == 0 && b.err == nil {
			b.err = errEmptyKey
		}
	}
	if b.err == nil {
		b.changes = append(b.changes, change)
		b.size += size
	}
}

func (b *memoryBatch) Set(key, value []byte) {
	k, v := slices.Clone(key), append([]byte{}, value...)
	b.add(len(k)+len(v), func(n *node) *node { return put(n, k, v) }, k)
}

func (b *memoryBatch) Delete(key []byte) {
	k := slices.Clone(key)
	b.add(len(k), func(n *node) *node { return cut(n, k, next(k)) }, k)
}

func (b *memoryBatch) DeleteRange(from, to []byte) {
	from, to = slices.Clone(from), slices.Clone(to)
	switch c := bytes.Compare(from, to); {
	case c > 0 && b.err == nil:
		b.err = errRange
	case c == 0 && len(from) > 0:
	default:
		b.add(len(from)+len(to), func(n *node) *node { return cut(n, from, to) }, from, to)
	}
}

func (b *memoryBatch) Len() int  { return len(b.changes) }
func (b *memoryBatch) Size() int { return b.size }
func (b *memoryBatch) Urgent()   {}
func (b *memoryBatch) Close()    { b.spent, b.changes = true, nil }

func (b *memoryBatch) Commit(bool) error {
	if b.spent && b.err == nil {
		b.err = errSpent
	}
	if b.err != nil {
		return fault.Wrap(fault.Internal, "store", b.err)
	}
	b.m.write.Lock()
	defer b.m.write.Unlock()
	root := b.m.root.Load()
	for _, change := range b.changes {
		root = change(root)
	}
	b.m.root.Store(root)
	b.Close()
	return nil
}
