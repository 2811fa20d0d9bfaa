package contract

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// Simulation steps one record by hand under a contract: time passes, events are sent,
// and at each point it can be asked what holds and how the record gets out. What was
// done can be taken back. It is for the people who write contracts; nothing of it
// reaches a ledger.
type Simulation struct {
	c       *Contract
	cal     *credit.Calendar
	in      Instance
	now     credit.Moment
	history []frame
}

type frame struct {
	in  Instance
	now credit.Moment
}

// Simulate begins a simulation at a moment, with no record yet.
func Simulate(c *Contract, at credit.Moment, cal *credit.Calendar) *Simulation {
	return &Simulation{c: c, cal: cal, now: at}
}

// Now is the moment of the simulation.
func (s *Simulation) Now() credit.Moment { return s.now }

// Begun reports whether a record has been created.
func (s *Simulation) Begun() bool { return !s.in.Zero() }

// Status says what the record is now.
func (s *Simulation) Status() Status { return s.c.Status(s.in) }

// Explain says how the record gets out.
func (s *Simulation) Explain() Explanation { return s.c.Explain(s.in, s.now, s.cal) }

// Due returns the moment of the next deadline.
func (s *Simulation) Due() (credit.Moment, bool) { return s.c.Due(s.in) }

// At lets time pass and returns what happened by itself. An earlier moment than Now is
// fault.BadArgument.
func (s *Simulation) At(m credit.Moment) ([]Taken, error) {
	if m < s.now {
		return nil, fault.Newf(fault.BadArgument, "at", "time runs backwards")
	}
	s.keep()
	return s.pass(m), nil
}

func (s *Simulation) pass(m credit.Moment) []Taken {
	s.now = m
	var taken []Taken
	s.in, taken = s.c.Settle(s.in, m, s.cal)
	return taken
}

func (s *Simulation) keep() { s.history = append(s.history, frame{s.in, s.now}) }

// Send gives an event to the record at the moment of the simulation. Without a role it
// is sent by the deciding body, a creation that is not adverse by a contributor. The
// error is that of Contract.Step; the record is then as it was.
func (s *Simulation) Send(ev Event) ([]Taken, error) {
	if ev.By == 0 {
		ev.By = s.c.usualSender(ev.Name)
	}
	next, taken, err := s.c.Step(s.in, ev, s.now, s.cal)
	if err != nil {
		return nil, err
	}
	s.keep()
	s.in = next
	return append(taken, s.pass(s.now)...), nil
}

// usualSender is who sends an event where nobody is named.
func (c *Contract) usualSender(event string) Role {
	if spec, ok := c.Event(event); ok && spec.Creates && !spec.Adverse {
		return RoleContributor
	}
	return RoleDeciding | RoleRecorder
}

// Undo takes back the last At or Send; false if there is none.
func (s *Simulation) Undo() bool {
	if len(s.history) == 0 {
		return false
	}
	last := s.history[len(s.history)-1]
	s.in, s.now, s.history = last.in, last.now, s.history[:len(s.history)-1]
	return true
}

// Events lists the events that some state in which the record is takes, whatever their
// conditions are; before its creation those that create it.
func (s *Simulation) Events() []EventSpec {
	m := s.c.machine(s.in, s.now, s.cal)
	var out []EventSpec
	for e := range s.c.events {
		takes := s.in.Zero() && s.c.events[e].Creates
		for i := range s.c.regions {
			if st := m.state(i); st != nil {
				takes = takes || len(st.on[e]) > 0
			}
		}
		if takes {
			out = append(out, s.c.events[e].EventSpec)
		}
	}
	return out
}

// Line does what a line says: "at DAY [HH:MM]", "send EVENT [by ROLE] [ARG=VALUE …]",
// or "undo". What it answers is what happened. A line of another form is
// fault.BadArgument.
func (s *Simulation) Line(line string) ([]Taken, error) {
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch word {
	case "at":
		day, err := parseMoment(rest)
		if err != nil {
			return nil, err
		}
		return s.At(day)
	case "send":
		ev, err := s.c.parseEvent(rest)
		if err != nil {
			return nil, err
		}
		return s.Send(ev)
	case "undo":
		if !s.Undo() {
			return nil, fault.Newf(fault.BadArgument, "undo", "nothing to take back")
		}
		return nil, nil
	}
	return nil, fault.Newf(fault.BadArgument, "line", "at, send or undo")
}

// parseMoment reads "2026-05-01" (12:00) or "2026-05-01 09:30".
func parseMoment(text string) (credit.Moment, error) {
	src := &source{}
	m := src.moment(&yaml.Node{Kind: yaml.ScalarNode, Value: text})
	if len(src.problems) > 0 || m.event != "" || m.adopts != 0 {
		return 0, fault.Newf(fault.BadArgument, "at", "a day like 2026-05-01, and a time if need be: 09:30")
	}
	return m.at, nil
}

// parseEvent reads "EVENT [by ROLE] [ARG=VALUE …]".
func (c *Contract) parseEvent(text string) (Event, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return Event{}, fault.Newf(fault.BadArgument, "send", "names an event")
	}
	ev := Event{Name: words[0], Args: Args{}}
	spec, ok := c.Event(ev.Name)
	if !ok {
		return ev, fault.New(fault.UnknownEvent, ev.Name)
	}
	words = words[1:]
	if len(words) > 1 && words[0] == "by" {
		for _, r := range roleNames {
			if r.name == words[1] {
				ev.By = r.role
			}
		}
		if ev.By == 0 {
			return ev, fault.Newf(fault.BadArgument, "by", "%s", strings.Join(allRoles.Names(), ", "))
		}
		words = words[2:]
	}
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		a, known := spec.arg(name)
		if !known {
			return ev, fault.Newf(fault.BadArgument, name, "not declared by the event")
		}
		v, err := a.ParseArg(value)
		if err != nil {
			return ev, err
		}
		ev.Args[name] = v
	}
	return ev, nil
}

const allRoles = RoleDeciding | RoleRecorder | RoleProposer | RoleContributor | RoleAuthority | RoleSuperior | RoleSubject

func (e EventSpec) arg(name string) (ArgSpec, bool) {
	for _, a := range e.Args {
		if a.Name == name {
			return a, true
		}
	}
	return ArgSpec{}, false
}
