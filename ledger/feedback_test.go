package ledger

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

func word(n uint64, c Word) Operation {
	o := &Feedback{Record: recordID(n), Measure: 1, Code: c}
	if c == WordFailed {
		o.Reason = ReasonSystem
	}
	return o.Operation()
}

// say sends a word of a member about measure 1 of record 1.
func (w *world) say(m MemberID, c Word) fault.Code {
	w.t.Helper()
	return codes(w.block(w.seal(m, false, word(1, c))))[0]
}

// orderOf returns a member's order from measure 1 of a record, as it stands now.
func (w *world) orderOf(n uint64, m MemberID) Order {
	w.t.Helper()
	v := w.view()
	r, err := v.Record(recordID(n))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, o := range v.Orders(r, v.Moment) {
		if o.Executor == m && o.Measure == 1 {
			return o
		}
	}
	return Order{}
}

// release ends record 1 at once: it dies with the person.
func (w *world) release() {
	w.t.Helper()
	w.want(w.block(w.seal(court, false, send(1, "deceased", nil))), fault.OK)
}

// TestFeedbackFollowsTheTable says every word in every state that the words reach.
func TestFeedbackFollowsTheTable(t *testing.T) {
	ack, run, stop, goOn, fail := WordAcknowledged, WordRunning, WordStopped, WordContinues, WordFailed
	const release = Word(0)
	ok, turn, again := fault.OK, fault.FeedbackOutOfTurn, fault.FeedbackRepeated
	for _, c := range []struct {
		state  OrderState
		before []Word
		want   [5]fault.Code // acknowledged, running, stopped, continues, failed
	}{
		{Ordered, nil, [5]fault.Code{ok, turn, turn, turn, ok}},
		{Acknowledged, []Word{ack}, [5]fault.Code{again, ok, turn, turn, ok}},
		{Running, []Word{ack, run}, [5]fault.Code{again, again, turn, turn, ok}},
		{NotCarried, []Word{fail}, [5]fault.Code{ok, turn, turn, turn, again}},
		{StopOrdered, []Word{ack, run, release}, [5]fault.Code{ok, turn, ok, ok, ok}},
		{StopAcked, []Word{release, ack}, [5]fault.Code{again, turn, ok, ok, ok}},
		{StopFailed, []Word{release, fail}, [5]fault.Code{turn, turn, ok, ok, again}},
		{Stopped, []Word{release, stop}, [5]fault.Code{turn, turn, again, turn, turn}},
		{Continues, []Word{release, goOn}, [5]fault.Code{turn, turn, ok, again, turn}},
	} {
		for i, want := range c.want {
			w := newWorld(t)
			w.active(1)
			for _, b := range c.before {
				if b == release {
					w.release()
				} else if got := w.say(contributor, b); got != fault.OK {
					t.Fatalf("%s: on the way there, %s: %s", c.state, b, got)
				}
			}
			if got := w.orderOf(1, contributor).State; got != c.state {
				t.Fatalf("state %s, want %s", got, c.state)
			}
			before := w.orderOf(1, contributor)
			if got := w.say(contributor, Word(i+1)); got != want {
				t.Errorf("%s in %s: %s, want %s", Word(i+1), c.state, got, want)
			}
			if after := w.orderOf(1, contributor); want != ok && after != before {
				t.Errorf("%s in %s was refused and left %+v", Word(i+1), c.state, after)
			}
			w.reopen() // the roots on disk are those of the state
		}
	}
}

