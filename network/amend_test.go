package network

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
)

// TestListedWhileAmended: a listed party is listed on every node also while its record's
// body is being replaced. A node may answer "try later"; none says "clear".
func TestListedWhileAmended(t *testing.T) {
	n := start(t, shape{recorders: 4, contributors: 1})
	l := &life{testNetwork: n}
	today := n.today()
	body := markedBody(t, 1, today.AddDays(-40))
	body.PublishedOn = today.AddDays(-30)
	f := l.create(0, 0, clerk.Migrate, body)
	n.answers(body.SubjectCode, body.SubjectName, client.Listed)

	ctx, cancel := context.WithCancel(t.Context())
	var askers sync.WaitGroup
	listed := make([]int, n.Len())
	for i := range listed {
		askers.Go(func() {
			c := n.client(i)
			for ctx.Err() == nil {
				a, err := c.Standing(ctx, client.StandingRequest{Code: body.SubjectCode, Name: body.SubjectName, Purpose: "test"})
				switch {
				case err == nil && a.Answer == client.Listed:
					listed[i]++
				case err == nil:
					t.Errorf("node %d says %s at height %d", i, a.Answer, a.Height)
					return
				}
			}
		})
	}
	amount := f.body.Amount
	for range 12 {
		amount -= 100
		n.act(n.clerk(0), clerk.ActSpec{Record: f.record, Event: "pay", Kind: credit.JudgmentDefaulter, Amend: clerk.Pay(amount, "")})
	}
	time.Sleep(300 * time.Millisecond)
	cancel()
	askers.Wait()
	for i, count := range listed {
		if count == 0 {
			t.Errorf("node %d never answered", i)
		}
	}
}
