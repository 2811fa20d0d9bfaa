package main

import (
	"context"
	"encoding/hex"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
	"github.com/riviera-ledger/riviera/wire"
)

// governed is what became of an act on members, keys or recorders.
type governed struct {
	Act    string `json:"act"` // by which others refer to it
	Height int64  `json:"height"`
	Waits  bool   `json:"waits"` // for further signatures
	Signed int    `json:"signed,omitempty"`
	Needed int    `json:"needed,omitempty"`
}

// signFlags says who of the home's people sign.
func (a *app) signFlags(c *cobra.Command, sign *string) {
	c.Flags().StringVar(sign, "sign", "both", a.text("member.flag.sign"))
	a.prepareFlags(c)
	a.complete(c, "sign", "both", node.OperatorKey, node.ApproverKey)
	a.homeFlags(c)
	a.jsonFlag(c)
}

// people reads the keys of those who sign.
func (a *app) people(h *node.Home, sign string) ([]clerk.Signer, error) {
	names := map[string][]string{"both": {node.OperatorKey, node.ApproverKey}, node.OperatorKey: {node.OperatorKey}, node.ApproverKey: {node.ApproverKey}}[sign]
	if names == nil {
		return nil, usage(a.text("usage.flag-choice", "--sign", "both, operator, approver"))
	}
	var out []clerk.Signer
	for _, name := range names {
		if sign == "both" && !h.Holds(name) {
			continue // elsewhere: the act waits for that person's signature
		}
		open := h.Person
		if name == node.ApproverKey {
			open = func(string) (clerk.Signer, error) { return h.Second() }
		}
		p, err := open(name)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	if len(out) == 0 {
		return nil, fault.New(fault.FileMissing, h.Dir+": "+node.OperatorKey+".pem")
	}
	return out, nil
}

// govern signs an act, hands it to a node and tells what became of it.
func (a *app) govern(ctx context.Context, sign string, op ledger.Operation) error {
	s, err := a.session()
	if err != nil {
		return err
	}
	if a.prepare != "" {
		return a.prepareOne(ctx, s, op)
	}
	people, err := a.people(s.home, sign)
	if err != nil {
		return err
	}
	out, err := s.govern(ctx, people, op)
	if err != nil {
		return err
	}
	if a.json {
		return a.object(out)
	}
	if out.Waits {
		a.say("member.waits", out.Height, out.Signed, out.Needed, out.Act)
		return nil
	}
	a.say("member.done", out.Height, out.Act)
	return nil
}

func (s *session) govern(ctx context.Context, people []clerk.Signer, op ledger.Operation) (governed, error) {
	id := ledger.ActID(s.home.Member.ID, op)
	out := governed{Act: hex.EncodeToString(id[:])}
	var err error
	if out.Height, err = clerk.Govern(ctx, s.client, s.home.Genesis.Hash(), s.home.Member.ID, people, op); err != nil {
		return out, err
	}
	g, err := s.client.Governance(ctx)
	if err != nil {
		return out, err
	}
	for _, p := range g.Pending {
		if p.Act == out.Act {
			out.Waits, out.Signed, out.Needed = true, p.Signed, p.Needed
		}
	}
	return out, nil
}

// cause reads why an act of the gate is done.
type cause struct{ reason, article string }

func (a *app) causeFlags(c *cobra.Command, w *cause) {
	c.Flags().StringVar(&w.reason, "reason", "", a.text("member.flag.reason"))
	c.Flags().StringVar(&w.article, "article", "", a.text("member.flag.article"))
	a.complete(c, "reason", ledger.Causes()...)
	a.require(c, "reason", "article")
}

func (w cause) cause() (ledger.Cause, error) {
	code, ok := ledger.ParseCause(w.reason)
	if !ok {
		return ledger.Cause{}, fault.New(fault.ReasonInvalid, "--reason")
	}
	return ledger.Cause{Code: code, Article: w.article}, nil
}

func parseMember(s string) (ledger.MemberID, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n == 0 {
		return 0, fault.New(fault.UnknownMember, "member")
	}
	return ledger.MemberID(n), nil
}

func parseAct(s string) (wire.Hash, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(wire.Hash{}) {
		return wire.Hash{}, fault.Newf(fault.BadRequest, "act", "64 hexadecimal digits")
	}
	return wire.Hash(b), nil
}

// reading opens a client for commands that only read: of the home, or of --api alone.
func (a *app) reading() (*client.Client, error) {
	if a.home == "" && a.api != "" {
		c := client.New(baseURL(a.api), "")
		a.dress(c)
		return c, nil
	}
	s, err := a.session()
	if err != nil {
		return nil, err
	}
	return s.client, nil
}

func readInput(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, path, err)
	}
	return b, nil
}
