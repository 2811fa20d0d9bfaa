package consensus

import (
	"context"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// Submit takes an envelope with the packets of the bodies it brings, checks it as a
// recorder will, stores the bodies durably and hands it to the recorders. It returns
// the envelope's id, also with an error once the envelope could be parsed.
//
// Codes: what is wrong with the form, the signatures or a body; fault.AlreadyCommitted
// if the ledger has it; fault.NotReady while this node catches up; and, to be tried
// again later, fault.PoolFull and fault.MemberQuota. An envelope that waits in the pool
// already is accepted again.
//
// Submit promises no commitment, and bodies are dropped again when an envelope expires.
func (e *Engine) Submit(ctx context.Context, raw []byte, packets []vault.Packet) (wire.Hash, error) {
	if err := e.failed(); err != nil {
		return wire.Hash{}, err
	}
	if e.syncing() {
		return wire.Hash{}, fault.Newf(fault.NotReady, "engine", "catching up with the network")
	}
	if x := e.pool.find(raw); x != nil {
		return x.id, nil
	}
	x, fresh, err := e.admit(ctx, raw, packets)
	if x == nil {
		return wire.Hash{}, err
	}
	switch {
	case fresh && len(packets) == len(x.bodies):
		e.reactor.queueOffer(x, packets)
	case fresh: // some bodies were here already
		if o, ok := e.reactor.stored(x); ok {
			e.reactor.queueOffer(x, o.Packets)
		}
	}
	return x.id, err
}

// admit checks an envelope with its packets and adds it to the pool. fresh is false if
// it was there. The entry is returned with an error too, once the envelope is parsed.
func (e *Engine) admit(ctx context.Context, raw []byte, packets []vault.Packet) (x *entry, fresh bool, err error) {
	env, err := ledger.ParseEnvelope(e.genesis, raw)
	if err != nil {
		return nil, false, err
	}
	x = newEntry(env, time.Now())
	v := e.View()
	if v.Committed(x.id, x.expiry) {
		return x, false, fault.New(fault.AlreadyCommitted, "envelope")
	}
	if err := e.pool.reserve(x.member, x.ops); err != nil {
		return x, false, err
	}
	if err := e.verify(ctx, v, x, packets); err != nil {
		e.pool.release(x.member, x.ops)
		return x, false, err
	}
	if fresh = e.pool.add(x); fresh && e.View().Committed(x.id, x.expiry) {
		e.pool.remove(x.id) // a block came in while it was being checked
		return x, false, fault.New(fault.AlreadyCommitted, "envelope")
	}
	return x, fresh, nil
}

// verify does the dear part: signatures, commitments, admission rules, the disk.
func (e *Engine) verify(ctx context.Context, v *ledger.View, x *entry, packets []vault.Packet) error {
	if err := x.env.Verify(v.Config, v.Height+1); err != nil {
		return err
	}
	if err := e.custody.take(ctx, v, x, packets); err != nil {
		return err
	}
	if len(x.bodies) == 0 {
		x.admitted = v.Height
	}
	return nil
}

// refuse takes an envelope out of the pool that can never be committed.
func (e *Engine) refuse(x *entry, code fault.Code) {
	if _, was := e.pool.remove(x.id); was && code != fault.AlreadyCommitted {
		e.outcomes.tell(x.id, Outcome{Code: code})
	}
}
