package contract_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
)

func day(y, m, d int) credit.Moment { return credit.NewDate(y, m, d).Start() + 12*3600 }

func event(name string, args ...any) contract.Event {
	ev := contract.Event{Name: name, By: contract.RoleDeciding | contract.RoleRecorder, Args: contract.Args{}}
	for i := 0; i < len(args); i += 2 {
		ev.Args[args[i].(string)] = int64(args[i+1].(int))
	}
	return ev
}

func must(t *testing.T, c *contract.Contract, in contract.Instance, ev contract.Event, at credit.Moment) contract.Instance {
	t.Helper()
	out, _, err := c.Step(in, ev, at, nil)
	if err != nil {
		t.Fatalf("%s: %v", ev.Name, err)
	}
	return out
}

// TestEveryDocumentCompiles also holds what package law says of its documents: a kind
// each, measures of the catalogue, titles in both languages.
func TestEveryDocumentCompiles(t *testing.T) {
	all := contracts(t)
	for _, k := range []credit.Kind{credit.JudgmentDefaulter, credit.GeneralMinor, credit.GeneralGeneral, credit.GeneralSerious,
		credit.SeriousViolation, credit.AbnormalOperation, credit.MajorTax, credit.WageArrears} {
		if all[k] == nil {
			t.Errorf("no contract for %s", k)
			continue
		}
		for _, m := range all[k].Measures() {
			if _, ok := law.MeasureByCode(m.Code); !ok {
				t.Errorf("%s: %s is not in the catalogue of measures", k, m.Code)
			}
		}
		for _, p := range all[k].Parameters() {
			if p.Note != "" && !strings.HasPrefix(p.Note, "counsel") && !strings.HasPrefix(p.Note, "ours") {
				t.Errorf("%s: the note of %s says neither counsel nor ours", k, p.Name)
			}
		}
	}
}

// TestRefusals: each code of Step, with its place; a refused event leaves no trace.
func TestRefusals(t *testing.T) {
	c := compile(t, small)
	listed := must(t, c, contract.Instance{}, event("list", "marks", 1), day(2026, 3, 2))
	for _, r := range []struct {
		name  string
		in    contract.Instance
		ev    contract.Event
		code  fault.Code
		where string
	}{
		{"unknown event", listed, event("shout"), fault.UnknownEvent, "event"},
		{"role", listed, contract.Event{Name: "pay", By: contract.RoleContributor}, fault.RoleNotAllowed, "event"},
		{"no role", listed, contract.Event{Name: "pay"}, fault.RoleNotAllowed, "event"},
		{"missing argument", contract.Instance{}, event("list"), fault.BadArgument, "marks"},
		{"unknown argument", listed, event("pay", "x", 1), fault.BadArgument, "args"},
		{"out of range", listed, event("note", "by", 10), fault.BadArgument, "by"},
		{"empty set", contract.Instance{}, event("list", "marks", 0), fault.BadArgument, "marks"},
		{"set beyond its range", contract.Instance{}, event("list", "marks", 16), fault.BadArgument, "marks"},
		{"set beyond sixteen", contract.Instance{}, event("list", "marks", 1<<16), fault.BadArgument, "marks"},
		{"negative set", contract.Instance{}, event("list", "marks", -1), fault.BadArgument, "marks"},
		{"tomorrow", listed, event("pay", "fact_on", int(credit.NewDate(2026, 3, 4))), fault.DateInFuture, "fact_on"},
		{"before the republic", listed, event("pay", "fact_on", int(credit.NewDate(1949, 9, 30))), fault.BadArgument, "fact_on"},
		{"created twice", listed, event("list", "marks", 1), fault.EventNotAccepted, "event"},
		{"nothing there", contract.Instance{}, event("pay"), fault.EventNotAccepted, "event"},
		{"not in this state", listed, event("answer"), fault.EventNotAccepted, "event"},
		{"guard", listed, event("note", "by", -1), fault.GuardNotMet, "positive"},
	} {
		t.Run(r.name, func(t *testing.T) {
			before := r.in
			out, taken, err := c.Step(r.in, r.ev, day(2026, 3, 3), nil)
			f, ok := err.(*fault.Error)
			if !ok || f.Code != r.code || f.Where != r.where {
				t.Errorf("got %v, want %s at %s", err, r.code, r.where)
			}
			if out != before || taken != nil {
				t.Error("a refused event left a trace")
			}
		})
	}
}

