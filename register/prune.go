package register

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"

	"github.com/riviera-ledger/riviera/store"
)

// How long what belongs to no live record is kept, in seconds.
const (
	KeepStray       = 180 * 24 * 3600 // entries that concern no record
	KeepCorrections = 90 * 24 * 3600  // corrections that nobody acknowledges
)

// Prune takes out what has had its time, and the leaves of hours of which no entry is
// left. It returns how many entries and corrections went.
func (r *Register) Prune(now int64) (gone int, err error) {
	b := r.db.NewBatch()
	defer b.Close()
	var broken error
	held := map[int64]bool{}
	limit := hourOf(now - KeepStray)
	err = r.db.Scan([]byte{'q'}, hourKey('q', limit), func(k, v []byte) bool {
		var at noted
		if broken = r.open(k, v, &at); broken != nil {
			return false
		}
		if at.Query.Record != (Record{}) && !at.Filler {
			hour, _ := place(k)
			held[hour] = true
			return true
		}
		b.Delete(k)
		switch {
		case at.Filler:
			b.Delete(append(r.ofRecord(at.Query.Record), k[1:]...))
		case at.Caller != "":
			b.Delete(append(r.ofCaller('a', at.Caller), k[1:]...))
		}
		gone++
		return true
	})
	if err == nil {
		err = broken
	}
	if err != nil {
		return 0, err
	}
	err = r.db.Scan([]byte{'h'}, hourKey('h', limit), func(k, _ []byte) bool {
		hour := int64(binary.BigEndian.Uint64(k[1:]))
		if !held[hour] {
			b.Delete(k)
			b.DeleteRange(hourKey('l', hour), hourKey('l', hour+1))
		}
		return true
	})
	if err != nil {
		return 0, err
	}
	over, err := r.pruneCopies(now)
	if err != nil {
		return 0, err
	}
	for _, k := range over {
		b.Delete(k)
		gone++
	}
	all, err := r.AllCorrections(1 << 20)
	if err != nil {
		return 0, err
	}
	for _, x := range all {
		if x.Noted < now-KeepCorrections {
			b.Delete(append(r.ofCaller('n', x.Caller), x.ID[:]...))
			gone++
		}
	}
	return gone, r.forget(b, gone)
}

// dirtyKey is there from the first deletion until it has been made real, also over a
// restart. Its value changes with every deletion.
var dirtyKey = []byte{'d'}

// forget commits a batch that takes out so many entries.
func (r *Register) forget(b store.Batch, entries int) error {
	r.dirt.Lock()
	defer r.dirt.Unlock()
	if entries > 0 {
		var mark [16]byte
		rand.Read(mark[:]) // never fails
		b.Set(dirtyKey, mark[:])
	}
	return b.Commit(false)
}

// Dirty reports whether something was forgotten that files may still hold.
func (r *Register) Dirty() (bool, error) { return r.db.Has(dirtyKey) }

// Purge makes deletions real: when it returns, no file holds what was forgotten before.
func (r *Register) Purge(ctx context.Context) error {
	r.purging.Lock()
	defer r.purging.Unlock()
	before, err := r.db.Get(dirtyKey)
	if err != nil {
		return err
	}
	if err := r.db.Purge(ctx, nil, nil); err != nil {
		return err
	}
	r.dirt.Lock()
	defer r.dirt.Unlock()
	if now, err := r.db.Get(dirtyKey); err != nil || !bytes.Equal(before, now) {
		return err // more was forgotten meanwhile
	}
	return r.db.Delete(dirtyKey)
}
