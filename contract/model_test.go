package contract_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
)

// model is the life of a judgment defaulter in plain Go, written from domain.md and not
// from the contract document: dates and branches, no states of a chart.
type model struct {
	cal       *credit.Calendar
	phase     contract.Phase
	term      bool // one of the grounds 2 to 6
	published credit.Date
	extra     int
	fact      credit.Date // from which the time to delete runs
	affirmed  credit.Date
	lapsed    bool
	claimed   credit.Date // an open claim
	silent    bool        // one that was not answered
	suspended credit.Date
	left      credit.Date
	last      credit.Moment
}

func (m *model) inForce() bool {
	return (m.phase == contract.Active || m.phase == contract.ExitDue) && !m.lapsed && !m.silent
}

func (m *model) termEnd() credit.Date { return m.published.AddMonths(24 + m.extra) }

// clock is a deadline of the model: the end of a day, and what happens then.
type clock struct {
	day  credit.Date
	fire func(on credit.Date)
}

func (m *model) clocks() []clock {
	exit := func(on credit.Date) { m.leave(contract.Exited, on) }
	var cs []clock
	switch m.phase {
	case contract.Active:
		if m.term {
			cs = append(cs, clock{m.termEnd(), func(credit.Date) { m.phase, m.fact = contract.ExitDue, m.termEnd() }})
		}
	case contract.ExitDue:
		cs = append(cs, clock{m.cal.AddWorkingDays(m.fact, 3), exit})
	case contract.Suspended:
		cs = append(cs, clock{m.suspended.AddMonths(36), exit})
		if m.term {
			cs = append(cs, clock{m.cal.AddWorkingDays(m.termEnd(), 3), exit})
		}
	case contract.Exited, contract.Annulled:
		cs = append(cs, clock{m.left.AddDays(365), func(credit.Date) { m.phase = contract.Erased }})
	}
	if m.phase == contract.Active || m.phase == contract.ExitDue {
		if !m.term && !m.lapsed {
			cs = append(cs, clock{m.affirmed.AddMonths(12), func(credit.Date) { m.lapsed = true }})
		}
		if m.claimed != 0 {
			cs = append(cs, clock{m.cal.AddWorkingDays(m.claimed, 10), func(credit.Date) { m.claimed, m.silent = 0, true }})
		}
	}
	return cs
}

func (m *model) leave(to contract.Phase, on credit.Date) {
	m.phase, m.left = to, on
	m.lapsed, m.silent, m.claimed = false, false, 0
}

// pass lets time run to a moment.
func (m *model) pass(until credit.Moment) {
	for {
		var next *clock
		var when credit.Moment
		for _, c := range m.clocks() {
			if at := max(c.day.End(), m.last); next == nil || at < when {
				next, when = &c, at
			}
		}
		if next == nil || when > until {
			return
		}
		m.last = when
		next.fire(when.Date())
	}
}

// send is one event on a day; false if it is not taken.
func (m *model) send(name string, now credit.Moment, arg int64) bool {
	today := now.Date()
	live := m.phase == contract.Active || m.phase == contract.ExitDue
	switch name {
	case "performed":
		if m.phase != contract.Active {
			return false
		}
		m.fact = credit.Date(arg)
		if !m.term {
			m.phase = contract.ExitDue
		}
	case "extend":
		if m.phase != contract.Active || !m.term || m.extra+int(arg) < 12 || m.extra+int(arg) > 36 {
			return false
		}
		m.extra += int(arg)
	case "confirm":
		if m.phase != contract.ExitDue {
			return false
		}
		m.leave(contract.Exited, today)
	case "suspend":
		if m.phase != contract.Active {
			return false
		}
		m.leave(contract.Suspended, m.left)
		m.suspended = today
	case "complete":
		if m.phase != contract.Suspended {
			return false
		}
		m.leave(contract.Exited, today)
	case "restore":
		if m.phase != contract.Suspended {
			return false
		}
		m.phase, m.affirmed = contract.Active, today
	case "reaffirm":
		if !live || m.term {
			return false
		}
		m.affirmed, m.lapsed = today, false
	case "claim":
		if !live || m.claimed != 0 || m.silent {
			return false
		}
		m.claimed = today
	case "claim_refused":
		if !live || m.claimed == 0 && !m.silent {
			return false
		}
		m.claimed, m.silent = 0, false
	case "pay":
		if !live && m.phase != contract.Suspended {
			return false
		}
	case "annul":
		switch {
		case m.phase == contract.Exited:
			m.phase = contract.Annulled
		case live || m.phase == contract.Suspended:
			m.leave(contract.Annulled, today)
		default:
			return false
		}
	}
	m.last = now
	return true
}

