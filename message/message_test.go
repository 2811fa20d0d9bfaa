package message

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/fault"
)

// verb matches a fmt verb with its flags, or an escaped percent sign.
var verb = regexp.MustCompile(`%(\[\d+\])?[-+# 0]*\d*(\.\d+)?[a-zA-Z%]`)

// verbs returns a text's verbs in the order of their arguments.
func verbs(text string) []string {
	vs := verb.FindAllString(text, -1)
	vs = slices.DeleteFunc(vs, func(v string) bool { return v == "%%" })
	slices.SortStableFunc(vs, func(a, b string) int {
		// Verbs with an explicit index may stand in any order.
		return strings.Compare(index(a), index(b))
	})
	return vs
}

func index(v string) string {
	if i := strings.IndexByte(v, ']'); i > 0 {
		return v[:i]
	}
	return ""
}

// TestCatalogueIsWhole holds that both languages have the same keys with the same
// verbs, no text is empty, and no percent sign stands alone.
func TestCatalogueIsWhole(t *testing.T) {
	keys := map[string]bool{}
	for _, l := range Langs {
		for _, k := range l.Keys() {
			keys[k] = true
		}
	}
	if len(keys) == 0 {
		t.Fatal("the catalogue is empty")
	}
	for k := range keys {
		for _, l := range Langs {
			if !l.Has(k) {
				t.Errorf("%s is missing in %s", k, l)
			}
		}
		zh, en := Chinese.Text(k), English.Text(k)
		if strings.TrimSpace(zh) == "" || strings.TrimSpace(en) == "" {
			t.Errorf("%s is empty", k)
		}
		if diff := cmp.Diff(verbs(zh), verbs(en)); diff != "" {
			t.Errorf("%s: verbs differ\n%s", k, diff)
		}
		for _, text := range []string{zh, en} {
			if strings.Contains(verb.ReplaceAllString(text, ""), "%") {
				t.Errorf("%s: a percent sign that is no verb", k)
			}
		}
	}
}

// TestEveryCodeHasText holds that every code has a message and a next step in both
// languages, plain sentences without verbs, and that no text belongs to no code.
func TestEveryCodeHasText(t *testing.T) {
	known := map[string]bool{}
	for _, c := range fault.All() {
		for _, key := range []string{"fault." + c.String(), "fault." + c.String() + ".next"} {
			known[key] = true
			for _, l := range Langs {
				if !l.Has(key) {
					t.Errorf("%s has no %s", l, key)
				}
				if len(verbs(l.Text(key))) > 0 {
					t.Errorf("%s: a fault's text takes no arguments", key)
				}
			}
			if zh := Chinese.Text(key); !strings.HasSuffix(zh, "。") {
				t.Errorf("%s in Chinese is no sentence", key)
			}
			if en := English.Text(key); !strings.HasSuffix(en, ".") {
				t.Errorf("%s in English is no sentence", key)
			}
		}
		text, next := English.Fault(c)
		if text == next || text == "" {
			t.Errorf("%v: message %q, next step %q", c, text, next)
		}
	}
	for _, k := range English.Keys() {
		if strings.HasPrefix(k, "fault.") && !known[k] {
			t.Errorf("%s belongs to no code", k)
		}
	}
}

func TestTextsDiffer(t *testing.T) {
	seen := map[string]fault.Code{}
	for _, c := range fault.All() {
		for _, l := range Langs {
			text, _ := l.Fault(c)
			if other, twice := seen[text]; twice && other != c {
				t.Errorf("%v and %v say the same in %s: no one can tell them apart", other, c, l)
			}
			seen[text] = c
		}
	}
}

func TestParse(t *testing.T) {
	for in, want := range map[string]Lang{
		"zh_CN.UTF-8": Chinese, "zh": Chinese, " ZH-hans,en;q=0.5": Chinese,
		"en_GB.UTF-8": English, "": English, "C": English, "fr": English,
	} {
		if got := Parse(in); got != want {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
	}
}

func TestText(t *testing.T) {
	if got := English.Text("no.such.key"); got != "[no.such.key]" {
		t.Errorf("%q", got)
	}
	if got := verbs("%d of %s, 5%% %[2]s %[1]d"); !cmp.Equal(got, []string{"%d", "%s", "%[1]d", "%[2]s"}) {
		t.Errorf("verbs %q", got)
	}
}
