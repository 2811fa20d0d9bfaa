package contract

import (
	"math/bits"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// Step gives an event to an instance at a moment and returns the new instance with
// the transitions taken: those of the event, at most one a region, then the eventless
// ones. The instance given is untouched.
//
// The caller settles before (Settle up to at), so that no event overtakes a deadline.
// After a Step a deadline may already be due, e.g. when a decision is entered whose
// term has run; the next Settle fires it.
//
// The error is a *fault.Error: UnknownEvent, RoleNotAllowed, BadArgument or
// DateInFuture (Where names the argument), EventNotAccepted, GuardNotMet (Where names
// the condition), RecordQuarantined. An error of evaluation refuses an adverse event
// with GuardNotMet and puts the record into quarantine otherwise.
func (c *Contract) Step(in Instance, ev Event, at credit.Moment, cal *credit.Calendar) (Instance, []Taken, error) {
	i, ok := c.eventIndex[ev.Name]
	if !ok {
		return in, nil, fault.New(fault.UnknownEvent, "event")
	}
	e := &c.events[i]
	if e.By&ev.By == 0 {
		return in, nil, fault.New(fault.RoleNotAllowed, "event")
	}
	m := c.machine(in, at, cal)
	if err := m.bind(e, ev.Args); err != nil {
		return in, nil, err
	}
	if e.Creates != in.Zero() || e.lifts && !in.quarantined {
		return in, nil, fault.New(fault.EventNotAccepted, "event")
	}
	if in.quarantined && e.Adverse && !e.lifts {
		return in, nil, fault.New(fault.RecordQuarantined, "event")
	}
	if err := m.step(i, e); err != nil {
		return m.failed(in, e, err)
	}
	return m.in, m.taken, nil
}

// failed turns an error within a step into a refusal or a quarantine.
func (m *machine) failed(in Instance, e *event, err error) (Instance, []Taken, error) {
	if f, ok := err.(*fault.Error); ok {
		return in, nil, f
	}
	if e.Adverse || in.Zero() {
		return in, nil, fault.Newf(fault.GuardNotMet, "event", "cannot be evaluated")
	}
	q := m.c.machine(in, m.at, m.cal)
	q.quarantine(e.Name)
	return q.in, q.taken, nil
}

func (m *machine) step(i int, e *event) error {
	if m.in.Zero() {
		m.in.began = m.today
	}
	moves, err := m.choose(i)
	if err != nil {
		return err
	}
	held := m.c.Status(m.in)
	if e.lifts {
		m.in.quarantined = false
	}
	if err := m.apply(e.Name, moves); err != nil {
		return err
	}
	if e.lifts { // shown again, and the clocks of every region start again
		m.taken[0].Effects = appendTurn(m.taken[0].Effects, held, m.c.Status(m.in))
		before := m.in
		if err := m.arm(&before, 1<<maxRegions-1); err != nil {
			return err
		}
	}
	return m.rest()
}

// choose picks, in each region, the first transition of the event whose guards hold.
func (m *machine) choose(event int) ([]move, error) {
	if m.in.Zero() {
		return m.pick(0, m.c.create[event], nil, fault.New(fault.EventNotAccepted, "event"))
	}
	refusal := fault.New(fault.EventNotAccepted, "event")
	var moves []move
	for i := range m.c.regions {
		st := m.state(i)
		if st == nil {
			continue
		}
		var err error
		if moves, err = m.pick(i, st.on[event], moves, refusal); err != nil && err != refusal {
			return nil, err
		}
	}
	if len(moves) == 0 {
		return nil, refusal
	}
	return moves, nil
}

// pick appends the transition of one region. Where only guards stand in the way,
// refusal says which.
func (m *machine) pick(region int, ts []*transition, moves []move, refusal *fault.Error) ([]move, error) {
	for _, t := range ts {
		ok, condition, err := m.allowed(t.guards)
		if err != nil {
			return moves, err
		}
		if ok {
			return append(moves, move{region, t}), nil
		}
		refusal.Code, refusal.Where = fault.GuardNotMet, m.c.conditions[condition].name
	}
	return moves, refusal
}

// bind checks an event's arguments against their declaration and fills in defaults.
func (m *machine) bind(e *event, args Args) error {
	given := 0
	for i := range e.Args {
		a := &e.Args[i]
		v, ok := args[a.Name]
		switch {
		case ok:
			given++
		case a.Required:
			return fault.Newf(fault.BadArgument, a.Name, "missing")
		case a.Today:
			v = int64(m.today)
		default:
			v = a.Default
		}
		if ok {
			if err := m.within(a, v); err != nil {
				return err
			}
		}
		m.args[i] = v
	}
	if given != len(args) {
		return fault.Newf(fault.BadArgument, "args", "not declared by the event")
	}
	return nil
}

// within holds a given value to its argument's range.
func (m *machine) within(a *ArgSpec, v int64) error {
	low, high := v, v
	if a.Type == Set {
		if v <= 0 || v >= 1<<maxSet {
			return fault.Newf(fault.BadArgument, a.Name, "not a set of numbers")
		}
		low, high = int64(bits.TrailingZeros64(uint64(v)))+1, int64(bits.Len64(uint64(v)))
	}
	if low < a.Min || high > a.Max {
		return fault.Newf(fault.BadArgument, a.Name, "out of range")
	}
	if a.Past && credit.Date(v) > m.today {
		return fault.New(fault.DateInFuture, a.Name)
	}
	return nil
}

// Settle fires every deadline that has fallen due by until, in the order of their
// moments, each with its conditions; a transition's Effective is its own deadline,
// whenever Settle is called. It never fails: an error quarantines the record from the
// moment of that deadline.
func (c *Contract) Settle(in Instance, until credit.Moment, cal *credit.Calendar) (Instance, []Taken) {
	region, index, due, ok := c.earliest(&in)
	if !ok || due > until {
		return in, nil
	}
	var taken []Taken
	for range maxSettle {
		m := c.machine(in, due, cal)
		m.taken = taken
		if err := m.fire(region, index); err != nil {
			m = c.machine(in, due, cal)
			m.taken = taken
			m.quarantine("")
		}
		in, taken = m.in, m.taken
		if region, index, due, ok = c.earliest(&in); !ok || due > until {
			return in, taken
		}
	}
	m := c.machine(in, due, cal)
	m.taken = taken
	m.quarantine("")
	return m.in, m.taken
}

func (m *machine) fire(region, index int) error {
	st := m.state(region)
	if st == nil || index >= len(st.after) {
		return errUnsettled
	}
	if err := m.apply("", []move{{region, st.after[index]}}); err != nil {
		return err
	}
	return m.rest()
}

// Status says what the record is. It is exact for the moment up to which the instance
// was settled.
func (c *Contract) Status(in Instance) Status {
	s := Status{Quarantined: in.quarantined, Hidden: in.quarantined}
	for i := range c.regions {
		st := c.stateOf(&in, i)
		if st == nil {
			continue
		}
		s.Hidden = s.Hidden || st.hidden
		s.Annotated = s.Annotated || st.annotated
		if i == 0 {
			s.Phase, s.State, s.Final = st.phase, st.name, st.final
		}
	}
	s.InForce = (s.Phase == Active || s.Phase == ExitDue) && !s.Hidden
	return s
}
