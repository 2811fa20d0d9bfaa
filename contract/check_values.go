package contract

import (
	"math/bits"

	"github.com/riviera-ledger/riviera/fault"
)

// every calls f for each expression of a transition.
func (t *transition) every(f func(*expression)) {
	for _, a := range t.sets {
		f(a.expr)
	}
	if t.bar != nil {
		f(t.bar)
	}
	if t.due == nil {
		return
	}
	if t.due.from != nil {
		f(t.due.from)
	}
	for _, s := range t.due.steps {
		if s.count != nil {
			f(s.count)
		}
	}
}

// all calls f for every transition of the document, creation included. Those that
// several states share are seen more than once.
func (c *Contract) all(f func(*transition)) {
	for _, ts := range c.create {
		for _, t := range ts {
			f(t)
		}
	}
	for i := range c.regions {
		for _, e := range c.edges(i) {
			f(e.t)
		}
	}
}

// written is the set of variables that some transition assigns.
func (c *Contract) written() uint64 {
	var set uint64
	c.all(func(t *transition) {
		for _, a := range t.sets {
			set |= 1 << a.variable
		}
	})
	return set
}

// checkConditions refuses a condition that nothing uses, that no event can change, or
// that is always or never met.
func (b *builder) checkConditions() {
	used := make([]bool, len(b.c.conditions))
	b.c.all(func(t *transition) {
		for _, g := range t.guards {
			used[g.condition] = true
		}
	})
	written := b.c.written()
	for i := range b.c.conditions {
		x := &b.c.conditions[i]
		if !used[i] {
			b.refuse(x.at, "condition-unused", x.name)
		}
		if x.expr == nil {
			continue
		}
		r := x.expr.reads
		if r.args == 0 && r.regions == 0 && !r.today && r.variables&written == 0 {
			b.refuse(x.at, "condition-dead", x.name)
		}
	}
	for i, v := range b.c.vars {
		if written&(1<<i) == 0 {
			b.refuse(v.at, "variable-unset", v.name)
		}
	}
}

// checkParameters refuses a parameter that no expression reads.
func (b *builder) checkParameters() {
	var read uint64
	note := func(e *expression) {
		if e != nil {
			read |= e.reads.params
		}
	}
	b.c.all(func(t *transition) { t.every(note) })
	for i := range b.c.conditions {
		note(b.c.conditions[i].expr)
		note(b.c.conditions[i].gap)
	}
	for i, p := range b.c.params {
		if read&(1<<i) == 0 {
			b.refuse(pos{1, 1}, "parameter-unread", p.Name)
		}
	}
}

// checkWriters refuses an event on which two regions could write the same variable:
// which of them came last would be a matter of order.
func (b *builder) checkWriters() {
	for e := range b.c.events {
		var before uint64
		for i := range b.c.regions {
			var here uint64
			for _, x := range b.c.edges(i) {
				if x.event != e {
					continue
				}
				for _, a := range x.t.sets {
					here |= 1 << a.variable
				}
			}
			if both := before & here; both != 0 {
				b.refuse(b.c.events[e].at, "two-writers", b.c.events[e].Name, b.c.vars[bits.TrailingZeros64(both)].name)
			}
			before |= here
		}
	}
}

// checkDates refuses a deadline that counts from a variable which nothing sets on any
// way to its state. Where only some ways set it the deadline counts from the day on
// which its clock starts, so it always runs.
func (b *builder) checkDates() {
	var main uint64
	for i := range b.c.regions {
		set := b.c.assigned(i, main)
		for s := range b.c.regions[i].states {
			if i == 0 {
				main |= set[s]
			}
			for _, t := range b.c.regions[i].states[s].after {
				if missing := t.due.from.reads.variables &^ set[s]; missing != 0 {
					b.add(fault.MissingExit, t.at, "date-unset",
						t.id, b.c.vars[bits.TrailingZeros64(missing)].name, b.c.stateName(i, s))
				}
			}
		}
	}
}

// assigned computes, for each state of a region, the variables that some path to it
// assigns, the state's own events included.
func (c *Contract) assigned(region int, start uint64) []uint64 {
	in := make([]uint64, len(c.regions[region].states))
	for i := range in {
		in[i] = start
	}
	if region == 0 {
		for _, ts := range c.create {
			for _, t := range ts {
				in[t.to] |= sets(t)
			}
		}
	}
	edges := c.edges(region)
	for changed := true; changed; {
		changed = false
		for _, e := range edges {
			if v := in[e.to()] | in[e.from] | sets(e.t); v != in[e.to()] {
				in[e.to()], changed = v, true
			}
		}
	}
	return in
}

func sets(t *transition) uint64 {
	var set uint64
	for _, a := range t.sets {
		set |= 1 << a.variable
	}
	return set
}
