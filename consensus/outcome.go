package consensus

import (
	"context"
	"sync"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Outcome is what became of an envelope. Height is the block that holds it, 0 if none
// does: then Code says why it never will, e.g. fault.Expired. Ops is nil when every
// operation was applied, else one code for each.
type Outcome struct {
	Height int64
	Code   fault.Code
	Ops    []fault.Code
}

// Await waits until the envelope's fate is known. It knows the fate of the last 50,000
// envelopes that this node has seen settled; for an older one, as for one it has never
// heard of, it waits until ctx ends and returns ctx's error.
func (e *Engine) Await(ctx context.Context, id wire.Hash) (Outcome, error) {
	done, known, cancel := e.outcomes.await(id)
	if known != nil {
		return *known, nil
	}
	defer cancel()
	select {
	case o := <-done:
		return o, nil
	case <-ctx.Done():
		return Outcome{}, ctx.Err()
	case <-e.done:
		return Outcome{}, firstError(e.Err(), fault.Newf(fault.NotReady, "engine", "stopped"))
	}
}

// keptOutcomes is how many outcomes are remembered.
const keptOutcomes = 50_000

// outcomes remembers the fate of recent envelopes and tells those who wait.
type outcomes struct {
	mu      sync.Mutex
	known   map[wire.Hash]*Outcome
	ring    []wire.Hash // in order of settling
	next    int
	waiting map[wire.Hash][]chan Outcome
}

func newOutcomes() *outcomes {
	return &outcomes{known: map[wire.Hash]*Outcome{}, waiting: map[wire.Hash][]chan Outcome{}}
}

func (o *outcomes) settle(id wire.Hash, out Outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if old := o.known[id]; old != nil && old.Height > 0 {
		return // committed: a later refusal of a copy says nothing
	}
	if o.known[id] == nil {
		if len(o.ring) < keptOutcomes {
			o.ring = append(o.ring, id)
		} else {
			delete(o.known, o.ring[o.next])
			o.ring[o.next] = id
			o.next = (o.next + 1) % keptOutcomes
		}
	}
	o.known[id] = &out
	for _, w := range o.waiting[id] {
		w <- out // has room for one
	}
	delete(o.waiting, id)
}

// await returns the outcome if it is known, else a channel for it.
func (o *outcomes) await(id wire.Hash) (done <-chan Outcome, known *Outcome, cancel func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if k := o.known[id]; k != nil {
		return nil, k, nil
	}
	w := make(chan Outcome, 1)
	o.waiting[id] = append(o.waiting[id], w)
	return w, nil, func() { o.forget(id, w) }
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
