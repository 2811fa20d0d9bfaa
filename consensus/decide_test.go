package consensus

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// secretly puts an envelope into one node's pool without telling the others.
func (d *testNode) secretly(s submission) *entry {
	t := d.net.t
	t.Helper()
	env, err := ledger.ParseEnvelope(d.net.genesis.Hash(), s.raw)
	if err != nil {
		t.Fatal(err)
	}
	x := newEntry(env, time.Now().Add(time.Hour)) // never old enough to be announced
	if err := d.engine.pool.reserve(x.member, x.ops); err != nil {
		t.Fatal(err)
	}
	c := &candidate{entry: x, packets: s.packets}
	v := d.engine.View()
	if d.engine.verifyAll(context.Background(), v, []*candidate{c}); c.err != nil {
		t.Fatal(c.err)
	}
	x.admitted = v.Height
	d.engine.pool.add(x)
	return x
}

// TestProposalWithoutBodies: an envelope that reaches the recorders only in a proposal
// is voted for once its bodies have been fetched from the proposer, and not at all when
// they cannot be had.
func TestProposalWithoutBodies(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	type sighting struct {
		member ledger.MemberID
		held   int
	}
	seen := make(chan sighting, 64)
	var s submission
	n.adjust = func(o *Options) {
		o.OnCommit = func(_ *ledger.View, r *ledger.Result) {
			if len(r.Moves) > 0 {
				seen <- sighting{o.Self, n.node(o.Self).holds(s)}
			}
		}
	}
	n.startAll()
	s = n.create(1, "migrate", 20, n.node(1).ahead())
	n.node(1).secretly(s)
	n.node(1).settled(s)
	whole := 0
	for range 4 { // the contributor may be among them, and come later
		if got := <-seen; got.held == 20 {
			whole++
		}
	}
	if whole < 3 {
		t.Errorf("%d nodes held all bodies when they committed the block", whole)
	}
	n.everywhere(s)

	lost := n.create(1, "migrate", 3, n.node(1).engine.View().Height+8)
	n.node(1).secretly(lost)
	if err := n.node(1).vault.Drop(lost.bodies...); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	o, err := n.node(1).engine.Await(ctx, lost.id)
	if err != nil || o.Code != fault.Expired {
		t.Errorf("an envelope without bodies: %v, %v", o, err)
	}
	if _, err := n.node(2).engine.View().Record(lost.records[0]); !fault.Is(err, fault.UnknownRecord) {
		t.Errorf("its record exists: %v", err)
	}
	n.agree(n.node(1).engine.View().Height)
}

// TestWaitDoubles: each further round of a height waits twice as long for bodies.
func TestWaitDoubles(t *testing.T) {
	d := newDecision(7)
	last := time.Duration(0)
	for i := range 12 {
		b := d.bound()
		if i > 0 && b != min(2*last, fetchMost) {
			t.Errorf("round %d waits %s after %s", i, b, last)
		}
		last = b
	}
}

// TestRefusals: what a submitter learns at once.
func TestRefusals(t *testing.T) {
	t.Parallel()
	n := startNetwork(t)
	e := n.node(1).engine
	ctx := context.Background()
	good := n.create(1, "migrate", 2, n.node(1).ahead())
	other := n.create(1, "migrate", 1, n.node(1).ahead())
	forged := append([]byte(nil), good.raw...)
	forged[len(forged)-1] ^= 1
	minor := n.create(1, "migrate", 1, n.node(1).ahead())
	minor.packets[0].Body = nil
	for _, c := range []struct {
		name string
		do   func() error
		want fault.Code
	}{
		{"no bytes", func() error { _, err := e.Submit(ctx, nil, nil); return err }, fault.Malformed},
		{"signature", func() error { _, err := e.Submit(ctx, forged, good.packets); return err }, fault.BadSignature},
		{"a body is missing", func() error { _, err := e.Submit(ctx, good.raw, good.packets[:1]); return err }, fault.BodyMissing},
		{"a foreign body", func() error { _, err := e.Submit(ctx, good.raw, other.packets); return err }, fault.CommitmentMismatch},
		{"no body", func() error { _, err := e.Submit(ctx, minor.raw, minor.packets); return err }, fault.BodyMalformed},
		{"expired", func() error {
			s := n.create(1, "migrate", 1, 1)
			_, err := e.Submit(ctx, s.raw, s.packets)
			return err
		}, fault.Expired},
		{"too far ahead", func() error {
			s := n.create(1, "migrate", 1, e.View().Height+2*ledger.MaxAhead)
			_, err := e.Submit(ctx, s.raw, s.packets)
			return err
		}, fault.NotAfterTooFar},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.do(); !fault.Is(err, c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, ops := e.Waiting(); ops != 0 {
		t.Errorf("refused envelopes hold %d places in the pool", ops)
	}
}

// TestRelay: an envelope of a node that is connected to one recorder only reaches the
// others too, also while nothing is decided.
func TestRelay(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	one := NodeID(n.node(1).key.Public().(ed25519.PublicKey))
	edge := NodeID(n.node(contributor).key.Public().(ed25519.PublicKey))
	n.adjust = func(o *Options) {
		o.Peers = slices.DeleteFunc(o.Peers, func(p string) bool {
			return o.Self == contributor && !strings.HasPrefix(p, one) || o.Self != 1 && strings.HasPrefix(p, edge)
		})
	}
	n.startOnly(1, 2, 3, 4)
	n.node(contributor).start() // connected to one recorder, it does not call itself ready
	eventually(t, 30*time.Second, func() error {
		if e := n.node(contributor).engine; e.Syncing() || e.Peers() != 1 {
			return fmt.Errorf("syncing %v, %d peers", e.Syncing(), e.Peers())
		}
		return nil
	})
	n.node(3).stop()
	n.node(4).stop()
	s := n.create(contributor, "propose", 4, n.node(1).ahead())
	n.node(contributor).submit(s)
	eventually(t, 20*time.Second, func() error {
		if n.node(2).engine.pool.get(s.id) == nil {
			return errors.New("the second recorder has not heard of it")
		}
		return nil
	})
	if got := n.node(2).holds(s); got != 4 {
		t.Errorf("it holds %d of 4 bodies", got)
	}
	n.node(3).start()
	n.node(4).start()
	n.node(contributor).settled(s)
}
