package contract

import (
	"strings"

	"github.com/riviera-ledger/riviera/fault"
)

// checkPositions is invariant 1: what happens by itself never worsens the subject's
// position, and an event that does is adverse.
func (b *builder) checkPositions(region int) {
	states := b.c.regions[region].states
	rank := func(i int) int {
		if region == 0 {
			return states[i].position()
		}
		if states[i].hidden {
			return 1
		}
		return 0
	}
	for _, e := range b.c.edges(region) {
		if rank(e.to()) >= rank(e.from) {
			continue
		}
		if e.event == stay {
			b.refuse(e.t.at, "worsens",
				e.t.id, states[e.from].name, states[e.to()].name)
		} else if !b.c.events[e.event].Adverse {
			b.refuse(e.t.at, "not-adverse", e.t.id, b.c.events[e.event].Name)
		}
	}
	if region != 0 {
		return
	}
	for e, ts := range b.c.create {
		for _, t := range ts {
			if t.to != stay && states[t.to].position() < 2 && !b.c.events[e].Adverse {
				b.refuse(t.at, "listing-adverse", t.id, b.c.events[e].Name)
			}
		}
	}
}

// checkReasons: in a region that the subject opens, what goes against it is a refusal,
// and a refusal gives its reasons.
func (b *builder) checkReasons(region int) {
	edges := b.c.edges(region)
	opened := false
	for _, e := range edges {
		opened = opened || e.event != stay && b.c.events[e.event].By&RoleSubject != 0
	}
	for _, e := range edges {
		if region != 0 && opened && e.event != stay && b.c.events[e.event].Adverse && !b.c.events[e.event].Reasons {
			b.refuse(e.t.at, "no-reasons", e.t.id, b.c.events[e.event].Name)
		}
	}
}

// checkHiding: a side region that hides the record runs in every state in force.
// Otherwise a step towards the exit would end the region and show the record again.
func (b *builder) checkHiding() {
	for i := 1; i < len(b.c.regions); i++ {
		r := &b.c.regions[i]
		hides := false
		for _, st := range r.states {
			hides = hides || st.hidden
		}
		for s, st := range b.c.regions[0].states {
			if hides && (st.phase == Active || st.phase == ExitDue) && r.during&(1<<s) == 0 {
				b.refuse(r.at, "hiding-region", r.name, st.name)
			}
		}
	}
}

// checkDeadlines: every state that is not final ends by itself, whatever its
// conditions are. In the main region a deadline of a side region counts if, until then,
// each of its states runs a deadline or hides the record (a re-affirmation). A state
// beside rests, runs a deadline, or hides: then silence has already spoken for the
// subject.
func (b *builder) checkDeadlines() {
	for s := range b.c.regions[0].states {
		st := &b.c.regions[0].states[s]
		if st.final {
			continue
		}
		conds := b.guardsOf(st.after, nil)
		for i := 1; i < len(b.c.regions); i++ {
			if b.c.regions[i].during&(1<<s) != 0 {
				for j := range b.c.regions[i].states {
					conds = b.guardsOf(b.c.regions[i].states[j].after, conds)
				}
			}
		}
		if len(conds) > 10 {
			b.refuse(st.at, "many-conditions", st.name)
			continue
		}
		for world := range 1 << len(conds) {
			if !b.ends(s, st, conds, world) {
				b.add(fault.MissingExit, st.at, "no-deadline", st.name, b.describe(conds, world))
				break
			}
		}
	}
	for i := 1; i < len(b.c.regions); i++ {
		for j := range b.c.regions[i].states {
			if st := &b.c.regions[i].states[j]; !st.rest && !st.hidden && len(st.after) == 0 {
				b.add(fault.MissingExit, st.at, "no-rest", b.c.stateName(i, j))
			}
		}
	}
}

// guardsOf adds the conditions of some deadlines to a list, each once.
func (b *builder) guardsOf(ts []*transition, conds []int) []int {
	for _, t := range ts {
		for _, g := range t.guards {
			if index(conds, g.condition) < 0 {
				conds = append(conds, g.condition)
			}
		}
	}
	return conds
}

func index(list []int, x int) int {
	for i, v := range list {
		if v == x {
			return i
		}
	}
	return -1
}

// ends reports whether some deadline runs in a main state if exactly the conditions of
// world hold (bit i for conds[i]).
func (b *builder) ends(s int, st *state, conds []int, world int) bool {
	runs := func(ts []*transition) bool {
		for _, t := range ts {
			ok := true
			for _, g := range t.guards {
				ok = ok && (world>>index(conds, g.condition)&1 == 1) == g.want
			}
			if ok && !t.due.later {
				return true
			}
		}
		return false
	}
	if runs(st.after) {
		return true
	}
	for i := 1; i < len(b.c.regions); i++ {
		r := &b.c.regions[i]
		if r.during&(1<<s) == 0 {
			continue
		}
		all := true
		for j := range r.states {
			all = all && (r.states[j].hidden || runs(r.states[j].after))
		}
		if all {
			return true
		}
	}
	return false
}

// describe says which conditions hold in a world and which do not.
func (b *builder) describe(conds []int, world int) Text {
	var zh, en string
	for i, c := range conds {
		name := b.c.conditions[c].name
		if world>>i&1 == 0 {
			zh, en = zh+"、"+name+"不成立", en+", not "+name
		} else {
			zh, en = zh+"、"+name+"成立", en+", "+name
		}
	}
	if en == "" {
		return Text{}
	}
	return Text{ZH: "（" + strings.TrimPrefix(zh, "、") + "时）", EN: " when " + strings.TrimPrefix(en, ", ")}
}
