package law

import (
	"testing"
)

// TestCatalogueOfMeasures: numbers ascend and stand once, like codes; the family is in
// the code; nothing is empty.
func TestCatalogueOfMeasures(t *testing.T) {
	codes := map[string]bool{}
	last := uint16(0)
	for _, m := range Measures() {
		if m.Number <= last {
			t.Errorf("number %d after %d", m.Number, last)
		}
		last = m.Number
		if codes[m.Code] {
			t.Errorf("code %s stands twice", m.Code)
		}
		codes[m.Code] = true
		if m.Family+"-" != m.Code[:len(m.Family)+1] || m.ZH == "" || m.EN == "" || m.Basis == "" {
			t.Errorf("entry %s is not whole", m.Code)
		}
		if m.Family == "III" && (m.Months != 0 || m.Discretion) {
			t.Errorf("entry %s is information: it is never ordered", m.Code)
		}
		if (m.Months == 0) != (m.MonthsBasis == "") {
			t.Errorf("entry %s: a longest term is cited, and only one that is there", m.Code)
		}
		if x, ok := MeasureByCode(m.Code); !ok || x != m {
			t.Errorf("MeasureByCode(%s) = %v", m.Code, x)
		}
		if MeasureCode(m.Number) != m.Code {
			t.Errorf("MeasureCode(%d) = %s", m.Number, MeasureCode(m.Number))
		}
	}
	if len(codes) < 12 || len(MeasureNumbers()) != len(codes) {
		t.Errorf("%d measures", len(codes))
	}
	if MeasureCode(0) != "" {
		t.Error("number 0 has a code")
	}
}

func TestFilesAreEmbedded(t *testing.T) {
	if n := len(Contracts()); n < 8 {
		t.Errorf("%d contract documents", n)
	}
	if len(Calendars()) == 0 || len(Calendar2026()) == 0 || len(Scenarios()) == 0 {
		t.Error("calendars or scenarios are missing")
	}
}
