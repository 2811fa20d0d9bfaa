package network

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/law"
)

// shorter is the judgment defaulters' document as its version 2, with a term of one month.
func shorter(t testing.TB) []byte {
	t.Helper()
	for _, d := range law.Contracts() {
		if d.File == "judgment-defaulter.yaml" {
			s := strings.Replace(string(d.Source), "\nversion: 1\n", "\nversion: 2\n", 1)
			return []byte(strings.Replace(s, "en: Statutory term, value: 24", "en: Statutory term, value: 1", 1))
		}
	}
	t.Fatal("no document")
	return nil
}

// TestContractIsPublished: a version with a shorter term is proposed and voted on, comes
// into force while one recorder is down, and releases records of the version before it on
// every node alike: one at once, one when its shorter term has run, a node killed meanwhile.
func TestContractIsPublished(t *testing.T) {
	n := start(t, shape{recorders: 4, day: time.Second})
	l := &life{testNetwork: n}
	today := n.today()
	grounds, err := credit.NewGrounds(2)
	if err != nil {
		t.Fatal(err)
	}
	body := func(k, age int) credit.Body {
		b := markedBody(t, k, today.AddDays(-age-2))
		b.Grounds, b.PublishedOn = grounds, today.AddDays(-age)
		return b
	}
	old, recent := body(1, 50), body(2, 16)
	past, soon := l.create(0, 0, clerk.Migrate, old), l.create(0, 0, clerk.Migrate, recent)
	n.answers(old.SubjectCode, old.SubjectName, client.Listed)

	source := shorter(t)
	for i, e := range []clerk.Entry{clerk.ProposeContract(source, nil), clerk.VoteOnContract(contract.HashOf(source), true, nil),
		clerk.VoteOnContract(contract.HashOf(source), true, nil)} {
		out, err := n.clerk(i).Send(context.Background(), []clerk.Entry{e})
		if err == nil {
			err = out.First()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	n.eventually("adopted on the last node too", func() error {
		p, err := n.client(3).Proposals(context.Background())
		if err == nil && (len(p.Proposals) != 1 || p.Proposals[0].Adopted == "") {
			err = fmt.Errorf("%+v", p)
		}
		return err
	})
	n.halt(3) // it misses the block in which the contract comes into force
	n.eventually("the contract is in force", func() error {
		if s := n.status(0); s.Law <= uint32(len(law.Contracts())) {
			return fmt.Errorf("contract %d", s.Law)
		}
		return nil
	})
	n.left(past, 0, 1, 2)
	n.resume(3)
	n.kill(2)
	n.left(soon, 0, 1, 3)
	n.resume(2)
	for _, f := range []*followed{past, soon} {
		n.left(f, 0, 1, 2, 3)
		n.answers(f.body.SubjectCode, f.body.SubjectName, client.Clear)
	}
	n.agree()
}

// left waits until nodes tell that a record of the first version was released by the second.
func (n *testNetwork) left(f *followed, nodes ...int) {
	n.t.Helper()
	for _, i := range nodes {
		n.eventually(fmt.Sprintf("release on node %d", i), func() error {
			r, err := n.client(i).Record(context.Background(), f.record.String())
			if err != nil {
				return err
			}
			if r.Phase != contract.Exited.String() {
				return fmt.Errorf("phase %s", r.Phase)
			}
			if !strings.HasSuffix(r.Contract, "/2") {
				n.t.Fatalf("node %d: released under %s", i, r.Contract)
			}
			for _, h := range r.History {
				if h.Phase == contract.Exited.String() && h.Own != 0 && h.Contract == r.Number && h.Member == 0 {
					return nil
				}
			}
			return fmt.Errorf("no event of the release: %+v", r.History)
		})
	}
}
