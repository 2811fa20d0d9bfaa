package credit

import (
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
)

func TestCitizenVectors(t *testing.T) {
	var v struct {
		Valid   []string
		Invalid []struct{ ID, Why string }
	}
	readVectors(t, "citizen-id.json", &v)
	for _, id := range v.Valid {
		if _, err := ParseCitizenID(id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	want := map[string]fault.Code{"check": fault.CitizenCheck, "no such date": fault.CitizenDate, "length": fault.CitizenLength}
	for _, i := range v.Invalid {
		if _, err := ParseCitizenID(i.ID); want[i.Why] == fault.OK || fault.Of(err) != want[i.Why] {
			t.Errorf("%s: %v, want %v (%s)", i.ID, err, want[i.Why], i.Why)
		}
	}
}

func TestCitizenFaults(t *testing.T) {
	for _, c := range []struct {
		name, id string
		want     fault.Code
	}{
		{"empty", "", fault.CitizenLength},
		{"old form of 15", "110105491231002", fault.CitizenLength},
		{"small x", "11010519491231002x", fault.CodeLowerCase},
		{"letter", "1101051949I231002X", fault.CitizenCharacter},
		{"X not last", "1101051949X2310021", fault.CitizenCharacter},
		{"full-width digit", "1101051949123１002X", fault.CitizenCharacter},
		{"unknown province", "99010519491231002X", fault.CitizenRegion},
		{"unknown prefecture", "11990519491231002X", fault.CitizenRegion},
		{"month 13", "11010519491331002X", fault.CitizenDate},
		{"day 0", "11010519491200002X", fault.CitizenDate},
		{"29 February of a common year", "11010519490229002X", fault.CitizenDate},
		{"year 0", "11010500001231002X", fault.CitizenDate},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := ParseCitizenID(c.id); fault.Of(err) != c.want {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestCitizenRegions(t *testing.T) {
	birth := NewDate(1980, 2, 29)
	for _, region := range []string{"110105", "440399", "710000", "810000", "820000", "830000", "512301"} {
		if _, err := MakeCitizenID(region, birth, 1); err != nil {
			t.Errorf("%s: %v", region, err)
		}
	}
}

func TestAgeAt(t *testing.T) {
	for _, c := range []struct {
		birth, day string
		want       int
	}{
		{"2008-05-10", "2026-05-09", 17},
		{"2008-05-10", "2026-05-10", 17}, // the eighteenth year ends at 24:00 of this day
		{"2008-05-10", "2026-05-11", 18},
		{"2008-02-29", "2026-02-28", 17},
		{"2008-02-29", "2026-03-01", 18},
		{"2008-12-31", "2027-01-01", 18},
		{"2008-01-01", "2026-12-31", 18},
		{"1949-12-31", "2026-01-01", 76},
	} {
		birth, _ := ParseDate(c.birth)
		day, _ := ParseDate(c.day)
		id, err := MakeCitizenID("110105", birth, 2)
		if err != nil {
			t.Fatal(err)
		}
		if id.Birth() != birth {
			t.Errorf("birth %v, want %v", id.Birth(), birth)
		}
		if got := id.AgeAt(day); got != c.want {
			t.Errorf("born %s, on %s: %d, want %d", c.birth, c.day, got, c.want)
		}
	}
	id, _ := MakeCitizenID("110105", NewDate(2026, 5, 10), 2)
	if age := id.AgeAt(NewDate(2020, 1, 1)); age >= 0 {
		t.Errorf("age before birth is %d", age)
	}
}

func TestCheckCode(t *testing.T) {
	for _, c := range []struct {
		name, code string
		kind       SubjectType
		want       fault.Code
	}{
		{"organisation", "91440300708461136T", Org, fault.OK},
		{"person", "11010519491231002X", Person, fault.OK},
		{"person with a wrong check", "110105194912310021", Person, fault.CitizenCheck},
		{"person with no such date", "11010519490231002X", Person, fault.CitizenDate},
		{"person of 16", "1101051949123100", Person, fault.CitizenLength},
		{"person of 15", "110105491231002", Person, fault.CitizenLength},
		{"person with a small x", "11010519491231002x", Person, fault.CodeLowerCase},
		{"organisation of 17", "9144030070846113T", Org, fault.CodeLength},
		{"organisation of digits", "974403007084611368", Org, fault.CodeAuthority},
		{"organisation with O", "9144O300708461136T", Org, fault.CodeCharacter},
		{"eighteen of anything", "示例示例示例示例示例示例示例示例示例", Org, fault.CodeCharacter},
		{"empty", "", "", fault.CodeUnrecognised},
		{"a word", "示例", "", fault.CodeUnrecognised},
		{"a short number", "12345", "", fault.CodeUnrecognised},
	} {
		t.Run(c.name, func(t *testing.T) {
			kind, err := CheckCode(c.code)
			if kind != c.kind || fault.Of(err) != c.want {
				t.Errorf("got %q, %v, want %q, %v", kind, err, c.kind, c.want)
			}
		})
	}
}

func TestParseSubjectCode(t *testing.T) {
	for _, c := range []struct {
		kind SubjectType
		code string
		want fault.Code
	}{
		{Org, "91440300708461136T", fault.OK},
		{Org, "11010519491231002X", fault.CodeRegion},
		{Person, "11010519491231002X", fault.OK},
		{Person, "91440300708461136T", fault.CitizenCharacter},
		{"firm", "91440300708461136T", fault.FieldInvalid},
	} {
		if err := ParseSubjectCode(c.kind, c.code); fault.Of(err) != c.want {
			t.Errorf("%s %s: %v, want %v", c.kind, c.code, err, c.want)
		}
	}
}

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"11010519491231002X":    "1101051949*******X",
		"91440300708461136T":    "91440300708461136T",
		"91350100M0001TGQXM":    "91350100M0001TGQXM",
		"110105194912310021":    "******************", // a mistyped number is still somebody's
		"110105491231002":       "***************",
		"":                      "",
		strings.Repeat("1", 99): "******************",
	} {
		if got := Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzCitizenID(f *testing.F) {
	for _, s := range []string{"11010519491231002X", "440524188001010014", "", "示例", "11010519491231002x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseCitizenID(s)
		if shown := Mask(s); err == nil && shown != s[:10]+"*******"+s[17:] {
			t.Fatalf("shown as %q", shown)
		}
		if err != nil {
			return
		}
		again, err := MakeCitizenID(s[:6], id.Birth(), int(s[14]-'0')*100+int(s[15]-'0')*10+int(s[16]-'0'))
		if err != nil || again != id {
			t.Fatalf("rebuilt as %q: %v", again, err)
		}
	})
}