func TestFeedbackRefusals(t *testing.T) {
	w := newWorld(t)
	w.want(w.block(w.seal(contributor, false, w.proposal(2, court))), fault.OK)
	w.want(w.block(w.seal(contributor, false, word(2, WordAcknowledged))), fault.UnknownOrder) // a draft orders nothing
	w.active(1)
	w.want(w.block(w.seal(contributor, false, word(9, WordAcknowledged))), fault.UnknownRecord)
	w.want(w.block(w.seal(court, false, word(1, WordAcknowledged))), fault.NotExecutor)
	w.want(w.block(w.seal(contributor, false, (&Feedback{Record: recordID(1), Measure: 5, Code: WordAcknowledged}).Operation())), fault.UnknownOrder)
	for _, bad := range []*Feedback{
		{Measure: 1, Code: WordAcknowledged},
		{Record: recordID(1), Measure: 1},
		{Record: recordID(1), Measure: 1, Code: 6},
		{Record: recordID(1), Measure: 1, Code: WordFailed},
		{Record: recordID(1), Measure: 1, Code: WordFailed, Reason: 6},
		{Record: recordID(1), Measure: 1, Code: WordStopped, Reason: ReasonSystem},
	} {
		if bad.check() == nil {
			t.Errorf("%+v passes", bad)
		}
	}
	// Two executors, one record: each has its own order.
	w.want(w.block(w.seal(otherCourt, false, word(1, WordAcknowledged)), w.seal(contributor, false, word(1, WordAcknowledged))), fault.OK, fault.OK)
	if a, b := w.orderOf(1, otherCourt), w.orderOf(1, contributor); a.State != Acknowledged || b.State != Acknowledged {
		t.Errorf("%s and %s", a.State, b.State)
	}
}

// TestHiddenPausesOrders: silence hides a record, and nothing may be carried out until
// it is shown again; the stop is still owed if it ends meanwhile.
func TestHiddenPausesOrders(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	if got := w.say(contributor, WordAcknowledged); got != fault.OK {
		t.Fatal(got)
	}
	w.to(w.view().Moment.Date().AddMonths(13)) // nobody affirmed the record
	w.block()
	if got := w.orderOf(1, contributor).State; got != Paused {
		t.Fatalf("state %s", got)
	}
	for _, c := range []Word{WordAcknowledged, WordRunning, WordFailed} {
		if got := w.say(contributor, c); got != fault.OrderPaused {
			t.Errorf("%s while it is hidden: %s", c, got)
		}
	}
	if v := w.view(); true {
		r, _ := v.Record(recordID(1))
		if got := v.Measures(r); got != nil {
			t.Errorf("measures %v are in force while it is hidden", got)
		}
	}
	w.want(w.block(w.seal(court, true, send(1, "reaffirm", nil))), fault.OK)
	if got := w.orderOf(1, contributor).State; got != Acknowledged {
		t.Fatalf("shown again: %s", got)
	}
}

// TestRestoredOrdersAnew: a suspension stops the measures, its failure orders them anew,
// and what was said before says nothing about the new orders.
func TestRestoredOrdersAnew(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	w.want(w.block(w.seal(court, false, send(1, "suspend", nil))), fault.OK)
	if got := w.say(contributor, WordStopped); got != fault.OK {
		t.Fatal(got)
	}
	w.want(w.block(w.seal(court, true, send(1, "restore", nil))), fault.OK)
	if o := w.orderOf(1, contributor); o.State != Ordered || o.Stop != 0 || o.Told != 0 {
		t.Errorf("restored: %+v", o)
	}
	w.release()
	if got := w.orderOf(1, contributor).State; got != StopOrdered {
		t.Errorf("released after the restoration: %s", got)
	}
}

