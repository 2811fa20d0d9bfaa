package credit

import (
	"encoding/hex"
	"testing"
)

func TestCaseTag(t *testing.T) {
	secret := []byte("a secret of the recorder")
	const judgment, number, subject = "（2025）示0105民初9号", "（2026）示0105执123号", "11010519491231002X"
	base := CaseTag(secret, JudgmentDefaulter, judgment, number, subject)
	if got := hex.EncodeToString(base[:]); got != "4250bc0b9b5e4531ed2e6778337538fe" {
		t.Errorf("tag is %s: a recorder's old tags would no longer be found", got)
	}
	for name, tt := range map[string]struct {
		other       [16]byte
		basis, same bool // whether the halves stay: basis, case
	}{
		"brackets of another width": {CaseTag(secret, JudgmentDefaulter, "(2025) 示0105民初9号", "(2026) 示0105执123号", subject), true, true},
		"another case":              {CaseTag(secret, JudgmentDefaulter, judgment, "（2026）示0105执124号", subject), true, false},
		"another judgment":          {CaseTag(secret, JudgmentDefaulter, "（2025）示0105民初8号", number, subject), false, true},
		"no judgment":               {CaseTag(secret, JudgmentDefaulter, "", number, subject), false, true},
		"another secret":            {CaseTag([]byte("another"), JudgmentDefaulter, judgment, number, subject), false, false},
		"another kind":              {CaseTag(secret, GeneralMinor, judgment, number, subject), false, false},
		"another subject":           {CaseTag(secret, JudgmentDefaulter, judgment, number, "440524188001010014"), false, false},
		"another boundary":          {CaseTag(secret, JudgmentDefaulter, judgment+"1", number+"1", "1010519491231002X"), false, false},
	} {
		if got := [8]byte(tt.other[:8]) == [8]byte(base[:8]); got != tt.basis {
			t.Errorf("%s: the basis half stays: %v", name, got)
		}
		if got := [8]byte(tt.other[8:]) == [8]byte(base[8:]); got != tt.same {
			t.Errorf("%s: the case half stays: %v", name, got)
		}
	}
	none := CaseTag(secret, JudgmentDefaulter, "", number, subject)
	if none != CaseTag(secret, JudgmentDefaulter, " ", number, subject) || none != CaseTag(secret, JudgmentDefaulter, number, number, subject) {
		t.Error("without a judgment number the case number stands for it")
	}
	if [8]byte(none[:8]) == [8]byte(none[8:]) {
		t.Error("the halves of one number are the same")
	}
}

func TestGrounds(t *testing.T) {
	g, err := NewGrounds(6, 1, 1)
	if err != nil || g.String() != "1;6" || !g.Has(1) || g.Has(2) || g.Has(0) || g.Has(17) {
		t.Errorf("%v, %v", g, err)
	}
	for _, n := range []int{0, -1, 17} {
		if _, err := NewGrounds(n); err == nil {
			t.Errorf("ground %d accepted", n)
		}
	}
	b, err := g.MarshalJSON()
	var back Grounds
	if err != nil || string(b) != "[1,6]" || back.UnmarshalJSON(b) != nil || back != g {
		t.Errorf("%s, %v, %v", b, err, back)
	}
	if back.UnmarshalJSON([]byte("[99]")) == nil || back.UnmarshalJSON([]byte("{")) == nil {
		t.Error("bad JSON accepted")
	}
}