// TestModel runs random lives through the engine and the model and compares them after
// every step. It also holds, on the way, that
//   - settling in two parts gives the same instance as settling at once (a block more or
//     less between two moments changes nothing);
//   - the instance's bytes come back to it, and a step leaves its input alone;
//   - code alone, and events that are not adverse, never put a record in force.
func TestModel(t *testing.T) {
	c := compileLaw(t, "judgment-defaulter.yaml")
	cal := calendar2026(t)
	rapid.Check(t, func(t *rapid.T) {
		for range rapid.IntRange(1, 40).Draw(t, "lives") {
			live(t, c, cal)
		}
	})
}

// live is one random life in the engine and in the model.
func live(t *rapid.T, c *contract.Contract, cal *credit.Calendar) {
	now := credit.NewDate(2026, 1, 1).Start() + credit.Moment(rapid.IntRange(0, 500*86400).Draw(t, "start"))
	published := now.Date().AddDays(-rapid.IntRange(0, 1500).Draw(t, "age"))
	grounds := rapid.Int64Range(1, 63).Draw(t, "grounds")
	in, _, err := c.Step(contract.Instance{}, contract.Event{Name: "migrate", By: contract.RoleDeciding,
		Args: contract.Args{"grounds": grounds, "decided_on": int64(published), "published_on": int64(published)}}, now, cal)
	if err != nil {
		t.Fatal(err)
	}
	m := &model{cal: cal, phase: contract.Active, term: grounds > 1, published: published, affirmed: now.Date(), last: now}
	for range rapid.IntRange(1, 100).Draw(t, "steps") {
		now += credit.Moment(rapid.SampledFrom(waits).Draw(t, "wait"))
		in = settleBothWays(t, c, in, now, cal)
		m.pass(now)
		compare(t, c, in, m)
		name := rapid.SampledFrom([]string{"performed", "extend", "confirm", "suspend", "complete", "restore", "reaffirm", "claim",
			"claim_refused", "pay", "annul"}).Draw(t, "event")
		if name == "annul" && rapid.IntRange(0, 5).Draw(t, "rarely") > 0 {
			continue
		}
		in = sendBoth(t, c, in, m, name, now, cal)
		compare(t, c, in, m)
	}
}

var waits = []int{0, 1, 3600, 86399, 86400, 5 * 86400, 40 * 86400, 200 * 86400}

// TestAnyLife sends anything to every contract of package law: nothing quarantines,
// nothing panics, what is due is settled, a final record stays so, and only an adverse
// event puts a record in force.
func TestAnyLife(t *testing.T) {
	all, cal := contracts(t), calendar2026(t)
	kinds := []credit.Kind{credit.JudgmentDefaulter, credit.GeneralMinor, credit.GeneralGeneral, credit.GeneralSerious}
	rapid.Check(t, func(t *rapid.T) {
		c := all[rapid.SampledFrom(kinds).Draw(t, "kind")]
		events := c.Events()
		now := credit.NewDate(2026, 2, 1).Start()
		var in contract.Instance
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			now += credit.Moment(rapid.SampledFrom(waits).Draw(t, "wait"))
			before := c.Status(in)
			in, _ = c.Settle(in, now, cal)
			if due, ok := c.Due(in); ok && due <= now {
				t.Fatal("a deadline was left")
			}
			s := c.Status(in)
			if s.InForce && !before.InForce || before.Final && s != before {
				t.Fatalf("time alone: %+v to %+v", before, s)
			}
			spec := events[rapid.IntRange(0, len(events)-1).Draw(t, "event")]
			out, _, err := c.Step(in, contract.Event{Name: spec.Name, By: 0xff, Args: anyArgs(t, spec, now.Date())}, now, cal)
			after := c.Status(out)
			switch {
			case err != nil && out != in:
				t.Fatalf("%s left a trace: %v", spec.Name, err)
			case after.InForce && !s.InForce && !spec.Adverse:
				t.Fatalf("%s put the record in force", spec.Name)
			case after.Quarantined:
				t.Fatalf("%s led to quarantine", spec.Name)
			}
			in = out
			c.Explain(in, now, cal)
		}
	})
}

