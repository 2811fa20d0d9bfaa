package consensus

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmted "github.com/cometbft/cometbft/crypto/ed25519"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// TestOwnKeysRotate: nodes whose keys have changed find each other by the ids of before; the
// old identity is let in through the notice and not in an emergency; a vote that is revoked
// passes over while the node runs, and the old key signs nothing above the handover.
func TestOwnKeysRotate(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	keys := map[ledger.MemberID]ed25519.PrivateKey{}
	vote := seeded("vote 4, the next")
	n.adjust = func(o *Options) { // every configuration keeps the ids of the genesis
		if k := keys[o.Self]; k != nil {
			o.NodeKey = k
		}
		o.ConsensusKeyFor = func(public ed25519.PublicKey) (ed25519.PrivateKey, error) {
			if bytes.Equal(public, vote.Public().(ed25519.PublicKey)) {
				return vote, nil
			}
			return nil, nil
		}
	}
	n.startAll()
	stolen := &ledger.Cause{Code: ledger.CauseCompromised, Article: "charter-20"}
	entry := func(m ledger.MemberID) *ledger.Member { return n.node(1).engine.View().Config.Member(m) }
	send := func(m ledger.MemberID, op *ledger.Rotate) int64 {
		t.Helper()
		s := n.seal(submission{}, m, []ledger.Operation{op.Operation()}, n.node(m).ahead(), true)
		n.node(m).submit(s)
		return n.node(m).settled(s).Height
	}
	rename := func(m ledger.MemberID, emergency bool) ed25519.PrivateKey {
		t.Helper()
		next := seeded(fmt.Sprint("node ", m, ", the next"))
		op := &ledger.Rotate{Node: next.Public().(ed25519.PublicKey)}
		old := n.node(m).key
		if emergency {
			op.Reason, old = stolen, nil
		}
		op.Sign(entry(m), old, next)
		n.agree(send(m, op))
		return next
	}
	meets := func(of ...ledger.MemberID) {
		t.Helper()
		for _, m := range of {
			eventually(t, 60*time.Second, func() error {
				if p := n.node(m).engine.Peers(); p != 4 {
					return fmt.Errorf("node %d has %d peers", m, p)
				}
				return n.node(m).engine.Ready()
			})
		}
	}
	restart := func(m ledger.MemberID) {
		t.Helper()
		n.node(m).stop()
		n.node(m).start()
	}

	first, second := rename(1, false), rename(2, false)
	meets(1, 2, 3, 4, contributor) // nobody was dropped
	keys[1] = first
	restart(1)
	meets(1, 2, 3, 4, contributor)
	restart(2) // with its old key still: the notice runs
	meets(1, 2, 3, 4, contributor)
	keys[2] = second
	restart(2) // and 1 and 2 know each other by the ids of before alone
	meets(1, 2, 3, 4, contributor)

	third := rename(3, true)
	eventually(t, 60*time.Second, func() error {
		if p := n.node(3).engine.Peers(); p != 0 {
			return fmt.Errorf("under a stolen identity it has %d peers", p)
		}
		return nil
	})
	n.node(3).stop()
	if err := n.node(3).open(); !fault.Is(err, fault.HomeForeign) {
		t.Errorf("it opens with the stolen identity: %v", err)
	}
	n.node(3).engine = nil
	n.node(3).stop()
	keys[3] = third
	n.node(3).start()
	meets(1, 2, 3, 4, contributor)

	op := &ledger.Rotate{Consensus: vote.Public().(ed25519.PublicKey), Reason: stolen}
	op.Sign(entry(4), nil, vote)
	from := send(4, op) + 2
	signs := func(key ed25519.PrivateKey, height int64) bool {
		c := n.node(1).engine.node.BlockStore().LoadBlockCommit(height)
		for _, s := range c.Signatures {
			if bytes.Equal(s.ValidatorAddress, cmted.PubKey(key.Public().(ed25519.PublicKey)).Address()) {
				return len(s.Signature) > 0
			}
		}
		return false
	}
	n.agree(from + 8)
	var after int
	for h := from; h < from+8; h++ {
		if signs(n.node(4).vote, h) {
			t.Errorf("the revoked key has signed block %d, from %d on it may not", h, from)
		}
		if signs(vote, h) {
			after++
		}
	}
	if after < 4 {
		t.Errorf("the new key has signed %d of the 8 blocks from the handover on", after)
	}
	// After a restart without the old key: only the new one is needed.
	n.node(4).stop()
	n.node(4).vote = nil
	n.node(4).start()
	meets(4)
	height := n.node(1).engine.View().Height
	eventually(t, 60*time.Second, func() error {
		if h := n.node(1).engine.View().Height; h < height+4 || !signs(vote, h-1) {
			return errors.New("it has not voted yet")
		}
		return nil
	})
	// A home that was given the new key in the place of the old one takes that for what it
	// is, and with the signing record of its own.
	n.node(4).stop()
	n.node(4).vote = vote
	n.node(4).start()
	meets(4)
	if n.node(4).engine.opts.ConsensusKey != nil {
		t.Error("the new key signs under the old one's record")
	}
}

// TestLeftBehind: a node that was away while every other one changed its key comes back by
// the ids that its operator puts into the configuration, catches up with their blocks, and
// knows them; once it has caught up it lets in nobody whom the ledger does not know.
func TestLeftBehind(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	stranger := seeded("stranger")
	keys := map[ledger.MemberID]ed25519.PrivateKey{}
	n.adjust = func(o *Options) {
		if k := keys[o.Self]; k != nil {
			o.NodeKey = k
		}
		if o.Self == contributor && len(keys) > 0 {
			o.Peers = []string{NodeID(stranger.Public().(ed25519.PublicKey)) + "@" + freeAddress(t)}
			for m, k := range keys {
				o.Peers = append(o.Peers, NodeID(k.Public().(ed25519.PublicKey))+"@"+n.node(m).address)
			}
		}
	}
	n.startAll()
	n.node(contributor).stop()
	for m := ledger.MemberID(1); m < contributor; m++ {
		next := seeded(fmt.Sprint("node ", m, ", the next"))
		op := &ledger.Rotate{Node: next.Public().(ed25519.PublicKey)}
		op.Sign(n.node(m).engine.View().Config.Member(m), n.node(m).key, next)
		s := n.seal(submission{}, m, []ledger.Operation{op.Operation()}, n.node(m).ahead(), true)
		n.node(m).submit(s)
		n.agree(n.node(m).settled(s).Height)
		n.node(m).stop()
		keys[m] = next
		n.node(m).start()
		n.node(m).awaitReady()
	}
	late := n.node(contributor)
	late.start()
	late.awaitReady()
	eventually(t, 60*time.Second, func() error {
		if p := late.engine.Peers(); p != 4 {
			return fmt.Errorf("it has %d peers", p)
		}
		return nil
	})
	r, err := late.engine.app.Query(context.Background(), &abci.RequestQuery{Path: "/p2p/filter/id/" + NodeID(stranger.Public().(ed25519.PublicKey))})
	if err != nil || r.IsOK() {
		t.Errorf("a stranger that its configuration names is let in: %v", err)
	}
}
