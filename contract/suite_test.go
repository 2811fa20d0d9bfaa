package contract_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

const smallScenarios = `scenarios:
  - name: paid
    kind: wage-arrears
    cite: Article 2
    given: [ 2026-03-02 list marks=1 ]
    when: 2026-03-03 pay
    then: { phase: exit-due, due: 2026-03-06 }
  - name: wrongly told
    kind: wage-arrears
    cite: Article 2
    given: [ 2026-03-02 list marks=1 ]
    when: 2026-03-03 pay
    then: { phase: exited, due: 2026-03-06 }
`

func TestPlay(t *testing.T) {
	files := []contract.File{{Name: "s.yaml", Source: []byte(smallScenarios)},
		{Name: "other.yaml", Source: []byte(strings.ReplaceAll(smallScenarios, "wage-arrears", "major-tax"))},
		{Name: "broken.yaml", Source: []byte("scenarios: [ {} ]\n")}}
	s := contract.Play([]contract.File{{Name: "small.yaml", Source: []byte(small)}}, files, nil)
	if len(s.Verdicts) != 2 || s.Failed() != 1 {
		t.Fatalf("%d played, %d failed", len(s.Verdicts), s.Failed())
	}
	want := []contract.Difference{{File: "s.yaml", Line: 13, Step: "2026-03-03 pay", Key: "phase", Want: "exited", Got: "exit-due"}}
	if diff := cmp.Diff(want, s.Verdicts[1].Differences); diff != "" {
		t.Error(diff)
	}
	places := map[string]int{}
	for _, p := range s.Problems {
		places[p.File]++
	}
	if places["other.yaml"] != 2 || places["broken.yaml"] == 0 {
		t.Errorf("problems %v", s.Problems)
	}
	if contract.IsScenarios([]byte(small)) || !contract.IsScenarios([]byte(smallScenarios)) || !contract.IsDocument([]byte(small)) {
		t.Error("a document is taken for scenarios, or the other way round")
	}
}

// TestSimulation: lines do what Step and Settle do, a refused one changes nothing, and
// a step can be taken back.
func TestSimulation(t *testing.T) {
	s := contract.Simulate(compile(t, small), day(2026, 3, 2), nil)
	if got := names(s.Events()); got != "list" {
		t.Errorf("before creation: %s", got)
	}
	for _, step := range []struct{ line, took, phase string }{
		{"send list marks=1 count=5", "list", "active"},
		{"send note by deciding by=1", "note", "active"},
		{"at 2026-03-10", "", "active"},
		{"send claim by subject", "claim", "active"},
		{"at 2026-03-20 23:59", "", "active"},
		{"at 2026-03-21 00:00", "silent", "active"},
		{"undo", "", "active"},
		{"at 2027-03-06", "silent term released", "exited"},
	} {
		taken, err := s.Line(step.line)
		if err != nil {
			t.Fatalf("%s: %v", step.line, err)
		}
		took := ""
		for _, x := range taken {
			took = strings.TrimSpace(took + " " + x.Transition)
		}
		if took != step.took || s.Status().Phase.String() != step.phase {
			t.Errorf("%s: took %q, phase %s", step.line, took, s.Status().Phase)
		}
	}
	before := s.Now()
	for line, want := range map[string]fault.Code{"at 2027-01-01": fault.BadArgument, "at noon": fault.BadArgument, "at": fault.BadArgument,
		"send": fault.BadArgument, "send shout": fault.UnknownEvent, "send pay": fault.EventNotAccepted, "send note by=x": fault.BadArgument,
		"send note by nobody": fault.BadArgument, "send note colour=1": fault.BadArgument, "jump": fault.BadArgument, "": fault.BadArgument} {
		if _, err := s.Line(line); !fault.Is(err, want) {
			t.Errorf("%q: %v", line, err)
		}
	}
	if s.Now() != before || s.Status().Phase != contract.Exited {
		t.Error("a refused line has changed something")
	}
	for s.Undo() {
	}
	if s.Begun() || s.Now() != day(2026, 3, 2) {
		t.Error("not everything was taken back")
	}
}

func names(events []contract.EventSpec) string {
	var out []string
	for _, e := range events {
		out = append(out, e.Name)
	}
	return strings.Join(out, " ")
}

// FuzzSimulation: whatever is typed, nothing panics and time never runs backwards.
func FuzzSimulation(f *testing.F) {
	f.Add("send list marks=1\nat 2026-05-01\nundo")
	f.Add("at 2026-05-01 25:00\nsend note by=9999999999999999999")
	c := compile(f, small)
	f.Fuzz(func(t *testing.T, script string) {
		s := contract.Simulate(c, day(2026, 3, 2), nil)
		for line := range strings.Lines(script) {
			now := s.Now()
			if _, err := s.Line(line); err == nil && s.Now() < now && !strings.HasPrefix(strings.TrimSpace(line), "undo") {
				t.Fatalf("time ran backwards on %q", line)
			}
		}
	})
}

