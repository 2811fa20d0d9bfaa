package credit

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

func year2026(t testing.TB) Year {
	t.Helper()
	b, err := os.ReadFile("testdata/calendar-2026.json")
	if err != nil {
		t.Fatal(err)
	}
	y, err := ParseYear(b)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

func date(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return d
}

func TestDeadlineVectors(t *testing.T) {
	var v []struct {
		From, Unit, Due string
		Add             int
	}
	readVectors(t, "dates-2026.json", &v)
	if len(v) == 0 {
		t.Fatal("no vectors")
	}
	c := NewCalendar().With(year2026(t))
	for _, x := range v {
		from := date(t, x.From)
		var got Date
		switch x.Unit {
		case "working_days":
			got = c.AddWorkingDays(from, x.Add)
		case "natural_days_rolling":
			got = c.AddNaturalRolling(from, x.Add)
		default:
			t.Fatalf("unit %s", x.Unit)
		}
		if got.String() != x.Due {
			t.Errorf("%s + %d %s = %s, want %s", x.From, x.Add, x.Unit, got, x.Due)
		}
	}
}

func TestWorkingDays(t *testing.T) {
	c := NewCalendar().With(year2026(t))
	for in, want := range map[string]bool{
		"2026-11-23": true,  // Monday
		"2026-11-22": false, // Sunday
		"2026-02-14": true,  // Saturday that is worked
		"2026-10-10": true,
		"2026-02-16": false, // Monday of the festival
		"2026-01-01": false,
		"2026-12-31": true,
		"2027-01-01": true, // a Friday of a year without notice
		"2025-10-01": true,
	} {
		if got := c.IsWorkingDay(date(t, in)); got != want {
			t.Errorf("%s: %v", in, got)
		}
	}
	if n := year2026(t).WorkingDays(); n != 248 {
		t.Errorf("%d working days in 2026", n)
	}
	d := date(t, "2026-02-16")
	if c.AddWorkingDays(d, 0) != d || c.AddWorkingDays(d, -3) != d {
		t.Error("no days to add moved the date")
	}
	if got := c.AddWorkingDays(0, 1<<30); got < 100_000 {
		t.Errorf("bound gives %v", got)
	}
}

func TestCalendarIsAValue(t *testing.T) {
	y := year2026(t)
	empty := NewCalendar()
	one := empty.With(y)
	festival := date(t, "2026-02-16")
	if empty.Has(2026) || !one.Has(2026) || !empty.IsWorkingDay(festival) || one.IsWorkingDay(festival) {
		t.Error("With changed its receiver, or did nothing")
	}
	y.Off[0] = festival + 1000 // the caller's slice is not the calendar's
	changed := Year{Year: 2026, Notice: "later notice"}
	two := one.With(Year{Year: 2025, Notice: "n"}).With(changed)
	if !two.IsWorkingDay(festival) || one.IsWorkingDay(festival) {
		t.Error("a replaced notice must hold in the new calendar alone")
	}
	var none *Calendar
	if none.Edition() != 0 || none.Has(2026) || none.Years() != nil || !none.IsWorkingDay(festival) || none.With(y).Edition() != 1 {
		t.Error("a nil calendar is not the empty one")
	}
	if empty.Edition() != 0 || one.Edition() != 1 || two.Edition() != 3 {
		t.Errorf("editions %d, %d, %d", empty.Edition(), one.Edition(), two.Edition())
	}
	years := two.Years()
	if len(years) != 2 || years[0].Year != 2025 || years[1].Notice != "later notice" {
		t.Errorf("years %v", years)
	}
	if diff := cmp.Diff(NewCalendar(years...).Years(), years); diff != "" {
		t.Error(diff)
	}
	if got := one.Years()[0].Off[0].String(); got != "2026-01-01" {
		t.Errorf("first day off is %s", got)
	}
}

func TestCovers(t *testing.T) {
	c := NewCalendar().With(year2026(t)).With(Year{Year: 2028, Notice: "n"})
	for _, x := range []struct {
		first, last string
		want        bool
	}{
		{"2026-01-01", "2026-12-31", true},
		{"2026-12-31", "2027-01-01", false},
		{"2025-12-31", "2026-01-05", false},
		{"2026-12-01", "2028-01-05", false}, // both ends known, the middle not
		{"2027-05-01", "2027-05-05", false},
		{"2028-12-31", "2028-12-31", true},
		{"2027-05-02", "2027-05-01", true}, // empty
	} {
		if got := c.Covers(date(t, x.first), date(t, x.last)); got != x.want {
			t.Errorf("%s to %s: %v", x.first, x.last, got)
		}
	}
	from := date(t, "2026-12-30")
	due := c.AddWorkingDays(from, 3)
	if due.String() != "2027-01-04" || c.Covers(from+1, due) {
		t.Errorf("due %s counts Monday to Friday in 2027 and says so", due)
	}
}

func TestParseYearFaults(t *testing.T) {
	for _, c := range []struct {
		name, doc string
		want      fault.Code
		where     string
	}{
		{"not JSON", `{`, fault.Malformed, "calendar"},
		{"unknown member", `{"year":2026,"notice":"n","offf":[]}`, fault.Malformed, "calendar"},
		{"two documents", `{"year":2026,"notice":"n"}{}`, fault.Malformed, "calendar"},
		{"no year", `{"notice":"n"}`, fault.FieldInvalid, "year"},
		{"no notice", `{"year":2026}`, fault.FieldMissing, "notice"},
		{"day of another year", `{"year":2026,"notice":"n","off":["2025-12-31"]}`, fault.FieldInvalid, "off 1"},
		{"not ascending", `{"year":2026,"notice":"n","off":["2026-01-02","2026-01-01"]}`, fault.FieldInvalid, "off 2"},
		{"twice", `{"year":2026,"notice":"n","off":["2026-01-02","2026-01-02"]}`, fault.FieldInvalid, "off 2"},
		{"a weekday that is worked", `{"year":2026,"notice":"n","work":["2026-11-23"]}`, fault.FieldInvalid, "work 1"},
		{"off and worked", `{"year":2026,"notice":"n","off":["2026-01-04"],"work":["2026-01-04"]}`, fault.FieldInvalid, "work 1"},
		{"wrong count", `{"year":2026,"notice":"n","working_days_in_year":250}`, fault.FieldInvalid, "working_days_in_year"},
		{"bad hash", `{"year":2026,"notice":"n","notice_hash":"00"}`, fault.FieldInvalid, "notice_hash"},
		{"no such day", `{"year":2026,"notice":"n","off":["2026-02-30"]}`, fault.Malformed, "calendar"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseYear([]byte(c.doc))
			if e, ok := err.(*fault.Error); !ok || e.Code != c.want || e.Where != c.where {
				t.Errorf("got %v, want %v at %s", err, c.want, c.where)
			}
		})
	}
}

func TestYearOnTheWire(t *testing.T) {
	y := year2026(t)
	y.NoticeHash = wire.Hash{1, 2, 3}
	var back Year
	b := wire.Encode(y)
	if err := wire.Decode(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(y, back); diff != "" || !bytes.Equal(b, wire.Encode(back)) {
		t.Error(diff)
	}
}

func BenchmarkAddWorkingDays(b *testing.B) {
	c := NewCalendar().With(year2026(b))
	from := NewDate(2026, 9, 30)
	for b.Loop() {
		c.AddWorkingDays(from, 10)
	}
}
