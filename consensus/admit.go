package consensus

import (
	"context"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// candidate is an envelope on its way into the pool.
type candidate struct {
	raw     []byte
	packets []vault.Packet

	entry *entry // nil if it could not be parsed
	fresh bool   // it was not in the pool before
	err   error

	place bool // it holds a place in the pool that is to be given back
	found map[wire.Hash]*vault.Checked
	done  chan struct{} // closed when the fate is known; nil where nobody waits
}

// open reports whether nothing has been found wrong so far.
func (c *candidate) open() bool { return c.err == nil && c.entry != nil }

// admitAll checks envelopes with their packets and adds those that are in order to the
// pool. One that is not spoils no other. It does together what is cheaper together: the
// signatures are verified as one, and all bodies wait for the disk at once.
func (e *Engine) admitAll(ctx context.Context, all []*candidate) {
	v := e.View()
	for _, c := range all {
		c.err = e.parse(v, c)
	}
	e.admitParsed(ctx, v, all)
}

func (e *Engine) admitParsed(ctx context.Context, v *ledger.View, all []*candidate) {
	e.verifyAll(ctx, v, all)
	for _, c := range all {
		e.enter(v, c)
	}
}

// verifyAll does the dear part of what is parsed: signatures, commitments, admission
// rules, the disk.
func (e *Engine) verifyAll(ctx context.Context, v *ledger.View, all []*candidate) {
	e.verifySignatures(v, all)
	loads := make([]vault.Load, 0, len(all))
	stored := make([]*candidate, 0, len(all))
	for _, c := range all {
		if !c.open() {
			continue
		}
		if c.err = e.custody.open(v, c); c.open() && len(c.found) > 0 {
			loads = append(loads, e.custody.load(c.found, c.entry.expiry, c.entry.member != e.custody.self))
			stored = append(stored, c)
		}
	}
	for i, err := range e.custody.store(ctx, loads) {
		stored[i].err = err
	}
}

// parse is the cheap part: form, a look at what is committed, a place in the pool.
func (e *Engine) parse(v *ledger.View, c *candidate) error {
	env, err := ledger.ParseEnvelope(e.genesis, c.raw)
	if err != nil {
		return err
	}
	c.entry = newEntry(env, time.Now())
	if v.Committed(c.entry.id, c.entry.expiry) {
		return fault.New(fault.AlreadyCommitted, "envelope")
	}
	if err := e.pool.reserve(c.entry.member, c.entry.ops); err != nil {
		return err
	}
	c.place = true
	return nil
}

func (e *Engine) verifySignatures(v *ledger.View, all []*candidate) {
	envelopes := make([]*ledger.Envelope, 0, len(all))
	of := make([]*candidate, 0, len(all))
	for _, c := range all {
		if c.open() {
			envelopes, of = append(envelopes, c.entry.env), append(of, c)
		}
	}
	for i, err := range ledger.VerifyEach(v.Config, v.Height+1, envelopes) {
		of[i].err = err
	}
}

// enter puts a candidate that is in order into the pool, and gives the place of any other
// back.
func (e *Engine) enter(v *ledger.View, c *candidate) {
	if !c.open() {
		if c.place {
			e.pool.release(c.entry.member, c.entry.ops)
		}
		return
	}
	c.entry.admitted = v.Height
	if c.fresh = e.pool.add(c.entry); c.fresh && e.View().Committed(c.entry.id, c.entry.expiry) {
		e.pool.remove(c.entry.id) // a block came in while it was being checked
		c.fresh, c.err = false, fault.New(fault.AlreadyCommitted, "envelope")
	}
}

// Submissions wait for each other only as long as the disk is busy with earlier ones.
const (
	admitters  = 2    // groups under way at a time
	admitGroup = 128  // submissions in a group
	admitOps   = 2000 // and about so many operations
)

// gather admits what is submitted here, as many together as wait.
func (e *Engine) gather() {
	for {
		var group []*candidate
		select {
		case <-e.ctx.Done():
			return
		case c := <-e.submitted:
			group = append(group, c)
		}
	more:
		for ops := group[0].entry.ops; len(group) < admitGroup && ops < admitOps; {
			select {
			case c := <-e.submitted:
				group = append(group, c)
				ops += c.entry.ops
			default:
				break more
			}
		}
		e.admitParsed(e.ctx, e.View(), group)
		for _, c := range group {
			close(c.done)
		}
	}
}

// admitOne admits one submission together with others. What can be refused without dear
// work is refused before it queues.
func (e *Engine) admitOne(ctx context.Context, raw []byte, packets []vault.Packet) (*candidate, error) {
	c := &candidate{raw: raw, packets: packets, done: make(chan struct{})}
	if c.err = e.parse(e.View(), c); c.err != nil {
		return c, nil
	}
	select {
	case e.submitted <- c:
	case <-ctx.Done():
		e.pool.release(c.entry.member, c.entry.ops)
		return nil, ctx.Err()
	case <-e.ctx.Done():
		return nil, fault.Newf(fault.NotReady, "engine", "stopped")
	}
	select {
	case <-c.done:
		return c, nil
	case <-ctx.Done(): // its fate is open, and submitting again is harmless
		return nil, ctx.Err()
	case <-e.ctx.Done():
		return nil, fault.Newf(fault.NotReady, "engine", "stopped")
	}
}
