package contract

import (
	"slices"
	"strconv"
	"strings"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// play is a scenario on the stage.
type play struct {
	s     *Scenario
	c     *Contract
	cal   *credit.Calendar
	in    Instance
	now   credit.Moment
	taken []Taken  // of the present step
	all   []string // transitions of every step
	err   error
}

// RunScenario plays a scenario with the working-day calendar given and returns what
// is not as it says; none if all is well.
func RunScenario(c *Contract, s *Scenario, cal *credit.Calendar) []Difference {
	p := &play{s: s, c: c, cal: cal}
	return p.run()
}

func (p *play) run() []Difference {
	s := p.s
	if s.NoCalendar {
		p.cal = &credit.Calendar{}
	}
	for i := range s.given {
		p.do(&s.given[i])
		if p.err != nil {
			return []Difference{p.differs(&s.given[i], s.given[i].pos.line, "given", "accepted", p.err.Error())}
		}
	}
	var out []Difference
	for i := range s.turns {
		t := &s.turns[i]
		p.do(&t.when)
		expected := false
		for _, e := range t.then {
			if got := answers[e.key](p); got != e.want {
				out = append(out, p.differs(&t.when, e.pos.line, e.key, e.want, got))
			}
			expected = expected || e.key == "refused"
		}
		if p.err != nil && !expected {
			out = append(out, p.differs(&t.when, t.when.pos.line, "event", "accepted", p.err.Error()))
		}
	}
	return out
}

func (p *play) differs(m *moment, line int, key, want, got string) Difference {
	return Difference{File: p.s.File, Line: line, Step: m.text, Key: key, Want: want, Got: got}
}

// do is one step, as the ledger does it: settle first, then the event, then settle what
// is due already.
func (p *play) do(m *moment) {
	p.taken, p.err = nil, nil
	if m.at < p.now {
		p.err = fault.Newf(fault.BadArgument, "step", "time runs backwards")
		return
	}
	p.now = m.at
	p.settle()
	switch {
	case m.adopts != 0:
		y, ok := p.s.calendars[m.adopts]
		if !ok {
			p.err = fault.New(fault.UnknownCalendar, "step")
			return
		}
		p.cal = p.cal.With(y)
		p.in, _ = p.c.Recalendar(p.in, p.cal)
	case m.event != "":
		p.send(m)
	}
	p.settle()
	for _, t := range p.taken {
		p.all = append(p.all, t.Transition)
	}
}

func (p *play) settle() {
	var taken []Taken
	p.in, taken = p.c.Settle(p.in, p.now, p.cal)
	p.taken = append(p.taken, taken...)
}

func (p *play) send(m *moment) {
	ev := Event{Name: m.event, By: m.role, Args: Args{}}
	spec, _ := p.c.Event(m.event)
	if ev.By == 0 {
		ev.By = p.c.usualSender(m.event)
	}
	for _, kv := range m.args {
		i := slices.IndexFunc(spec.Args, func(a ArgSpec) bool { return a.Name == kv[0] })
		if i < 0 {
			ev.Args[kv[0]] = 0 // the contract refuses it
			continue
		}
		v, err := spec.Args[i].ParseArg(kv[1])
		if err != nil {
			p.err = err
			return
		}
		ev.Args[kv[0]] = v
	}
	next, taken, err := p.c.Step(p.in, ev, p.now, p.cal)
	p.in, p.err = next, err
	p.taken = append(p.taken, taken...)
}

// answers are the keys of "then".
var answers = map[string]func(*play) string{
	"phase":       func(p *play) string { return p.c.Status(p.in).Phase.String() },
	"state":       func(p *play) string { return p.c.Status(p.in).State },
	"in_force":    func(p *play) string { return strconv.FormatBool(p.c.Status(p.in).InForce) },
	"hidden":      func(p *play) string { return strconv.FormatBool(p.c.Status(p.in).Hidden) },
	"annotated":   func(p *play) string { return strconv.FormatBool(p.c.Status(p.in).Annotated) },
	"quarantined": func(p *play) string { return strconv.FormatBool(p.c.Status(p.in).Quarantined) },
	"final":       func(p *play) string { return strconv.FormatBool(p.c.Status(p.in).Final) },
	// refused is the code, with the place where there is one: "guard-not-met served".
	"refused": func(p *play) string {
		if p.err == nil {
			return "accepted"
		}
		text := fault.Of(p.err).String()
		if f, ok := p.err.(*fault.Error); ok && f.Where != "" {
			text += " " + f.Where
		}
		return text
	},
	// took lists the transitions of the step, deadlines included.
	"took": func(p *play) string {
		return join(p.taken, func(t Taken) string { return t.Transition })
	},
	"effects": func(p *play) string {
		return join(p.taken, func(t Taken) string { return join(t.Effects, Effect.String) })
	},
	// barred is the last day on which the same matter is not listed again, by this step.
	"barred": func(p *play) string {
		for _, t := range p.taken {
			if t.Bar != 0 {
				return t.Bar.String()
			}
		}
		return "none"
	},
	// effective is the moment of the step's last transition.
	"effective": func(p *play) string {
		if len(p.taken) == 0 {
			return "none"
		}
		m := p.taken[len(p.taken)-1].Effective
		s := int64(m-m.Date().Start()) / 60
		return m.Date().String() + " " + pad(s/60) + ":" + pad(s%60)
	},
	// due is the last day before the next deadline, released the one after which the
	// record is out of force if nobody does anything.
	"due": func(p *play) string {
		d, ok := p.c.Due(p.in)
		if !ok {
			return "none"
		}
		return (d - 1).Date().String()
	},
	"released": func(p *play) string {
		if d := p.c.Released(p.in, p.now, p.cal); d != 0 {
			return d.String()
		}
		return "none"
	},
	// open lists the ways out whose known conditions are all met; missing the
	// conditions that stand in the way, each once.
	"open": func(p *play) string {
		return join(p.c.Explain(p.in, p.now, p.cal).Ways, func(w Way) string {
			if w.Open {
				return w.Transition
			}
			return ""
		})
	},
	"missing": func(p *play) string {
		var names []string
		for _, w := range p.c.Explain(p.in, p.now, p.cal).Ways {
			for _, t := range w.Conditions {
				if t.Known && !t.Met && !slices.Contains(names, t.Name) {
					names = append(names, t.Name)
				}
			}
		}
		return strings.Join(names, " ")
	},
}

func pad(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}

// join writes the non-empty words of a list with spaces.
func join[T any](list []T, word func(T) string) string {
	var out []string
	for _, x := range list {
		if w := word(x); w != "" {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}
