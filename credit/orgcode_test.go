package credit

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
)

// readVectors fills v from a file of testdata.
func readVectors(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

func TestOrgCodeVectors(t *testing.T) {
	var v struct {
		Valid   []string
		Invalid []struct{ Code, Why string }
	}
	readVectors(t, "uscc.json", &v)
	for _, c := range v.Valid {
		if _, err := ParseOrgCode(c, false); err != nil {
			t.Errorf("%s: %v", c, err)
		}
	}
	want := []struct {
		in   string
		code fault.Code
	}{
		{"check character", fault.CodeCheck},
		{"not in the alphabet", fault.CodeCharacter},
		{"organisation code check fails", fault.CodeOrganisation},
		{"category 7 is undefined", fault.CodeAuthority},
		{"17 characters", fault.CodeLength},
		{"lower case", fault.CodeLowerCase},
	}
	for _, i := range v.Invalid {
		_, err := ParseOrgCode(i.Code, false)
		known := false
		for _, w := range want {
			if strings.Contains(i.Why, w.in) {
				known = true
				if fault.Of(err) != w.code {
					t.Errorf("%s: %v, want %v (%s)", i.Code, err, w.code, i.Why)
				}
			}
		}
		if !known {
			t.Errorf("vector with an unknown reason: %s", i.Why)
		}
	}
}

func TestOrgCodeFaults(t *testing.T) {
	for _, c := range []struct {
		name, code string
		want       fault.Code
	}{
		{"empty", "", fault.CodeLength},
		{"nineteen", "91440300708461136T0", fault.CodeLength},
		{"full-width digit", "9144030070846113６T", fault.CodeCharacter},
		{"eighteen bytes of Chinese", "示例示例示例", fault.CodeLength},
		{"space inside", "9144030070846 136T", fault.CodeCharacter},
		{"unknown authority", "B1440300708461136T", fault.CodeAuthority},
		{"category of another authority", "Y2440300708461136T", fault.CodeAuthority},
		{"letter in the region", "91A40300708461136T", fault.CodeRegion},
		{"letter in the county", "914403A0708461136T", fault.CodeRegion},
		{"unknown province", "91990300708461136T", fault.CodeRegion},
		{"unknown prefecture", "91449900708461136T", fault.CodeRegion},
		{"a country code that is not 100000", "91100001708461136T", fault.CodeRegion},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := ParseOrgCode(c.code, false); fault.Of(err) != c.want {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestOrgCodeRegions(t *testing.T) {
	for _, c := range []struct {
		name, region string
	}{
		{"central authority", "100000"},
		{"city district without a code in the standard", "440399"},
		{"province-level county", "429004"},
		{"municipality", "500112"},
		{"prefecture of the past", "512301"},
		{"corps city", "659001"},
	} {
		if _, err := MakeOrgCode("91", c.region, "YL000001"); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestOrgPairs(t *testing.T) {
	want := strings.Fields(`11 12 13 19 21 29 31 32 33 34 35 39 41 49 51 52 53 54 55 59
		61 62 69 71 72 79 81 89 91 92 93 A1 A9 N1 N2 N3 N9 Y1`)
	n := 0
	for _, a := range orgAlphabet {
		for _, c := range orgAlphabet {
			if orgPair(byte(a), byte(c)) {
				if n >= len(want) || want[n] != string(a)+string(c) {
					t.Errorf("unexpected pair %c%c", a, c)
				}
				n++
			}
		}
	}
	if n != len(want) {
		t.Errorf("%d pairs, want %d", n, len(want))
	}
}

func TestRegistrarException(t *testing.T) {
	var v struct {
		Exceptions []string `json:"registrar_exceptions"`
	}
	readVectors(t, "uscc.json", &v)
	if len(v.Exceptions) == 0 {
		t.Fatal("no vectors")
	}
	for _, c := range v.Exceptions {
		if _, err := ParseOrgCode(c, false); !fault.Is(err, fault.CodeCheck) {
			t.Errorf("%s without exception: %v", c, err)
		}
		if _, err := ParseOrgCode(c, true); err != nil {
			t.Errorf("%s with exception: %v", c, err)
		}
	}
	for code, want := range map[string]fault.Code{
		"9144030070846113T":  fault.CodeLength,
		"91440300708461136t": fault.CodeLowerCase,
		"9144O300708461136T": fault.CodeCharacter,
		"974403007084611368": fault.CodeAuthority,
		"91990300708461136T": fault.CodeRegion,
		"91440300718461136W": fault.CodeOrganisation,
	} {
		if _, err := ParseOrgCode(code, true); fault.Of(err) != want {
			t.Errorf("exception lets %s through: %v, want %v", code, err, want)
		}
	}
}

// TestOuterCheckCatches changes each character of a valid code to each other one: the
// two checks together, or an earlier rule, refuse every one.
func TestOuterCheckCatches(t *testing.T) {
	const valid = "91440300708461136T"
	for i := range len(valid) {
		for j := range len(orgAlphabet) {
			b := []byte(valid)
			b[i] = orgAlphabet[j]
			if _, err := ParseOrgCode(string(b), false); (err == nil) != (string(b) == valid) {
				t.Errorf("position %d to %c: %v", i, orgAlphabet[j], err)
			}
		}
	}
}

func FuzzOrgCode(f *testing.F) {
	for _, s := range []string{"91440300708461136T", "91350100M0001TGQXM", "示例", "", "100000000000000000"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, exception bool) {
		c, err := ParseOrgCode(s, exception)
		if err != nil {
			if c != "" || fault.Of(err) < fault.CodeLength || fault.Of(err) > fault.CodeCheck {
				t.Fatalf("code %q with %v", c, err)
			}
			return
		}
		if string(c) != s || len(s) != 18 || strings.ToUpper(s) != s {
			t.Fatalf("accepted %q", s)
		}
		if !exception {
			again, err := MakeOrgCode(s[:2], s[2:8], s[8:16])
			if err != nil || again != c {
				t.Fatalf("rebuilt as %q: %v", again, err)
			}
		}
	})
}
