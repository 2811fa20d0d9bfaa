package register

import (
	"crypto/rand"
	"errors"
	"slices"

	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// noted is one question on disk.
type noted struct {
	Query  proof.Query `cbor:"1,keyasint"`
	Caller string      `cbor:"2,keyasint,omitempty"` // who asked, to be told of corrections and to read it back; empty: the public
	Filler bool        `cbor:"3,keyasint,omitempty"` // stands for a record that there is not
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
// be decoded again. Beyond it the entries of an hour run over into the next.
const maxPerHour = 1 << 24

// Hit is a record about the one who was asked for.
type Hit struct {
	Record Record
	Listed bool // and the caller was told so
}

// Question enters a question with a salt of its own for each entry. The caller names who
// asked in the words of the register's user, e.g. "key/…"; it is empty for the public.
//
// A caller reads back what concerns no record, and nothing else: so the question is
// entered once without a record, and once more for each record about the one who was asked
// for. Else a caller could tell by its own log who has had a record that was not shown, or
// when one was erased. Where there is no such record a filler is entered in its place, so
// that as much is written for nobody as for one record.
func (r *Register) Question(caller string, q proof.Query, hits ...Hit) error {
	for _, h := range hits {
		q.Listed = q.Listed || h.Listed
	}
	all := []noted{{Query: q, Caller: caller}}
	for _, h := range hits {
		q.Record, q.Listed = h.Record, h.Listed
		all = append(all, noted{Query: q, Caller: caller})
	}
	if len(hits) == 0 {
		rand.Read(q.Record[:]) // never fails
		all = append(all, noted{Query: q, Caller: caller, Filler: true})
	}
	return r.note(all)
}

// Note enters one look at a record.
func (r *Register) Note(caller string, q proof.Query) error {
	return r.note([]noted{{Query: q, Caller: caller}})
}

// noting is entries that wait to be written, together with those of others.
type noting struct {
	entries []noted
	leaves  []wire.Hash
	turn    chan bool // true: it is yours to write; false: written, see err
	err     error
}

// note writes entries. While one caller writes, the others' gather; the first of them
// writes all of these next.
func (r *Register) note(entries []noted) error {
	x := &noting{entries: entries, leaves: make([]wire.Hash, len(entries)), turn: make(chan bool, 1)}
	for i := range entries {
		rand.Read(entries[i].Query.Salt[:]) // never fails
		x.leaves[i] = entries[i].Query.Leaf()
	}
	r.queue.Lock()
	r.waiting = append(r.waiting, x)
	mine := !r.writing
	r.writing = true
	r.queue.Unlock()
	if !mine && !<-x.turn {
		return x.err
	}
	r.queue.Lock()
	group := r.waiting
	r.waiting = nil
	r.queue.Unlock()
	err := r.enter(group)
	for _, y := range group {
		if y != x {
			y.err = err
			y.turn <- false
		}
	}
	r.queue.Lock()
	defer r.queue.Unlock()
	if r.writing = len(r.waiting) > 0; r.writing {
		r.waiting[0].turn <- true
	}
	return err
}

// enter gives entries their numbers and writes them.
func (r *Register) enter(group []*noting) error {
	b := r.db.NewBatch()
	defer b.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range group {
		for i := range x.entries {
			q := &x.entries[i].Query
			hour := max(hourOf(q.Time), r.shut+1, r.hour)
			if hour == r.hour && r.tree.Size() >= maxPerHour {
				hour++
			}
			if hour != r.hour {
				r.hour, r.tree = hour, new(proof.QueryTree)
			}
			n := uint32(r.tree.Size())
			r.tree.Add(x.leaves[i])
			k := entryKey('q', hour, n)
			b.Set(k, r.seal(k, &x.entries[i]))
			b.Set(entryKey('l', hour, n), x.leaves[i][:])
			switch {
			case q.Record != (Record{}):
				b.Set(append(r.ofRecord(q.Record), k[1:]...), nil)
			case x.entries[i].Caller != "":
				b.Set(append(r.ofCaller('a', x.entries[i].Caller), k[1:]...), nil)
			}
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
