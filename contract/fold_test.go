package contract_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/law"
)

// newer is the law's document of a kind as its version 2, with changes.
func newer(t testing.TB, file string, changes ...string) *contract.Contract {
	t.Helper()
	for _, d := range law.Contracts() {
		if d.File != file {
			continue
		}
		s := strings.Replace(string(d.Source), "\nversion: 1\n", "\nversion: 2\n", 1)
		for i := 0; i < len(changes); i += 2 {
			if !strings.Contains(s, changes[i]) {
				t.Fatalf("%q is not in %s", changes[i], file)
			}
			s = strings.ReplaceAll(s, changes[i], changes[i+1])
		}
		c, problems := contract.Compile(file, []byte(s))
		if c == nil {
			t.Fatal(problems)
		}
		return c
	}
	t.Fatalf("no document %s", file)
	return nil
}

const all = contract.RoleDeciding | contract.RoleRecorder | contract.RoleProposer | contract.RoleContributor |
	contract.RoleAuthority | contract.RoleSuperior | contract.RoleSubject

// randomEvent draws an event with arguments that its declaration allows, most of the time.
func randomEvent(t *rapid.T, c *contract.Contract, creates bool, today credit.Date) contract.Event {
	var names []contract.EventSpec
	for _, e := range c.Events() {
		if e.Creates == creates {
			names = append(names, e)
		}
	}
	spec := rapid.SampledFrom(names).Draw(t, "event")
	ev := contract.Event{Name: spec.Name, Args: contract.Args{}, By: all}
	for _, a := range spec.Args {
		if !a.Required && rapid.Bool().Draw(t, "left out") {
			continue
		}
		switch a.Type {
		case contract.Bool:
			ev.Args[a.Name] = int64(rapid.IntRange(0, 1).Draw(t, a.Name))
			if a.Required {
				ev.Args[a.Name] = 1
			}
		case contract.Date:
			ev.Args[a.Name] = int64(today) - int64(rapid.IntRange(0, 30).Draw(t, a.Name))
		case contract.Set:
			ev.Args[a.Name] = 1 << rapid.IntRange(0, 5).Draw(t, a.Name)
		default:
			ev.Args[a.Name] = rapid.Int64Range(max(a.Min, 0), min(a.Max, 36)).Draw(t, a.Name)
		}
	}
	return ev
}

// TestFoldIsTheLiveRun: the history that both versions take, replayed under the newer one,
// gives the instance that has run under it from the first day, calendars and all. Where
// the newer version would have released the record by then, the replay does so at the
// moment at which the version came into force, and not before.
func TestFoldIsTheLiveRun(t *testing.T) {
	type pair struct{ old, next *contract.Contract }
	var pairs []pair
	for _, p := range [][]string{
		{"judgment-defaulter.yaml", "en: Statutory term, value: 24", "en: Statutory term, value: 36"},
		{"judgment-defaulter.yaml", "en: Statutory term, value: 24", "en: Statutory term, value: 6"},
		{"judgment-defaulter.yaml", "en: Time between affirmations, value: 12", "en: Time between affirmations, value: 2"},
		{"serious-violation.yaml"},
		{"general-serious.yaml"},
	} {
		pairs = append(pairs, pair{compileLaw(t, p[0]), newer(t, p[0], p[1:]...)})
	}
	compared, released := 0, 0
	check := func(rt *rapid.T) {
		p := rapid.SampledFrom(pairs).Draw(rt, "contracts")
		base := calendar2026(t)
		cal := base
		at := credit.NewDate(2026, 1, 5).Start() + 3600
		var in, live contract.Instance // under the old version, and under the newer one
		var moves []func(f *contract.Folding)
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			at += credit.Moment(rapid.IntRange(0, 40*86400).Draw(rt, "pass"))
			in, _ = p.old.Settle(in, at, cal)
			before, _ := p.next.Settle(live, at, cal)
			if !live.Zero() && p.next.Status(before).Phase.Over() {
				at = max(at, live.Changed())
				break // the newer version has released it: nothing that follows concerns it
			}
			live = before
			if !in.Zero() && rapid.IntRange(0, 9).Draw(rt, "calendar") == 0 {
				off := at.Date().AddDays(rapid.IntRange(1, 9).Draw(rt, "off"))
				year, _, _ := off.Civil()
				y := credit.Year{Year: year, Off: []credit.Date{off}, Notice: "n"}
				next := cal.With(y)
				from, to := at, at+400*86400
				moment := at
				moves = append(moves, func(f *contract.Folding) { f.Adopt(next, moment, from, to) })
				move := func(c *contract.Contract, in *contract.Instance) {
					if due, ok := c.Due(*in); ok && due >= from && due < to {
						*in, _ = c.Recalendar(*in, next)
					}
				}
				move(p.old, &in)
				move(p.next, &live)
				cal = next
				continue
			}
			ev := randomEvent(rt, p.old, in.Zero(), at.Date())
			a, _, errA := p.old.Step(in, ev, at, cal)
			b, _, errB := p.next.Step(live, ev, at, cal)
			if errA != nil || errB != nil || p.next.Status(b).Phase.Over() && !p.old.Status(a).Phase.Over() {
				continue
			}
			in, live = a, b
			moment := at
			moves = append(moves, func(f *contract.Folding) { f.Send(ev, moment) })
			if p.old.Status(a).Phase.Over() {
				break
			}
		}
		if live.Zero() || p.next.Status(live).Quarantined || p.next.Status(live).Phase.Over() {
			return
		}
		since := at + 1
		f := p.next.Fold(base, since)
		for _, m := range moves {
			m(f)
		}
		got, taken, ok := f.End()
		if !ok || len(taken) != 0 {
			rt.Fatalf("the version does not apply: %v", taken)
		}
		want, _ := p.next.Settle(live, since, cal)
		if p.next.Status(want).Phase.Over() {
			if p.next.Status(got).Phase.Over() {
				rt.Fatal("released before the version came into force")
			}
			_, taken := p.next.Settle(got, since, cal)
			if len(taken) == 0 || taken[0].Effective != since || !p.next.Status(mustSettle(p.next, got, since, cal)).Phase.Over() {
				rt.Fatalf("released by %+v", taken)
			}
			released++
			return
		}
		if got != want {
			rt.Fatalf("folded %s\nlive   %s", text(got), text(want))
		}
		compared++
	}
	for range 30 {
		rapid.Check(t, check)
	}
	if compared < 500 || released < 50 {
		t.Errorf("%d instances compared, %d released: the test proves nothing", compared, released)
	}
	t.Logf("%d instances compared, %d released", compared, released)
}

func mustSettle(c *contract.Contract, in contract.Instance, at credit.Moment, cal *credit.Calendar) contract.Instance {
	out, _ := c.Settle(in, at, cal)
	return out
}

func text(in contract.Instance) string {
	b, _ := in.MarshalBinary()
	return fmt.Sprintf("%x", b)
}
