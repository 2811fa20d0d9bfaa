package consensus

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// parting is how long a connection outlives the end of the key that it was made with, so
// that the node learns of the block that ended it. A new one is refused at once.
const parting = 3 * time.Second

// reconfigured follows the member list after a block that has changed it: nodes whose
// member may be connected no more are dropped at once (the engine asks about a peer only
// when it connects), the signer learns who votes from when on, and where this node may
// hold other bodies than before it looks through all records again.
func (e *Engine) reconfigured(v *ledger.View) error {
	e.reactor.recognise(v.Config)
	if v.Config == e.lastConfig {
		e.signer.follow(nil, v.Height)
		return e.signer.reached(v.Height, v.Time)
	}
	first := e.lastConfig == nil
	e.lastConfig = v.Config
	epochs, err := v.Epochs()
	if err != nil {
		return err
	}
	e.signer.follow(epochs, v.Height)
	if err := e.takeKeys(v.Config); err != nil {
		return err
	}
	if err := e.signer.reached(v.Height, v.Time); err != nil {
		return err
	}
	self := v.Config.Member(e.opts.Self)
	e.warnOfNodeKey(v.Config, self)
	standing := standingOf(self)
	moved := !first && standing != e.standing
	e.standing = standing
	if moved && e.started.Load() {
		e.log.Info("the standing of this node's institution has changed", "standing", standing)
		e.run(e.audit)
	}
	if first {
		return nil
	}
	for _, n := range e.reactor.connected(false) {
		id := string(n.p2p.ID())
		if v.Config.MemberOfNode(id) != nil {
			continue
		}
		var after time.Duration
		if m := v.Config.WhoseNode(id); m != nil && m.Connects() {
			after = parting
		}
		time.AfterFunc(after, func() { e.node.Switch().StopPeerForError(n.p2p, "no longer a member's node") })
	}
	return nil
}

// warnOfNodeKey tells once that the ledger has another key for this node than the one with
// which it was started.
func (e *Engine) warnOfNodeKey(config *ledger.Config, self *ledger.Member) {
	id := NodeID(e.opts.NodeKey.Public().(ed25519.PublicKey))
	if self == nil || e.warnedNode == self.Node || !slices.Contains(self.FormerNodes, id) {
		return
	}
	e.warnedNode = self.Node
	if slices.Contains(config.Nodes(self), id) {
		e.log.Warn("this node's key has been replaced: start it again within the day of notice to use the new one", "node", self.Node)
		return
	}
	e.log.Warn("this node's key has been replaced, and no member lets it in: start it again with the new one", "node", self.Node)
}

// standingOf is what decides which bodies a member may hold.
func standingOf(m *ledger.Member) string {
	switch {
	case m == nil:
		return "not admitted"
	case m.Removed != 0:
		return "removed"
	case m.Has(ledger.Recorder):
		return "recorder"
	case m.Suspended:
		return "suspended"
	}
	return "member"
}

// takeKeys asks for the private keys with which the ledger expects this node to vote:
// the present one, and the one under notice.
func (e *Engine) takeKeys(config *ledger.Config) error {
	var wanted [][]byte
	if m := config.Member(e.opts.Self); m != nil && m.Has(ledger.Recorder) {
		wanted = append(wanted, m.Consensus)
	}
	if c := config.Council.Change; c != nil && c.Join == e.opts.Self {
		wanted = append(wanted, c.JoinKey)
	}
	for _, public := range wanted {
		key, err := e.consensusKey(public)
		if err != nil {
			return err
		}
		if key == nil {
			e.log.Warn("the key with which this recorder is to vote is not here", "key", ed25519.PublicKey(public))
			continue
		}
		if err := e.signer.add(key); err != nil {
			return err
		}
	}
	return nil
}

// consensusKey finds the private half of a key that votes, nil where it is not here.
func (e *Engine) consensusKey(public []byte) (ed25519.PrivateKey, error) {
	if k := e.opts.ConsensusKey; k != nil && bytes.Equal(k.Public().(ed25519.PublicKey), public) {
		return k, nil
	}
	if e.opts.ConsensusKeyFor == nil {
		return nil, nil
	}
	key, err := e.opts.ConsensusKeyFor(public)
	if err != nil || key == nil {
		return nil, err
	}
	if len(key) != ed25519.PrivateKeySize || !bytes.Equal(key.Public().(ed25519.PublicKey), public) {
		return nil, fault.Newf(fault.BadConfig, "consensus key", "another key than the one asked for")
	}
	return key, nil
}

// Epochs returns the sets of recorders that have decided blocks, oldest first.
func (e *Engine) Epochs() ([]ledger.Epoch, error) { return e.View().Epochs() }

// Handovers returns, for each change of the recorders up to a height, the light block
// that announces the new set and is signed by the old one: what a verifier with an older
// trust file needs. Blocks that this node no longer has are left out from the front.
func (e *Engine) Handovers(until int64) ([][]byte, error) {
	epochs, err := e.Epochs()
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for _, epoch := range epochs[1:] {
		if epoch.FromHeight > until {
			break
		}
		b, err := e.LightBlock(epoch.FromHeight - 1)
		if fault.Is(err, fault.NotFound) {
			out = nil
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}
