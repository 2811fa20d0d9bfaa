package clerk

import (
	"context"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
	"github.com/riviera-ledger/riviera/ledger"
)

// second is the judgment defaulters' document as its version 2, with an early deletion that
// asks for nothing and an event that the first version does not know.
func second(t *testing.T) []byte {
	t.Helper()
	for _, d := range law.Contracts() {
		if d.File == "judgment-defaulter.yaml" {
			s := string(d.Source)
			for _, change := range [][2]string{{"\nversion: 1\n", "\nversion: 2\n"},
				{"  deceased: {", "  pardoned: { zh: 决定宽免, en: decide clemency, by: [deciding], favourable: true }\n  deceased: {"},
				{"      delete_early: {", "      pardoned: { id: pardoned, cite: fs7-2, to: exit-due, set: { fact_on: today } }\n      delete_early: {"}} {
				if !strings.Contains(s, change[0]) {
					t.Fatalf("%q is not in the document", change[0])
				}
				s = strings.Replace(s, change[0], change[1], 1)
			}
			return []byte(s)
		}
	}
	t.Fatal("no document")
	return nil
}

// publish brings a document into force through the clerks of three recorders.
func (c *chain) publish(source []byte) {
	c.t.Helper()
	hash := contract.HashOf(source)
	entries := []Entry{ProposeContract(source, &hash), VoteOnContract(hash, true, nil), VoteOnContract(hash, true, &hash)}
	for i, e := range entries {
		if out := send(c.t, c.clerk(court+ledger.MemberID(i)), e); out.First() != nil {
			c.t.Fatal(out.First())
		}
	}
	c.pass(9)
}

// TestContractChangesUnderway: a creation that was made before its contract was retired
// comes under the version in force, and the clerk knows that one from then on.
func TestContractChangesUnderway(t *testing.T) {
	n := newChain(t)
	c := n.clerk(court)
	old := create(t, c, Migrate, body(t, 1), body(t, 2))
	if out := send(t, c, create(t, c, Migrate, body(t, 3))...); !out.Applied() {
		t.Fatal(out.First())
	}
	n.publish(second(t))
	number := n.ledger.Config().Newest()
	if out := send(t, c, old...); !out.Applied() || n.sent != 6 {
		t.Fatalf("%v after %d envelopes", out.Codes, n.sent)
	}
	book, err := c.Book()
	if err != nil {
		t.Fatal(err)
	}
	if _, got, _ := book.Contract(credit.JudgmentDefaulter); got != number || len(book.Kinds()) != 8 {
		t.Errorf("the clerk works with contract %d", got)
	}
	for _, e := range old {
		if r, err := n.view().Record(e.Record); err != nil || r.Contract != number {
			t.Errorf("under contract %+v, %v", r, err)
		}
	}
	if out := send(t, c, create(t, c, Migrate, body(t, 4))...); !out.Applied() || n.sent != 7 {
		t.Fatalf("%v after %d envelopes", out.Codes, n.sent)
	}
}

// TestClerkLearnsFromTheNode: the node's status names a contract that the clerk does not
// know, and a record's own version says what an event is, or a newer one beside it.
func TestClerkLearnsFromTheNode(t *testing.T) {
	n := newChain(t)
	early := n.clerk(court)
	entries := create(t, early, Migrate, body(t, 1))
	if out := send(t, early, entries...); !out.Applied() {
		t.Fatal(out.First())
	}
	n.publish(second(t))
	c := n.clerk(court)
	if _, err := c.Act(context.Background(), ActSpec{Record: entries[0].Record, Event: "nonsense"}); !fault.Is(err, fault.UnknownEvent) {
		t.Fatalf("%v", err)
	}
	e, err := c.Act(context.Background(), ActSpec{Record: entries[0].Record, Event: "pardoned"})
	if err != nil {
		t.Fatal(err)
	}
	if out := send(t, c, e); !out.Applied() {
		t.Fatal(out.First())
	}
	r, err := n.view().Record(entries[0].Record)
	if err != nil {
		t.Fatal(err)
	}
	if due, ok := n.view().Due(r); !ok || due > n.view().Moment+15*86400 {
		t.Errorf("due %s", due)
	}
}

// TestApprovalOfAContractNeedsTwo: one person rejects, two approve.
func TestApprovalOfAContractNeedsTwo(t *testing.T) {
	n := newChain(t)
	c := n.clerk(court)
	c.Approver = nil
	source := second(t)
	if _, err := c.Send(context.Background(), []Entry{ProposeContract(source, nil)}); !fault.Is(err, fault.ApproverMissing) {
		t.Errorf("%v", err)
	}
	if out := send(t, n.clerk(court), ProposeContract(source, nil)); !out.Applied() {
		t.Fatal(out.First())
	}
	c = n.clerk(court + 1)
	c.Approver = nil
	if _, err := c.Send(context.Background(), []Entry{VoteOnContract(contract.HashOf(source), true, nil)}); !fault.Is(err, fault.ApproverMissing) {
		t.Errorf("%v", err)
	}
	if out := send(t, c, VoteOnContract(contract.HashOf(source), false, nil)); !out.Applied() {
		t.Fatal(out.First())
	}
}
