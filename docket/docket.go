package docket

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// version of the layout; another one on disk is made anew.
const version = 2

// Docket is an open docket. Follow is for one goroutine at a time; everything else may be
// called from any.
type Docket struct {
	db   store.Store
	self ledger.MemberID

	mu     sync.RWMutex
	meta   meta
	counts map[count]uint64
	holds  map[hold]uint64
	moved  chan struct{} // closed and replaced when meta has moved on
	broken error         // why Follow gave up
}

// meta is where a docket stands.
type meta struct {
	Version  uint32    `cbor:"1,keyasint"`
	Basis    wire.Hash `cbor:"2,keyasint"` // of the rows: tenures and contracts
	Cursor   uint64    `cbor:"3,keyasint"` // events of the log that are in it
	Height   int64     `cbor:"4,keyasint"`
	Building bool      `cbor:"5,keyasint"` // records from Next on are still to be looked at
	Next     uint64    `cbor:"6,keyasint"`
}

// count is a key of the counts.
type count struct {
	_        struct{} `cbor:",toarray"`
	Executor ledger.MemberID
	Measure  uint16
	State    ledger.OrderState
	Stop     credit.Moment // while the stop is open, else 0
}

// Open reads a docket, or begins one. self is the institution whose own orders it finds.
// The caller closes the store after the last use.
func Open(db store.Store, self ledger.MemberID) (*Docket, error) {
	d := &Docket{db: db, self: self, counts: map[count]uint64{}, holds: map[hold]uint64{}, moved: make(chan struct{})}
	b, err := db.Get(metaKey)
	if err != nil || b == nil || wire.Decode(b, &d.meta) != nil || d.meta.Version != version {
		d.meta = meta{} // made anew by Follow
		return d, err
	}
	err = db.Scan([]byte{'c'}, []byte{'c' + 1}, func(k, v []byte) bool {
		if c, ok := parseCount(k); ok && len(v) == 8 {
			d.counts[c] = binary.BigEndian.Uint64(v)
		}
		return true
	})
	if err != nil {
		return d, err
	}
	return d, db.Scan([]byte{'h'}, []byte{'h' + 1}, func(k, v []byte) bool {
		if h, ok := parseHold(k); ok && len(v) == 8 {
			d.holds[h] = binary.BigEndian.Uint64(v)
		}
		return true
	})
}

// Height is the block up to which the docket is complete; 0 while it is being made.
func (d *Docket) Height() int64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.meta.Building || d.meta.Version == 0 {
		return 0
	}
	return d.meta.Height
}

// Wait returns once the docket is complete up to a height. It fails with fault.NotReady
// when ctx ends before.
func (d *Docket) Wait(ctx context.Context, height int64) error {
	for {
		d.mu.RLock()
		there := !d.meta.Building && d.meta.Version != 0 && d.meta.Height >= height
		moved, broken := d.moved, d.broken
		d.mu.RUnlock()
		if there || broken != nil {
			return broken
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return fault.Newf(fault.NotReady, "orders", "being worked out")
		}
	}
}

// Run follows the ledger until ctx ends. views gives the newest view; wake holds a token
// when there is a newer one. An error is a failing disk or a broken invariant.
func (d *Docket) Run(ctx context.Context, views func() *ledger.View, wake <-chan struct{}) error {
	for {
		if err := d.Follow(ctx, views); err != nil && ctx.Err() == nil && !fault.Is(err, fault.StaleNode) {
			d.mu.Lock()
			d.broken = err
			close(d.moved)
			d.moved = make(chan struct{})
			d.mu.Unlock()
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		}
	}
}

// Mine returns the positions of up to limit records, from a position on, that hold an
// order of this institution in one of the states, ascending; more says that others follow.
func (d *Docket) Mine(states []ledger.OrderState, from uint64, limit int) (seqs []uint64, more bool, err error) {
	for _, s := range states {
		n := 0
		err := d.db.Scan(mineKey(s, from), []byte{'x', byte(s) + 1}, func(k, _ []byte) bool {
			seqs = append(seqs, binary.BigEndian.Uint64(k[2:]))
			n++
			return n <= limit
		})
		if err != nil {
			return nil, false, err
		}
	}
	slices.Sort(seqs)
	seqs = slices.Compact(seqs)
	if len(seqs) > limit {
		return seqs[:limit], true, nil
	}
	return seqs, false, nil
}

// publish makes a committed change visible.
func (d *Docket) publish(m meta, changed *changes) {
	d.mu.Lock()
	defer d.mu.Unlock()
	merge(d.counts, changed.orders)
	merge(d.holds, changed.holds)
	d.meta = m
	close(d.moved)
	d.moved = make(chan struct{})
}

func merge[K comparable](counts, changed map[K]uint64) {
	for k, n := range changed {
		if n == 0 {
			delete(counts, k)
		} else {
			counts[k] = n
		}
	}
}

var metaKey = []byte{'m'}

func rowKey(seq uint64) []byte { return binary.BigEndian.AppendUint64([]byte{'r'}, seq) }

func mineKey(s ledger.OrderState, seq uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{'x', byte(s)}, seq)
}

func timeKey(at credit.Moment, seq uint64) []byte {
	k := binary.BigEndian.AppendUint64([]byte{'t'}, uint64(at)^1<<63)
	return binary.BigEndian.AppendUint64(k, seq)
}

func (c count) key() []byte {
	k := binary.BigEndian.AppendUint32([]byte{'c'}, uint32(c.Executor))
	k = binary.BigEndian.AppendUint16(k, c.Measure)
	return binary.BigEndian.AppendUint64(append(k, byte(c.State)), uint64(c.Stop)^1<<63)
}

func parseCount(k []byte) (count, bool) {
	if len(k) != 16 {
		return count{}, false
	}
	return count{Executor: ledger.MemberID(binary.BigEndian.Uint32(k[1:])), Measure: binary.BigEndian.Uint16(k[5:]),
		State: ledger.OrderState(k[7]), Stop: credit.Moment(binary.BigEndian.Uint64(k[8:]) ^ 1<<63)}, true
}

// AskedInVain names the keys that a docket mostly asks for to find that they are not
// there, as store.Options.Remember takes them: the rows of records that are new.
func AskedInVain() map[byte]int { return map[byte]int{'r': 1} }
