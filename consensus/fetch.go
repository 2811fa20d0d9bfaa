package consensus

import (
	"context"
	"sync"
	"time"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// Pace of asking for bodies.
const (
	fetchAgain   = 150 * time.Millisecond // for a proposal: ask the next peer after this
	backfillWait = 2 * time.Second        // for committed bodies: doubled each time, up to
	backfillMost = time.Minute
	backfillIdle = 5 * time.Second
	backfillAsk  = 256 // commitments in one inquiry
	backfillOpen = 8 * backfillAsk
	auditBatch   = 1000
)

// fetch collects the bodies that a proposal needs.
type fetch struct {
	mu   sync.Mutex
	want map[wire.Hash]bool
	got  map[wire.Hash]*vault.Checked
	done chan struct{} // closed when want is empty
}

// asker sends an inquiry for bodies to the n-th best peer to ask, and reports whether
// there was one.
type asker func(n int, commitments []wire.Hash) bool

// fetch asks for bodies until all have come or the bound is over, and returns what has
// come.
func (c *custody) fetch(ctx context.Context, commitments []wire.Hash, bound time.Duration, ask asker) map[wire.Hash]*vault.Checked {
	f := &fetch{want: map[wire.Hash]bool{}, got: map[wire.Hash]*vault.Checked{}, done: make(chan struct{})}
	for _, h := range commitments {
		f.want[h] = true
	}
	c.mu.Lock()
	c.fetches[f] = struct{}{}
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.fetches, f)
		c.mu.Unlock()
	}()
	over := time.NewTimer(bound)
	defer over.Stop()
	for n := 0; ; n++ {
		for _, part := range chunks(f.rest(commitments), maxAsked) {
			ask(n, part)
		}
		again := time.NewTimer(fetchAgain)
		select {
		case <-f.done:
		case <-over.C:
		case <-ctx.Done():
		case <-again.C:
			continue
		}
		again.Stop()
		return f.result()
	}
}

func (f *fetch) rest(all []wire.Hash) []wire.Hash {
	f.mu.Lock()
	defer f.mu.Unlock()
	var rest []wire.Hash
	for _, h := range all {
		if f.want[h] {
			rest = append(rest, h)
		}
	}
	return rest
}

func (f *fetch) offer(o *vault.Checked) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.want[o.Commitment] {
		return
	}
	f.got[o.Commitment] = o
	if delete(f.want, o.Commitment); len(f.want) == 0 {
		close(f.done)
	}
}

func (f *fetch) result() map[wire.Hash]*vault.Checked {
	f.mu.Lock()
	defer f.mu.Unlock()
	got := f.got
	f.got, f.want = map[wire.Hash]*vault.Checked{}, map[wire.Hash]bool{}
	return got
}

// deliver takes packets that a peer sent. Those that nobody here asked for are dropped:
// a packet is known by its commitment, so a peer cannot slip anything else in.
func (c *custody) deliver(ctx context.Context, packets []vault.Packet) error {
	var items []*vault.Checked
	var bindings []vault.Binding
	c.keeping.RLock()
	defer c.keeping.RUnlock()
	for _, p := range packets {
		o, err := p.Check()
		if err != nil {
			return err
		}
		c.mu.Lock()
		for f := range c.fetches {
			f.offer(o)
		}
		w := c.wants[o.Commitment]
		c.mu.Unlock()
		if w != nil && w.record == p.Record {
			items = append(items, o)
			bindings = append(bindings, vault.Binding{Record: p.Record, Commitment: o.Commitment})
		}
	}
	if len(items) == 0 {
		return nil
	}
	height := c.vault.Height()
	if err := c.vault.Keep(ctx, items, height+ledger.MaxAhead); err != nil {
		return err
	}
	if _, err := c.vault.Bind(height, bindings); err != nil {
		return err
	}
	replaced, last := c.arrived(bindings)
	if last {
		c.emptied()
	}
	if len(replaced) == 0 {
		return nil
	}
	return c.vault.Drop(replaced...)
}

// arrived forgets that bodies are wanted. It returns those that they replace, and
// whether nothing is wanted any more.
func (c *custody) arrived(bindings []vault.Binding) (replaced []wire.Hash, last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range bindings {
		if w := c.wants[b.Commitment]; w != nil {
			replaced = append(replaced, w.replaces...)
		}
		delete(c.wants, b.Commitment)
		delete(c.asked, b.Commitment)
	}
	if len(c.wants) > len(c.asked) && len(c.asked) < backfillOpen/2 {
		c.rouse()
	}
	return replaced, len(c.wants) == 0
}

