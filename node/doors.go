package node

import (
	"sync"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// doors bounds how often wrong access codes are tried on one record number, whether or
// not there is such a record. A code has 130 random bits and cannot be guessed; the bound
// keeps the trying cheap. It never stands in the way of the right code, so that nobody
// can lock a person out by trying wrong ones.
type doors struct {
	mu    sync.Mutex
	tries map[ledger.RecordID]*tries
}

type tries struct {
	since time.Time
	n     int
}

const (
	doorTries = 30 // in
	doorTime  = time.Minute
	doorsKept = 1 << 14 // record numbers, a megabyte; beyond it the oldest counts make room at random
)

func newDoors() *doors { return &doors{tries: map[ledger.RecordID]*tries{}} }

// failed counts a wrong code: fault.QuotaExceeded beyond the bound.
func (d *doors) failed(id ledger.RecordID, now time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.tries[id]
	if t == nil {
		for old := range d.tries {
			if len(d.tries) < doorsKept {
				break
			}
			delete(d.tries, old)
		}
		t = &tries{since: now}
		d.tries[id] = t
	}
	if now.Sub(t.since) > doorTime || now.Before(t.since) {
		t.since, t.n = now, 0
	}
	if t.n++; t.n > doorTries {
		return fault.New(fault.QuotaExceeded, "record")
	}
	return nil
}
