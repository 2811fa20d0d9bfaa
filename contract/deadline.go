package contract

import (
	"errors"

	"github.com/riviera-ledger/riviera/credit"
)

var errDate = errors.New("contract: date out of range")

// arm materialises deadlines: all of a region whose state was entered, and those whose
// inputs have changed. The others keep the date that they have, so that an event can
// never put off an exit through a calendar adopted in the meantime.
func (m *machine) arm(before *Instance, entered uint16) error {
	for i := range m.c.regions {
		r := &m.c.regions[i]
		if entered&(1<<i) != 0 {
			clear(m.in.due[r.slot : r.slot+r.slots])
		}
		st := m.state(i)
		if st == nil {
			continue
		}
		for j, t := range st.after {
			if entered&(1<<i) == 0 && !differs(before, &m.in, t.due.reads) {
				continue
			}
			due, err := m.due(t)
			if err != nil {
				return err
			}
			m.in.due[r.slot+j] = due
		}
	}
	return nil
}

func differs(a, b *Instance, r reads) bool {
	for i := range maxVariables {
		if r.variables&(1<<i) != 0 && a.vars[i] != b.vars[i] {
			return true
		}
	}
	for i := range maxRegions {
		if r.regions&(1<<i) != 0 && a.state[i] != b.state[i] {
			return true
		}
	}
	return false
}

// due computes the day at whose end a transition happens by itself: 0 if its guards do
// not hold, or if it is a subject's window that reaches into a year without a calendar.
// A deadline that counts from a day which is not known counts from today, so that it
// runs in any case.
func (m *machine) due(t *transition) (credit.Date, error) {
	ok, _, err := m.allowed(t.guards)
	if err != nil || !ok {
		return 0, err
	}
	from, err := t.due.from.eval(m)
	if err != nil {
		return 0, err
	}
	d := credit.Date(from)
	if d == 0 {
		d = m.today
	}
	covered := true
	for _, s := range t.due.steps {
		n, err := s.count.eval(m)
		if err != nil {
			return 0, err
		}
		next, sure, err := m.advance(d, s.unit, n)
		if err != nil {
			return 0, err
		}
		d, covered = next, covered && sure
	}
	if t.due.later && !covered {
		return 0, nil
	}
	return max(d, 1), nil // day 0 means "not armed"; both lie before every ledger
}

// advance goes n units on; sure is false where the result rests on a year without an
// adopted calendar.
func (m *machine) advance(d credit.Date, u unit, n int64) (to credit.Date, sure bool, err error) {
	if n < 0 || n > maxDays || !inRange(d) {
		return 0, false, errDate
	}
	sure = true
	switch u {
	case unitDays:
		to = d.AddDays(int(n))
	case unitDaysRolling:
		to = m.cal.AddNaturalRolling(d, int(n))
		sure = m.cal.Covers(d.AddDays(int(n)), to)
	case unitWorkingDays:
		to = m.cal.AddWorkingDays(d, int(n))
		sure = m.cal.Covers(d+1, to)
	case unitYears:
		to = d.AddMonths(12 * int(n))
	case unitDayOfNextMonth:
		y, month, _ := d.Civil()
		first := credit.NewDate(y, month, 1).AddMonths(1)
		to = min(first.AddDays(max(int(n), 1)-1), first.AddMonths(1).AddDays(-1))
	default:
		to = d.AddMonths(int(n))
	}
	if !inRange(to) {
		return 0, false, errDate
	}
	return to, sure, nil
}

// Due returns the moment of the earliest armed deadline: the end of its day, but never
// before the instance's last change.
func (c *Contract) Due(in Instance) (credit.Moment, bool) {
	_, _, due, ok := c.earliest(&in)
	return due, ok
}

// earliest finds the deadline to fire next: by moment, then by region, then in the
// order of the document.
func (c *Contract) earliest(in *Instance) (region, index int, due credit.Moment, ok bool) {
	for i := range c.regions {
		r := &c.regions[i]
		for j := range r.slots {
			d := in.due[r.slot+j]
			if d == 0 {
				continue
			}
			if m := max(d.End(), in.last); !ok || m < due {
				region, index, due, ok = i, j, m, true
			}
		}
	}
	return region, index, due, ok
}

// Recalendar takes a newly adopted calendar into account: an exit takes the earlier of
// the date it has and the one recomputed, a subject's own window the later. It reports
// whether the instance has changed. Only deadlines that count working days, and are
// running, are looked at.
func (c *Contract) Recalendar(in Instance, cal *credit.Calendar) (Instance, bool) {
	if in.Zero() || in.quarantined {
		return in, false
	}
	m := c.machine(in, in.last, cal)
	for i := range c.regions {
		st := m.state(i)
		if st == nil {
			continue
		}
		for j, t := range st.after {
			if !t.due.calendarBound() {
				continue
			}
			slot := c.regions[i].slot + j
			due, err := m.due(t)
			if err != nil || due == 0 {
				continue // what is armed stays armed
			}
			if old := m.in.due[slot]; old == 0 || (t.due.later && due > old) || (!t.due.later && due < old) {
				m.in.due[slot] = due
			}
		}
	}
	return m.in, m.in != in
}
