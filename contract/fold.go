package contract

import (
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// Over reports whether a record of this phase is on no list and will not come on one:
// released, annulled, rejected or forgotten.
func (p Phase) Over() bool { return p == Exited || p == Annulled || p == Rejected || p == Erased }

// Pending reports whether a record of this phase has been proposed and not been listed.
func (p Phase) Pending() bool { return p == Draft || p == Noticed || p == Grace }

// Follow gives an event that has happened to a newer version that runs beside the
// record's own: who sent it was judged when it happened. ok is false where the version
// does not take the event, or meets an error in it.
func (c *Contract) Follow(in Instance, ev Event, at credit.Moment, cal *credit.Calendar) (next Instance, taken []Taken, ok bool) {
	ev.By = allRoles
	next, taken, err := c.Step(in, ev, at, cal)
	if err != nil || next.quarantined {
		return in, nil, false
	}
	return next, taken, true
}

// Folding replays what has happened to a record under a version that came into force
// later. It gives the instance that the record would have, had it run under the version
// from its first day, with one exception: the version releases nobody before the moment
// at which it came into force. A deadline that would have done so is left standing, due
// at that moment.
type Folding struct {
	c     *Contract
	in    Instance
	cal   *credit.Calendar
	since credit.Moment // when the version came into force
	taken []Taken       // the release, where an event and no deadline brings it
	held  bool          // the version would have released the record by now: it takes no more
	bad   bool          // it does not take the record's creation, or has met an error
}

// Fold starts a replay with the calendar that was known when the record began.
func (c *Contract) Fold(cal *credit.Calendar, since credit.Moment) *Folding {
	return &Folding{c: c, cal: cal, since: since}
}

// Send replays an event. One that the version does not take is left out; a creation that
// it does not take ends the replay.
func (f *Folding) Send(ev Event, at credit.Moment) {
	if f.settle(at); f.bad || f.held {
		return
	}
	ev.By = allRoles
	next, taken, err := f.c.Step(f.in, ev, at, f.cal)
	switch {
	case err != nil:
		f.bad = f.in.Zero() || fault.Of(err) == fault.Internal
	case f.early(next, at):
		f.release(ev, next, taken)
	default:
		f.take(next)
	}
}

// Adopt replays the adoption of a calendar, which moves a deadline in [from, to).
func (f *Folding) Adopt(cal *credit.Calendar, at, from, to credit.Moment) {
	f.settle(at)
	f.cal = cal
	if due, ok := f.c.Due(f.in); ok && due >= from && due < to && !f.bad && !f.held {
		f.in, _ = f.c.Recalendar(f.in, cal)
	}
}

// End returns the instance as of the moment at which the version came into force, and
// the transitions of its release where an event has brought one. ok is false where the
// version does not apply to the record.
func (f *Folding) End() (in Instance, taken []Taken, ok bool) {
	f.settle(f.since)
	if f.bad || f.in.Zero() {
		return Instance{}, nil, false
	}
	return f.in, f.taken, true
}

func (f *Folding) settle(until credit.Moment) {
	for !f.bad && !f.held {
		due, ok := f.c.Due(f.in)
		if !ok || due > until {
			return
		}
		next, _ := f.c.Settle(f.in, due, f.cal)
		if f.early(next, due) {
			f.held = true
			f.in.last = max(f.in.last, f.since)
			return
		}
		f.take(next)
	}
}

func (f *Folding) take(next Instance) {
	f.bad = next.quarantined
	f.in = next
}

// early reports whether a step would release the record before the version's time.
func (f *Folding) early(next Instance, at credit.Moment) bool {
	return at < f.since && f.c.Status(next).Phase.Over() && !f.in.Zero() && !f.c.Status(f.in).Phase.Over()
}

// release lets an event that would have released the record do so at the moment at which
// the version came into force.
func (f *Folding) release(ev Event, next Instance, taken []Taken) {
	f.held = true
	if again, t, err := f.c.Step(f.in, ev, f.since, f.cal); err == nil && f.c.Status(again).Phase.Over() {
		next, taken = again, t
	}
	for _, t := range taken {
		t.Effective = max(t.Effective, f.since)
		f.taken = append(f.taken, t)
	}
	next.last = max(next.last, f.since)
	f.in, f.bad = next, next.quarantined
}

// Turned returns the effect by which a record that is shown is hidden, or one that was
// hidden is shown again, between two statuses.
func Turned(before, after Status) []Effect { return appendTurn(nil, before, after) }
