package contract_test

import (
	_ "embed"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
)

//go:embed testdata/small.yaml
var small string

func compile(t testing.TB, src string) *contract.Contract {
	t.Helper()
	c, problems := contract.Compile("small.yaml", []byte(src))
	for _, p := range problems {
		t.Errorf("%s", p)
	}
	if c == nil {
		t.FailNow()
	}
	return c
}

// TestRejections: each rule of the checker refuses the small contract once one thing
// in it is changed. The third column stands in the message; "MissingExit:" in front of
// it asks for that code. Every problem must point into the document.
func TestRejections(t *testing.T) {
	compile(t, small)
	for _, r := range []struct{ old, new, want string }{
		// the form
		{"riviera: statechart/1", "riviera: statechart/2", "this node knows"},
		{"id: test.small", "id: Test.small", "lower-case"},
		{"version: 3", "version: 0", "whole number from 1"},
		{"version: 3", "", "version is missing"},
		{"kind: wage-arrears", "kind: arrears", "no such kind"},
		{"en: Small contract\n", "", "en is missing"},
		{"states:\n", "states: !!map\n", "tags are not allowed"},
		{"cite: one, to: active", "cite: &x one, to: active", "anchors"},
		{"    phase: active\n", "    phase: active\n    phase: active\n", "stands twice"},
		{"phase: active", "fase: active", "unknown key \"fase\""},
		{"phase: active", "phase: on", "no phase \"on\""},
		{"enter: order", "enter: orders", "no output"},
		{"enter: order", "enter: hide", "follows from the state"},
		{"final: true", "final: yes", "true or false"},
		{"basis:", "basis: [\nx:", "line"},
		{"version: 3", "version: 3\n---\nx: 1", "one document"},
		// names
		{"  paid: bool", "  today: bool", "cannot be a name"},
		{"  paid: bool", "  paid: float", "int, bool, date or set"},
		{"if: [paid, small]", "if: [payed, small]", "no condition \"payed\""},
		{"{ paid: \"true\",", "{ payed: \"true\",", "no variable \"payed\""},
		{"      pay: { id", "      pays: { id", "no event \"pays\""},
		{"to: gone", "to: away", "no state \"away\""},
		{"id: exit-paid", "id: released", "stands in line"},
		{"by: [subject]", "by: [subjekt]", "no role"},
		{"event: note, cel", "event: notes, cel", "no such event"},
		{"during: [active, due]", "during: [active, do]", "no state \"do\""},
		{"initial: none", "initial: nil", "no state \"nil\""},
		{"note: { id: note, cite: two, if: positive", "note: { id: note, cite: two, if: [positive], unless: [unknown]", "no condition"},
		{"pay: { id: pay, cite: two,", "pay: { id: pay, cite: two, if: positive,", "arguments of another event"},
		{"list: { id: list", "pay: { id: list", "creates a record"},
		// citations
		{"{ id: pay, cite: two,", "{ id: pay,", "cite names the article"},
		{"{ id: pay, cite: two,", "{ id: pay, cite: three,", "no \"three\""},
		{"unit: working-days, value: 3, cite: two", "unit: working-days, value: 3", "cite names the article"},
		{"  two: {", "  three: { zh: 三, en: three }\n  two: {", "nothing cites \"three\""},
		// types and cost
		{"cel: count < 3", "cel: count < 3.0", "no matching overload"},
		{"cel: count < 3", "cel: count", "this is a int, a bool is wanted"},
		{"cel: count < 3", "cel: count < listed_on", "no matching overload"},
		{"cel: count < 3", "cel: cuont < 3", "undeclared reference"},
		{"cel: count < 3", "cel: event.by < 3", "undeclared reference"},
		{"cel: count < 3", "cel: claim.opened", "undeclared reference"},
		{"cel: 2 in marks", "cel: \"'a' == 'a'\"", "type string are not allowed"},
		{"cel: 2 in marks", "cel: \"{1: 2} == {1: 2} && 2 in marks\"", "are not allowed"},
		{"cel: 2 in marks", "cel: \"marks.exists(a, marks.exists(b, a == b))\"", "comprehension exceeds nesting"},
		{"cel: 2 in marks", "cel: \"marks.map(a, a).size() > 0\"", "undeclared reference"},
		{"cel: 2 in marks", "cel: \"string(count) == string(2)\"", "undeclared reference"},
		{"cel: 2 in marks", "cel: \"b'a' == b'a' && 2 in marks\"", "type bytes are not allowed"},
		{"cel: 2 in marks", "cel: \"dyn(count) == 2\"", "undeclared reference"},
		{"cel: 2 in marks", "cel: \"has(marks.x)\"", ""},
		{"cel: 2 in marks", "cel: \"" + strings.Repeat("(2 in marks) && ", 30) + "true\"", "limit"},
		{"cel: 2 in marks", "cel: \"marks.exists(a, a in marks) && marks.all(a, a in marks)\"", "worst-case cost"},
		{"  marked: { zh: 有第二项, en: mark two, cel: 2 in marks }", "  marked:\n    zh: 有\n    en: marked\n    cel: |\n      2 in marks", "one line"},
		{"{ days: 10 }", "{ days: today }", "a int is wanted"},
		{"{ days: 10 }", "{ weeks: 10 }", "working-days, months, years"},
		{"from: claimed_on,", "from: count,", "a date is wanted"},
		// numbers
		{"months: 12, cite: one }\nmeasures", "months: 0, cite: one }\nmeasures", "whole number"},
		{"values: [ { value: 12 }, { from", "values: [ { from: 2020-01-01, value: 12 }, { from", "the first value has no day"},
		{"value: 3, cite: two", "value: 3, values: [ { value: 3 } ], cite: two", "either value or values"},
		{"unit: months, values", "unit: fortnights, values", "count"},
		{"min: -9, max: 9", "min: 9, max: -9", "range is empty"},
		{"past: true, default: today", "past: true", "required or has the default today"},
		{"type: int, default: 1", "type: int, past: true", "only a date"},
		// dead things
		{"  left_on: date", "  left_on: date\n  spare: int", "nothing ever sets"},
		{"  paid: { zh", "  spare: { zh: 无, en: none, cel: count > 9 }\n  paid: { zh", "nothing uses the condition"},
		{"cel: paid }", "cel: 1 < 2 }", "no event can ever change"},
		{"cel: paid }", "cel: param.days > 2 }", "no event can ever change"},
		{"  days: { zh", "  spare: { zh: 无, en: none, unit: days, value: 1, cite: one }\n  days: { zh", "nothing reads the parameter"},
		{"  answer: { zh", "  spare: { zh: 无, en: none, by: [deciding] }\n  answer: { zh", "no state takes the event"},
		// the graph
		{"  gone:\n    zh: 已退出", "  lost:\n    zh: 丢失\n    en: lost\n    phase: exited\n    enter: stop\n    after: [ { id: x, zh: 无, en: x, cite: one, to: gone, due: { from: left_on } } ]\n  gone:\n    zh: 已退出", "cannot be reached"},
		{"to: erased, due", "to: gone, due", "must leave its state"},
		{"to: due }", "to: active }", "must leave its state"},
		{"if: [paid, small], to: due }", "to: due }", "needs a condition"},
		{"    on:\n      pay:", "    on:\n      answer: { id: trap, cite: one, to: trap }\n      pay:", "no state \"trap\""},
		{"cel: paid }", "cel: paid && today > listed_on }", "reads today"},
		{"from: listed_on, plus", "from: today, plus", "cannot count from today"},
		{"    final: true\n", "", "final"},
		{"    final: true\n    enter: erase", "    final: true", "must erase"},
		{"enter: [certificate, stop]", "enter: certificate", "every measure stopped"},
		{"create:\n  list: { id: list, cite: one, to: active,", "create:\n  list: { id: list, cite: one,", "needs a target"},
		// invariant 4
		{"term: { months: 12, cite: one }\n", "", "MissingExit:term is missing"},
		{"term: { months: 12, cite: one }", "term: { cite: one }", "MissingExit:neither months nor a rule"},
		{"measures: [ { code: I-01, cite: two } ]\n", "", "MissingExit:without a measure"},
		{"basis:\n  one: { zh: 第一条, en: Article 1 }\n  two: { zh: 第二条, en: Article 2 }\n", "", "MissingExit:without a legal basis"},
		{"      - { id: term, zh", "      - { id: term, if: paid, zh", "MissingExit:no deadline when not paid"},
		{"\n    after:\n      - { id: forget, zh: 遗忘, en: forget, cite: two, to: erased, due: { from: left_on, plus: [ { years: 1 } ] } }", "", "MissingExit:no way to a final state"},
		{"{ from: listed_on, plus", "{ from: left_on, plus", "MissingExit:nothing sets \"left_on\""},
		{"        rest: true\n", "", "MissingExit:neither rests"},
		{"{ working-days: param.days } ] } }", "{ working-days: param.days } ], calendar: later } }", "MissingExit:no deadline"},
		// invariant 1
		{"by: [deciding], adverse: true, reasons: true }", "by: [deciding] }", "not declared adverse"},
		{"by: [deciding], adverse: true, creates", "by: [deciding], creates", "not declared adverse"},
		{"by: [deciding], adverse: true, reasons: true }", "by: [contributor], adverse: true, reasons: true }", "only a recorder"},
		{"by: [deciding], adverse: true, reasons: true }", "by: [deciding], adverse: true }", "must give its reasons"},
		{"by: [subject], favourable: true }", "by: [subject] }", "one that the subject may send"},
		{"by: [subject], favourable: true }", "by: [subject], favourable: true, reasons: true }", "one that the subject may send"},
		{"adverse: true, reasons: true }", "adverse: true, favourable: true }", "exclude each other"},
		{"during: [active, due]", "during: [active]", "must run during \"due\" too"},
		{"        hidden: true\n        on:\n          answer: {", "        hidden: true\n        after: [ { id: again, zh: 再, en: again, cite: two, to: none, due: { from: claimed_on, plus: [ { days: 20 } ] } } ]\n        on:\n          answer: {", "may only improve"},
		// regions
		{"answer: { id: answer, cite: two, to: none }", "pay: { id: other, cite: two, to: none, set: { paid: \"false\" } }", "two regions set \"paid\""},
	} {
		name := r.new
		if name == "" {
			name = "without " + r.old
		}
		t.Run(strings.TrimSpace(name), func(t *testing.T) {
			if strings.Count(small, r.old) == 0 {
				t.Fatalf("the small contract has no %q", r.old)
			}
			src := strings.Replace(small, r.old, r.new, 1)
			c, problems := contract.Compile("small.yaml", []byte(src))
			if c != nil || len(problems) == 0 {
				t.Fatal("accepted")
			}
			code, want, coded := strings.Cut(r.want, ":")
			if !coded {
				want = r.want
			}
			found := false
			for _, p := range problems {
				right := strings.Contains(p.Message, want) && (!coded || code == "MissingExit" && p.Code == fault.MissingExit)
				found = found || right
				if zh := p.In(message.Chinese); zh == "" || zh == p.Message || strings.HasPrefix(zh, "[contract.") || strings.Contains(zh+p.Message, "%!") {
					t.Errorf("in Chinese %q, in English %q", zh, p.Message)
				}
				if p.Line < 1 || p.Column < 1 || p.Line > strings.Count(src, "\n")+1 || p.File != "small.yaml" {
					t.Errorf("points nowhere: %+v", p)
				}
			}
			if !found {
				t.Errorf("want %q, got:\n%v", r.want, problems)
			}
		})
	}
}

