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

// TestScenarios plays every scenario of package law.
func TestScenarios(t *testing.T) {
	all, cal := contracts(t), calendar2026(t)
	played := 0
	for _, f := range law.Scenarios() {
		scenarios, problems := contract.ParseScenarios(f.File, f.Source)
		for _, p := range problems {
			t.Errorf("%s", p)
		}
		for i := range scenarios {
			s := &scenarios[i]
			c := all[s.Kind]
			if c == nil {
				t.Errorf("%s:%d: no contract for %s", s.File, s.Line, s.Kind)
				continue
			}
			for _, d := range contract.RunScenario(c, s, cal) {
				t.Errorf("%s\n  %s", s.Name, d)
			}
			played++
		}
	}
	if played < 130 {
		t.Errorf("%d scenarios, at least 130 are kept", played)
	}
}
