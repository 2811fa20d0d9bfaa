package contract_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/message"
)

func way(t *testing.T, x contract.Explanation, id string) contract.Way {
	t.Helper()
	for _, w := range x.Ways {
		if w.Transition == id {
			return w
		}
	}
	t.Fatalf("no way out %q", id)
	return contract.Way{}
}

// TestExplainTellsWhoCanChangeWhat: the conditions of a way out with who can change
// each, its articles, and what is missing by how much.
func TestExplainTellsWhoCanChangeWhat(t *testing.T) {
	c := compile(t, small)
	in := must(t, c, contract.Instance{}, event("list", "marks", 1, "count", 5), day(2026, 3, 2))
	x := c.Explain(in, day(2026, 3, 3), nil)
	article := []contract.Article{{Key: "two", Text: contract.Text{ZH: "第二条", EN: "Article 2"}}}
	want := contract.Way{Transition: "exit-paid", How: contract.ByCondition, Title: contract.Text{ZH: "付清", EN: "paid up"},
		To: "due", ToTitle: contract.Text{ZH: "待退出", EN: "due"}, Phase: contract.ExitDue, Cite: article,
		Conditions: []contract.Tick{
			{Name: "paid", Title: contract.Text{ZH: "已付清", EN: "paid"}, Known: true, Cite: []contract.Article{},
				Senders: []contract.Sender{{Event: "pay", Title: contract.Text{ZH: "付清", EN: "pay"}, By: []string{"deciding"}}}},
			{Name: "small", Title: contract.Text{ZH: "少于三", EN: "fewer than three"}, Known: true, Gap: 3, Unit: "count", Cite: []contract.Article{},
				Senders: []contract.Sender{{Event: "note", Title: contract.Text{ZH: "记", EN: "note"}, By: []string{"deciding", "recorder"}}}},
		}}
	if diff := cmp.Diff(want, way(t, x, "exit-paid")); diff != "" {
		t.Error(diff)
	}
	term := way(t, x, "term")
	if term.How != contract.ByDate || !term.Open || term.Due != credit.NewDate(2027, 3, 2) {
		t.Errorf("term: %+v", term)
	}
}

// TestExplainForecasts: what happens if nobody does anything, to the end.
func TestExplainForecasts(t *testing.T) {
	all, cal := contracts(t), calendar2026(t)
	c := all[credit.JudgmentDefaulter]
	in := migrated(t, c, cal, 2)
	x := c.Explain(in, day(2026, 3, 2), cal)
	type step struct {
		ID      string
		On      credit.Date
		Phase   contract.Phase
		InForce bool
	}
	var got []step
	for _, f := range x.Automatic {
		got = append(got, step{f.Transition, f.On, f.Phase, f.InForce})
		if f.Title.ZH == "" || f.Title.EN == "" || f.ToTitle.ZH == "" || len(f.Cite) == 0 {
			t.Errorf("%s: a text or an article is missing", f.Transition)
		}
	}
	want := []step{
		{"term-over", credit.NewDate(2027, 6, 2), contract.ExitDue, true},
		{"released", credit.NewDate(2027, 6, 7), contract.Exited, false},
		{"forgotten", credit.NewDate(2028, 6, 7), contract.Erased, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if x.Released != credit.NewDate(2027, 6, 7) {
		t.Errorf("released on %s", x.Released)
	}
}

// TestExplainSettlesFirst: an explanation at a later moment speaks of the record as it
// is then, and changes nothing.
func TestExplainSettlesFirst(t *testing.T) {
	all, cal := contracts(t), calendar2026(t)
	c := all[credit.JudgmentDefaulter]
	in := migrated(t, c, cal, 2)
	before := in
	x := c.Explain(in, credit.NewDate(2027, 6, 7).End(), cal)
	if x.Status.Phase != contract.Exited || x.Released != 0 || x.Status.InForce {
		t.Errorf("status %+v, released %v", x.Status, x.Released)
	}
	if in != before {
		t.Error("the instance was changed")
	}
}

// TestExplanationsAreWhole: in every state that the scenarios' contracts can begin in,
// each text stands in both languages and the JSON reads back.
func TestExplanationsAreWhole(t *testing.T) {
	cal := calendar2026(t)
	for kind, c := range contracts(t) {
		if c.Title(message.Chinese) == "" || c.Title(message.English) == "" {
			t.Errorf("%s has no title", kind)
		}
		args := contract.Args{}
		propose, _ := c.Event("propose")
		for _, a := range propose.Args {
			switch a.Name {
			case "decided_on":
				args[a.Name] = int64(credit.NewDate(2025, 12, 1))
			case "grounds":
				args[a.Name] = 1
			}
		}
		in, _, err := c.Step(contract.Instance{}, contract.Event{Name: "propose", By: contract.RoleContributor, Args: args}, day(2026, 1, 5), cal)
		if err != nil {
			t.Fatal(err)
		}
		x := c.Explain(in, day(2026, 1, 6), cal)
		if len(x.Ways) == 0 || len(x.Automatic) == 0 {
			t.Errorf("%s: no way out of a proposal", kind)
		}
		for _, w := range x.Ways {
			if w.Title.ZH == "" || w.Title.EN == "" || w.ToTitle.ZH == "" || len(w.Cite) == 0 {
				t.Errorf("%s: way %s lacks a text or an article", kind, w.Transition)
			}
		}
		b, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		var back contract.Explanation
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		if diff := cmp.Diff(x, back); diff != "" {
			t.Error(diff)
		}
	}
}

func TestExplainNothing(t *testing.T) {
	x := compile(t, small).Explain(contract.Instance{}, day(2026, 3, 2), nil)
	if len(x.Ways) != 0 || x.Status.Phase != 0 {
		t.Errorf("%+v", x)
	}
}
