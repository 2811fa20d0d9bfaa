package main

import (
	"context"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// prepareFlags lets a command sign for the first of two people alone and write what the
// second one approves elsewhere.
func (a *app) prepareFlags(c *cobra.Command) {
	c.Flags().StringVar(&a.prepare, "prepare", "", a.text("flag.prepare"))
	c.Flags().Uint32Var(&a.approverKey, "approver-key", 0, a.text("flag.approver-key"))
}

// prepared writes entries into the file of --prepare and ends the command.
func (a *app) prepared(ctx context.Context, s *session, entries []clerk.Entry) error {
	key, err := a.whoApproves(ctx, s, entries)
	if err != nil {
		return err
	}
	p, err := s.clerk.Prepare(ctx, entries, key)
	if err != nil {
		return err
	}
	b, err := p.Encode()
	if err != nil {
		return err
	}
	if err := custody.Create(a.prepare, b); err != nil {
		return err
	}
	if a.json {
		return firstOf(a.object(preparedFile{File: a.prepare, Acts: len(entries), ApproverKey: uint32(key), NotAfter: p.Height + ledger.MaxAhead}), func() error { return status(exitOK) })
	}
	a.say("act.prepared", a.prepare, len(entries), key, p.Height+ledger.MaxAhead)
	a.say("act.prepared-next", a.prepare)
	return status(exitOK)
}

// prepareOne writes an act on members, keys or recorders into the file of --prepare.
func (a *app) prepareOne(ctx context.Context, s *session, op ledger.Operation) error {
	var err error
	if s.clerk, err = s.home.Clerk(s.client); err != nil {
		return err
	}
	return a.prepared(ctx, s, []clerk.Entry{{Event: op.Kind.String(), Operation: op, Adverse: true}})
}

type preparedFile struct {
	File        string `json:"file"`
	Acts        int    `json:"acts"`
	ApproverKey uint32 `json:"approver_key"`
	NotAfter    int64  `json:"not_after"` // last block that can hold it
}

// whoApproves is the key of the institution's one other operator who may; with several, a
// flag has to say which.
func (a *app) whoApproves(ctx context.Context, s *session, entries []clerk.Entry) (ledger.KeyID, error) {
	if a.approverKey != 0 {
		return ledger.KeyID(a.approverKey), nil
	}
	own, err := s.own(ctx)
	if err != nil {
		return 0, err
	}
	var first string
	for _, k := range own.Keys {
		if k.ID == uint32(s.clerk.Operator.Key) {
			first = k.Operator
		}
	}
	var found []client.MemberKey
	for _, k := range own.Keys {
		if k.Purpose == string(ledger.Operate) && k.InForce && k.To == 0 && k.Operator != first && seconds(k, entries) {
			found = append(found, k)
		}
	}
	switch len(found) {
	case 0:
		return 0, fault.New(fault.ApproverMissing, "--approver-key")
	case 1:
		return ledger.KeyID(found[0].ID), nil
	}
	var ids []string
	for _, k := range found {
		ids = append(ids, strconv.Itoa(int(k.ID)))
	}
	return 0, usage(a.text("usage.flag-choice", "--approver-key", join(ids)))
}

// seconds reports whether a key may be the second under every entry.
func seconds(k client.MemberKey, entries []clerk.Entry) bool {
	scope, err := ledger.ParseScope(k.Scope)
	return err == nil && !slices.ContainsFunc(entries, func(e clerk.Entry) bool { return !scope.Any(e.Operation.SecondScope()) })
}

// own is the institution's entry as its node has it now.
func (s *session) own(ctx context.Context) (client.Member, error) {
	all, err := s.client.Members(ctx)
	if err != nil {
		return client.Member{}, err
	}
	for _, m := range all.Members {
		if m.ID == uint32(s.home.Member.ID) {
			return m, nil
		}
	}
	return client.Member{}, fault.New(fault.UnknownMember, "member")
}
