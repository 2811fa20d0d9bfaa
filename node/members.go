package node

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// member is this node's institution as the ledger has it now; before it is admitted, as
// its own application has it.
func (n *Node) member(view *ledger.View) *ledger.Member {
	if m := view.Config.Member(n.home.Member.ID); m != nil {
		return m
	}
	return n.home.Member
}

// Members lists the institutions, former ones too.
func (n *Node) Members(context.Context) (client.Members, error) {
	view := n.engine.View()
	out := client.Members{Clock: n.clock(view), Members: []client.Member{}}
	for i := range view.Config.Members {
		m, err := shownMember(view, &view.Config.Members[i])
		if err != nil {
			return client.Members{}, err
		}
		out.Members = append(out.Members, m)
	}
	return out, nil
}

func shownMember(view *ledger.View, m *ledger.Member) (client.Member, error) {
	out := client.Member{ID: uint32(m.ID), NameZH: m.NameZH, NameEN: m.NameEN, Code: m.Code, Roles: []string{}, Constituency: m.Constituency,
		Contact: m.Contact, State: stateOf(view.Config, m), Suspended: m.Suspended, Node: m.Node, FormerNodes: m.FormerNodes, Consensus: m.Consensus, Since: m.Removed, Superior: uint32(m.Superior),
		Successor: uint32(m.Successor), Named: uint32(m.Named), Threshold: int(m.Threshold)}
	for _, r := range m.Roles {
		out.Roles = append(out.Roles, string(r))
	}
	if m.Release != 0 {
		out.Release = m.Release.String()
	}
	if m.Has(ledger.Recorder) {
		var err error
		if out.Blocks, out.Counted, err = view.Attendance(m); err != nil {
			return out, err
		}
	}
	for _, k := range m.Keys {
		out.Keys = append(out.Keys, client.MemberKey{ID: uint32(k.ID), Purpose: string(k.Purpose), Algorithm: string(k.Algorithm), Public: k.Public,
			Operator: k.Operator, Scope: k.Scope.Names(), From: k.From, To: k.To, InForce: k.From <= view.Height+1 && (k.To == 0 || view.Height < k.To)})
	}
	return out, nil
}

// stateOf names where a member stands.
func stateOf(c *ledger.Config, m *ledger.Member) string {
	change := c.Council.Change
	switch {
	case m.Removed != 0:
		return "removed"
	case m.Suspended:
		return "suspended"
	case change != nil && change.Leave == m.ID:
		return "recorder-leaving"
	case change != nil && change.Join == m.ID && !change.Rotation:
		return "recorder-to-be"
	case m.Retired != 0:
		return "former-recorder"
	}
	return "member"
}

// Governance tells what is under way between the members.
func (n *Node) Governance(context.Context) (client.Governance, error) {
	view := n.engine.View()
	c := view.Config.Council
	out := client.Governance{Clock: n.clock(view), Pending: []client.PendingAct{}, Officers: []client.OfficersVote{}, Day: view.Config.NoticeDay().String()}
	if x := c.Change; x != nil {
		out.Change = &client.GovernedChange{Act: hex.EncodeToString(x.Act[:]), Join: uint32(x.Join), Leave: uint32(x.Leave), Rotation: x.Rotation,
			Successor: uint32(x.Successor), Accepted: x.Accepted, Due: at(x.Due), Stays: numbers(x.Stays), Stayed: x.Stayed}
	}
	for _, f := range c.Nodes {
		out.Nodes = append(out.Nodes, client.FormerNode{Member: uint32(f.Member), Node: f.Node, Until: at(f.Until)})
	}
	if t := c.Takeover; t != nil {
		out.Takeover = &client.GovernedTakeover{Act: hex.EncodeToString(t.Act[:]), Member: uint32(t.Member), Due: at(t.Due), Stays: numbers(t.Stays)}
	}
	for i := range c.Pending {
		p := &c.Pending[i]
		out.Pending = append(out.Pending, client.PendingAct{Act: hex.EncodeToString(p.Act[:]), Member: uint32(p.Member), What: p.Kind.String(),
			Signed: p.People(view.Config, view.Height+1), Needed: p.Needed(view.Config), Lapses: at(p.Lapses)})
	}
	for _, o := range c.Officers {
		v := client.OfficersVote{Content: hex.EncodeToString(o.Content[:]), For: numbers(o.For), Passed: o.Due != 0}
		if v.Passed {
			v.Due = at(o.Due)
		}
		out.Officers = append(out.Officers, v)
	}
	out.Upgrades = upgrades(view)
	for _, l := range c.Leaving {
		out.Leaving = append(out.Leaving, client.Leaving{Member: uint32(l.Member), Day: l.Day.String(), Successor: uint32(l.Successor)})
	}
	out.Stop.Active = view.Config.Stopped(view.Time)
	if c.Stop.Until != 0 {
		out.Stop.Until, out.Stop.Again = at(c.Stop.Until), at(c.Stop.Again)
	}
	for _, v := range c.Stop.Votes {
		if view.Time < v.Lapses {
			out.Stop.Votes = append(out.Stop.Votes, uint32(v.Member))
		}
	}
	return out, nil
}

