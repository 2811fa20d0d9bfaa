package consensus

import (
	"context"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/wire"
)

// applied is an executed block that is not committed yet.
type applied struct {
	result  *ledger.Result
	entries []*entry // nil where a transaction did not parse
}

// FinalizeBlock executes a decided block. Whatever is wrong with a transaction becomes
// its code; an error here is a broken invariant or a failing disk and halts the node.
func (a *app) FinalizeBlock(_ context.Context, r *abci.RequestFinalizeBlock) (_ *abci.ResponseFinalizeBlock, err error) {
	defer a.catch(&err)
	if a.sealing(r.Height) {
		return a.seal(r), nil
	}
	b := ledger.Block{Height: r.Height, Time: r.Time.UnixNano(),
		Envelopes: make([]*ledger.Envelope, len(r.Txs)), Faults: make([]fault.Code, len(r.Txs)), Votes: votes(r.DecidedLastCommit)}
	entries := make([]*entry, len(r.Txs))
	for i, raw := range r.Txs {
		e, err := a.envelope(raw)
		if err != nil {
			b.Faults[i] = fault.Of(err)
			continue
		}
		entries[i], b.Envelopes[i] = e, e.env
	}
	if err := a.e.signer.twin(b.Time, b.Votes); err != nil {
		return nil, a.giveUp(err)
	}
	res, err := a.ledger.Execute(b)
	if err != nil {
		return nil, a.giveUp(err)
	}
	a.pending = &applied{res, entries}
	return &abci.ResponseFinalizeBlock{TxResults: txResults(res.Codes), AppHash: res.Head.AppHash[:],
		ValidatorUpdates: updates(res.Updates)}, nil
}

// votes tells the ledger who took part in deciding the block before. A vote for no block
// is one too: its recorder is there.
func votes(c abci.CommitInfo) []ledger.Vote {
	out := make([]ledger.Vote, 0, len(c.Votes))
	for _, v := range c.Votes {
		if len(v.Validator.Address) == len(ledger.Vote{}.Address) {
			out = append(out, ledger.Vote{Address: [20]byte(v.Validator.Address), Present: v.BlockIdFlag != cmtproto.BlockIDFlagAbsent})
		}
	}
	return out
}

// updates tells the engine who is to vote from the block after the next on.
func updates(changes []ledger.ValidatorUpdate) []abci.ValidatorUpdate {
	var out []abci.ValidatorUpdate
	for _, u := range changes {
		out = append(out, abci.UpdateValidator(u.Key, u.Power, ""))
	}
	return out
}

// giveUp halts the engine for a reason found while a block is applied, and returns it
// for the library to stop on. In block sync the library would answer with a panic that
// ends the process; there the goroutine ends instead (TestHaltInBlockSync).
func (a *app) giveUp(err error) error {
	_ = a.e.halt(err)
	if a.e.started.Load() && a.e.syncing() {
		runtime.Goexit()
	}
	return err
}

// catch turns a panic in block sync into an error to give up on. Elsewhere the library
// catches it, and its log line tells us (logger.go).
func (a *app) catch(err *error) {
	if !a.e.started.Load() || !a.e.syncing() {
		return
	}
	if r := recover(); r != nil {
		a.e.log.Error("panic while a block was applied", "panic", r, "stack", string(debug.Stack()))
		*err = a.giveUp(fault.Newf(fault.Internal, "engine", "panic: %v", r))
	}
}

// txResults puts the fate of each envelope into the block's results: the envelope's
// code, and the operations' codes as canonical CBOR where not all are OK. Their hash is
// in the next header.
func txResults(codes []ledger.TxResult) []*abci.ExecTxResult {
	out := make([]*abci.ExecTxResult, len(codes))
	for i, c := range codes {
		out[i] = &abci.ExecTxResult{Code: uint32(c.Code)}
		if c.Ops != nil {
			out[i].Data = wire.Encode(c.Ops)
		}
	}
	return out
}

// Commit makes an executed block permanent: first what it means for bodies, then the
// state in one batch. The batch is not synced; after a crash the engine replays.
func (a *app) Commit(context.Context, *abci.RequestCommit) (_ *abci.ResponseCommit, err error) {
	defer a.catch(&err)
	p := a.pending
	a.pending, a.deciding = nil, nil
	if a.sealed > a.height {
		a.e.sealed.Store(true)
		return &abci.ResponseCommit{}, nil
	}
	if p == nil {
		return nil, a.giveUp(fault.Newf(fault.Internal, "engine", "commit without a block"))
	}
	res := p.result
	if err := a.e.custody.apply(res.Head.Height, a.ledger.Config(), res.Moves); err != nil {
		return nil, a.giveUp(err)
	}
	if err := Save(a.e.opts.DB, res.Writes, false); err != nil {
		return nil, a.giveUp(err)
	}
	a.height, a.hash = res.Head.Height, res.Head.AppHash[:]
	view, err := a.e.views.publish(a.ledger)
	if err != nil {
		return nil, a.giveUp(err)
	}
	a.e.Whole()
	if err := firstError(a.settle(p), a.e.custody.expire(a.height)); err != nil {
		return nil, a.giveUp(err)
	}
	a.e.snapshots.due(a.e.ctx, a.height, a.e.opts.DB, a.ledger.Summary, a.e.run, func(err error) {
		a.e.log.Warn("no snapshot of this height", "height", res.Head.Height, "err", err)
	})
	if !a.e.syncing() {
		a.e.joined.CompareAndSwap(-1, a.height)
	}
	if err := a.e.reconfigured(view); err != nil {
		return nil, a.giveUp(err)
	}
	if a.e.opts.OnCommit != nil {
		a.e.opts.OnCommit(view, res)
	}
	a.freezeAsked()
	a.closing()
	return &abci.ResponseCommit{}, nil
}

// settle empties the pool of what was committed or has expired, and tells those who
// wait for it.
func (a *app) settle(p *applied) error {
	if err := a.e.outcomes.committed(a.height, p.entries, p.result.Codes); err != nil {
		return err
	}
	ops := 0
	for i, e := range p.entries {
		if e == nil {
			continue
		}
		ops += e.ops
		a.e.pool.remove(e.id)
		if c := p.result.Codes[i]; c.Code == fault.OK {
			a.e.outcomes.tell(e.id, Outcome{Height: a.height, Ops: c.Ops})
		}
	}
	a.e.pool.committed(ops, time.Now())
	a.mine = slices.DeleteFunc(a.mine, a.e.pool.gone)
	a.doubt(a.height)
	for _, e := range a.e.pool.expire(a.height) {
		a.e.outcomes.tell(e.id, Outcome{Code: fault.Expired})
	}
	return nil
}
