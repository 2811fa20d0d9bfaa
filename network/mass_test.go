package network

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/intake"
	"github.com/riviera-ledger/riviera/sample"
)

// TestMassRelease lets many records fall due in the same second on four nodes.
func TestMassRelease(t *testing.T) { massRelease(t, 1500, 10*time.Second) }

// massRelease enters records whose longest term ends with the same second, asks about
// every one of them around that moment, and waits until all exits are recorded. An
// answer is held against its own ledger time: listed before the moment, clear from it
// on, whether a block has recorded the exit or not. A few other records, entered before,
// tell how many ledger days of so long it takes here to enter them.
func massRelease(t *testing.T, rows int, day time.Duration) {
	n := start(t, shape{recorders: 4, day: day})
	const few, most = 100, 20 // beyond so many times as many, entering costs less for each
	begin := time.Now()
	r, err := n.importFile(context.Background(), registry, intake.Migrate, sheetOf(t, dueTogether(t, 35, few, n.today().AddDays(300))), nil)
	if err != nil {
		t.Fatal(err)
	}
	everyRow(t, r, few)
	lastDay := n.today().AddDays(2 + int(3*time.Since(begin)*time.Duration(min(rows/few, most))/day))
	bodies := dueTogether(t, 36, rows, lastDay)
	r, err = n.importFile(context.Background(), registry, intake.Migrate, sheetOf(t, bodies), nil)
	if err != nil {
		t.Fatal(err)
	}
	everyRow(t, r, rows)
	if today := n.today(); today > lastDay {
		t.Fatalf("the import lasted until %s, the records were due at the end of %s", today, lastDay)
	}
	n.holds(few+rows, few+rows)
	before := n.ask(bodies[:min(rows, 200)], lastDay)
	if before.listed == 0 {
		t.Error("nobody was listed before the moment")
	}
	time.Sleep(time.Until(n.moment(lastDay.End())))
	for i := range n.Len() {
		n.eventually(fmt.Sprintf("the end of the day on node %d", i), func() error {
			if date := n.status(i).LedgerDate; date <= lastDay.String() {
				return fmt.Errorf("it is %s", date)
			}
			return nil
		})
	}
	at := n.ask(bodies, lastDay)
	if at.listed != 0 || at.clear != rows {
		t.Errorf("once due: %d listed, %d clear of %d", at.listed, at.clear, rows)
	}
	n.eventually("every exit is recorded", func() error {
		for i := range n.Len() {
			if got := phase(n.status(i), contract.Exited); got != rows {
				return fmt.Errorf("%d on node %d", got, i)
			}
		}
		return nil
	})
	n.agree()
	n.logRecording(rows, lastDay.End(), at.heights)
}

// moment is when a ledger time comes.
func (n *testNetwork) moment(m credit.Moment) time.Time {
	return time.Unix(0, n.Genesis.Clock.Real(n.Genesis.TimeNS, m))
}

// dueTogether returns records whose longest term of three years ends with a day.
func dueTogether(t *testing.T, seed uint64, rows int, lastDay credit.Date) []credit.Body {
	t.Helper()
	decided := lastDay.AddMonths(-36)
	if decided.AddMonths(36) != lastDay {
		t.Fatalf("no day three years before %s ends its term on it", lastDay)
	}
	g := sample.New(sample.Options{Seed: seed, Reference: lastDay})
	var out []credit.Body
	for len(out) < rows {
		b := g.Next()
		if b.Kind != credit.GeneralSerious || b.SubjectType != credit.Org { // a person may have been a minor then
			continue
		}
		b.FiledOn, b.DecidedOn, b.PublishedOn = 0, decided, decided
		out = append(out, b)
	}
	return out
}

// answered counts answers.
type answered struct {
	mu            sync.Mutex
	listed, clear int
	heights       map[int64]int
}

// ask asks about every subject once, all nodes in turn, and fails where an answer does
// not agree with its own ledger time.
func (n *testNetwork) ask(bodies []credit.Body, lastDay credit.Date) *answered {
	n.t.Helper()
	sum := &answered{heights: map[int64]int{}}
	var group sync.WaitGroup
	for i := range n.Len() {
		group.Go(func() {
			for k := i; k < len(bodies); k += n.Len() {
				sum.add(n.t, n.askInside(i, &bodies[k]), lastDay)
			}
		})
	}
	group.Wait()
	return sum
}

func (s *answered) add(t testing.TB, a client.StandingAnswer, lastDay credit.Date) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heights[a.Height]++
	due := a.LedgerDate > lastDay.String()
	switch {
	case a.Answer == client.Listed && !due:
		s.listed++
	case a.Answer == client.Clear && due:
		s.clear++
	default:
		t.Errorf("%q at ledger time %s", a.Answer, a.LedgerTime)
	}
}

// askInside asks a node of this process, past its quotas, until it does not say "try
// later".
func (n *testNetwork) askInside(i int, b *credit.Body) client.StandingAnswer {
	q := client.StandingRequest{Code: b.SubjectCode, Name: b.SubjectName, Purpose: "test"}
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		a, err := n.nodes[i].inside.Standing(context.Background(), api.Caller{Kind: api.Operator, Name: "test"}, q)
		if err == nil {
			return a
		}
		if !fault.Is(err, fault.StaleNode) || time.Now().After(end) {
			n.t.Error(err)
			return a
		}
	}
}

// logRecording tells how long the recording took in block time, which block took
// longest, and how many were answered before their exit was recorded.
func (n *testNetwork) logRecording(rows int, due credit.Moment, answers map[int64]int) {
	from := n.moment(due)
	blocks := n.status(0).Blocks // newest first
	slices.Reverse(blocks)
	var last client.Block
	var longest time.Duration
	exits, early, recording := 0, 0, 0
	for i, b := range blocks {
		if b.Time.Before(from) || exits == rows || i == 0 {
			continue
		}
		longest = max(longest, b.Time.Sub(blocks[i-1].Time))
		if exits += b.Events; exits < rows {
			early += answers[b.Height]
		}
		recording, last = recording+1, b
	}
	n.t.Logf("%d exits recorded in %d blocks, the last %.1f s after the moment, longest block %.2f s; %d answered while exits were still being recorded",
		exits, recording, last.Time.Sub(from).Seconds(), longest.Seconds(), early)
}