// backfill asks for the committed bodies that this node lacks until ctx ends.
// ProcessProposal is not called in block sync and never on an access node, so this is
// how they come by their bodies.
func (c *custody) backfill(ctx context.Context, view func() *ledger.View, ask asker) {
	for turn := 0; ; turn++ {
		due, next := c.due(time.Now(), view())
		for _, part := range chunks(due, backfillAsk) {
			ask(turn, part)
			turn++
		}
		pause := backfillIdle
		if !next.IsZero() {
			pause = max(time.Until(next), gossipSleep)
		}
		timer := time.NewTimer(min(pause, backfillIdle))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-c.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// due returns the wants to ask for now, and when to look again. At most backfillOpen are
// waited for at a time, so that a node that lacks everything does not drown its peers. Those
// that nobody has been asked for yet come in the order of the ledger, in which peers read them
// in stretches. One that has been asked for in vain is looked up first: its record may have
// moved on.
func (c *custody) due(now time.Time, v *ledger.View) (due []wire.Hash, next time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for h, until := range c.asked {
		if c.wants[h] == nil || !until.After(now) {
			delete(c.asked, h)
		}
	}
	kept := c.tried[:0]
	for _, h := range c.tried {
		w := c.wants[h]
		if w == nil {
			continue
		}
		if len(c.asked) < backfillOpen && !w.next.After(now) {
			if !c.entitled(v, w.record, h) {
				delete(c.wants, h)
				continue
			}
			due = append(due, h)
			c.ask(h, w, now)
		}
		kept = append(kept, h)
	}
	c.tried = kept
	for len(c.fresh) > 0 && len(c.asked) < backfillOpen {
		h := c.fresh[0]
		c.fresh = c.fresh[1:]
		if w := c.wants[h]; w != nil && w.tries == 0 {
			due = append(due, h)
			c.ask(h, w, now)
			c.tried = append(c.tried, h)
		}
	}
	for _, h := range c.tried {
		if w := c.wants[h]; next.IsZero() || w.next.Before(next) {
			next = w.next
		}
	}
	return due, next
}

// ask notes that a body is asked for. Who lacks many waits longer for each: its peers have
// as much to read. The caller holds mu.
func (c *custody) ask(h wire.Hash, w *want, now time.Time) {
	wait := backfillWait
	if len(c.wants) > backfillOpen {
		wait *= 4
	}
	w.next = now.Add(min(wait<<min(w.tries, 8), backfillMost))
	w.tries++
	c.asked[h] = now.Add(wait)
}

// entitled reports whether this node may hold a body as that of a committed record.
func (c *custody) entitled(v *ledger.View, id ledger.RecordID, commitment wire.Hash) bool {
	r, err := v.Record(id)
	return err == nil && r.Commitment == commitment &&
		v.Config.MayHold(v.Config.Member(c.self), v.Status(r).Phase, r.Proposer)
}

// begin says that nothing is known of the bodies of the state that is about to be taken up.
func (c *custody) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.audited = false
}

// audit looks at every record once: bodies that this node should hold and lacks become
// wants, others are bound. It heals what a crash, a restored vault or a lost disk block
// left behind. It goes through the records in stretches, each under the newest view, for a
// view does not live as long as a large ledger takes; what blocks change meanwhile, apply
// sees to.
func (c *custody) audit(ctx context.Context, newest func() *ledger.View) error {
	for from, more := uint64(0), true; more; {
		var err error
		if from, more, err = c.auditSome(newest(), from); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	c.mu.Lock()
	c.audited = true
	c.mu.Unlock()
	return nil
}

// auditSome looks at auditBatch records from a position on.
func (c *custody) auditSome(v *ledger.View, from uint64) (next uint64, more bool, err error) {
	self := v.Config.Member(c.self)
	var held []vault.Binding
	var shed []wire.Hash // of an institution that may hold none any more
	next = from
	err = v.EachRecord(from, func(r *ledger.Record) bool {
		if more = r.Seq >= from+auditBatch; more {
			return false
		}
		next = r.Seq + 1
		phase := v.Config.Contract(r.Contract).Status(r.Instance).Phase
		if phase != contract.Erased && v.Config.MayHold(self, phase, r.Proposer) {
			held = append(held, vault.Binding{Record: r.ID, Commitment: r.Commitment})
		} else if self != nil && !self.Connects() {
			shed = append(shed, r.Commitment)
		}
		return true
	})
	if err != nil {
		return next, more, err
	}
	c.keeping.RLock()
	defer c.keeping.RUnlock()
	if _, err := c.bind(v.Height, held, nil); err != nil {
		return next, more, err
	}
	if len(shed) > 0 {
		err = c.vault.Drop(shed...)
	}
	return next, more, err
}

// serve returns the packets of the commitments that a peer's member may hold. A body
// that is not, or not yet, the body of a committed record goes to recorders only: they
// are about to decide on it. An erased one goes to nobody.
func (c *custody) serve(v *ledger.View, peer *ledger.Member, commitments []wire.Hash) []vault.Packet {
	var out []vault.Packet
	var before *ledger.Record
	for _, h := range commitments {
		p, err := c.vault.Get(h)
		if err != nil {
			continue
		}
		r, err := recordBehind(v, before, p.Record)
		if err == nil {
			before = r
		}
		switch {
		case err != nil:
			if !peer.Has(ledger.Recorder) {
				continue
			}
		case !v.Config.MayHold(peer, v.Status(r).Phase, r.Proposer):
			continue
		case r.Commitment != h && !peer.Has(ledger.Recorder):
			continue
		}
		out = append(out, p)
	}
	return out
}

// recordBehind finds a record, and looks first where the one behind another lies: who lacks
// many bodies asks for them in the order of the ledger, and ids lie in none.
func recordBehind(v *ledger.View, before *ledger.Record, id ledger.RecordID) (*ledger.Record, error) {
	if before != nil {
		if r, err := v.RecordAt(before.Seq + 1); err == nil && r.ID == id {
			return r, nil
		}
	}
	return v.Record(id)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// chunks cuts a list into parts of at most n.
func chunks[T any](all []T, n int) [][]T {
	var parts [][]T
	for len(all) > n {
		parts = append(parts, all[:n])
		all = all[n:]
	}
	if len(all) > 0 {
		parts = append(parts, all)
	}
	return parts
}