// TestDiff: each kind of difference is told, and a document differs in nothing from
// itself with other comments and another order.
func TestDiff(t *testing.T) {
	older := compile(t, small)
	if got := contract.Diff(older, compile(t, "# a comment\n"+strings.Replace(small, "{ code: I-01, cite: two }", "{ cite: [two], code: I-01 }", 1))); len(got) != 0 {
		t.Errorf("%v", got)
	}
	for _, r := range []struct{ old, new, want string }{
		{"version: 3", "version: 4", `~ document document: version "3" -> "4"`},
		{"value: 3, cite: two", "value: 2, cite: two", `~ parameter days: value "3" -> "2"`},
		{"cel: count < 3", "cel: count < 4", `~ condition small: cel "count < 3" -> "count < 4"`},
		{"by: [subject]", "by: [subject, deciding]", `~ event claim: by "subject" -> "deciding, subject"`},
		{"if: [paid, small], to: due", "if: paid, unless: small, to: due", `~ transition exit-paid: if "paid, small" -> "paid"`},
		{"{ days: 10 }", "{ working-days: 10 }", `~ transition silent: due "claimed_on + 10 days" -> "claimed_on + 10 working-days"`},
		{"        hidden: true\n", "        hidden: true\n        annotated: true\n", `~ state claim.silent: annotated "" -> "true"`},
		{"id: answer-late", "id: answer-at-last", `- transition answer-late: on: answer; from: claim.silent; to: claim.none; cite: two`},
		{"id: answer-late", "id: answer-at-last", `+ transition answer-at-last: on: answer; from: claim.silent; to: claim.none; cite: two`},
	} {
		found := false
		var all []string
		for _, c := range contract.Diff(older, compile(t, strings.Replace(small, r.old, r.new, 1))) {
			all = append(all, c.String())
			found = found || c.String() == r.want
		}
		if !found {
			t.Errorf("%s: want %s, got\n%s", r.new, r.want, strings.Join(all, "\n"))
		}
	}
}

// TestOutlook: a shorter term comes out earlier, an event that the newer version does
// not take is named, and what has ended keeps its day.
func TestOutlook(t *testing.T) {
	older := compile(t, small)
	newer := compile(t, strings.NewReplacer("{ value: 12 }", "{ value: 2 }", "max: 9,", "max: 2,").Replace(small))
	past := []contract.Past{{Event: event("list", "marks", 1), At: day(2026, 3, 2)}, {Event: event("note", "by", 9), At: day(2026, 3, 3)}}
	a, b := older.Outlook(past, day(2026, 3, 4), nil), newer.Outlook(past, day(2026, 3, 4), nil)
	if a.Out != credit.NewDate(2027, 3, 5) || len(a.Refused) != 0 { // 2 March 2027 and three working days
		t.Errorf("older: %v %v", a.Out, a.Refused)
	}
	if b.Out != credit.NewDate(2026, 5, 6) || len(b.Refused) != 1 || b.Refused[0] != "note" { // 2 May, a Saturday, and three
		t.Errorf("newer: %v %v", b.Out, b.Refused)
	}
	if late := newer.Outlook(past, day(2026, 12, 1), nil); late.Out != b.Out || late.Status.Phase != contract.Exited {
		t.Errorf("after the exit: %+v", late)
	}
}

// FuzzParseScenarios: whatever a file holds, it is played or refused with a place, and
// nothing panics.
func FuzzParseScenarios(f *testing.F) {
	f.Add([]byte(smallScenarios))
	f.Add([]byte("scenarios:\n  - { name: x, kind: [wage-arrears, 1], cite: y, when: 2026-03-02 99:99 list marks=1;17, then: { due: none } }\n"))
	f.Add([]byte("scenarios:\n  - { name: x, kind: wage-arrears, cite: y, calendars: { 2026: { off: [2026-13-01] } }, when: 2026-03-02 adopt 2026, then: { due: none } }\n"))
	document := []contract.File{{Name: "small.yaml", Source: []byte(small)}}
	f.Fuzz(func(t *testing.T, src []byte) {
		s := contract.Play(document, []contract.File{{Name: "f.yaml", Source: src}}, nil)
		for _, p := range s.Problems {
			if p.Line < 1 || p.Message == "" || p.File != "f.yaml" {
				t.Fatalf("points nowhere: %+v", p)
			}
		}
	})
}
