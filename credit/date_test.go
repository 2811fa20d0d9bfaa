package credit

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

func TestParseDate(t *testing.T) {
	for in, want := range map[string]string{
		"2026-11-22":  "2026-11-22",
		"2026年11月22日": "2026-11-22",
		"2026年1月2日":   "2026-01-02",
		"2026年01月02日": "2026-01-02",
		"2024-02-29":  "2024-02-29",
		"1949-10-01":  "1949-10-01",
		"1970-01-01":  "1970-01-01",
		"2199年12月31日": "2199-12-31",
	} {
		d, err := ParseDate(in)
		if err != nil || d.String() != want {
			t.Errorf("%s: %v, %v", in, d, err)
		}
	}
	for in, want := range map[string]fault.Code{
		"":                    fault.DateMalformed,
		"2026-1-2":            fault.DateMalformed,
		"2026/11/22":          fault.DateMalformed,
		"20261122":            fault.DateMalformed,
		"2026-11-22 00:00:00": fault.DateMalformed,
		"2026年11月22":          fault.DateMalformed,
		"2026年011月22日":        fault.DateMalformed,
		"2026年11月22日止":        fault.DateMalformed,
		"２０２６-11-22":          fault.DateMalformed,
		"+026-11-22":          fault.DateMalformed,
		"2026-02-29":          fault.DateImpossible,
		"2026-13-01":          fault.DateImpossible,
		"2026-00-10":          fault.DateImpossible,
		"2026年4月31日":          fault.DateImpossible,
		"1949-09-30":          fault.DateImpossible,
		"2200-01-01":          fault.DateImpossible,
	} {
		if _, err := ParseDate(in); fault.Of(err) != want {
			t.Errorf("%q: %v, want %v", in, err, want)
		}
	}
}

func TestAddMonths(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-01-31", 1, "2026-02-28"},
		{"2024-01-31", 1, "2024-02-29"},
		{"2024-02-29", 12, "2025-02-28"},
		{"2024-02-29", 48, "2028-02-29"},
		{"2026-11-22", 24, "2028-11-22"},
		{"2026-12-31", 2, "2027-02-28"},
		{"2026-03-31", -1, "2026-02-28"},
		{"2026-01-15", -13, "2024-12-15"},
	} {
		from, _ := ParseDate(c.from)
		if got := from.AddMonths(c.n); got.String() != c.want {
			t.Errorf("%s %+d months: %s, want %s", c.from, c.n, got, c.want)
		}
	}
}

// TestDayIsUTC8 holds that a day begins and ends at midnight in China.
func TestDayIsUTC8(t *testing.T) {
	d := NewDate(2026, 11, 22)
	start := time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC).Unix()
	if int64(d.Start()) != start || int64(d.End()) != start+86400 {
		t.Errorf("start %d, end %d", d.Start(), d.End())
	}
	for m, want := range map[Moment]Date{
		d.Start(): d, d.End() - 1: d, d.End(): d + 1, d.Start() - 1: d - 1, 0: 0, -8*3600 - 1: -1, -8 * 3600: 0,
	} {
		if got := m.Date(); got != want {
			t.Errorf("%d lies in %v, want %v", m, got, want)
		}
	}
	if s := d.Start().String(); s != "2026-11-22T00:00:00+08:00" {
		t.Errorf("start prints %s", s)
	}
}

func TestWeekday(t *testing.T) {
	for d := NewDate(1949, 10, 1); d < NewDate(2050, 1, 1); d += 13 {
		y, m, day := d.Civil()
		if want := int(time.Date(y, time.Month(m), day, 0, 0, 0, 0, time.UTC).Weekday()); d.Weekday() != want {
			t.Fatalf("%s is %d, want %d", d, d.Weekday(), want)
		}
	}
}

func TestDateText(t *testing.T) {
	d := NewDate(2026, 11, 22)
	b, err := json.Marshal(map[string]any{"on": d})
	if err != nil || string(b) != `{"on":"2026-11-22"}` {
		t.Errorf("%s, %v", b, err)
	}
	var back struct{ On Date }
	if err := json.Unmarshal(b, &back); err != nil || back.On != d {
		t.Errorf("%v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"on":"2026-02-30"}`), &back); !fault.Is(err, fault.DateImpossible) {
		t.Errorf("%v", err)
	}
	if got, want := wire.Encode(d), wire.Encode(int32(d)); !cmp.Equal(got, want) {
		t.Errorf("on the wire %x, want the number %x", got, want)
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"2026-11-22", "2026年11月22日", "2024-02-29", "", "年月日"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			return
		}
		if d < MinDate || d > MaxDate {
			t.Fatalf("%q is %v", s, d)
		}
		if again, err := ParseDate(d.String()); err != nil || again != d {
			t.Fatalf("%q prints %v, read as %v, %v", s, d, again, err)
		}
	})
}