func upgrades(view *ledger.View) client.Upgrades {
	c := view.Config.Council
	out := client.Upgrades{Rules: 1, Since: 1, Known: ledger.Rules, Final: c.Final, Votes: []client.UpgradeVote{}}
	for _, r := range c.Rules {
		if r.Height > view.Height {
			out.Next = &client.RulesFrom{Rules: r.Rules, Height: r.Height}
			continue
		}
		out.Rules, out.Since = r.Rules, r.Height
	}
	for _, u := range c.Upgrades {
		v := client.UpgradeVote{Rules: u.Rules, Height: u.Height, For: numbers(u.For), Passed: u.Due != 0}
		if v.Passed {
			v.Due = at(u.Due)
		}
		out.Votes = append(out.Votes, v)
	}
	return out
}

func at(ns int64) time.Time { return time.Unix(0, ns).UTC() }

func numbers(ids []ledger.MemberID) []uint32 {
	out := make([]uint32, len(ids))
	for i, id := range ids {
		out[i] = uint32(id)
	}
	return out
}

// handedInTime bounds how long a stranger's act is waited for.
const handedInTime = 30 * time.Second

// HandIn takes an envelope without bodies from anyone. Who signed it is checked before
// anything else costs something, and what a governing act would be refused for is told in
// full, with the arithmetic.
func (n *Node) HandIn(ctx context.Context, s client.Act) (client.Receipt, error) {
	if len(s.Envelope) > ledger.MaxEnvelopeBytes {
		return client.Receipt{}, fault.New(fault.TooLarge, "envelope")
	}
	env, err := ledger.ParseEnvelope(n.home.Genesis.Hash(), s.Envelope)
	if err != nil {
		return client.Receipt{}, err
	}
	for i := range env.Ops {
		if _, _, ok := env.Body(i); ok {
			return client.Receipt{}, fault.Newf(fault.BodyMissing, "envelope", "what brings a body goes through the institution's own node")
		}
	}
	view := n.engine.View()
	if err := env.Verify(view.Config, view.Height+1); err != nil {
		return client.Receipt{}, err
	}
	if err := view.Try(env); err != nil {
		return client.Receipt{}, flat(err)
	}
	ctx, cancel := context.WithTimeout(ctx, handedInTime)
	defer cancel()
	return n.Submit(ctx, client.Submission{Envelope: s.Envelope, Wait: s.Wait})
}

// flat keeps the innermost detail of a refusal, which is the arithmetic, in one error.
func flat(err error) error {
	detail := ""
	for e := err; e != nil; e = errors.Unwrap(e) {
		if f, ok := e.(*fault.Error); ok && f.Detail != "" {
			detail = f.Detail
		}
	}
	return fault.Newf(fault.Of(err), fault.Place(err), "%s", detail)
}
