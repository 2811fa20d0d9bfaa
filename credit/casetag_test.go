package credit

import (
	"encoding/hex"
	"testing"
)

func TestCaseTag(t *testing.T) {
	secret := []byte("a secret of the recorder")
	base := CaseTag(secret, JudgmentDefaulter, "（2026）示0105执123号", "11010519491231002X")
	if got := hex.EncodeToString(base[:]); got != "98ed5a659ca0b54c5c4c07823779fc28" {
		t.Errorf("tag is %s: a recorder's old tags would no longer be found", got)
	}
	if CaseTag(secret, JudgmentDefaulter, "(2026) 示0105执123号", "11010519491231002X") != base {
		t.Error("brackets of another width make another case")
	}
	for name, other := range map[string][16]byte{
		"secret":   CaseTag([]byte("another"), JudgmentDefaulter, "（2026）示0105执123号", "11010519491231002X"),
		"kind":     CaseTag(secret, GeneralMinor, "（2026）示0105执123号", "11010519491231002X"),
		"case":     CaseTag(secret, JudgmentDefaulter, "（2026）示0105执124号", "11010519491231002X"),
		"subject":  CaseTag(secret, JudgmentDefaulter, "（2026）示0105执123号", "440524188001010014"),
		"boundary": CaseTag(secret, JudgmentDefaulter, "（2026）示0105执123号1", "1010519491231002X"),
	} {
		if other == base {
			t.Errorf("another %s gives the same tag", name)
		}
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
