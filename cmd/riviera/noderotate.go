package main

import (
	"context"
	"crypto/ed25519"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
)

// rotateNode replaces the node's own keys: the one with which a recorder votes, or its
// identity. With --now the one so far ends at once and has no part in it.
func (a *app) rotateNode() *cobra.Command {
	var now bool
	var why cause
	choices := []string{node.ConsensusKey, node.NodeKey}
	c := a.command("node.rotate", "rotate consensus|node", a.between(1, 1), func(c *cobra.Command, args []string) error {
		if args[0] != node.ConsensusKey && args[0] != node.NodeKey {
			return usage(a.text("usage.flag-choice", "KEY", join(choices)))
		}
		if now != (why.reason != "") || now != (why.article != "") {
			return usage(a.text("node.rotate.now-why"))
		}
		if !now {
			return a.rotateOwn(c.Context(), args[0], nil)
		}
		reason, err := why.cause()
		if err != nil {
			return err
		}
		return a.rotateOwn(c.Context(), args[0], &reason)
	})
	c.Flags().BoolVar(&now, "now", false, a.text("node.flag.now"))
	c.Flags().StringVar(&why.reason, "reason", "", a.text("member.flag.reason"))
	c.Flags().StringVar(&why.article, "article", "", a.text("member.flag.article"))
	a.complete(c, "reason", ledger.Causes()...)
	a.prepareFlags(c)
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp)
	return c
}

// rotatedOwn is what a change of the node's own keys printed.
type rotatedOwn struct {
	governed
	File  string     `json:"file"`
	Node  string     `json:"node,omitempty"`        // peer id from now on
	From  int64      `json:"from_height,omitempty"` // of a vote revoked at once: decided with the new key
	Due   *time.Time `json:"due,omitempty"`         // of a vote: when the change is made
	Until *time.Time `json:"until,omitempty"`       // of a node: until when the old identity is let in
}

// handover is how many blocks after the change the new key decides (ledger.Epoch).
const handover = 2

// rotateOwn makes the new key, has both keys and the home's two people sign, and hands it in.
func (a *app) rotateOwn(ctx context.Context, kind string, reason *ledger.Cause) error {
	s, err := a.session()
	if err != nil {
		return err
	}
	own, err := s.own(ctx)
	if err != nil {
		return err
	}
	out := rotatedOwn{}
	op := &ledger.Rotate{Reason: reason}
	var old, next ed25519.PrivateKey
	if kind == node.ConsensusKey {
		if len(own.Consensus) == 0 {
			return fault.New(fault.RoleNotAllowed, "consensus key") // before a key is made
		}
		if next, out.File, err = a.nextVote(s); err != nil {
			return err
		}
		if op.Consensus = next.Public().(ed25519.PublicKey); reason == nil {
			old, err = s.home.ConsensusKey(own.Consensus)
		}
	} else {
		if err = a.sealing(s.home); err != nil {
			return err
		}
		if next, out.File, err = s.home.NextNodeKey(); err != nil {
			return err
		}
		out.File += ".pem"
		op.Node = next.Public().(ed25519.PublicKey)
		if out.Node = ledger.NodeOf(op.Node); reason == nil {
			old, err = s.nodeKey()
		}
	}
	if err != nil {
		return err
	}
	if reason == nil && old == nil {
		return fault.Newf(fault.FileMissing, kind+".pem", "the key so far is not here; where it is lost: --now")
	}
	op.Sign(&ledger.Member{ID: ledger.MemberID(own.ID), Consensus: own.Consensus, Node: own.Node}, old, next)
	if a.prepare != "" {
		return a.prepareOne(ctx, s, op.Operation())
	}
	people, err := a.people(s.home, "both")
	if err != nil {
		return err
	}
	if out.governed, err = s.govern(ctx, people, op.Operation()); err != nil {
		return err
	}
	if err := out.when(ctx, s, kind, reason != nil); err != nil {
		return err
	}
	return a.sayRotated(s, kind, &out)
}

// when adds from when the new key counts, and until when the old one.
func (o *rotatedOwn) when(ctx context.Context, s *session, kind string, emergency bool) error {
	if o.Waits {
		return nil
	}
	if emergency {
		if kind == node.ConsensusKey {
			o.From = o.Height + handover
		}
		return nil
	}
	g, err := s.client.Governance(ctx)
	if err != nil {
		return err
	}
	if c := g.Change; kind == node.ConsensusKey && c != nil && c.Act == o.Act {
		o.Due = &c.Due
	}
	for i, f := range g.Nodes {
		if kind == node.NodeKey && f.Member == uint32(s.home.Member.ID) {
			o.Until = &g.Nodes[i].Until
		}
	}
	return nil
}

func (a *app) sayRotated(s *session, kind string, o *rotatedOwn) error {
	switch {
	case a.json:
		return a.object(o)
	case o.Waits:
		a.say("member.waits", o.Height, o.Signed, o.Needed, o.Act)
	case kind == node.ConsensusKey && o.From != 0:
		a.say("node.rotate.revoked", o.Height, o.From, o.File)
	case kind == node.ConsensusKey:
		a.say("member.consensus", o.File, o.Height, o.Act)
		if o.Due != nil {
			a.say("node.rotate.due", local(*o.Due))
		}
	case o.Until == nil:
		a.say("node.rotate.cut", o.Height, o.Node, s.home.Dir)
	default:
		a.say("node.rotate.renamed", o.Height, o.Node, local(*o.Until), s.home.Dir)
	}
	return nil
}

// nextVote makes another key to vote with and names its file.
func (a *app) nextVote(s *session) (ed25519.PrivateKey, string, error) {
	if err := a.sealing(s.home); err != nil {
		return nil, "", err
	}
	name, err := s.home.FreeName(node.ConsensusKey)
	if err != nil {
		return nil, "", err
	}
	signer, err := s.home.NewKey(name)
	if err != nil {
		return nil, "", err
	}
	return signer.(ed25519.PrivateKey), name + ".pem", nil
}

// nodeKey opens the node's identity, nil where it is not here.
func (s *session) nodeKey() (ed25519.PrivateKey, error) {
	if !s.home.HasKey(node.NodeKey) {
		return nil, nil
	}
	signer, err := s.home.Signer(node.NodeKey)
	key, _ := signer.(ed25519.PrivateKey)
	return key, err
}
