package contract

import "github.com/riviera-ledger/riviera/credit"

// A litigation hold (诉讼保全) puts off the forgetting of a record that is released or
// annulled: an event that sets a date which the deadline of the forgetting reads.

// holding is the set of the dates that an event sets in a state and that a deadline of the
// same state reads.
func (c *Contract) holding(st *state) (set uint64) {
	if st.phase != Exited && st.phase != Annulled {
		return 0
	}
	var read uint64
	for _, t := range st.after {
		if t.due != nil {
			read |= t.due.reads.variables
		}
	}
	for _, ts := range st.on {
		for _, t := range ts {
			set |= t.writes() & read
		}
	}
	return set
}

// writes is the set of the variables that a transition assigns.
func (t *transition) writes() (set uint64) {
	for _, a := range t.sets {
		set |= 1 << a.variable
	}
	return set
}

// Hold returns the day until which a litigation hold keeps a record that is released or
// annulled, 0 where there is none. The retention may last longer by itself.
func (c *Contract) Hold(in Instance) (until credit.Date) {
	if in.Zero() {
		return 0
	}
	set := c.holding(c.stateOf(&in, 0))
	for i := range c.vars {
		if set&(1<<i) != 0 && c.vars[i].typ == Date {
			until = max(until, credit.Date(in.vars[i]))
		}
	}
	return until
}

// checkHolds: who puts off the forgetting decides the record, with two persons and reasons,
// and within a limit: a condition on what the event asks for that also reads the day or a
// parameter, of the state in which the retention already runs.
func (b *builder) checkHolds() {
	for i := range b.c.regions[0].states {
		st := &b.c.regions[0].states[i]
		held := b.c.holding(st)
		for e, ts := range st.on {
			for _, t := range ts {
				if t.writes()&held == 0 {
					continue
				}
				if ev := b.c.events[e]; !ev.Adverse || !ev.Reasons || ev.By != RoleDeciding {
					b.refuse(t.at, "hold-decision", t.id, ev.Name)
				}
				if !b.limited(e, t) {
					b.refuse(t.at, "hold-limit", t.id, b.c.events[e].Name)
				}
			}
		}
	}
}

// limited reports whether a condition of a transition bounds what its event asks for.
func (b *builder) limited(e int, t *transition) bool {
	for _, g := range t.guards {
		x := &b.c.conditions[g.condition]
		if g.want && x.event == e && x.expr != nil && x.expr.reads.args != 0 && x.expr.reads.variables != 0 && x.expr.reads.params != 0 {
			return true
		}
	}
	return false
}
