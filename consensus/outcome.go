package consensus

import (
	"context"
	"encoding/binary"
	"sync"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// Outcome is what became of an envelope. Height is the block that holds it, 0 if none
// does: then Code says why it never will, e.g. fault.Expired. Ops is nil when every
// operation was applied, else one code for each.
type Outcome struct {
	Height int64        `cbor:"1,keyasint"`
	Code   fault.Code   `cbor:"2,keyasint,omitempty"`
	Ops    []fault.Code `cbor:"3,keyasint,omitempty"`
}

// Await waits until the envelope's fate is known. What was committed is remembered, over
// restarts too, until outcomeHeights after the envelope's last height; what was not, as
// one of the last 10,000. For an envelope that it has never heard of it waits until ctx
// ends and returns ctx's error.
func (e *Engine) Await(ctx context.Context, id wire.Hash) (Outcome, error) {
	done, cancel := e.outcomes.await(id)
	defer cancel()
	if o, err := e.outcomes.find(id); err != nil || o != nil {
		if err != nil {
			return Outcome{}, err
		}
		return *o, nil
	}
	select {
	case o := <-done:
		return o, nil
	case <-ctx.Done():
		return Outcome{}, ctx.Err()
	case <-e.done:
		return Outcome{}, firstError(e.Err(), fault.Newf(fault.NotReady, "engine", "stopped"))
	}
}

const (
	outcomeHeights = ledger.MaxAhead // kept after the envelope can no longer be committed
	outcomeSweep   = 128             // heights between two sweeps
	keptRefusals   = 10_000
)

// outcomes remembers the fate of envelopes and tells those who wait. Of a committed
// envelope it is on disk, beside the engine's state:
//
//	"riviera/outcome/" id:32            canonical CBOR of the Outcome
//	"riviera/until/" height:8 id:32     empty: when the outcome may go
type outcomes struct {
	db *store.DB

	mu      sync.Mutex
	refused map[wire.Hash]Outcome
	ring    []wire.Hash // of refused, in order
	next    int
	waiting map[wire.Hash][]chan Outcome
}

func newOutcomes() *outcomes {
	return &outcomes{refused: map[wire.Hash]Outcome{}, waiting: map[wire.Hash][]chan Outcome{}}
}

func outcomeKey(id wire.Hash) []byte { return append([]byte("riviera/outcome/"), id[:]...) }

func untilKey(height int64) []byte {
	return binary.BigEndian.AppendUint64([]byte("riviera/until/"), uint64(height))
}

// committed writes down the outcomes of a block. They are not synced: after a crash the
// block is applied again.
func (o *outcomes) committed(height int64, entries []*entry, results []ledger.TxResult) error {
	b := o.db.NewBatch()
	defer b.Close()
	for i, e := range entries {
		if e == nil || results[i].Code != fault.OK {
			continue // a copy, or refused as a whole: says nothing about the envelope
		}
		b.Set(outcomeKey(e.id), wire.Encode(Outcome{Height: height, Ops: results[i].Ops}))
		b.Set(append(untilKey(e.expiry+outcomeHeights), e.id[:]...), nil)
	}
	if height%outcomeSweep == 0 {
		if err := o.sweep(b, height); err != nil {
			return err
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return b.Commit(false)
}

func (o *outcomes) sweep(b store.Batch, height int64) error {
	from, to := untilKey(0), untilKey(height)
	b.DeleteRange(from, to)
	return o.db.Scan(from, to, func(k, _ []byte) bool {
		b.Delete(append([]byte("riviera/outcome/"), k[len(from):]...))
		return true
	})
}

// tell informs those who wait. Of an envelope that will never be committed it also
// keeps the outcome for a while.
func (o *outcomes) tell(id wire.Hash, out Outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if out.Height == 0 {
		o.keep(id, out)
	}
	for _, w := range o.waiting[id] {
		w <- out // has room for one
	}
	delete(o.waiting, id)
}

func (o *outcomes) keep(id wire.Hash, out Outcome) {
	if _, known := o.refused[id]; !known {
		if len(o.ring) < keptRefusals {
			o.ring = append(o.ring, id)
		} else {
			delete(o.refused, o.ring[o.next])
			o.ring[o.next] = id
			o.next = (o.next + 1) % keptRefusals
		}
	}
	o.refused[id] = out
}

// find returns a known outcome, or nil.
func (o *outcomes) find(id wire.Hash) (*Outcome, error) {
	b, err := o.db.Get(outcomeKey(id))
	if err != nil {
		return nil, err
	}
	if b != nil {
		out := new(Outcome)
		return out, wire.DecodeTrusted(b, out)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if out, ok := o.refused[id]; ok {
		return &out, nil
	}
	return nil, nil
}

// await registers for an outcome that is still to come.
func (o *outcomes) await(id wire.Hash) (done <-chan Outcome, cancel func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	w := make(chan Outcome, 1)
	o.waiting[id] = append(o.waiting[id], w)
	return w, func() { o.forget(id, w) }
}

func (o *outcomes) forget(id wire.Hash, w chan Outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	kept := o.waiting[id][:0]
	for _, x := range o.waiting[id] {
		if x != w {
			kept = append(kept, x)
		}
	}
	if len(kept) == 0 {
		delete(o.waiting, id)
	} else {
		o.waiting[id] = kept
	}
}
