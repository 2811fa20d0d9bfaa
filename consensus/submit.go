package consensus

import (
	"context"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// Submit takes an envelope with the packets of the bodies it brings, checks it as a
// recorder will, stores the bodies durably and hands it to the recorders. It returns
// the envelope's id, also with an error once the envelope could be parsed.
//
// Codes: what is wrong with the form, the signatures or a body; fault.AlreadyCommitted
// if the ledger has it; fault.NotReady while this node catches up; fault.ChainEnded; and, to be tried
// again later, fault.PoolFull and fault.MemberQuota. An envelope that waits in the pool
// already is accepted again.
//
// Submit promises no commitment, and bodies are dropped again when an envelope expires.
func (e *Engine) Submit(ctx context.Context, raw []byte, packets []vault.Packet) (wire.Hash, error) {
	if err := e.failed(); err != nil {
		return wire.Hash{}, err
	}
	if v := e.View(); v.Config.Ended(v.Height + 1) {
		return wire.Hash{}, fault.New(fault.ChainEnded, "engine")
	}
	if e.syncing() {
		return wire.Hash{}, fault.Newf(fault.NotReady, "engine", "catching up with the network")
	}
	if x := e.pool.find(raw); x != nil {
		return x.id, nil
	}
	if e.pool.full(len(packets)) { // before it is even parsed
		return wire.Hash{}, fault.New(fault.PoolFull, "pool")
	}
	c, err := e.admitOne(ctx, raw, packets)
	if err != nil {
		return wire.Hash{}, err
	}
	x := c.entry
	if x == nil {
		return wire.Hash{}, c.err
	}
	switch {
	case c.fresh && len(packets) == len(x.bodies):
		e.reactor.queueOffer(x, packets)
	case c.fresh: // some bodies were here already
		if o, ok := e.reactor.stored(x); ok {
			e.reactor.queueOffer(x, o.Packets)
		}
	}
	return x.id, c.err
}

// refuse takes an envelope out of the pool that can never be committed.
func (e *Engine) refuse(x *entry, code fault.Code) {
	if _, was := e.pool.remove(x.id); was && code != fault.AlreadyCommitted {
		e.outcomes.tell(x.id, Outcome{Code: code})
	}
}
