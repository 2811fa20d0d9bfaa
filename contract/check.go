package contract

import (
	"github.com/riviera-ledger/riviera/fault"
)

// check holds a read document to what a contract must be. It sees the statechart as a
// graph and takes every guard for possible, so what it refuses can never be right and
// what it accepts can be run.
func (b *builder) check() {
	b.checkEvents()
	b.checkConditions()
	b.checkParameters()
	b.checkWriters()
	for i := range b.c.regions {
		b.checkReachable(i)
		b.checkAutomatic(i)
		b.checkPositions(i)
		b.checkReasons(i)
	}
	b.checkFinals()
	b.checkHolds()
	b.checkWaysOut()
	b.checkHiding()
	if len(b.problems) == 0 {
		b.checkDates()
		b.checkDeadlines()
	}
}

// edge is a transition with the event that sets it off: stay for those that need none.
type edge struct {
	from, event int
	t           *transition
}

// edges lists a region's transitions that end in a state, in the document's order.
// Those that stay are included with to == from.
func (c *Contract) edges(region int) []edge {
	var out []edge
	for i := range c.regions[region].states {
		st := &c.regions[region].states[i]
		for e, ts := range st.on {
			for _, t := range ts {
				out = append(out, edge{i, e, t})
			}
		}
		for _, t := range st.always {
			out = append(out, edge{i, stay, t})
		}
		for _, t := range st.after {
			out = append(out, edge{i, stay, t})
		}
	}
	return out
}

func (e edge) to() int {
	if e.t.to == stay {
		return e.from
	}
	return e.t.to
}

// entries are the states in which a region begins.
func (c *Contract) entrances(region int) []int {
	if region != 0 {
		return []int{c.regions[region].initial}
	}
	var out []int
	for _, ts := range c.create {
		for _, t := range ts {
			if t.to != stay {
				out = append(out, t.to)
			}
		}
	}
	return out
}

func (b *builder) checkReachable(region int) {
	r := &b.c.regions[region]
	seen := make([]bool, len(r.states))
	for _, s := range b.c.entrances(region) {
		seen[s] = true
	}
	edges := b.c.edges(region)
	for changed := true; changed; {
		changed = false
		for _, e := range edges {
			if seen[e.from] && !seen[e.to()] {
				seen[e.to()], changed = true, true
			}
		}
	}
	for i := range r.states {
		if !seen[i] {
			b.refuse(r.states[i].at, "unreachable", b.c.stateName(region, i))
		}
	}
}

// checkAutomatic refuses eventless transitions that go nowhere, lack a condition, rest
// on the day of an event, or can run in a circle.
func (b *builder) checkAutomatic(region int) {
	r := &b.c.regions[region]
	for i := range r.states {
		for _, t := range r.states[i].always {
			if len(t.guards) == 0 {
				b.refuse(t.at, "no-condition", t.id)
			}
		}
	}
	next := make([][]int, len(r.states))
	for _, e := range b.c.edges(region) {
		if e.event != stay {
			continue
		}
		if e.t.to == stay || e.t.to == e.from {
			b.refuse(e.t.at, "must-leave", e.t.id)
			continue
		}
		next[e.from] = append(next[e.from], e.t.to)
		b.checkTimeless(e.t)
	}
	for i := range r.states {
		if reaches(next, i, i) {
			b.refuse(r.states[i].at, "circle", b.c.stateName(region, i))
		}
	}
}

// checkTimeless: what happens by itself must not depend on the day on which somebody
// happens to look.
func (b *builder) checkTimeless(t *transition) {
	for _, g := range t.guards {
		if x := b.c.conditions[g.condition]; x.expr != nil && x.expr.reads.today {
			b.refuse(t.at, "reads-today", t.id, x.name)
		}
	}
	if t.due != nil && b.c.depends(t.due, nil).today {
		b.refuse(t.at, "from-today", t.id)
	}
}

// reaches reports whether at least one step leads from one state to another.
func reaches(next [][]int, from, to int) bool {
	seen := make([]bool, len(next))
	queue := append([]int(nil), next[from]...)
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		if s == to {
			return true
		}
		if !seen[s] {
			seen[s] = true
			queue = append(queue, next[s]...)
		}
	}
	return false
}

// checkWaysOut is invariant 4: from every state of the main region a final one can be
// reached.
func (b *builder) checkWaysOut() {
	main := &b.c.regions[0]
	next := make([][]int, len(main.states))
	for _, e := range b.c.edges(0) {
		next[e.from] = append(next[e.from], e.to())
	}
	for i := range main.states {
		ok := main.states[i].final
		for j := range main.states {
			ok = ok || main.states[j].final && reaches(next, i, j)
		}
		if !ok {
			b.add(fault.MissingExit, main.states[i].at, "no-way-out", main.states[i].name)
		}
	}
}

// checkFinals: a life ends in forgetting, and nothing happens afterwards.
func (b *builder) checkFinals() {
	for _, st := range b.c.regions[0].states {
		ends := st.phase == Erased || st.phase == Rejected
		switch {
		case st.final != ends:
			b.refuse(st.at, "final-phase", st.name)
		case st.final && (count(st.on) > 0 || len(st.always) > 0 || len(st.after) > 0):
			b.refuse(st.at, "final-moves", st.name)
		case st.final && !has(st.enter, EffectErase):
			b.refuse(st.at, "final-erases", st.name)
		case (st.phase == Exited || st.phase == Annulled) && !has(st.enter, EffectStop):
			b.refuse(st.at, "exit-stops", st.name)
		}
	}
}

func count(on [][]*transition) int {
	n := 0
	for _, ts := range on {
		n += len(ts)
	}
	return n
}

func has(effects []Effect, e Effect) bool {
	for _, x := range effects {
		if x == e {
			return true
		}
	}
	return false
}

// checkEvents: every event is taken somewhere, an adverse one is sent by a body that
// answers for it, and creation has an event and a target.
func (b *builder) checkEvents() {
	used := make([]bool, len(b.c.events))
	for i := range b.c.regions {
		for _, e := range b.c.edges(i) {
			if e.event != stay {
				used[e.event] = true
			}
		}
	}
	creates := false
	for e, ts := range b.c.create {
		used[e] = used[e] || len(ts) > 0
		for _, t := range ts {
			creates = true
			if t.to == stay {
				b.refuse(t.at, "creation-target", t.id)
			}
		}
	}
	if !creates {
		b.refuse(pos{1, 1}, "no-creation")
	}
	for i := range b.c.events {
		e := &b.c.events[i]
		if !used[i] {
			b.refuse(e.at, "event-unused", e.Name)
		}
		if e.Adverse && e.By&^(RoleDeciding|RoleRecorder|RoleSuperior) != 0 {
			b.refuse(e.at, "adverse-sender", e.Name)
		}
		if e.By&RoleSubject != 0 && (!e.Favourable || e.Creates || e.NewBody || e.Reasons) {
			b.refuse(e.at, "subject-event", e.Name)
		}
		for _, a := range e.Args {
			if a.Type == Date && !a.Required && !a.Today {
				b.refuse(e.at, "date-default", e.Name, a.Name)
			}
		}
	}
}
