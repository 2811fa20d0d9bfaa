package consensus

import (
	"context"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// applied is an executed block that is not committed yet.
type applied struct {
	result  *ledger.Result
	entries []*entry // nil where a transaction did not parse
}

// FinalizeBlock executes a decided block. Whatever is wrong with a transaction becomes
// its code; an error here is a broken invariant or a failing disk and halts the node.
func (a *app) FinalizeBlock(_ context.Context, r *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	b := ledger.Block{Height: r.Height, Time: r.Time.UnixNano(),
		Envelopes: make([]*ledger.Envelope, len(r.Txs)), Faults: make([]fault.Code, len(r.Txs))}
	entries := make([]*entry, len(r.Txs))
	for i, raw := range r.Txs {
		e, err := a.envelope(raw)
		if err != nil {
			b.Faults[i] = fault.Of(err)
			continue
		}
		entries[i], b.Envelopes[i] = e, e.env
	}
	res, err := a.ledger.Execute(b)
	if err != nil {
		return nil, a.e.halt(err)
	}
	a.pending = &applied{res, entries}
	return &abci.ResponseFinalizeBlock{TxResults: txResults(res.Codes), AppHash: res.Head.AppHash[:]}, nil
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
func (a *app) Commit(context.Context, *abci.RequestCommit) (*abci.ResponseCommit, error) {
	p := a.pending
	a.pending, a.deciding = nil, nil
	if p == nil {
		return nil, a.e.halt(fault.Newf(fault.Internal, "engine", "commit without a block"))
	}
	res := p.result
	if err := a.e.custody.apply(res.Head.Height, a.ledger.Config(), res.Moves); err != nil {
		return nil, a.e.halt(err)
	}
	if err := write(a.e.opts.DB, res.Writes, false); err != nil {
		return nil, a.e.halt(err)
	}
	a.height, a.hash = res.Head.Height, res.Head.AppHash[:]
	view, err := a.e.views.publish(a.ledger)
	if err != nil {
		return nil, a.e.halt(err)
	}
	a.settle(p)
	if err := a.e.custody.expire(a.height); err != nil {
		return nil, a.e.halt(err)
	}
	if !a.e.syncing() {
		a.e.joined.CompareAndSwap(-1, a.height)
	}
	a.e.dropStrangers(view)
	if a.e.opts.OnCommit != nil {
		a.e.opts.OnCommit(view, res)
	}
	return &abci.ResponseCommit{}, nil
}

// settle tells the submitters what became of their envelopes and empties the pool of
// what was committed or has expired.
func (a *app) settle(p *applied) {
	for i, e := range p.entries {
		if e != nil {
			c := p.result.Codes[i]
			a.e.settle(e, Outcome{Height: a.height, Code: c.Code, Ops: c.Ops})
		}
	}
	for _, e := range a.e.pool.expire(a.height) {
		a.e.outcomes.settle(e.id, Outcome{Code: fault.Expired})
	}
}

// write applies the ledger's changes in one batch.
func write(db *store.DB, writes []ledger.Write, sync bool) error {
	b := db.NewBatch()
	defer b.Close()
	for _, w := range writes {
		switch {
		case w.RangeEnd != nil:
			b.DeleteRange(w.Key, w.RangeEnd)
		case w.Value == nil:
			b.Delete(w.Key)
		default:
			b.Set(w.Key, w.Value)
		}
	}
	return b.Commit(sync)
}
