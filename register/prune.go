package register

import (
	"context"
	"encoding/binary"
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
		if at.Query.Record != (Record{}) {
			hour, _ := place(k)
			held[hour] = true
			return true
		}
		b.Delete(k)
		if at.Caller != "" {
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
	return gone, b.Commit(false)
}

// Purge makes deletions real: when it returns, no file holds what was forgotten.
func (r *Register) Purge(ctx context.Context) error { return r.db.Purge(ctx, nil, nil) }
