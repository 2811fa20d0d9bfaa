package store

import (
	"bytes"
	"hash/maphash"
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// known remembers in memory which keys may exist, of those families that Options.Remember
// names: a key whose fingerprint was never entered does not exist, and asking for it need
// not touch the disk. It errs on one side only. A fingerprint is entered before its key
// can be read and is never taken out by itself; so a key that was deleted, or that shares
// a fingerprint, is looked for on the disk.
type known struct {
	seed     maphash.Seed
	families [256]*family // by the first byte of the key
}

// family is the keys with one first byte, in groups by their first bytes.
type family struct {
	prefix byte
	width  int // bytes that name a group, the first included

	mu     sync.RWMutex
	groups map[string]*prints
	gone   []byte // the last group that was deleted whole: up to it, the disk is asked
}

// newKnown enters every key of the families that the store holds.
func newKnown(p *pebble.DB, remember map[byte]int) (*known, error) {
	k := &known{seed: maphash.MakeSeed()}
	for prefix, width := range remember { // order does not matter
		f := &family{prefix: prefix, width: width, groups: map[string]*prints{}}
		k.families[prefix] = f
		it, err := p.NewIter(&pebble.IterOptions{LowerBound: []byte{prefix}, UpperBound: behind(prefix)})
		if err != nil {
			return nil, wrap(err)
		}
		for it.First(); it.Valid(); it.Next() {
			f.add(it.Key(), k.print(it.Key()))
		}
		if err := it.Close(); err != nil {
			return nil, wrap(err)
		}
	}
	return k, nil
}

// behind is the first key after all that begin with prefix; nil is past the last.
func behind(prefix byte) []byte {
	if prefix == 0xff {
		return nil
	}
	return []byte{prefix + 1}
}

func (k *known) print(key []byte) uint32 { return uint32(maphash.Bytes(k.seed, key) >> 32) }

// absent reports that there is certainly no such key.
func (k *known) absent(key []byte) bool {
	if k == nil || len(key) == 0 {
		return false
	}
	f := k.families[key[0]]
	if f == nil || len(key) < f.width {
		return false
	}
	print := k.print(key)
	f.mu.RLock()
	defer f.mu.RUnlock()
	group := key[:f.width]
	if bytes.Compare(group, f.gone) <= 0 {
		return false
	}
	return !f.groups[string(group)].has(print)
}

// mark is one fingerprint that a batch will enter.
type mark struct {
	family *family
	group  string // empty where the family is one group
	print  uint32
}

// mark makes the mark of a key that is about to be set; false if nobody remembers it.
func (k *known) mark(key []byte) (m mark, ok bool) {
	if k == nil || len(key) == 0 {
		return m, false
	}
	f := k.families[key[0]]
	if f == nil || len(key) < f.width {
		return m, false
	}
	m = mark{family: f, print: k.print(key)}
	if f.width > 1 {
		m.group = string(key[:f.width])
	}
	return m, true
}

// enter enters marks. It is called before the batch that sets their keys is applied.
func (k *known) enter(marks []mark) {
	for len(marks) > 0 {
		f, n := marks[0].family, 1
		for n < len(marks) && marks[n].family == f {
			n++
		}
		f.mu.Lock()
		for _, m := range marks[:n] {
			f.group(m.group).add(m.print)
		}
		f.mu.Unlock()
		marks = marks[n:]
	}
}

func (f *family) group(name string) *prints {
	if name == "" {
		name = string(f.prefix)
	}
	g := f.groups[name]
	if g == nil {
		g = new(prints)
		f.groups[name] = g
	}
	return g
}

func (f *family) add(key []byte, print uint32) {
	if len(key) >= f.width {
		f.group(string(key[:f.width])).add(print)
	}
}

// span is a range of keys that a batch deletes.
type span struct{ from, to []byte }

// forget lets go of the groups that were deleted whole. From now on the disk is asked
// for the keys in them and below, for a snapshot may still hold them.
func (k *known) forget(spans []span) {
	for _, s := range spans {
		f := k.families[s.from[0]]
		if f == nil || f.width == 1 || len(s.from) != f.width || len(s.to) != f.width {
			continue
		}
		f.mu.Lock()
		for name := range f.groups { // order does not matter
			if name >= string(s.from) && name < string(s.to) {
				delete(f.groups, name)
				if name > string(f.gone) {
					f.gone = []byte(name)
				}
			}
		}
		f.mu.Unlock()
	}
}

// prints is a set of fingerprints: four bytes a cell, at most three quarters full.
// Probing is linear, and 0 is an empty cell, so a fingerprint of 0 counts as 1.
type prints struct {
	cells []uint32 // a power of two
	n     int
}

func (p *prints) add(print uint32) {
	print = max(print, 1)
	if 4*(p.n+1) > 3*len(p.cells) {
		p.grow()
	}
	if i, there := p.seek(print); !there {
		p.cells[i] = print
		p.n++
	}
}

func (p *prints) has(print uint32) bool {
	if p == nil || p.n == 0 {
		return false
	}
	_, there := p.seek(max(print, 1))
	return there
}

// seek returns the cell of a fingerprint, or the empty one where it would go.
func (p *prints) seek(print uint32) (i int, there bool) {
	mask := len(p.cells) - 1
	for i = int(print) & mask; p.cells[i] != 0; i = (i + 1) & mask {
		if p.cells[i] == print {
			return i, true
		}
	}
	return i, false
}

func (p *prints) grow() {
	old := p.cells
	p.cells = make([]uint32, max(64, 2*len(old)))
	for _, c := range old {
		if c != 0 {
			i, _ := p.seek(c)
			p.cells[i] = c
		}
	}
}
