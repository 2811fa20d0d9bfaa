package consensus

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// hurried is a network on which a day of notice lasts 50 ms.
func hurried(t *testing.T) *network {
	n := newNetwork(t)
	n.genesis = n.changed(func(g *ledger.Genesis) {
		g.Clock = ledger.Clock{Day: int64(time.Second), Epoch: credit.NewDate(2026, 6, 1)}
		g.GovernanceDay = int64(50 * time.Millisecond)
	})
	return n
}

// voteUpgrade lets recorders vote, and waits until all of it is in blocks.
func (n *network) voteUpgrade(rules uint32, height int64, recorders ...ledger.MemberID) {
	n.t.Helper()
	d := n.node(1)
	var sent []submission
	for _, m := range recorders {
		o := ledger.UpgradeVote{Rules: rules, Height: height, Reason: ledger.Cause{Code: ledger.CauseMandateOver, Article: "charter-30"}}
		s := n.seal(submission{}, m, []ledger.Operation{o.Operation()}, d.ahead(), true)
		d.submit(s)
		sent = append(sent, s)
	}
	for _, s := range sent {
		d.settled(s)
	}
}

// stands waits until a node's ledger is at a height.
func (d *testNode) stands(height int64) {
	d.net.t.Helper()
	eventually(d.net.t, 60*time.Second, func() error {
		if h := d.engine.View().Height; h < height {
			return fmt.Errorf("node %d is at height %d of %d", d.member, h, height)
		}
		return nil
	})
}

// signedUpTo is the highest height on which a recorder has signed anything.
func (d *testNode) signedUpTo() int64 {
	d.net.t.Helper()
	var s struct {
		Height string `json:"height"`
	}
	b, err := os.ReadFile(signingState(d.home))
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	height, err2 := strconv.ParseInt(s.Height, 10, 64)
	if err != nil || err2 != nil {
		d.net.t.Fatal(err, err2)
	}
	return height
}

// halted closes a node that has stopped by itself, for a reason.
func (d *testNode) halted(want fault.Code) {
	d.net.t.Helper()
	select {
	case <-d.engine.Done():
	case <-time.After(30 * time.Second):
		d.net.t.Fatalf("node %d goes on", d.member)
	}
	if err := d.engine.Stop(); !fault.Is(err, want) {
		d.net.t.Fatalf("node %d has stopped for %v, want %s", d.member, err, want)
	}
	d.engine = nil
	d.stop()
}

// TestOldProgramStops: a recorder and an access node with a program that does not know the
// rules of a height stop before it and sign nothing there; those that know them go on; with
// the newer program the others go on from where they stood, and lack nothing.
func TestOldProgramStops(t *testing.T) {
	t.Parallel()
	n := hurried(t)
	const newer = ledger.Rules + 1
	old := map[ledger.MemberID]bool{4: true, contributor: true}
	n.adjust = func(o *Options) {
		if !old[o.Self] {
			o.Rules = newer
		}
	}
	n.startAll()
	before := n.create(1, "migrate", 3, n.node(1).ahead())
	n.node(1).submit(before)
	n.node(1).settled(before)
	height := n.node(1).engine.View().Height + 25
	n.voteUpgrade(newer, height, 1, 2, 4)
	for m := range old {
		n.node(m).halted(fault.RulesUnknown)
	}
	if h := n.node(4).signedUpTo(); h != height-1 {
		t.Errorf("the old program has signed block %d, its last one is %d", h, height-1)
	}
	n.node(1).stands(height + 2)
	after := n.create(2, "migrate", 3, n.node(1).ahead())
	n.node(1).submit(after)
	n.node(1).settled(after)
	d := n.node(4)
	if err := d.open(); !fault.Is(err, fault.RulesUnknown) {
		t.Errorf("the old program opens the home: %v", err)
	}
	d.engine = nil
	d.stop()
	for m := range old {
		delete(old, m)
	}
	n.startOnly(4, contributor)
	n.agree(height)
	n.agree(n.node(1).engine.View().Height)
	if got := d.holds(before) + d.holds(after); got != 6 {
		t.Errorf("recorder 4 holds %d of 6 bodies", got)
	}
	if got := n.node(contributor).engine.View().Config.Rules(height); got != newer {
		t.Errorf("version %d", got)
	}
}

// TestChainIsSealed: behind the last block the recorders decide one that holds nothing and
// has the last roots in its header, and no other; nodes stay up, are opened again, and take
// nothing more.
func TestChainIsSealed(t *testing.T) {
	t.Parallel()
	n := hurried(t)
	n.startAll()
	s := n.create(1, "migrate", 3, n.node(1).ahead())
	n.node(1).submit(s)
	n.node(1).settled(s)
	final := n.node(1).engine.View().Height + 25
	late := n.create(2, "migrate", 1, final+200)
	n.voteUpgrade(0, final, 1, 2, 3)
	sealed := func() {
		t.Helper()
		for _, d := range n.nodes {
			eventually(t, 60*time.Second, func() error {
				if !d.engine.Sealed() {
					return fmt.Errorf("node %d at height %d is not sealed", d.member, d.engine.View().Height)
				}
				return d.engine.Ready()
			})
			meta := d.engine.node.BlockStore().LoadBlockMeta(final + 1)
			v := d.engine.View()
			if v.Height != final || meta.NumTxs != 0 || string(meta.Header.AppHash) != string(v.AppHash[:]) {
				t.Fatalf("node %d: height %d, the seal holds %d envelopes and the root %x, want %x", d.member, v.Height, meta.NumTxs, meta.Header.AppHash, v.AppHash)
			}
			if _, err := d.engine.LightBlock(final + 1); err != nil {
				t.Errorf("node %d has no proof of the last roots: %v", d.member, err)
			}
			if _, err := d.engine.Submit(context.Background(), late.raw, late.packets); !fault.Is(err, fault.ChainEnded) {
				t.Errorf("node %d takes an act for an ended chain: %v", d.member, err)
			}
		}
	}
	sealed()
	n.stop()
	n.startAll()
	sealed()
	time.Sleep(3 * time.Second) // several times what a block takes
	for _, d := range n.nodes {
		if top := d.engine.node.BlockStore().Height(); top != final+1 || d.engine.Err() != nil {
			t.Errorf("node %d has block %d of a chain that ended with %d: %v", d.member, top, final, d.engine.Err())
		}
		if d.member != contributor && d.signedUpTo() > final+1 {
			t.Errorf("recorder %d has signed block %d", d.member, d.signedUpTo())
		}
	}
}

// TestAllStopTogether: where nobody has installed the newer program in time the network
// stands still at the last block of the old rules, and each node says why; with the newer
// program it goes on.
func TestAllStopTogether(t *testing.T) {
	t.Parallel()
	n := hurried(t)
	n.startAll()
	height := n.node(1).engine.View().Height + 20
	n.voteUpgrade(ledger.Rules+1, height, 1, 2, 3)
	for _, d := range n.nodes {
		d.halted(fault.RulesUnknown)
		if d.member != contributor && d.signedUpTo() != height-1 {
			t.Errorf("recorder %d has signed block %d, the last one is %d", d.member, d.signedUpTo(), height-1)
		}
	}
	n.adjust = func(o *Options) { o.Rules = ledger.Rules + 1 }
	n.startAll()
	n.agree(height)
}
