package network

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// TestOrders follows the orders from two records of one party at a contributor that
// carries out their measure: ordered, to stop at once when a record ends, late when the
// clock has passed, gone when the stop is confirmed, and the same after the docket is lost.
func TestOrders(t *testing.T) {
	t.Parallel()
	l := &life{testNetwork: start(t, shape{recorders: 4, contributors: 1, day: time.Second})}
	ctx := context.Background()
	executor := len(l.Recorders)
	mine := func(state string) []client.Order {
		t.Helper()
		page, err := l.client(executor).OwnOrders(ctx, state, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		return page.Orders
	}
	tally := func(i int) client.Overdue {
		t.Helper()
		report, err := l.client(i).Overdue(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range report.Institutions {
			if x.Member == uint32(l.member(executor)) && x.Measure == "I-01" {
				return x
			}
		}
		t.Fatal("the executing institution is not counted")
		return client.Overdue{}
	}
	say := func(i int, f *followed, measure string, word ledger.Word) fault.Code {
		t.Helper()
		e, err := l.clerk(i).Feedback(f.record, measure, word, 0)
		if err != nil {
			t.Fatal(err)
		}
		out, err := l.clerk(i).Send(ctx, []clerk.Entry{e})
		if err != nil {
			t.Fatal(err)
		}
		return out.Codes[0]
	}
	end := func(f *followed) { l.act(l.clerk(registry), clerk.ActSpec{Record: f.record, Event: "deceased"}) }

	body := markedBody(t, 1, l.today())
	body.PublishedOn = body.DecidedOn
	first := l.create(registry, registry, clerk.Migrate, body)
	again := body
	again.CaseNo += "之二"
	second := l.create(registry, registry, clerk.Migrate, again)
	var orders []client.Order
	l.eventually("the orders reach the executing institution", func() error {
		if orders = mine(""); len(orders) != 2 || orders[0].SubjectName == "" {
			return fault.Newf(fault.NotReady, "orders", "%d", len(orders))
		}
		return nil
	})
	if o := orders[0]; o.State != "ordered" || o.Measure != "I-01" || o.SubjectName != body.SubjectName || o.SubjectCode != body.SubjectCode {
		t.Errorf("%+v", o)
	}
	if got := say(executor, first, "I-01", ledger.WordAcknowledged); got != fault.OK {
		t.Fatal(got)
	}
	if got := say(registry, first, "I-01", ledger.WordAcknowledged); got != fault.NotExecutor {
		t.Errorf("another institution acknowledges: %s", got)
	}
	if got := say(executor, first, "I-02", ledger.WordAcknowledged); got != fault.NotExecutor {
		t.Errorf("a measure of another institution: %s", got)
	}

	end(first)
	l.eventually("the stop is ordered", func() error {
		orders = mine("stop-ordered")
		if len(orders) != 1 {
			return fault.Newf(fault.NotReady, "orders", "%d", len(orders))
		}
		return nil
	})
	if o := orders[0]; o.Record != first.record.String() || o.Suggest != "continues" || o.Stop == "" || o.StopDue == "" {
		t.Errorf("another record supports it, and the order says %+v", o)
	}
	support, err := l.client(executor).Support(ctx, first.record.String(), "I-01")
	if err != nil || len(support.Others) != 1 || support.Others[0].ID != second.record.String() {
		t.Errorf("%+v, %v", support, err)
	}
	if _, err := l.client(registry).Support(ctx, first.record.String(), "I-01"); !fault.Is(err, fault.UnknownOrder) {
		t.Errorf("one who does not carry it out may look: %v", err)
	}
	end(second)
	l.eventually("the executing institution is late", func() error {
		if x := tally(registry); x.LateAcks != 2 || x.LateStops != 2 || x.Stopping != 2 || x.Oldest == "" {
			return fault.Newf(fault.NotReady, "overdue", "%+v", x)
		}
		return nil
	})
	l.eventually("the executing institution knows it too", func() error {
		for _, o := range mine("") {
			if o.Suggest != "stopped" || !o.LateStop || !o.LateAck {
				return fault.Newf(fault.NotReady, "orders", "%s, %v, %v", o.Suggest, o.LateStop, o.LateAck)
			}
		}
		return nil
	})

	l.halt(executor)
	if err := os.RemoveAll(filepath.Join(l.Contributors[0], "data", "docket")); err != nil {
		t.Fatal(err)
	}
	l.resume(executor)
	l.ready()
	if got := mine("stop-ordered"); len(got) != 2 {
		t.Fatalf("made anew, the docket holds %d", len(got))
	}
	for _, f := range []*followed{first, second} {
		if got := say(executor, f, "I-01", ledger.WordStopped); got != fault.OK {
			t.Fatal(got)
		}
		if got := say(executor, f, "I-01", ledger.WordStopped); got != fault.FeedbackRepeated {
			t.Error(got)
		}
	}
	for _, i := range []int{executor, registry} {
		l.eventually("nothing is late any more", func() error {
			if x := tally(i); x.LateStops != 0 || x.LateAcks != 0 || x.Stopping != 0 || x.Stopped != 2 {
				return fault.Newf(fault.NotReady, "overdue", "%+v", x)
			}
			return nil
		})
	}
	if got := mine(""); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	for _, o := range mine("stopped") {
		if o.SubjectName != "" || o.SubjectCode != "" {
			t.Error("a party is named although nothing is left to do")
		}
	}
	l.agree()
}
