package contract

import (
	"github.com/riviera-ledger/riviera/credit"
)

// Explanation says where a record stands and how it gets out: what the law asks, what
// is there, what is missing, who can change it, and what happens by itself if nobody
// does anything. It holds no personal value.
type Explanation struct {
	Contract   Ref           `json:"contract"`
	Title      Text          `json:"title"`
	At         credit.Moment `json:"at"` // Unix seconds of ledger time
	Status     Status        `json:"status"`
	StateTitle Text          `json:"state_title"`
	// Beside lists the side regions that are not at rest, e.g. an open objection.
	Beside []Beside `json:"beside,omitempty"`
	// Ways are the ways out of the present state, in the order of the document:
	// those over conditions, those by date, those by a decision.
	Ways []Way `json:"ways,omitempty"`
	// Automatic is what happens if nobody does anything more, with the calendar known
	// today, in order of time.
	Automatic []Forecast `json:"automatic,omitempty"`
	// Released is the day at whose end the record is no longer in force if nobody does
	// anything more; absent where it is not in force now, or nothing ends it.
	Released credit.Date `json:"released,omitempty"`
	// Newer is how the record stands under each newer version that runs beside its own,
	// for its benefit. Status is then that of all of them, and Released the earliest.
	Newer []Explanation `json:"newer,omitempty"`
}

// Beside is a side region in a state that is not rest.
type Beside struct {
	Region string `json:"region"`
	Title  Text   `json:"title"`
	State  Text   `json:"state"`
	Hides  bool   `json:"hides"`
}

// How says what sets a way out in motion.
type How string

const (
	ByCondition How = "condition" // at once when every condition is met
	ByDate      How = "date"      // by itself at the end of the day Due
	ByEvent     How = "event"     // when a member in one of the roles sends the event
)

// Way is one way out of the present state.
type Way struct {
	Transition string      `json:"transition"`
	How        How         `json:"how"`
	Title      Text        `json:"title"`
	To         string      `json:"to"`
	ToTitle    Text        `json:"to_title"`
	Phase      Phase       `json:"phase"`
	Open       bool        `json:"open"` // every condition that can be known now is met
	Conditions []Tick      `json:"conditions,omitempty"`
	Sender     *Sender     `json:"sender,omitempty"` // of ByEvent
	Due        credit.Date `json:"due,omitempty"`    // of ByDate, where its clock runs
	Cite       []Article   `json:"cite"`
}

// Tick is a condition of a way out. Known is false where it depends on what the event
// will say; Gap is how much is missing, in Unit, where the contract can tell.
type Tick struct {
	Name    string    `json:"name"`
	Title   Text      `json:"title"`
	Absent  bool      `json:"absent,omitempty"` // the condition must not hold
	Met     bool      `json:"met"`
	Known   bool      `json:"known"`
	Gap     int64     `json:"gap,omitempty"`
	Unit    string    `json:"unit,omitempty"`
	Senders []Sender  `json:"senders,omitempty"` // who can change it, by which event
	Cite    []Article `json:"cite,omitempty"`
}

// Sender is an event with the roles that may send it.
type Sender struct {
	Event string   `json:"event"`
	Title Text     `json:"title"`
	By    []string `json:"by"` // deciding, recorder, proposer, contributor, authority, superior, subject
}

// Forecast is a transition that happens by itself.
type Forecast struct {
	Transition string        `json:"transition"`
	Title      Text          `json:"title"`
	To         string        `json:"to"`
	ToTitle    Text          `json:"to_title"`
	Phase      Phase         `json:"phase"`
	InForce    bool          `json:"in_force"` // afterwards
	On         credit.Date   `json:"on"`       // the last day before it
	At         credit.Moment `json:"at"`       // its moment, Unix seconds of ledger time
	// Barred is the last day on which the same matter is not listed again afterwards.
	Barred credit.Date `json:"barred_until,omitempty"`
	Cite   []Article   `json:"cite"`
}

const maxForecast = 12

// Explain says where the instance stands at a moment and how it gets out. The instance
// is settled to that moment first; it is not changed.
func (c *Contract) Explain(in Instance, at credit.Moment, cal *credit.Calendar) Explanation {
	in, _ = c.Settle(in, at, cal)
	x := Explanation{Contract: c.ref, Title: c.title, At: at, Status: c.Status(in)}
	m := c.machine(in, at, cal)
	st := m.state(0)
	if st == nil {
		return x
	}
	x.StateTitle = st.title
	for i := 1; i < len(c.regions); i++ {
		if s := m.state(i); s != nil && !s.rest && (s.hidden || s.annotated) {
			x.Beside = append(x.Beside, Beside{c.regions[i].name, c.regions[i].title, s.title, s.hidden})
		}
	}
	x.Ways = m.ways(st)
	x.Automatic, x.Released = c.forecast(in, cal)
	return x
}

// leads reports whether a main state is a way out of another: the position improves.
func leads(from, to *state) bool {
	return to.position() > from.position() || to.phase == ExitDue && from.phase != ExitDue
}

// position ranks a main state for the subject: shown in force, hidden in force, not in
// force, forgotten.
func (s *state) position() int {
	switch {
	case s.phase == Erased || s.phase == Rejected:
		return 3
	case s.phase != Active && s.phase != ExitDue:
		return 2
	case s.hidden:
		return 1
	}
	return 0
}