// TestTaken: what a step reports, in order and with its outputs.
func TestTaken(t *testing.T) {
	c := compile(t, small)
	at := day(2026, 3, 2)
	in, taken, err := c.Step(contract.Instance{}, event("list", "marks", 1), at, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []contract.Taken{{Event: "list", Transition: "list", To: "active", Phase: contract.Active, Effective: at,
		Cite: []string{"one"}, Effects: []contract.Effect{contract.EffectOrder}}}
	if diff := cmp.Diff(want, taken); diff != "" {
		t.Error(diff)
	}
	in, taken, err = c.Step(in, event("pay"), at+60, nil)
	if err != nil {
		t.Fatal(err)
	}
	want = []contract.Taken{
		{Event: "pay", Transition: "pay", From: "active", To: "active", Phase: contract.Active, Effective: at + 60, Cite: []string{"two"}},
		{Transition: "exit-paid", From: "active", To: "due", Phase: contract.ExitDue, Effective: at + 60, Cite: []string{"two"}},
	}
	if diff := cmp.Diff(want, taken); diff != "" {
		t.Error(diff)
	}
	due, ok := c.Due(in)
	if want := credit.NewDate(2026, 3, 5).End(); !ok || due != want {
		t.Errorf("due %v, want %v", due, want)
	}
	_, taken = c.Settle(in, due, nil)
	if len(taken) != 1 || taken[0].Effective != due || !slices.Equal(taken[0].Effects, []contract.Effect{contract.EffectCertificate, contract.EffectStop}) {
		t.Errorf("released: %+v", taken)
	}
	if _, taken := c.Settle(in, due-1, nil); taken != nil {
		t.Error("released a second early")
	}
}

// TestParameterOfTheFirstDay: a record keeps the parameters of the day on which it was
// created, also when its deadline is computed later.
func TestParameterOfTheFirstDay(t *testing.T) {
	c := compile(t, small)
	for _, r := range []struct {
		listed credit.Moment
		end    credit.Date
	}{{day(2026, 6, 30), credit.NewDate(2027, 6, 30)}, {day(2026, 7, 1), credit.NewDate(2027, 1, 1)}} {
		in := must(t, c, contract.Instance{}, event("list", "marks", 1), r.listed)
		due, _ := c.Due(in)
		if due != r.end.End() {
			t.Errorf("listed %v: due %v, want %v", r.listed, due, r.end)
		}
		in, _ = c.Settle(in, due, nil) // sets fact_on from the same parameter, long after
		if due, _ := c.Due(in); due != (&credit.Calendar{}).AddWorkingDays(r.end, 3).End() {
			t.Errorf("listed %v: released %v", r.listed, due)
		}
	}
}

// TestConditionsSeeTheChange: a condition that was evaluated as a guard is evaluated
// again once the event has changed what it reads.
func TestConditionsSeeTheChange(t *testing.T) {
	c := compile(t, strings.Replace(small, "pay: { id: pay, cite: two,", "pay: { id: pay, cite: two, unless: paid,", 1))
	in := must(t, c, contract.Instance{}, event("list", "marks", 1), day(2026, 3, 2))
	if in = must(t, c, in, event("pay"), day(2026, 3, 3)); c.Status(in).Phase != contract.ExitDue {
		t.Errorf("phase %s", c.Status(in).Phase)
	}
}

// overflowing is the small contract with a deadline, a favourable and an adverse event
// that fail once count is large.
func overflowing(t *testing.T) *contract.Contract {
	src := strings.Replace(small, "plus: [ { days: 10 } ]", "plus: [ { days: \"10 * (count / (count - 7))\" } ]", 1)
	src = strings.Replace(src, "set: { paid: \"true\", fact_on: event.fact_on }", "set: { paid: \"1 / (count - 8) == 0\", fact_on: event.fact_on }", 1)
	src = strings.Replace(src, "due: { from: listed_on, plus: [ { months: param.months } ] } }", "due: { from: listed_on, plus: [ { months: \"count == 6 ? -1 : param.months\" } ] } }", 1)
	src = strings.Replace(src, "set: { fact_on: listed_on.plusMonths(param.months) }", "set: { fact_on: \"listed_on.plusMonths(param.months * (5 / (5 - count) >= -9 ? 1 : 1))\" }", 1)
	src = strings.Replace(src, "      note: {", "      again: { id: again, cite: two }\n      note: {", 1)
	src = strings.Replace(src, "  claim: { zh: 声明", "  again: { zh: 再, en: again, by: [deciding], adverse: true, lifts_quarantine: true }\n  claim: { zh: 声明", 1)
	return compile(t, src)
}

// TestQuarantine: an error in a deadline or in a favourable event hides the record from
// that moment, stops its clocks, and waits for a signed decision; it never stops the
// caller. An adverse event that fails leaves the record as it was.
func TestQuarantine(t *testing.T) {
	c := overflowing(t)
	held := func(t *testing.T, in contract.Instance, taken []contract.Taken, at credit.Moment) {
		t.Helper()
		s := c.Status(in)
		if !s.Quarantined || !s.Hidden || s.InForce {
			t.Errorf("status %+v", s)
		}
		last := taken[len(taken)-1]
		if last.Transition != "quarantine" || last.Effective != at || !slices.Contains(last.Effects, contract.EffectHide) {
			t.Errorf("taken %+v", last)
		}
		if _, ok := c.Due(in); ok {
			t.Error("a clock still runs")
		}
		if _, _, err := c.Step(in, event("answer"), at+1, nil); !fault.Is(err, fault.RecordQuarantined) {
			t.Errorf("an adverse event on it: %v", err)
		}
	}
	t.Run("deadline", func(t *testing.T) {
		in := must(t, c, contract.Instance{}, event("list", "marks", 1, "count", 5), day(2026, 3, 2))
		due, _ := c.Due(in)
		out, taken := c.Settle(in, due+86400, nil)
		held(t, out, taken, due)
		out, taken, err := c.Step(out, event("again"), due+86400, nil)
		if err != nil || c.Status(out).Quarantined || !c.Status(out).InForce || !slices.Contains(taken[0].Effects, contract.EffectShow) {
			t.Errorf("a signed decision ends it: %v %+v", err, taken)
		}
		if _, ok := c.Due(out); !ok {
			t.Error("its clocks do not start again")
		}
	})
	t.Run("favourable event", func(t *testing.T) {
		in := must(t, c, contract.Instance{}, event("list", "marks", 1, "count", 8), day(2026, 3, 2))
		out, taken, err := c.Step(in, event("pay"), day(2026, 3, 3), nil)
		if err != nil {
			t.Fatal(err)
		}
		held(t, out, taken, day(2026, 3, 3))
	})
	t.Run("deadline of the state that a favourable event enters", func(t *testing.T) {
		in := must(t, c, contract.Instance{}, event("list", "marks", 1, "count", 7), day(2026, 3, 2))
		out, taken, err := c.Step(in, contract.Event{Name: "claim", By: contract.RoleSubject}, day(2026, 3, 3), nil)
		if err != nil {
			t.Fatal(err)
		}
		held(t, out, taken, day(2026, 3, 3))
	})
	t.Run("adverse event", func(t *testing.T) {
		out, taken, err := c.Step(contract.Instance{}, event("list", "marks", 1, "count", 6), day(2026, 3, 2), nil)
		if !fault.Is(err, fault.GuardNotMet) || !out.Zero() || taken != nil {
			t.Errorf("error %v, taken %v", err, taken)
		}
	})
}

// TestTimeNeverRunsBackwards: a moment before the last change counts as that change.
func TestTimeNeverRunsBackwards(t *testing.T) {
	c := compile(t, small)
	in := must(t, c, contract.Instance{}, event("list", "marks", 1), day(2026, 3, 2))
	_, taken, err := c.Step(in, event("pay"), day(2026, 3, 1), nil)
	if err != nil || taken[0].Effective != day(2026, 3, 2) {
		t.Errorf("error %v, taken %+v", err, taken)
	}
}

// TestHidingOutlivesTheStepToTheExit: a record hidden by silence is not shown again on
// its way out.
func TestHidingOutlivesTheStepToTheExit(t *testing.T) {
	c := compile(t, small)
	in := must(t, c, contract.Instance{}, event("list", "marks", 1), day(2026, 3, 2))
	in = must(t, c, in, contract.Event{Name: "claim", By: contract.RoleSubject}, day(2026, 3, 3))
	in, taken := c.Settle(in, day(2026, 3, 14), nil)
	if len(taken) != 1 || taken[0].To != "claim.silent" || taken[0].Phase != contract.Active || !slices.Equal(taken[0].Effects, []contract.Effect{contract.EffectHide}) {
		t.Fatalf("taken %+v", taken)
	}
	in, taken, err := c.Step(in, event("pay"), day(2026, 3, 16), nil)
	if err != nil || c.Status(in).InForce || c.Status(in).Phase != contract.ExitDue {
		t.Errorf("status %+v, error %v", c.Status(in), err)
	}
	for _, x := range taken {
		if slices.Contains(x.Effects, contract.EffectShow) {
			t.Error("shown again")
		}
	}
}
