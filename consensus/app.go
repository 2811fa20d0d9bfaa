package consensus

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// app is what the engine calls. Info, InitChain, PrepareProposal, ProcessProposal,
// FinalizeBlock and Commit come one at a time, on what this package calls the
// consensus goroutine; Query comes from others.
type app struct {
	abci.BaseApplication
	e *Engine

	ledger *ledger.Ledger
	height int64  // last committed block
	hash   []byte // its AppHash

	deciding *decision // on the height after that; nil before its first proposal
	pending  *applied  // between FinalizeBlock and Commit
	mine     []*entry  // in this node's last proposal, as long as its height is not decided
	sealed   int64     // the block behind the last one of an ended chain, once it is decided
}

// Info tells the engine where the ledger stands, so that it replays what is missing.
func (a *app) Info(context.Context, *abci.RequestInfo) (*abci.ResponseInfo, error) {
	height := a.height
	if height == a.e.opts.Genesis.Base() { // a successor's first state, too, is one behind no block of its own
		height = 0
	}
	return &abci.ResponseInfo{AppVersion: appVersion, LastBlockHeight: height, LastBlockAppHash: a.hash}, nil
}

// InitChain is called before the first block only.
func (a *app) InitChain(_ context.Context, r *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	if err := a.e.checkGenesis(r.AppStateBytes); err != nil {
		return nil, err
	}
	return &abci.ResponseInitChain{AppHash: a.hash}, nil
}

// checkGenesis refuses engine data that belong to another genesis.
func (e *Engine) checkGenesis(state []byte) error {
	var s appState
	if err := json.Unmarshal(state, &s); err != nil || s.Genesis != e.genesis {
		return fault.New(fault.HomeForeign, "engine")
	}
	return nil
}

// Refused peers get this code; any but 0 does.
const peerRefused = 1

// Query answers the engine's question whether a peer may connect: members' nodes may.
func (a *app) Query(_ context.Context, r *abci.RequestQuery) (*abci.ResponseQuery, error) {
	id, ok := strings.CutPrefix(r.Path, "/p2p/filter/id/")
	if !ok {
		return &abci.ResponseQuery{}, nil // by address: anyone may try
	}
	if a.e.View().Config.MemberOfNode(id) == nil && !a.e.guest(id) {
		if a.e.refusals.first(id) {
			a.e.log.Warn("peer refused: no member of this network has this node", "peer", id)
		}
		return &abci.ResponseQuery{Code: peerRefused, Log: "not a member"}, nil
	}
	return &abci.ResponseQuery{}, nil
}

// envelope returns the entry behind a transaction's bytes: from the pool, from the
// proposals of this height, or parsed anew.
func (a *app) envelope(raw []byte) (*entry, error) {
	if e := a.e.pool.find(raw); e != nil {
		return e, nil
	}
	if e := a.deciding.find(raw); e != nil {
		return e, nil
	}
	env, err := ledger.ParseEnvelope(a.e.genesis, raw)
	if err != nil {
		return nil, err
	}
	e := newEntry(env, time.Now())
	if a.deciding != nil {
		a.deciding.remember(e)
	}
	return e, nil
}
