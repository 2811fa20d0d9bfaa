package consensus

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// trainingNetwork is a network on which a ledger day lasts a moment. Day one is after
// the dates of the test bodies.
func trainingNetwork(t *testing.T, day time.Duration) *network {
	t.Helper()
	n := newNetwork(t)
	n.genesis = n.changed(func(g *ledger.Genesis) {
		g.Clock = ledger.Clock{Day: int64(day), Epoch: credit.NewDate(2026, 2, 1)}
		g.TimeNS = time.Now().UnixNano()
	})
	return n
}

// TestErasure: a proposal with which nobody deals lapses by itself, and its body is
// then on no node, not served, and not taken again.
func TestErasure(t *testing.T) {
	t.Parallel()
	n := trainingNetwork(t, 200*time.Millisecond)
	n.startAll()
	s := n.create(contributor, "propose", 6, n.node(1).ahead())
	n.node(contributor).submit(s)
	o := n.node(contributor).settled(s)
	n.agree(o.Height)
	for _, d := range n.nodes {
		if got := d.holds(s); got != 6 {
			t.Fatalf("node %d holds %d of 6 bodies", d.member, got)
		}
	}
	for _, d := range n.nodes {
		eventually(t, 40*time.Second, func() error {
			if got := d.holds(s); got != 0 {
				return fmt.Errorf("node %d still holds %d bodies", d.member, got)
			}
			return nil
		})
	}
	eventually(t, 10*time.Second, func() error { // a body goes before its block is committed
		v := n.node(2).engine.View()
		r, err := v.Record(s.records[0])
		if err != nil {
			return err
		}
		if p := v.Status(r).Phase; p != contract.Rejected && p != contract.Erased {
			return fmt.Errorf("phase %s", p)
		}
		return nil
	})
	e := n.node(3).engine
	if got := e.custody.fetch(e.ctx, s.bodies, 500*time.Millisecond, e.reactor.askRecorders("")); len(got) != 0 {
		t.Errorf("%d erased bodies were served", len(got))
	}
	for _, d := range n.nodes {
		if m := d.engine.Missing(); m != 0 {
			t.Errorf("node %d misses %d bodies that are erased", d.member, m)
		}
	}
	if err := e.custody.deliver(e.ctx, s.packets); err != nil || n.node(3).holds(s) != 0 {
		t.Errorf("erased bodies came back: %v", err)
	}
}

// TestAmendment: a new body replaces the old one everywhere; an amount that rises is
// refused at the door; of two amendments of one record the second waits for the first
// and is judged by it.
func TestAmendment(t *testing.T) {
	t.Parallel()
	n := startNetwork(t)
	d := n.node(1)
	s := n.create(1, "migrate", 1, d.ahead())
	d.submit(s)
	d.settled(s)
	n.everywhere(s)
	pay := func(amount int64) submission {
		b := new(credit.Body)
		if err := wire.Decode(s.packets[0].Body, b); err != nil {
			t.Fatal(err)
		}
		b.Amount = amount
		p := vault.Packet{Record: s.packets[0].Record, Secret: proof.Secret(wire.Digest("secret", fmt.Append(nil, n.dir, amount))), Body: wire.Encode(b)}
		c := proof.Commit(p.Record, p.Secret, b.Disclose())
		out := n.act(1, ledger.Act{Record: s.records[0], Event: "pay", Commitment: &c}, d.ahead(), false, p)
		out.bodies = []wire.Hash{c}
		return out
	}
	raised := pay(999_999_99)
	if _, err := d.engine.Submit(context.Background(), raised.raw, raised.packets); !fault.Is(err, fault.AmountRaised) {
		t.Errorf("a raised amount: %v", err)
	}
	low, high := pay(100_00), pay(200_00)
	d.submit(low) // both are admissible now, the higher no longer after the lower
	d.submit(high)
	first := d.settled(low)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	switch o, err := d.engine.Await(ctx, high.id); { // a proposer may hear of the two in either order
	case err != nil:
		t.Error(err)
	case o.Code != fault.AmountRaised && !(o.Code == fault.OK && o.Height < first.Height):
		t.Errorf("lowered at height %d, then: %+v", first.Height, o)
	}
	n.everywhere(low)
	for _, x := range n.nodes {
		eventually(t, 10*time.Second, func() error {
			if got := x.holds(s); got != 0 {
				return fmt.Errorf("node %d keeps the replaced body", x.member)
			}
			return nil
		})
	}
}

// TestOutcomesSurviveRestart: a submitter that comes back after a restart still learns
// what became of its envelope.
func TestOutcomesSurviveRestart(t *testing.T) {
	t.Parallel()
	n := startNetwork(t)
	d := n.node(2)
	good := n.create(2, "migrate", 1, d.ahead())
	d.submit(good)
	want := d.settled(good)
	twice := n.act(2, ledger.Act{Record: good.records[0], Event: "no-such-event"}, d.ahead(), false)
	d.submit(twice)
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	refused, err := d.engine.Await(ctx, twice.id)
	if err != nil || len(refused.Ops) != 1 || refused.Ops[0] != fault.UnknownEvent {
		t.Fatalf("%+v, %v", refused, err)
	}
	d.stop()
	d.start()
	d.awaitReady()
	if _, err := d.engine.Submit(ctx, good.raw, good.packets); !fault.Is(err, fault.AlreadyCommitted) {
		t.Errorf("submitted again: %v", err)
	}
	if got, err := d.engine.Await(ctx, good.id); err != nil || got.Height != want.Height {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := d.engine.Await(ctx, twice.id); err != nil || len(got.Ops) != 1 || got.Ops[0] != fault.UnknownEvent {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestHaltInBlockSync: a node that breaks while it catches up halts; the process lives.
func TestHaltInBlockSync(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	var armed atomic.Bool
	n.adjust = func(o *Options) {
		if o.Self == 4 {
			o.OnCommit = func(*ledger.View, *ledger.Result) {
				if armed.Load() {
					panic("as if something broke")
				}
			}
		}
	}
	n.startAll()
	d := n.node(4)
	d.stop()
	eventually(t, 30*time.Second, func() error { // several blocks behind, so that block sync it is
		s := n.create(1, "migrate", 1, n.node(1).ahead())
		n.node(1).submit(s)
		n.node(1).settled(s)
		if h := n.node(1).engine.View().Height; h < 20 {
			return fmt.Errorf("height %d", h)
		}
		return nil
	})
	armed.Store(true)
	d.start()
	select {
	case <-d.engine.Done():
	case <-time.After(30 * time.Second):
		t.Fatal("the engine has not noticed")
	}
	if err := d.engine.Stop(); err == nil {
		t.Error("Stop does not tell why the engine had halted")
	}
	d.engine = nil
	d.stop()
	armed.Store(false)
	d.start()
	d.awaitReady()
	n.agree(n.node(1).engine.View().Height)
}
