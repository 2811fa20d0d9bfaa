package consensus

import (
	"context"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// PrepareProposal builds a block from the pool: favourable envelopes first, then the
// others within what is left to them.
func (a *app) PrepareProposal(ctx context.Context, r *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
	v := a.e.View()
	if v.Config.Ended(r.Height) {
		return &abci.ResponsePrepareProposal{}, nil
	}
	a.doubt(r.Height) // an earlier round's proposal has failed, if there was one
	if !a.workDue(v, r) {
		a.hold()
	}
	chosen := a.choose(v, r.Height, int(r.MaxTxBytes))
	a.mine = chosen
	txs := make([][]byte, len(chosen))
	for i, e := range chosen {
		txs[i] = e.raw
	}
	return &abci.ResponsePrepareProposal{Txs: txs}, nil
}

// doubt holds the envelopes of this node's proposal back for a while if it was not
// decided. Honest recorders may judge an envelope differently, when its sender told
// them different things (one secret for two bodies) or one of them lacks the body that
// an amendment replaces; proposed again and again it would stop the network. The first
// time costs nothing, for the network may merely have been slow; then 2, 6 and 14
// heights. The member's later envelopes wait too, so that a member that sends many of
// the kind spoils one proposal with them and not every one.
func (a *app) doubt(height int64) {
	for _, e := range a.mine {
		e.failures++
		e.notBefore = height + 1<<min(e.failures, maxDoubt) - 2
	}
	a.mine = nil
}

const maxDoubt = 4

// workDue reports whether a deadline falls due in the block itself.
func (a *app) workDue(v *ledger.View, r *abci.RequestPrepareProposal) bool {
	return v.PendingDue(v.Config.Clock.Moment(v.Config.GenesisTime, r.Time.UnixNano()))
}

// hold waits for work: up to Hold for the first envelope and, once there is one, up to
// Gather for more. An empty block costs every node as much as one with a few records.
func (a *app) hold() {
	limit := time.NewTimer(a.e.opts.Hold)
	defer limit.Stop()
	for {
		if n, _ := a.e.pool.size(); n > 0 {
			break
		}
		select {
		case <-a.e.pool.arrived:
		case <-limit.C:
			return
		case <-a.e.ctx.Done():
			return
		}
	}
	if _, ops := a.e.pool.size(); a.e.opts.Gather <= 0 || ops >= gatherEnough {
		return
	}
	more := time.NewTimer(a.e.opts.Gather)
	defer more.Stop()
	select {
	case <-more.C:
	case <-limit.C:
	case <-a.e.ctx.Done():
	}
}

// gatherEnough is the number of waiting operations from which a block is worth making
// at once.
const gatherEnough = 2000

// choose picks the envelopes of a block. What can never be committed leaves the pool
// and its submitter learns why. An envelope that does not fit keeps later ones of the
// same member back: a member's envelopes stay in order.
func (a *app) choose(v *ledger.View, height int64, limit int) []*entry {
	b := newBlock(v, limit)
	var adverse, kept []*entry
	for _, e := range held(b, a.e.pool.waiting(), height) {
		if err := a.check(v, e, height); err != nil {
			a.e.refuse(e, fault.Of(err))
			continue
		}
		kept = append(kept, e)
	}
	for _, e := range kept {
		if !a.favourable(v, e) {
			adverse = append(adverse, e)
		} else if !b.add(e, true) && b.full() {
			return b.entries
		}
	}
	for _, e := range adverse {
		if !b.add(e, false) && b.full() {
			break
		}
	}
	return b.entries
}

// held leaves out the envelopes that wait after failed proposals, and holds back what
// else their members have sent.
func held(b *block, waiting []*entry, height int64) []*entry {
	ready := waiting[:0]
	for _, e := range waiting {
		if e.notBefore > height {
			b.held[e.member] = true
			continue
		}
		ready = append(ready, e)
	}
	return ready
}

// check applies the rules for one envelope at a height: who signed, how long it may
// be committed, that it is new, and that the admission rules held under a state that is
// still the present one for what it touches.
func (a *app) check(v *ledger.View, e *entry, height int64) error {
	if err := e.env.Verify(v.Config, height); err != nil {
		return err
	}
	if v.Committed(e.id, e.expiry) {
		return fault.New(fault.AlreadyCommitted, "envelope")
	}
	if e.admitted == v.Height || e.admitted >= 0 && !e.amends() {
		return nil
	}
	return a.readmit(v, e)
}

// amends reports whether an envelope brings a body for a record that existed before.
// Its admission depends on the record's present body.
func (e *entry) amends() bool {
	for _, b := range e.bodies {
		if b.amends {
			return true
		}
	}
	return false
}

func (a *app) favourable(v *ledger.View, e *entry) bool {
	e.favourable = e.favourable || e.env.Favourable(v)
	return e.favourable
}

// block gathers the envelopes of one block under its rules. A recorder that checks a
// proposal puts the envelopes through the same rules in the proposed order.
type block struct {
	view    *ledger.View
	limit   int // bytes of envelopes
	entries []*entry
	bytes   int
	adverse int // bytes of envelopes that are not favourable
	member  map[ledger.MemberID]int
	held    map[ledger.MemberID]bool     // has an envelope that did not fit
	amended map[ledger.RecordID]struct{} // records that get a new body in this block
	ids     map[[32]byte]struct{}
}

func newBlock(v *ledger.View, limit int) *block {
	return &block{view: v, limit: limit, member: map[ledger.MemberID]int{}, held: map[ledger.MemberID]bool{},
		amended: map[ledger.RecordID]struct{}{}, ids: map[[32]byte]struct{}{}}
}

// fits tells which rule an envelope would break, or nil. One record gets at most one
// new body in a block: the admission rules compare with the body before the block.
func (b *block) fits(e *entry, favourable bool) error {
	switch {
	case b.bytes+e.cost() > b.limit,
		!favourable && b.adverse+e.cost() > adverseBytes:
		return fault.New(fault.TooLarge, "block")
	case b.member[e.member]+e.cost() > memberBytes:
		return fault.New(fault.MemberQuota, "block")
	case favourable && b.adverse > 0:
		return fault.Newf(fault.Malformed, "block", "a favourable envelope behind others")
	}
	if _, twice := b.ids[e.id]; twice {
		return fault.New(fault.AlreadyCommitted, "block")
	}
	for _, r := range e.bodies {
		if _, twice := b.amended[r.record]; twice && r.amends {
			return fault.New(fault.BodyUnchanged, "block")
		}
	}
	return nil
}

// add takes an envelope if it fits and its member's earlier ones did.
func (b *block) add(e *entry, favourable bool) bool {
	if b.held[e.member] {
		return false
	}
	if b.fits(e, favourable) != nil {
		b.held[e.member] = true
		return false
	}
	b.take(e, favourable)
	return true
}

func (b *block) take(e *entry, favourable bool) {
	b.entries = append(b.entries, e)
	b.bytes += e.cost()
	b.member[e.member] += e.cost()
	if !favourable {
		b.adverse += e.cost()
	}
	b.ids[e.id] = struct{}{}
	for _, r := range e.bodies {
		if r.amends {
			b.amended[r.record] = struct{}{}
		}
	}
}

// full reports that hardly anything more would fit.
func (b *block) full() bool { return b.limit-b.bytes < 512 }
