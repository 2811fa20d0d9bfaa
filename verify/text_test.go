package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/message"
)

// TestEveryReasonHasText: no outcome leaves its reader alone.
func TestEveryReasonHasText(t *testing.T) {
	for r, o := range outcomes {
		if o.verdict != Failed && o.verdict != Indeterminate || o.sub == "" && r != reasonUnreached {
			t.Errorf("%s: %v", r, o)
		}
		for _, l := range message.Langs {
			for _, key := range []string{"verify." + string(r), "verify." + string(r) + ".next"} {
				if !l.Has(key) {
					t.Errorf("%s lacks %s", l, key)
				}
			}
		}
	}
	for _, l := range message.Langs {
		for _, key := range []string{"passed", "passed.next", "passed.training", "passed.training.next", "integrity.passed", "issuer.passed",
			"ledger.passed", "status.standing", "status.reversed", "status.unknown"} {
			if !l.Has("verify." + key) {
				t.Errorf("%s lacks verify.%s", l, key)
			}
		}
	}
}

// TestPageOneIsFrozen: certificates out there were drawn with these texts. To change
// one is to make them all fail; a new wording is a new layout beside this one.
func TestPageOneIsFrozen(t *testing.T) {
	frozen(t, "certificate.page1.", "4399297b925355e0ff270ce39a1d2daa4d31049fb07a30f43db637932f5885bf")
}

// TestPageTwoIsFrozen: likewise.
func TestPageTwoIsFrozen(t *testing.T) {
	frozen(t, "page2.", "ca7115b2f87236cf1d0dbe9d01338d3820a4f983bbb6be50c4ceee8b1002443a")
}

func frozen(t *testing.T, prefix, want string) {
	t.Helper()
	h := sha256.New()
	for _, l := range message.Langs {
		keys := slices.DeleteFunc(l.Keys(), func(k string) bool { return !strings.HasPrefix(k, prefix) })
		slices.Sort(keys)
		if len(keys) < 60 {
			t.Fatalf("%s: %d texts", l, len(keys))
		}
		for _, k := range keys {
			h.Write([]byte(string(l) + "\x00" + k + "\x00" + l.Text(k) + "\n"))
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("the texts under %s have changed: %s", prefix, got)
	}
}

// ruler is a Face whose characters are as wide as they look: Han 1000, others 500; it
// has no "?" and no control characters.
type ruler struct{}

func (ruler) Glyph(r rune) (Glyph, bool) {
	switch {
	case r == '?' || r < ' ':
		return Glyph{}, false
	case r >= 0x2e80:
		return Glyph{1, uint16(r), 1000}, true
	}
	return Glyph{2, uint16(r), 500}, true
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text string
		room milli // at size 10 points: 10 points a Han character
		want []string
	}{
		{"", 100 * pt, []string{""}},
		{"失信记录退出证明", 40 * pt, []string{"失信记录", "退出证明"}},
		{"失信记录，退出", 40 * pt, []string{"失信记", "录，退出"}},
		{"依法（退出）证明", 30 * pt, []string{"依法", "（退出）", "证明"}[:0]},
		{"two words here", 50 * pt, []string{"two words", "here"}},
		{"abcdefghij", 20 * pt, []string{"abcd", "efgh", "ij"}},
		{"first\nsecond", 100 * pt, []string{"first", "second"}},
		{"号abc号", 20 * pt, []string{"号", "abc", "号"}},
		{"中", 1, []string{"中"}},
	} {
		if len(c.want) == 0 {
			continue
		}
		cv := &canvas{face: ruler{}}
		if d := cmp.Diff(c.want, cv.wrap(c.text, 10*pt, c.room)); d != "" {
			t.Errorf("%q in %v (-want +got):\n%s", c.text, c.room, d)
		}
	}
}

func TestSpellNeverLeavesABox(t *testing.T) {
	cv := &canvas{face: ruler{}}
	shown := func(s string) string {
		var out []rune
		for _, g := range cv.spell(s) {
			out = append(out, rune(g.ID))
		}
		return string(out)
	}
	for in, want := range map[string]string{
		"a?b":      "a[U+003F]b",
		"中\u202e国": "中[U+202E]国", // right-to-left override: would turn a name round
		"\x01":     "[U+0001]",
		"ok":       "ok",
	} {
		if got := shown(in); got != want {
			t.Errorf("%+q: %+q, want %+q", in, got, want)
		}
	}
	if len(cv.missing) != 3 {
		t.Errorf("missing: %+q", cv.missing)
	}
	if got := CodePoint(0x2ce2a); got != "[U+2CE2A]" {
		t.Error(got)
	}
}

func TestNumbers(t *testing.T) {
	for m, want := range map[milli]string{0: "0", 1: "0.001", 10: "0.01", 1500: "1.5", -250: "-0.25", 12 * pt: "12", -3 * pt: "-3", 595_276: "595.276"} {
		if got := m.String(); got != want {
			t.Errorf("%d: %s, want %s", int(m), got, want)
		}
	}
	for fen, want := range map[string]string{"0": "¥ 0.00", "5": "¥ 0.05", "123": "¥ 1.23", "128450075": "¥ 1,284,500.75", "100000000": "¥ 1,000,000.00", "-7": "¥ -0.07"} {
		if got := yuan(fen); got != want {
			t.Errorf("%s: %s, want %s", fen, got, want)
		}
	}
}

func TestMask(t *testing.T) {
	for _, c := range []struct{ kind, number, want string }{
		{"org", "91320706MA1MUNMA2T", "91320706MA1MUNMA2T"},
		{"person", "11010519491231002X", "110105************"},
		{"person", "123", "1**"},
		{"person", "", ""},
	} {
		code := &Code{Number: c.number}
		code.SubjectType = "person"
		if c.kind == "org" {
			code.SubjectType = "org"
		}
		if got := maskCode(code); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.kind, c.number, got, c.want)
		}
	}
}
