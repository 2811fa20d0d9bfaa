package contract

import (
	"errors"

	"cel.dev/cel-go/interpreter"

	"github.com/riviera-ledger/riviera/credit"
)

// quarantine is the transition that is reported where an error was met.
const quarantine = "quarantine"

// Bounds of a run. The checker refuses documents that could come near them; they turn
// a mistake of the checker into a quarantine instead of a node that never answers.
const (
	maxChain  = 32  // eventless transitions in a row
	maxSettle = 256 // deadlines in one Settle
)

var errUnsettled = errors.New("contract: conditions do not come to rest")

// machine is one evaluation: a copy of the instance, the day, the event's arguments.
// It is the activation from which expressions read their names.
type machine struct {
	c     *Contract
	in    Instance
	at    credit.Moment
	today credit.Date
	cal   *credit.Calendar
	args  [maxArguments]int64
	scope *scope // of the expression under evaluation
	taken []Taken
	known [maxConditions]truth // conditions already evaluated on the present values
}

type truth uint8

const (
	unknown truth = iota
	holds
	fails
)

func (c *Contract) machine(in Instance, at credit.Moment, cal *credit.Calendar) *machine {
	if cal == nil {
		cal = &credit.Calendar{}
	}
	at = max(at, in.last)
	return &machine{c: c, in: in, at: at, today: at.Date(), cal: cal}
}

// ResolveName serves the names of the expression under evaluation.
func (m *machine) ResolveName(name string) (any, bool) {
	s, ok := m.scope.find(name)
	if !ok {
		return nil, false
	}
	return wrap(s.typ, m.read(s)), true
}

// Parent is nil: there are no names beside the document's own.
func (m *machine) Parent() interpreter.Activation { return nil }

func (m *machine) read(s slot) int64 {
	switch s.place {
	case placeVariable:
		return m.in.vars[s.index]
	case placeParameter:
		return m.c.params[s.index].on(m.in.began)
	case placeArgument:
		return m.args[s.index]
	case placeToday:
		return int64(m.today)
	case placeState:
		if int(m.in.state[s.index]) == s.number+1 {
			return 1
		}
	}
	return 0
}

// changed forgets what was known about the conditions.
func (m *machine) changed() { m.known = [maxConditions]truth{} }

func (m *machine) holds(condition int) (bool, error) {
	switch m.known[condition] {
	case holds:
		return true, nil
	case fails:
		return false, nil
	}
	v, err := m.c.conditions[condition].expr.eval(m)
	if err != nil {
		return false, err
	}
	m.known[condition] = fails
	if v != 0 {
		m.known[condition] = holds
	}
	return v != 0, nil
}

// allowed reports whether every guard is met, or the first condition that is not.
func (m *machine) allowed(gs []guard) (bool, int, error) {
	for _, g := range gs {
		ok, err := m.holds(g.condition)
		if err != nil || ok != g.want {
			return false, g.condition, err
		}
	}
	return true, 0, nil
}

// state returns the state in which a region is, or nil where it does not run.
func (m *machine) state(region int) *state { return m.c.stateOf(&m.in, region) }

func (c *Contract) stateOf(in *Instance, region int) *state {
	i := in.state[region]
	if i == 0 || int(i) > len(c.regions[region].states) {
		return nil
	}
	return &c.regions[region].states[i-1]
}

// move is a transition chosen in a region.
type move struct {
	region int
	t      *transition
}

