package credit

import "slices"

// maxWorkingDays bounds AddWorkingDays: four centuries, beyond every date that a
// record may state.
const maxWorkingDays = 100_000

// Calendar holds the adopted years of the working-day calendar. It never changes: With
// returns another one and leaves the first as it was, so a deadline can be computed
// with the calendar of an earlier day. The zero Calendar and a nil one have no year.
//
// A year that is not adopted counts Monday to Friday. That is right for exits, which
// must not wait for a notice; a subject's own window must then stay open, which is
// what Covers is for.
type Calendar struct {
	edition uint32
	years   []calendarYear // ascending, never changed in place
}

// calendarYear is a year with one bit a day, set for a working day.
type calendarYear struct {
	notice  Year
	first   Date
	next    Date // first day of the following year
	working [6]uint64
}

// NewCalendar makes a calendar of years in the order of their adoption: its edition is
// their number.
func NewCalendar(years ...Year) *Calendar {
	c := &Calendar{}
	for _, y := range years {
		c = c.With(y)
	}
	return c
}

// With returns the calendar with a year added, or replaced where the State Council
// has changed its notice, one edition later. Days outside the year are passed over:
// check a year from outside with Year.Check first.
func (c *Calendar) With(y Year) *Calendar {
	next := &Calendar{edition: c.Edition() + 1, years: []calendarYear{newCalendarYear(y)}}
	if c != nil {
		for _, t := range c.years {
			if t.notice.Year != y.Year {
				next.years = append(next.years, t)
			}
		}
	}
	slices.SortFunc(next.years, func(a, b calendarYear) int { return a.notice.Year - b.notice.Year })
	return next
}

func newCalendarYear(y Year) calendarYear {
	y.Off, y.Work = slices.Clone(y.Off), slices.Clone(y.Work)
	t := calendarYear{notice: y, first: NewDate(y.Year, 1, 1), next: NewDate(y.Year+1, 1, 1)}
	for d := t.first; d < t.next; d++ {
		if weekday(d) {
			t.set(d, true)
		}
	}
	for _, d := range y.Off {
		t.set(d, false)
	}
	for _, d := range y.Work {
		t.set(d, true)
	}
	return t
}

func (t *calendarYear) set(d Date, working bool) {
	if d < t.first || d >= t.next {
		return
	}
	i := d - t.first
	t.working[i/64] &^= 1 << (i % 64)
	if working {
		t.working[i/64] |= 1 << (i % 64)
	}
}

func weekday(d Date) bool { w := d.Weekday(); return w >= 1 && w <= 5 }

// year returns the adopted year in which d lies, or nil.
func (c *Calendar) year(d Date) *calendarYear {
	if c == nil {
		return nil
	}
	for i := len(c.years) - 1; i >= 0; i-- {
		if t := &c.years[i]; d >= t.first && d < t.next {
			return t
		}
	}
	return nil
}

// Edition counts the adoptions: 0 for the zero Calendar, one more with each With.
func (c *Calendar) Edition() uint32 {
	if c == nil {
		return 0
	}
	return c.edition
}

// Years returns the adopted years in ascending order.
func (c *Calendar) Years() []Year {
	if c == nil {
		return nil
	}
	out := make([]Year, len(c.years))
	for i, t := range c.years {
		out[i] = t.notice
		out[i].Off, out[i].Work = slices.Clone(t.notice.Off), slices.Clone(t.notice.Work)
	}
	return out
}

// Has reports whether a year is adopted.
func (c *Calendar) Has(year int) bool { return c.year(NewDate(year, 1, 1)) != nil }

// IsWorkingDay reports whether d is worked: by the notice in an adopted year, Monday
// to Friday otherwise.
func (c *Calendar) IsWorkingDay(d Date) bool {
	t := c.year(d)
	if t == nil {
		return weekday(d)
	}
	i := d - t.first
	return t.working[i/64]&(1<<(i%64)) != 0
}

// AddWorkingDays returns the n-th working day after d; d itself, day 0, is not
// counted. n below 1 returns d, n above 100,000 counts as 100,000.
func (c *Calendar) AddWorkingDays(d Date, n int) Date {
	for n = min(n, maxWorkingDays); n > 0; {
		d++
		if c.IsWorkingDay(d) {
			n--
		}
	}
	return d
}

// RollForward returns d if it is a working day, else the next one (Civil Code art.
// 203: the day after the holiday is the last day).
func (c *Calendar) RollForward(d Date) Date {
	for !c.IsWorkingDay(d) {
		d++
	}
	return d
}

// AddNaturalRolling returns the day n natural days after d, day 0 not counted, rolled
// to the next working day.
func (c *Calendar) AddNaturalRolling(d Date, n int) Date { return c.RollForward(d.AddDays(n)) }

// Covers reports whether every day from first to last, both included, lies in an
// adopted year. A deadline computed from day d to day due depended on a missing year
// exactly when Covers(d+1, due) is false; for a roll of natural days the interval is
// the rolled part, Covers(d+n, due).
func (c *Calendar) Covers(first, last Date) bool {
	for d := first; d <= last; {
		t := c.year(d)
		if t == nil {
			return false
		}
		d = t.next
	}
	return true
}