func (m *machine) ways(st *state) []Way {
	var out []Way
	states := m.c.regions[0].states
	add := func(how How, t *transition, title Text) *Way {
		if t.to == stay || !leads(st, &states[t.to]) {
			return nil
		}
		w := Way{Transition: t.id, How: how, Title: title, To: states[t.to].name, ToTitle: states[t.to].title,
			Phase: states[t.to].phase, Cite: m.c.articles(t.cite)}
		w.Conditions, w.Open = m.ticks(t.guards)
		out = append(out, w)
		return &out[len(out)-1]
	}
	for _, t := range st.always {
		add(ByCondition, t, t.title)
	}
	for j, t := range st.after {
		if w := add(ByDate, t, t.title); w != nil {
			w.Due = m.in.due[m.c.regions[0].slot+j]
		}
	}
	for e, ts := range st.on {
		for _, t := range ts {
			title := t.title
			if title.ZH == "" {
				title = m.c.events[e].Title
			}
			if w := add(ByEvent, t, title); w != nil {
				w.Sender = m.c.sender(e)
			}
		}
	}
	return out
}

func (c *Contract) sender(event int) *Sender {
	e := &c.events[event]
	return &Sender{e.Name, e.Title, e.By.Names()}
}

func (c *Contract) articles(keys []string) []Article {
	out := make([]Article, 0, len(keys))
	for _, k := range keys {
		if a, ok := c.Article(k); ok {
			out = append(out, a)
		}
	}
	return out
}

func (m *machine) ticks(gs []guard) ([]Tick, bool) {
	var out []Tick
	open := true
	for _, g := range gs {
		cond := &m.c.conditions[g.condition]
		t := Tick{Name: cond.name, Title: cond.title, Absent: !g.want, Cite: m.c.articles(cond.cite)}
		if cond.event < 0 {
			v, err := m.holds(g.condition)
			t.Known, t.Met = err == nil, err == nil && v == g.want
			open = open && t.Met
			if !t.Met {
				m.gap(cond, &t)
				t.Senders = m.changers(cond)
			}
		}
		out = append(out, t)
	}
	return out, open
}

func (m *machine) gap(cond *condition, t *Tick) {
	if cond.gap == nil {
		return
	}
	if v, err := cond.gap.eval(m); err == nil && v > 0 {
		t.Gap, t.Unit = v, cond.unit
	}
}

// changers lists the events that, in the states the record is in, write a variable
// that the condition reads, or move a region that it reads.
func (m *machine) changers(cond *condition) []Sender {
	var out []Sender
	r := cond.expr.reads
	for e := range m.c.events {
		changes := false
		for i := range m.c.regions {
			st := m.state(i)
			if st == nil {
				continue
			}
			for _, t := range st.on[e] {
				changes = changes || t.to != stay && r.regions&(1<<i) != 0
				for _, a := range t.sets {
					changes = changes || r.variables&(1<<a.variable) != 0
				}
			}
		}
		if changes {
			out = append(out, *m.c.sender(e))
		}
	}
	return out
}

// forecast plays the deadlines on, one after the other, as if nobody did anything.
func (c *Contract) forecast(in Instance, cal *credit.Calendar) (out []Forecast, released credit.Date) {
	listed := c.Status(in).InForce
	c.unfold(in, cal, func(t Taken, s Status) bool {
		f := Forecast{Transition: t.Transition, To: t.To, Phase: t.Phase, InForce: s.InForce,
			On: (t.Effective - 1).Date(), At: t.Effective, Cite: c.articles(t.Cite), Barred: t.Bar}
		f.Title = c.transitionTitle(t.Transition)
		f.ToTitle, _ = c.StateTitle(t.To)
		out = append(out, f)
		if listed && released == 0 && s.ended() {
			released = f.On
		}
		return true
	})
	return out, released
}

// unfold goes through what happens by itself, with the status after each deadline, until
// fn has seen enough.
func (c *Contract) unfold(in Instance, cal *credit.Calendar, fn func(Taken, Status) bool) {
	for range maxForecast {
		due, ok := c.Due(in)
		if !ok {
			return
		}
		var taken []Taken
		in, taken = c.Settle(in, due, cal)
		for _, t := range taken {
			if !fn(t, c.Status(in)) {
				return
			}
		}
	}
}

func (s Status) ended() bool { return !s.InForce && s.Phase != Active && s.Phase != ExitDue }

// Released is Explain's Released alone, without the words.
func (c *Contract) Released(in Instance, at credit.Moment, cal *credit.Calendar) (on credit.Date) {
	in, _ = c.Settle(in, at, cal)
	if !c.Status(in).InForce {
		return 0
	}
	c.unfold(in, cal, func(t Taken, s Status) bool {
		if s.ended() {
			on = (t.Effective - 1).Date()
		}
		return on == 0
	})
	return on
}

// transitionTitle returns the title of a transition that needs no event.
func (c *Contract) transitionTitle(id string) Text {
	for i := range c.regions {
		for j := range c.regions[i].states {
			st := &c.regions[i].states[j]
			for _, list := range [...][]*transition{st.always, st.after} {
				for _, t := range list {
					if t.id == id {
						return t.title
					}
				}
			}
		}
	}
	return Text{}
}
