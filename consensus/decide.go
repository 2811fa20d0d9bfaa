package consensus

import (
	"bytes"
	"context"
	"hash/maphash"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// How long a recorder waits for the bodies of a proposal: doubled with each proposal
// of the same height that needed it.
const (
	fetchBound = 400 * time.Millisecond
	fetchMost  = 10 * time.Second
)

// decision is what a recorder remembers while it decides on one height: envelopes that
// came in proposals and not through the pool, so that none is parsed or verified twice;
// the blocks it has accepted; and how often bodies had to be fetched, since the engine
// does not tell its round.
type decision struct {
	height   int64
	seed     maphash.Seed
	entries  map[uint64][]*entry
	accepted [][]byte
	fetched  int
}

func newDecision(height int64) *decision {
	return &decision{height: height, seed: maphash.MakeSeed(), entries: map[uint64][]*entry{}}
}

func (d *decision) find(raw []byte) *entry {
	if d == nil {
		return nil
	}
	for _, e := range d.entries[maphash.Bytes(d.seed, raw)] {
		if bytes.Equal(e.raw, raw) {
			return e
		}
	}
	return nil
}

func (d *decision) remember(e *entry) {
	h := maphash.Bytes(d.seed, e.raw)
	d.entries[h] = append(d.entries[h], e)
}

func (d *decision) has(hash []byte) bool {
	for _, h := range d.accepted {
		if bytes.Equal(h, hash) {
			return true
		}
	}
	return false
}

// bound returns how long to fetch now.
func (d *decision) bound() time.Duration {
	t := fetchBound << min(d.fetched, 10)
	d.fetched++
	return min(t, fetchMost)
}

// ProcessProposal decides whether this recorder votes for a block. It accepts when
// every envelope is well-formed, rightly signed, new, within the shares of a block and
// in order, and when every body is here, opens its commitment, is admissible and is
// stored durably. The engine asks access nodes too; they have no vote, and get bodies
// when the block is committed.
func (a *app) ProcessProposal(_ context.Context, r *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	if !a.e.recorder() {
		return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
	}
	if a.e.View().Config.Ended(r.Height) {
		return &abci.ResponseProcessProposal{Status: a.judgeSeal(r)}, nil
	}
	if a.deciding == nil || a.deciding.height != r.Height {
		a.deciding = newDecision(r.Height)
	}
	if a.deciding.has(r.Hash) {
		return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
	}
	if err := a.decide(r); err != nil {
		a.e.log.Warn("proposal refused", "height", r.Height, "proposer", a.e.nodeOf(r.ProposerAddress),
			"code", fault.Of(err).String(), "err", err)
		return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}, nil
	}
	a.deciding.accepted = append(a.deciding.accepted, bytes.Clone(r.Hash))
	return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
}

func (a *app) decide(r *abci.RequestProcessProposal) error {
	v := a.e.View()
	if v.Height != r.Height-1 {
		return fault.Newf(fault.NotReady, "proposal", "for height %d at %d", r.Height, v.Height)
	}
	b := newBlock(v, blockBytes)
	var unknown []*entry // not in the pool: nothing about their bodies is known yet
	for _, raw := range r.Txs {
		e, err := a.envelope(raw)
		if err != nil {
			return err
		}
		if err := a.checkProposed(v, b, e, r.Height); err != nil {
			return err
		}
		if e.admitted < 0 {
			unknown = append(unknown, e)
		}
	}
	return a.complete(v, unknown, r)
}

// checkProposed applies the rules that need no fetched body.
func (a *app) checkProposed(v *ledger.View, b *block, e *entry, height int64) error {
	if err := e.env.Verify(v.Config, height); err != nil {
		return err
	}
	if v.Committed(e.id, e.expiry) {
		return fault.New(fault.AlreadyCommitted, "envelope")
	}
	favourable := a.favourable(v, e)
	if err := b.fits(e, favourable); err != nil {
		return err
	}
	b.take(e, favourable)
	if e.admitted >= 0 && e.admitted != v.Height && e.amends() {
		return a.readmit(v, e)
	}
	return nil
}

// readmit applies the admission rules again under a newer state to an envelope whose
// bodies are stored.
func (a *app) readmit(v *ledger.View, e *entry) error {
	err := a.e.custody.admit(v, e, nil)
	if err == nil {
		e.admitted = v.Height
	}
	return err
}

// complete brings in the bodies of envelopes that were not in the pool: from the vault,
// else from the proposer, else from other recorders. What is in order is stored even
// when something else is not, so that the next round has less to fetch.
func (a *app) complete(v *ledger.View, unknown []*entry, r *abci.RequestProcessProposal) error {
	if len(unknown) == 0 {
		return nil
	}
	c := a.e.custody
	var missing []wire.Hash
	for _, e := range unknown {
		lacking, err := c.lacking(e)
		if err != nil {
			return err
		}
		missing = append(missing, lacking...)
	}
	var got map[wire.Hash]*vault.Checked
	if len(missing) > 0 {
		got = c.fetch(a.e.ctx, missing, a.deciding.bound(), a.e.reactor.askRecorders(a.e.nodeOf(r.ProposerAddress)))
	}
	good := map[wire.Hash]*vault.Checked{}
	var passed []*entry
	var expiry int64
	var refused error
	for _, e := range unknown {
		found, err := own(e, got)
		if err == nil {
			err = c.admit(v, e, found)
		}
		if err != nil {
			refused = firstError(refused, err)
			continue
		}
		passed = append(passed, e)
		for h, o := range found {
			good[h] = o
		}
		expiry = max(expiry, e.expiry)
	}
	if err := c.keep(a.e.ctx, good, expiry); err != nil {
		return err
	}
	for _, e := range passed { // only now: a vote says that the bodies are on disk
		e.admitted = v.Height
	}
	return refused
}

// own picks an envelope's bodies out of what was fetched.
func own(e *entry, got map[wire.Hash]*vault.Checked) (map[wire.Hash]*vault.Checked, error) {
	found := map[wire.Hash]*vault.Checked{}
	for _, r := range e.bodies {
		o := got[r.commitment]
		if o == nil {
			continue
		}
		if o.Record != r.record {
			return nil, fault.New(fault.CommitmentMismatch, "body")
		}
		found[r.commitment] = o
	}
	return found, nil
}