// apply takes the moves of one event, deadline or condition together: all assignments
// are computed on the old values, then made, then regions change their states, the
// main one first.
func (m *machine) apply(event string, moves []move) error {
	before := m.in
	var values [maxVariables]int64
	var written uint64
	var bar credit.Date // only the main region's move can carry one
	for _, mv := range moves {
		if mv.t.bar != nil {
			v, err := mv.t.bar.eval(m)
			if err != nil {
				return err
			}
			bar = credit.Date(v)
		}
		for _, a := range mv.t.sets {
			v, err := a.expr.eval(m)
			if err != nil {
				return err
			}
			values[a.variable], written = v, written|1<<a.variable
		}
	}
	for i := range m.c.vars {
		if written&(1<<i) != 0 {
			m.in.vars[i] = values[i]
		}
	}
	m.in.last = m.at
	var entered uint16
	for _, mv := range moves {
		if m.in.state[mv.region] == 0 && mv.region != 0 {
			continue // the main region's move has ended this region
		}
		shown := m.c.Status(m.in)
		from := m.in.state[mv.region]
		if mv.t.to != stay {
			m.in.state[mv.region] = uint8(mv.t.to + 1)
			entered |= 1 << mv.region
			entered |= m.follow(mv.region)
		}
		m.note(event, mv, from, shown)
		if x := &m.taken[len(m.taken)-1]; mv.t.bar != nil && bar != 0 {
			x.Bar, x.Effects = bar, append(x.Effects, EffectBar)
		}
	}
	m.changed()
	return m.arm(&before, entered)
}

// follow starts and ends the side regions after the main one has moved.
func (m *machine) follow(moved int) (entered uint16) {
	if moved != 0 {
		return 0
	}
	for i := 1; i < len(m.c.regions); i++ {
		r := &m.c.regions[i]
		runs := r.during&(1<<(m.in.state[0]-1)) != 0
		switch {
		case runs && m.in.state[i] == 0:
			m.in.state[i] = uint8(r.initial + 1)
			entered |= 1 << i
		case !runs && m.in.state[i] != 0:
			m.in.state[i] = 0
			entered |= 1 << i
		}
	}
	return entered
}

// note records a transition with its outputs. What hides or shows the record follows
// from the status before and after.
func (m *machine) note(event string, mv move, from uint8, before Status) {
	to := int(m.in.state[mv.region]) - 1
	x := Taken{Event: event, Transition: mv.t.id, To: m.c.stateName(mv.region, to), Effective: m.at, Cite: mv.t.cite}
	if from != 0 {
		x.From = m.c.stateName(mv.region, int(from)-1)
	}
	x.Effects = append(x.Effects, mv.t.effect...)
	if mv.t.to != stay {
		x.Effects = append(x.Effects, m.c.regions[mv.region].states[to].enter...)
	}
	x.Phase = m.c.regions[0].states[m.in.state[0]-1].phase
	x.Effects = appendTurn(x.Effects, before, m.c.Status(m.in))
	m.taken = append(m.taken, x)
}

func appendTurn(effects []Effect, before, after Status) []Effect {
	switch {
	case before.InForce && !after.InForce && after.Hidden:
		return append(effects, EffectHide)
	case before.Hidden && !before.InForce && after.InForce:
		return append(effects, EffectShow)
	}
	return effects
}

// rest takes eventless transitions until none is enabled.
func (m *machine) rest() error {
	for range maxChain {
		mv, ok, err := m.enabled()
		if err != nil || !ok {
			return err
		}
		if err := m.apply("", []move{mv}); err != nil {
			return err
		}
	}
	return errUnsettled
}

func (m *machine) enabled() (move, bool, error) {
	for i := range m.c.regions {
		st := m.state(i)
		if st == nil {
			continue
		}
		for _, t := range st.always {
			ok, _, err := m.allowed(t.guards)
			if err != nil || ok {
				return move{i, t}, ok, err
			}
		}
	}
	return move{}, false, nil
}

// quarantine hides the record and stops its clocks, from the moment of the error,
// until a signed decision. The error itself does not enter the state.
func (m *machine) quarantine(event string) {
	before := m.c.Status(m.in)
	m.in.quarantined, m.in.last = true, m.at
	m.in.due = [maxDeadlines]credit.Date{}
	name := ""
	if st := m.state(0); st != nil {
		name = st.name
	}
	after := m.c.Status(m.in)
	m.taken = append(m.taken, Taken{Event: event, Transition: quarantine, From: name, To: name, Phase: after.Phase,
		Effective: m.at, Effects: appendTurn(nil, before, after)})
}
