package register

import (
	"crypto/rand"
	"errors"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// noted is one question on disk.
type noted struct {
	Query  proof.Query `cbor:"1,keyasint"`
	Caller string      `cbor:"2,keyasint,omitempty"` // who asked, to be told of corrections and to read it back; empty: the public
}

// Entry is one question as it is shown, with what proves that it was there when its
// hour was anchored. Root and Path are empty as long as the hour is open.
type Entry struct {
	Query proof.Query
	Hour  int64
	Index uint64
	Size  uint64
	Root  wire.Hash
	Path  []wire.Hash
}

// maxPerHour keeps an entry's number within four bytes and a closed hour within what can
// be decoded again.
const maxPerHour = 1 << 24

// Note enters questions, each with a salt of its own. The caller names who asked in the
// words of the register's user, e.g. "key/…"; it is empty for the public.
//
// A caller reads back what concerns no record, and nothing else: so every question is to
// be entered once without a record, and once more for each record about the one who was
// asked for. Else a caller could tell by its own log who has had a record that was not
// shown, or when one was erased.
func (r *Register) Note(caller string, queries ...proof.Query) error {
	b := r.db.NewBatch()
	defer b.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, q := range queries {
		rand.Read(q.Salt[:]) // never fails
		hour := max(hourOf(q.Time), r.shut+1, r.hour)
		if hour != r.hour {
			r.hour, r.tree = hour, new(proof.QueryTree)
		}
		if r.tree.Size() >= maxPerHour {
			return fault.New(fault.QuotaExceeded, "register")
		}
		n := uint32(r.tree.Size())
		leaf := q.Leaf()
		r.tree.Add(leaf)
		k := entryKey('q', hour, n)
		b.Set(k, r.seal(k, noted{q, caller}))
		b.Set(entryKey('l', hour, n), leaf[:])
		switch {
		case q.Record != (Record{}):
			b.Set(append(r.ofRecord(q.Record), k[1:]...), nil)
		case caller != "":
			b.Set(append(r.ofCaller('a', caller), k[1:]...), nil)
		}
	}
	// Not synced: a power failure loses the last moments of the open hour, never the
	// answer's truth.
	return b.Commit(false)
}

// OfRecord returns the newest entries about a record, at most limit, newest first.
func (r *Register) OfRecord(id Record, limit int) ([]Entry, error) {
	return r.entries(r.ofRecord(id), limit, true)
}

// OfCaller returns the newest entries of a caller that concern no record, without their
// paths.
func (r *Register) OfCaller(caller string, limit int) ([]Entry, error) {
	return r.entries(r.ofCaller('a', caller), limit, false)
}

func (r *Register) entries(prefix []byte, limit int, prove bool) ([]Entry, error) {
	keys, err := r.newest(prefix, limit)
	if err != nil {
		return nil, err
	}
	hours := map[int64]*closed{}
	out := make([]Entry, 0, len(keys))
	for _, k := range keys {
		hour, n := place(k)
		key := entryKey('q', hour, n)
		sealed, err := r.db.Get(key)
		if err != nil {
			return nil, err
		}
		if sealed == nil {
			continue // forgotten meanwhile
		}
		var at noted
		if err := r.open(key, sealed, &at); err != nil {
			return nil, err
		}
		e := Entry{Query: at.Query, Hour: hour, Index: uint64(n)}
		if prove {
			if err := r.prove(&e, hours); err != nil {
				return nil, err
			}
		}
		out = append(out, e)
	}
	return out, nil
}

// newest returns the last keys under a prefix, the last one first.
func (r *Register) newest(prefix []byte, limit int) ([][]byte, error) {
	it, err := r.db.Iterator(prefix, after(prefix), true)
	if err != nil {
		return nil, err
	}
	var keys [][]byte
	for ; it.Valid() && len(keys) < limit; it.Next() {
		keys = append(keys, slices.Clone(it.Key()))
	}
	return keys, errors.Join(it.Error(), it.Close())
}
