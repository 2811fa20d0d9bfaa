package consensus

import (
	"math"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// A chain ends with the block that its recorders have named. The roots of the state behind
// it stand in the header of the next block, so the recorders decide that one too, its seal:
// it holds nothing, the ledger does not execute it, and nobody signs above it. A program
// that does not know the rules of the next block stops before it and signs nothing there.

// sealing reports whether a block is the seal of an ended chain.
func (a *app) sealing(height int64) bool {
	c := a.ledger.Config()
	return c.Ended(height) && height == c.Council.Final+1
}

// seal answers for the seal: nothing happens in it, and the state is the same behind it.
func (a *app) seal(r *abci.RequestFinalizeBlock) *abci.ResponseFinalizeBlock {
	a.sealed, a.pending = r.Height, nil
	refused := make([]ledger.TxResult, len(r.Txs)) // none, unless two thirds have broken the rules
	for i := range refused {
		refused[i].Code = fault.ChainEnded
	}
	return &abci.ResponseFinalizeBlock{TxResults: txResults(refused), AppHash: a.hash}
}

// judgeSeal accepts a seal in which there is nothing, and no block above it.
func (a *app) judgeSeal(r *abci.RequestProcessProposal) abci.ResponseProcessProposal_ProposalStatus {
	if a.sealing(r.Height) && len(r.Txs) == 0 {
		return abci.ResponseProcessProposal_ACCEPT
	}
	return abci.ResponseProcessProposal_REJECT
}

// lastSigned is the highest height on which this node may sign anything.
func (a *app) lastSigned() int64 {
	switch err := a.ledger.Next(); {
	case fault.Is(err, fault.ChainEnded):
		return a.ledger.Config().Council.Final + 1
	case err != nil:
		return a.height
	}
	return math.MaxInt64
}

// closing looks, behind a block, at whether another one can be executed here. Where that
// takes another program the node stops; the block it has is whole.
func (a *app) closing() {
	err := a.ledger.Next()
	if err == nil {
		return
	}
	a.e.signer.stopAbove(a.lastSigned()) // before the engine goes on to the next height
	if !fault.Is(err, fault.ChainEnded) {
		_ = a.e.halt(err)
		return
	}
	a.e.log.Info("the chain has ended", "height", a.height)
	for _, e := range a.e.pool.waiting() {
		a.e.refuse(e, fault.ChainEnded)
	}
}
