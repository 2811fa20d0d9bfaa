package api

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
)

var (
	lawInForce = client.Contract{Number: 3, ID: "cn.major-tax", Version: 2, Kind: "major-tax", Hash: "aa", Current: true, Live: 7, Since: "2026-11-22T00:00:00+08:00"}
	lawToCome  = client.Proposal{Hash: "bb", ID: "cn.major-tax", Version: 3, Kind: "major-tax", Replaces: 3, Member: 1, Key: 1, Approver: 2,
		Proposed: "p", Lapses: "l", Ballots: []client.Ballot{{Member: 1, Key: 1, Approver: 2, Approve: true, At: "t", Paper: "cc"}},
		Recorders: 4, Approvals: 1, Constituencies: 4, Approving: 1}
)

func (f *fake) Contracts(context.Context) (client.Contracts, error) {
	return client.Contracts{Clock: f.clock(), Contracts: []client.Contract{lawInForce}, MaxVersions: 8}, f.err
}

func (f *fake) Contract(_ context.Context, number uint32) (client.ContractDocument, error) {
	if number != lawInForce.Number {
		return client.ContractDocument{}, fault.New(fault.NotFound, "contract")
	}
	return client.ContractDocument{Clock: f.clock(), Contract: lawInForce, Source: "riviera: statechart/1\n"}, f.err
}

func (f *fake) Proposals(context.Context) (client.Proposals, error) {
	return client.Proposals{Clock: f.clock(), Proposals: []client.Proposal{lawToCome}}, f.err
}

func (f *fake) Proposal(_ context.Context, hash string) (client.ProposalDocument, error) {
	if hash != lawToCome.Hash {
		return client.ProposalDocument{}, fault.New(fault.UnknownProposal, "contract")
	}
	return client.ProposalDocument{Clock: f.clock(), Proposal: lawToCome, Source: "riviera: statechart/1\n"}, f.err
}

func (f *fake) ContractEffect(context.Context, string) (client.ContractEffect, error) {
	return client.ContractEffect{Clock: f.clock(), Records: 2, Earlier: 1, Same: 1,
		Moved: []client.MovedExit{{Record: recordID, Own: "2027-01-01", New: "2026-12-01", Refused: []string{"extend"}}}}, f.err
}

// The law is open to anyone and crosses the wire whole; what a document would mean for
// single records is for the institution's own people.
func TestContractsCrossTheWire(t *testing.T) {
	b := newBench(t, nil)
	srv := httptest.NewServer(b.handler)
	defer srv.Close()
	ctx, anyone, operator := t.Context(), client.New(srv.URL, ""), client.New(srv.URL, token)

	list, err := anyone.Contracts(ctx)
	if err != nil || cmp.Diff([]client.Contract{lawInForce}, list.Contracts) != "" || list.MaxVersions != 8 {
		t.Errorf("%+v, %v", list, err)
	}
	doc, err := anyone.Contract(ctx, 3)
	if err != nil || cmp.Diff(lawInForce, doc.Contract) != "" || doc.Source == "" {
		t.Errorf("%+v, %v", doc, err)
	}
	if _, err := anyone.Contract(ctx, 9); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown number: %v", err)
	}
	open, err := anyone.Proposals(ctx)
	if err != nil || cmp.Diff([]client.Proposal{lawToCome}, open.Proposals) != "" {
		t.Errorf("%+v, %v", open, err)
	}
	proposal, err := anyone.Proposal(ctx, "bb")
	if err != nil || cmp.Diff(lawToCome, proposal.Proposal) != "" || proposal.Source == "" {
		t.Errorf("%+v, %v", proposal, err)
	}
	if _, err := anyone.Proposal(ctx, "cc"); !fault.Is(err, fault.UnknownProposal) {
		t.Errorf("an unknown proposal: %v", err)
	}
	if _, err := anyone.ContractEffect(ctx, "bb"); !fault.Is(err, fault.NotAuthenticated) {
		t.Errorf("the public learns whose exit moves: %v", err)
	}
	effect, err := operator.ContractEffect(ctx, "bb")
	if err != nil || effect.Earlier != 1 || len(effect.Moved) != 1 || effect.Moved[0].Refused[0] != "extend" {
		t.Errorf("%+v, %v", effect, err)
	}
}
