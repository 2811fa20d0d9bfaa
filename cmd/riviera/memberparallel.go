package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
)

// parallelKey gives an institution an SM2 key, or another one, with which its documents are
// signed beside its credential key. The running node takes it up by itself.
func (a *app) parallelKey() *cobra.Command {
	c := a.command("member.keys.parallel", "parallel", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		s, err := a.session()
		if err != nil {
			return err
		}
		out, err := a.addParallel(c.Context(), s)
		if err != nil || a.json {
			return firstOf(err, func() error { return a.object(out) })
		}
		a.say("member.parallel", out.File, out.Key, out.Height)
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

func (a *app) addParallel(ctx context.Context, s *session) (rotated, error) {
	people, err := a.people(s.home, "both")
	if err != nil {
		return rotated{}, err
	}
	next, old, err := s.parallelKeys(ctx)
	if err != nil {
		return rotated{}, err
	}
	name := node.ParallelKey
	if s.home.HasKey(name) {
		if name, err = s.home.FreeName(name); err != nil {
			return rotated{}, err
		}
	}
	signer, err := s.home.NewKeyOf(name, ledger.SM2)
	if err != nil {
		return rotated{}, err
	}
	algorithm, public, err := ledger.AlgorithmOf(signer.Public())
	if err != nil {
		return rotated{}, err
	}
	status, err := s.client.Status(ctx)
	if err != nil {
		return rotated{}, err
	}
	change := ledger.KeyChange{Add: []ledger.Key{{ID: next, Purpose: ledger.Parallel, Algorithm: algorithm, Public: public}}}
	for _, id := range old {
		change.Retire = append(change.Retire, ledger.End{Key: id, Last: status.Height + overlap})
	}
	g, err := s.govern(ctx, people, change.Operation())
	return rotated{g, uint32(next), name + ".pem"}, err
}

// parallelKeys finds the next free number of the institution's keys, and its SM2 keys in use.
func (s *session) parallelKeys(ctx context.Context) (next ledger.KeyID, old []ledger.KeyID, err error) {
	members, err := s.client.Members(ctx)
	if err != nil {
		return 0, nil, err
	}
	for _, m := range members.Members {
		if m.ID != uint32(s.home.Member.ID) {
			continue
		}
		for _, k := range m.Keys {
			next = max(next, ledger.KeyID(k.ID))
			if k.Purpose == string(ledger.Parallel) && k.To == 0 {
				old = append(old, ledger.KeyID(k.ID))
			}
		}
		return next + 1, old, nil
	}
	return 0, nil, fault.New(fault.UnknownMember, "member")
}