func anyArgs(t *rapid.T, spec contract.EventSpec, today credit.Date) contract.Args {
	args := contract.Args{}
	for _, a := range spec.Args {
		if !a.Required && rapid.Bool().Draw(t, "left out") {
			continue
		}
		switch a.Type {
		case contract.Date:
			args[a.Name] = int64(today) - rapid.Int64Range(-400, 2000).Draw(t, a.Name)
			if a.Past {
				args[a.Name] = min(args[a.Name], int64(today))
			}
		case contract.Set:
			args[a.Name] = rapid.Int64Range(1, 1<<a.Max-1).Draw(t, a.Name)
		default:
			args[a.Name] = rapid.Int64Range(a.Min, a.Max).Draw(t, a.Name)
		}
	}
	return args
}

func settleBothWays(t *rapid.T, c *contract.Contract, in contract.Instance, until credit.Moment, cal *credit.Calendar) contract.Instance {
	whole, taken := c.Settle(in, until, cal)
	for _, x := range taken {
		if x.Effective > until {
			t.Fatalf("%s took effect after the moment settled to", x.Transition)
		}
	}
	middle := in.Changed() + (until-in.Changed())/2
	part, first := c.Settle(in, middle, cal)
	part, second := c.Settle(part, until, cal)
	if part != whole || len(first)+len(second) != len(taken) {
		t.Fatalf("settled in two parts: %+v, at once: %+v", part, whole)
	}
	if !c.Status(in).InForce && c.Status(whole).InForce {
		t.Fatal("time alone put the record in force")
	}
	return whole
}

func sendBoth(t *rapid.T, c *contract.Contract, in contract.Instance, m *model, name string, now credit.Moment, cal *credit.Calendar) contract.Instance {
	ev := contract.Event{Name: name, By: contract.RoleDeciding, Args: contract.Args{}}
	arg := int64(0)
	switch name {
	case "performed":
		arg = int64(now.Date()) - rapid.Int64Range(0, 10).Draw(t, "ago")
		ev.Args["fact_on"] = arg
	case "extend":
		arg = rapid.SampledFrom([]int64{1, 6, 12, 24, 36}).Draw(t, "months")
		ev.Args["months"] = arg
	case "claim":
		ev.By = contract.RoleSubject
	}
	before := in
	out, _, err := c.Step(in, ev, now, cal)
	if in != before {
		t.Fatal("the input was changed")
	}
	if err != nil && (out != before || fault.Of(err) != fault.EventNotAccepted && fault.Of(err) != fault.GuardNotMet) {
		t.Fatalf("%s: refused with %v", name, err)
	}
	if took := m.send(name, now, arg); took != (err == nil) {
		t.Fatalf("%s in %s: model %v, engine %v", name, c.Status(in).State, took, err)
	}
	if spec, _ := c.Event(name); !spec.Adverse && c.Status(out).InForce && !c.Status(in).InForce {
		t.Fatalf("%s is not adverse and put the record in force", name)
	}
	return out
}

func compare(t *rapid.T, c *contract.Contract, in contract.Instance, m *model) {
	s := c.Status(in)
	if s.Phase != m.phase || s.InForce != m.inForce() || s.Quarantined || s.Final != (m.phase == contract.Erased) {
		t.Fatalf("engine %+v, model %s in force %v", s, m.phase, m.inForce())
	}
	want, ok := credit.Moment(0), false
	for _, k := range m.clocks() {
		if at := max(k.day.End(), m.last); !ok || at < want {
			want, ok = at, true
		}
	}
	if got, has := c.Due(in); has != ok || got != want {
		t.Fatalf("engine due %v %v, model %v %v", got, has, want, ok)
	}
	b, _ := in.MarshalBinary()
	if back, err := contract.DecodeInstance(b); err != nil || back != in {
		t.Fatalf("bytes do not come back: %v", err)
	}
}

func compileLaw(t testing.TB, file string) *contract.Contract {
	t.Helper()
	for _, d := range law.Contracts() {
		if d.File == file {
			c, problems := contract.Compile(d.File, d.Source)
			if c == nil {
				t.Fatal(problems)
			}
			return c
		}
	}
	t.Fatalf("no document %s", file)
	return nil
}