// TestCaret: a problem shows its line with a caret under the place, also behind wide
// characters.
func TestCaret(t *testing.T) {
	src := strings.Replace(small, "cel: 2 in marks", "cel: 2 in mraks", 1)
	_, problems := contract.Compile("small.yaml", []byte(src))
	if len(problems) != 1 {
		t.Fatalf("%d problems: %v", len(problems), problems)
	}
	lines := strings.Split(problems[0].Excerpt, "\n")
	if len(lines) != 2 {
		t.Fatalf("excerpt %q", problems[0].Excerpt)
	}
	width := 0
	for _, r := range lines[0][:strings.Index(lines[0], "mraks")] {
		width++
		if r > 0x2E80 {
			width++
		}
	}
	if got := strings.Index(lines[1], "^"); got != width {
		t.Errorf("caret at %d, want %d:\n%s", got, width, problems[0].Excerpt)
	}
}

// FuzzCompile: whatever the bytes are, Compile answers with a contract or with
// problems, the same ones each time, and never panics.
func FuzzCompile(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("riviera: statechart/1\n"))
	f.Add([]byte("a: [1, 2\n"))
	f.Add([]byte("\x00"))
	f.Add([]byte(strings.ReplaceAll(small, "count < 3", "count / 0 < 3")))
	f.Fuzz(func(t *testing.T, src []byte) {
		c, problems := contract.Compile("f", src)
		if (c == nil) == (len(problems) == 0) {
			t.Fatalf("contract %v with %d problems", c != nil, len(problems))
		}
		_, again := contract.Compile("f", src)
		if len(again) != len(problems) {
			t.Fatalf("%d problems, then %d", len(problems), len(again))
		}
		for i := range again {
			if again[i] != problems[i] {
				t.Fatalf("%v, then %v", problems[i], again[i])
			}
		}
	})
}