// TestStopClock: the clock of a stop starts when it takes effect, at 24:00 of the day on
// which the record ends, recorded or not, and counts working days of the calendar.
func TestStopClock(t *testing.T) {
	date := func(s string) credit.Date {
		d, err := credit.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	w := newWorld(t)
	for _, c := range []struct{ stop, done string }{
		{"2026-02-13", "2026-02-25"}, // the Spring Festival
		{"2026-09-30", "2026-10-10"}, // a Saturday that is worked
		{"2026-04-01", "2026-04-07"}, // Qingming
		{"2026-05-13", "2026-05-18"},
	} {
		ack, done := w.view().Config.StopDues(date(c.stop).End())
		if ack != date(c.stop).AddDays(1).End() || done != date(c.done).End() {
			t.Errorf("to stop at the end of %s: acknowledged by %s, stopped by %s, want %s", c.stop, ack, done, c.done)
		}
		if _, noon := w.view().Config.StopDues(date(c.stop).Start() + 12*3600); noon != done {
			t.Errorf("at noon of %s: %s", c.stop, noon)
		}
	}

	w.active(1)
	w.to(date("2026-09-25")) // three working days later it is the 30th
	w.want(w.block(w.seal(court, false, send(1, "performed", nil))), fault.OK)
	v := w.view()
	r, err := v.Record(recordID(1))
	if err != nil {
		t.Fatal(err)
	}
	due, _ := v.Config.Contract(r.Contract).Due(r.Instance)
	if got := v.Orders(r, due-1)[0]; got.State != Ordered || got.Stop != 0 {
		t.Errorf("a second before the exit: %+v", got)
	}
	o := v.Orders(r, due)[0] // no block has recorded it
	if o.State != StopOrdered || o.Stop != due || o.Executor != otherCourt {
		t.Fatalf("at the exit: %+v", o)
	}
	if o.LateAck(o.AckDue-1) || !o.LateAck(o.AckDue) || o.LateStop(o.StopDue-1) || !o.LateStop(o.StopDue) {
		t.Errorf("late: %+v", o)
	}
	w.time = int64(due+5*86400) * 1e9 // the network stood still
	w.block()
	if got := w.orderOf(1, otherCourt); got.Stop != due || !got.LateAck(w.view().Moment) {
		t.Errorf("recorded five days late: %+v", got)
	}
	if got := w.say(otherCourt, WordAcknowledged); got != fault.OK {
		t.Fatal(got)
	}
	if got := w.orderOf(1, otherCourt); got.LateAck(w.view().Moment) || got.Acked != w.view().Moment {
		t.Errorf("acknowledged: %+v", got)
	}
}

// TestOwnTerm: an order ends by the measure's own longest term while the record goes on.
func TestOwnTerm(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	v := w.view()
	r, err := v.Record(recordID(1))
	if err != nil {
		t.Fatal(err)
	}
	end := r.Duty.Ordered.Date().AddMonths(36).End() // I-01
	for at := v.Moment.Date().AddMonths(11); at < end.Date(); at = at.AddMonths(11) {
		w.to(at)
		w.want(w.block(w.seal(court, true, send(1, "reaffirm", nil))), fault.OK)
	}
	w.time = int64(end-3) * 1e9
	w.block()
	if o := w.orderOf(1, contributor); o.State != Ordered || o.Ends != end {
		t.Fatalf("before the end: %+v", o)
	}
	w.block()
	w.block()
	if o := w.orderOf(1, contributor); o.State != StopOrdered || o.Stop != end {
		t.Fatalf("after the end: %+v", o)
	}
	v = w.view()
	if r, _ = v.Record(recordID(1)); !v.Status(r).InForce || len(v.Measures(r)) != 0 {
		t.Errorf("in force %v with measures %v", v.Status(r).InForce, v.Measures(r))
	}
	if got := w.say(contributor, WordStopped); got != fault.OK {
		t.Error(got)
	}
	w.release()
	if got := w.orderOf(1, contributor).State; got != Stopped {
		t.Errorf("the record's own end asks again: %s", got)
	}
}

// TestSuspendedExecutorReportsStops and nothing else.
func TestSuspendedExecutorReportsStops(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	w.ledger.config.Members[contributor-1].Suspended = true
	if got := w.say(contributor, WordAcknowledged); got != fault.MemberSuspended {
		t.Errorf("acknowledges an order: %s", got)
	}
	w.release()
	for _, c := range []Word{WordAcknowledged, WordStopped} {
		if got := w.say(contributor, c); got != fault.OK {
			t.Errorf("%s: %s", c, got)
		}
	}
}

// TestErasureForgetsOrders: nothing that was told outlives the body.
func TestErasureForgetsOrders(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	w.release()
	if got := w.say(contributor, WordAcknowledged); got != fault.OK {
		t.Fatal(got)
	}
	w.to(w.view().Moment.Date().AddDays(500))
	w.block()
	v := w.view()
	r, err := v.Record(recordID(1))
	if err != nil || v.Status(r).Phase != contract.Erased {
		t.Fatal(v.Status(r).Phase, err)
	}
	if !r.Duty.IsZero() || v.Orders(r, v.Moment) != nil {
		t.Errorf("after the erasure: %+v", r.Duty)
	}
	if got := w.say(contributor, WordStopped); got != fault.UnknownOrder {
		t.Error(got)
	}
}

// TestStopFeedbackIsFavourable: it has its share of each block; beginning has not.
func TestStopFeedbackIsFavourable(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	favourable := func(c Word) bool {
		e, err := ParseEnvelope(w.hash, w.seal(contributor, false, word(1, c)))
		if err != nil {
			t.Fatal(err)
		}
		return e.Favourable(w.view())
	}
	if favourable(WordAcknowledged) || favourable(WordRunning) || favourable(WordFailed) {
		t.Error("beginning a measure is favourable")
	}
	w.release()
	if !favourable(WordAcknowledged) || !favourable(WordStopped) || !favourable(WordContinues) || favourable(WordFailed) {
		t.Error("a stop is not favourable, or a failure is")
	}
}

// TestFeedbackLeavesAnEvent that names no phase: it is no exit and no certificate.
func TestFeedbackLeavesAnEvent(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	w.release()
	res := w.block(w.seal(contributor, false, word(1, WordFailed)))
	e := res.Events[len(res.Events)-1]
	want := map[string]int64{"measure": 1, "code": int64(WordFailed), "reason": int64(ReasonSystem)}
	if e.Type != TypeFeedback || e.Released() || e.Member != uint32(contributor) || !cmp.Equal(e.Args, want) || e.Name != "" {
		t.Errorf("%+v", e)
	}
	if len(res.Moves) != 0 {
		t.Errorf("nothing has moved, and the node is told %+v", res.Moves)
	}
	w.checkRoots()
}

// checkOrders holds what a random world must keep: who is not ordered tells nothing,
// a stopped order has its clock, and the list is in its order.
func checkOrders(t *rapid.T, w *world) {
	v := w.view()
	err := v.EachRecord(0, func(r *Record) bool {
		r = v.Evaluate(r, v.Moment) // what the last block entered may have been due at once
		status := v.Status(r)
		orders := v.Orders(r, v.Moment)
		for i, o := range orders {
			switch {
			case i > 0 && (orders[i-1].Measure > o.Measure || orders[i-1].Measure == o.Measure && orders[i-1].Executor >= o.Executor):
				t.Fatalf("record %d: orders do not ascend", r.Seq)
			case (o.Stop != 0) != (o.State >= StopOrdered) || (o.Stop != 0) != (o.StopDue != 0):
				t.Fatalf("record %d: %+v", r.Seq, o)
			case o.State == Paused && status.InForce || o.Stop == 0 && !status.InForce && o.State != Paused:
				t.Fatalf("record %d is in force %v: %+v", r.Seq, status.InForce, o)
			}
		}
		for i, told := range r.Duty.Told {
			if i > 0 && (r.Duty.Told[i-1].Measure > told.Measure || r.Duty.Told[i-1].Measure == told.Measure && r.Duty.Told[i-1].Executor >= told.Executor) {
				t.Fatalf("record %d: what was told does not ascend", r.Seq)
			}
		}
		r = v.Evaluate(r, v.Moment) // as Status has done
		if (r.Duty.Ordered != 0) != (status.Phase == contract.Active || status.Phase == contract.ExitDue || status.Phase == contract.Suspended ||
			r.Duty.Stop != 0) {
			t.Fatalf("record %d in %s: duty %+v", r.Seq, status.Phase, r.Duty)
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
}
