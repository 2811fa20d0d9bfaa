package clerk

import (
	"context"
	"slices"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/ledger"
)

// lister is a node that tells who the members are now.
type lister interface {
	Members(ctx context.Context) (client.Members, error)
}

// Members returns the members as the institution's node has them now: some came after the
// genesis, some have left. Where the node cannot tell now, those of the genesis and the
// institution itself: the ledger decides in any case.
func (c *Clerk) Members(ctx context.Context) []ledger.Member {
	var all client.Members
	var err error
	node, ok := c.Client.(lister)
	if ok {
		all, err = node.Members(ctx)
	}
	if !ok || err != nil {
		return c.founders()
	}
	out := make([]ledger.Member, len(all.Members))
	for i, m := range all.Members {
		out[i] = ledger.Member{ID: ledger.MemberID(m.ID), NameZH: m.NameZH, NameEN: m.NameEN, Code: m.Code, Constituency: m.Constituency,
			Contact: m.Contact, Node: m.Node, Suspended: m.Suspended, Removed: m.Since, Superior: ledger.MemberID(m.Superior)}
		for _, k := range m.Keys {
			scope, _ := ledger.ParseScope(k.Scope) // of keys that sign no envelope there is none
			out[i].Keys = append(out[i].Keys, ledger.Key{Scope: scope, ID: ledger.KeyID(k.ID), Purpose: ledger.Purpose(k.Purpose), Algorithm: ledger.Algorithm(k.Algorithm),
				Public: k.Public, Operator: k.Operator, From: k.From, To: k.To})
		}
		for _, r := range m.Roles {
			out[i].Roles = append(out[i].Roles, ledger.Role(r))
		}
	}
	return out
}

func (c *Clerk) founders() []ledger.Member {
	for i := range c.Genesis.Members {
		if c.Genesis.Members[i].ID == c.Member {
			return c.Genesis.Members
		}
	}
	if c.Self == nil {
		return c.Genesis.Members
	}
	return append(slices.Clone(c.Genesis.Members), *c.Self)
}
