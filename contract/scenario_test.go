package contract_test

import (
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/law"
)

// contracts compiles every document of package law, by kind.
func contracts(t testing.TB) map[credit.Kind]*contract.Contract {
	t.Helper()
	out := map[credit.Kind]*contract.Contract{}
	for _, d := range law.Contracts() {
		c, problems := contract.Compile(d.File, d.Source)
		for _, p := range problems {
			t.Errorf("%s", p)
		}
		if c == nil {
			t.FailNow()
		}
		out[c.Kind()] = c
	}
	return out
}

func calendar2026(t testing.TB) *credit.Calendar {
	t.Helper()
	y, err := credit.ParseYear(law.Calendar2026())
	if err != nil {
		t.Fatal(err)
	}
	return credit.NewCalendar(y)
}

// TestScenarios plays every scenario of package law. Every transition of every document
// is taken by one: a rule that nothing proves is not kept.
func TestScenarios(t *testing.T) {
	var documents, scenarios []contract.File
	for _, d := range law.Contracts() {
		documents = append(documents, contract.File{Name: d.File, Source: d.Source})
	}
	for _, f := range law.Scenarios() {
		scenarios = append(scenarios, contract.File{Name: f.File, Source: f.Source})
	}
	s := contract.Play(documents, scenarios, calendar2026(t))
	for _, p := range s.Problems {
		t.Errorf("%s", p)
	}
	of := map[contract.Ref]int{}
	for _, v := range s.Verdicts {
		of[v.Contract]++
		for _, d := range v.Differences {
			t.Errorf("%s\n  %s", v.Scenario.Name, d)
		}
	}
	for _, u := range s.Unplayed {
		t.Errorf("%s: no scenario takes %v", u.Contract.ID, u.Transitions)
	}
	if len(of) != len(documents) || len(s.Verdicts) < 130 {
		t.Errorf("%d scenarios for %d of %d documents, at least 130 are kept", len(s.Verdicts), len(of), len(documents))
	}
}
