package contract_test

import (
	"regexp"
	"strconv"
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

// TestEveryParameterMatters: with any parameter one higher some scenario is no longer
// met, so a number that counsel corrects is a number that the scenarios hold.
func TestEveryParameterMatters(t *testing.T) {
	cal := calendar2026(t)
	byKind := map[credit.Kind][]contract.Scenario{}
	for _, f := range law.Scenarios() {
		list, _ := contract.ParseScenarios(f.File, f.Source)
		for _, s := range list {
			byKind[s.Kind] = append(byKind[s.Kind], s)
		}
	}
	value := regexp.MustCompile(`(?m)^  (\w+): +\{ zh: .*, value: (\d+),`)
	for _, d := range law.Contracts() {
		places := value.FindAllSubmatchIndex(d.Source, -1)
		whole, _ := contract.Compile(d.File, d.Source)
		if whole == nil || len(places) != len(whole.Parameters()) {
			t.Fatalf("%s: %d parameters found", d.File, len(places))
		}
		for _, at := range places {
			n, _ := strconv.Atoi(string(d.Source[at[4]:at[5]]))
			src := string(d.Source[:at[4]]) + strconv.Itoa(n+1) + string(d.Source[at[5]:])
			c, problems := contract.Compile(d.File, []byte(src))
			if c == nil {
				t.Fatalf("%v", problems)
			}
			met := true
			for i := range byKind[c.Kind()] {
				met = met && len(contract.RunScenario(c, &byKind[c.Kind()][i], cal)) == 0
			}
			if met {
				t.Errorf("%s: %s may be %d and every scenario is met", d.File, d.Source[at[2]:at[3]], n+1)
			}
		}
	}
}
