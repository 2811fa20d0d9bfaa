package credit

import (
	"strconv"
	"time"

	"github.com/riviera-ledger/riviera/fault"
)

// Date is a calendar day in UTC+8, as days since 1970-01-01. The law counts days in
// China Standard Time, which has had no daylight saving since 1991; a fixed offset
// needs no zone table. The zero Date is 1970-01-01 and serves as "none" in fields
// that say so.
type Date int32

// Moment is an instant as Unix seconds (UTC). On a network with a training clock it
// is ledger time, not real time.
type Moment int64

const (
	secondsPerDay = 86400
	chinaOffset   = 8 * 3600 // UTC+8
)

// Bounds of the dates that an institution may state.
var (
	MinDate = NewDate(1949, 10, 1)
	MaxDate = NewDate(2199, 12, 31)
)

// NewDate makes a Date; out-of-range months and days roll over as in time.Date.
func NewDate(year, month, day int) Date {
	return Date(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// ParseDate reads "2026-11-22" or "2026年11月22日" (leading zeros optional in the
// second form, as the courts publish it). A day that does not exist is
// fault.DateImpossible, anything else fault.DateMalformed.
func ParseDate(s string) (Date, error) {
	y, m, d, ok := splitDate(s)
	if !ok {
		return 0, fault.New(fault.DateMalformed, "")
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Year() != y || int(t.Month()) != m || t.Day() != d {
		return 0, fault.New(fault.DateImpossible, "")
	}
	date := Date(t.Unix() / secondsPerDay)
	if date < MinDate || date > MaxDate {
		return 0, fault.Newf(fault.DateImpossible, "", "outside %s to %s", MinDate, MaxDate)
	}
	return date, nil
}

func splitDate(s string) (y, m, d int, ok bool) {
	if len(s) == 10 && s[4] == '-' && s[7] == '-' {
		y, oky := digits(s[:4])
		m, okm := digits(s[5:7])
		d, okd := digits(s[8:])
		return y, m, d, oky && okm && okd
	}
	year, rest, ok1 := cut(s, "年")
	month, rest, ok2 := cut(rest, "月")
	day, rest, ok3 := cut(rest, "日")
	if !ok1 || !ok2 || !ok3 || rest != "" || len(year) != 4 || len(month) > 2 || len(day) > 2 {
		return 0, 0, 0, false
	}
	y, oky := digits(year)
	m, okm := digits(month)
	d, okd := digits(day)
	return y, m, d, oky && okm && okd
}

func cut(s, sep string) (before, after string, ok bool) {
	for i := 0; i+len(sep) <= len(s); i++ {
		if s[i:i+len(sep)] == sep {
			return s[:i], s[i+len(sep):], true
		}
	}
	return s, "", false
}

func digits(s string) (int, bool) {
	if s == "" {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// Civil returns the date's year, month and day.
func (d Date) Civil() (year, month, day int) {
	t := time.Unix(int64(d)*secondsPerDay, 0).UTC()
	return t.Year(), int(t.Month()), t.Day()
}

// String returns "2006-01-02".
func (d Date) String() string {
	return time.Unix(int64(d)*secondsPerDay, 0).UTC().Format(time.DateOnly)
}

// Weekday returns 0 for Sunday to 6 for Saturday.
func (d Date) Weekday() int { return int((int64(d)%7 + 7 + 4) % 7) }

// AddDays returns the date n days later.
func (d Date) AddDays(n int) Date { return d + Date(n) }

// AddMonths returns the corresponding day n months later, or that month's last day
// where there is none (Civil Code art. 202: the corresponding day, else the last).
func (d Date) AddMonths(n int) Date {
	y, m, day := d.Civil()
	first := time.Date(y, time.Month(m+n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return NewDate(first.Year(), int(first.Month()), min(day, last))
}

// Start is the first instant of the day (00:00 UTC+8).
func (d Date) Start() Moment { return Moment(int64(d)*secondsPerDay - chinaOffset) }

// End is 24:00 UTC+8, the first instant of the next day: a deadline that ends "on" a
// day runs to its end (Civil Code art. 203: 截止时间为二十四时).
func (d Date) End() Moment { return (d + 1).Start() }

// Date returns the day in UTC+8 in which the moment lies.
func (m Moment) Date() Date {
	s := int64(m) + chinaOffset
	d := s / secondsPerDay
	if s%secondsPerDay < 0 {
		d--
	}
	return Date(d)
}

// String returns RFC 3339 with offset +08:00.
func (m Moment) String() string {
	return time.Unix(int64(m), 0).In(time.FixedZone("", chinaOffset)).Format(time.RFC3339)
}
