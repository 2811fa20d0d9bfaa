package register

import (
	"encoding/binary"

	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// closed is an hour to which nothing is added any more.
type closed struct {
	Size  uint64      `cbor:"1,keyasint"`
	Nodes []wire.Hash `cbor:"2,keyasint"` // proof.QueryTree.Nodes
}

func (c *closed) tree() *proof.QueryTree { return proof.RestoreQueryTree(c.Size, c.Nodes) }

// Hour is the root of a closed hour.
type Hour struct {
	Hour int64
	Size uint64
	Root wire.Hash
}

// Shut closes every hour that is over at a time, durably, and returns those of this
// node's that are not anchored on the ledger yet, oldest first.
func (r *Register) Shut(now int64, member uint32) ([]Hour, error) {
	if err := r.shutBefore(hourOf(now)); err != nil {
		return nil, err
	}
	newest, err := r.newest(anchorKey(member, 0)[:5], 1)
	if err != nil {
		return nil, err
	}
	var last int64
	if len(newest) > 0 {
		last = int64(binary.BigEndian.Uint64(newest[0][5:]))
	}
	var due []Hour
	var broken error
	err = r.db.Scan(hourKey('h', last+1), []byte{'h' + 1}, func(k, v []byte) bool {
		c := new(closed)
		if broken = wire.DecodeTrusted(v, c); broken != nil {
			return false
		}
		due = append(due, Hour{int64(binary.BigEndian.Uint64(k[1:])), c.Size, c.tree().Root()})
		return true
	})
	if err == nil {
		err = broken
	}
	return due, err
}

// shutBefore closes the open hours below an hour: usually one, after a crash perhaps
// several.
func (r *Register) shutBefore(hour int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	trees := map[int64]*proof.QueryTree{}
	var order []int64
	err := r.db.Scan(hourKey('l', r.shut+1), hourKey('l', hour), func(k, v []byte) bool {
		at, _ := place(k[1:])
		if trees[at] == nil {
			trees[at] = new(proof.QueryTree)
			order = append(order, at)
		}
		trees[at].Add(wire.Hash(v))
		return true
	})
	if err != nil || len(order) == 0 {
		return err
	}
	b := r.db.NewBatch()
	defer b.Close()
	for _, at := range order {
		b.Set(hourKey('h', at), wire.Encode(closed{trees[at].Size(), trees[at].Nodes()}))
	}
	if err := b.Commit(true); err != nil {
		return err
	}
	r.shut = order[len(order)-1]
	return nil
}

// prove adds to an entry of a closed hour its path.
func (r *Register) prove(e *Entry, hours map[int64]*closed) error {
	c := hours[e.Hour]
	if c == nil {
		v, err := r.db.Get(hourKey('h', e.Hour))
		if err != nil || v == nil {
			return err
		}
		c = new(closed)
		if err := wire.DecodeTrusted(v, c); err != nil {
			return err
		}
		hours[e.Hour] = c
	}
	tree := c.tree()
	from, to := tree.Block(e.Index)
	var leaves []wire.Hash
	err := r.db.Scan(entryKey('l', e.Hour, uint32(from)), entryKey('l', e.Hour, uint32(to)), func(_, v []byte) bool {
		leaves = append(leaves, wire.Hash(v))
		return true
	})
	if err != nil {
		return err
	}
	e.Size, e.Root = c.Size, tree.Root()
	e.Path, err = tree.Path(e.Index, leaves)
	return err
}

func anchorKey(member uint32, hour int64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32([]byte{'x'}, member), uint64(hour))
}

// Anchored returns where the ledger holds the root of a member's hour, and the root;
// false where it does not.
func (r *Register) Anchored(member uint32, hour int64) (event uint64, root wire.Hash, ok bool, err error) {
	v, err := r.db.Get(anchorKey(member, hour))
	if err != nil || len(v) != 8+len(root) {
		return 0, root, false, err
	}
	return binary.BigEndian.Uint64(v), wire.Hash(v[8:]), true, nil
}
