package credit

import (
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestNameVectors(t *testing.T) {
	type pair struct{ A, B, Why string }
	var v struct{ Agree, Differ []pair }
	readVectors(t, "names.json", &v)
	for _, p := range v.Agree {
		if a, b := NormalizeName(p.A), NormalizeName(p.B); a != b || a == "" || p.A == p.B {
			t.Errorf("%s: %q and %q do not agree", p.Why, a, b)
		}
	}
	for _, p := range v.Differ {
		if a, b := NormalizeName(p.A), NormalizeName(p.B); a == b {
			t.Errorf("%s: %q and %q agree", p.Why, p.A, p.B)
		}
	}
	if len(v.Agree) < 15 || len(v.Differ) < 5 {
		t.Error("vectors missing")
	}
}

func FuzzName(f *testing.F) {
	for _, s := range []string{"阿卜杜拉·示例", "ＡＢＣ（集团）", "Jose\u0301", "İ", "ﬁ\u200dx", "a\u034f\u0301", "K\u0323\u200b\u0307"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := NormalizeName(s)
		if again := NormalizeName(once); again != once {
			t.Fatalf("%q becomes %q, then %q", s, once, again)
		}
		if other := NormalizeName(norm.NFD.String(s)); other != once {
			t.Fatalf("%q becomes %q, decomposed %q", s, once, other)
		}
	})
}
