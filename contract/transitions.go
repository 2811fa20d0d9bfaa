package contract

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

func (b *builder) conditions(o object) {
	b.condition = map[string]int{}
	for _, e := range b.entries(o.value["conditions"], "conditions") {
		b.name(e, len(b.c.conditions), maxConditions)
		v := b.object(e.value, "conditions."+e.key, "zh", "en", "cel", "event", "cite", "gap", "unit")
		x := condition{name: e.key, title: v.text(true), event: -1, at: e.at, unit: v.scalar("unit", false)}
		sc := &b.base
		if v.has("event") {
			i, ok := b.c.eventIndex[v.scalar("event", true)]
			if !ok {
				b.refuse(v.where("event"), "event-unknown", v.what)
				continue
			}
			x.event, sc = i, b.within(i)
		}
		if v.has("cite") {
			x.cite = b.cite(v)
		}
		if n, ok := v.value["cel"]; ok {
			x.expr = b.expression(n, v.what, sc, Bool)
		} else {
			b.refuse(v.at, "no-cel", v.what)
		}
		if n, ok := v.value["gap"]; ok {
			x.gap = b.expression(n, v.what+".gap", sc, Int)
		}
		b.condition[e.key] = len(b.c.conditions)
		b.c.conditions = append(b.c.conditions, x)
	}
}

func (b *builder) expression(n *yaml.Node, what string, sc *scope, want Type) *expression {
	e := b.compile(n, what, sc, want)
	if e != nil {
		b.c.cost += e.cost
	}
	return e
}

// creation reads the transitions that start a record.
func (b *builder) creation(o object) {
	b.ids = map[string]pos{}
	b.c.create = b.on(o.value["create"], "create", 0, true)
	if !o.has("create") {
		b.refuse(o.at, "no-create")
	}
}

// transitions reads those of every state, then those that several states share.
func (b *builder) transitions() {
	for _, nodes := range b.nodes {
		r := &b.c.regions[nodes.region]
		for i, v := range nodes.states {
			st := &r.states[i]
			st.on = b.on(v.value["on"], v.what+".on", nodes.region, false)
			for _, n := range b.sequence(v.value["always"], v.what+".always") {
				st.always = append(st.always, b.transition(n, v.what+".always", nodes.region, stay, false))
			}
			for _, n := range b.sequence(v.value["after"], v.what+".after") {
				st.after = append(st.after, b.transition(n, v.what+".after", nodes.region, stay, true))
			}
			r.slots = max(r.slots, len(st.after))
		}
		b.share(nodes, r)
		r.slot = b.c.slots
		b.c.slots += r.slots
	}
	if b.c.slots > maxDeadlines {
		b.refuse(pos{1, 1}, "many-deadlines", maxDeadlines)
	}
}

func (b *builder) share(nodes stateNodes, r *region) {
	for _, n := range b.sequence(nodes.shared, "shared") {
		v := b.object(n, "shared", "in", "on")
		reactions := b.on(v.value["on"], "shared.on", nodes.region, false)
		for _, i := range v.list("in") {
			s := stateIndex(r.states, i.name)
			if s < 0 {
				b.refuse(i.at, "shared-unknown", i.name)
				continue
			}
			for e, ts := range reactions {
				r.states[s].on[e] = append(r.states[s].on[e], ts...)
			}
		}
	}
}

// on reads the transitions of a state by event. Several under one event are tried in
// their order.
func (b *builder) on(n *yaml.Node, what string, region int, creates bool) [][]*transition {
	out := make([][]*transition, len(b.c.events))
	for _, e := range b.entries(n, what) {
		i, ok := b.c.eventIndex[e.key]
		if !ok {
			b.refuse(e.at, "on-unknown", what, e.key)
			continue
		}
		if b.c.events[i].Creates != creates {
			b.refuse(e.at, "creates", what, e.key)
			continue
		}
		nodes := []*yaml.Node{e.value}
		if e.value.Kind == yaml.SequenceNode {
			nodes = e.value.Content
		}
		for _, n := range nodes {
			out[i] = append(out[i], b.transition(n, what+"."+e.key, region, i, false))
		}
	}
	return out
}

// transition reads one; event is stay for those that need none.
func (b *builder) transition(n *yaml.Node, what string, region, event int, timed bool) *transition {
	known := []string{"id", "zh", "en", "cite", "if", "unless", "to", "set", "do", "bar"}
	if timed {
		known = append(known, "due")
	}
	v := b.object(n, what, known...)
	t := &transition{id: v.scalar("id", true), title: v.text(event == stay), cite: b.cite(v), to: stay, effect: b.effects(v, "do"), at: v.at}
	if !label(t.id) && t.id != "" || t.id == quarantine || t.id == Orphaned {
		b.refuse(v.where("id"), "transition-id", what, t.id)
	}
	if p, twice := b.ids[t.id]; twice {
		b.refuse(v.where("id"), "id-twice", what, t.id, p.line)
	}
	b.ids[t.id] = v.where("id")
	if v.has("to") {
		name := v.scalar("to", true)
		if t.to = stateIndex(b.c.regions[region].states, name); t.to < 0 {
			b.refuse(v.where("to"), "to-unknown", what, name)
		}
	}
	sc := &b.base
	if event != stay {
		sc = b.within(event)
	}
	t.guards = append(b.guards(v, "if", event, true), b.guards(v, "unless", event, false)...)
	b.assignments(v, t, sc)
	if n, ok := v.value["bar"]; ok {
		t.bar = b.expression(n, v.what+".bar", sc, Date)
		if region != 0 || t.to < 0 || b.c.regions[0].states[t.to].phase != Exited {
			b.refuse(v.where("bar"), "bar-exit", v.what)
		}
	}
	if timed {
		b.deadline(v, t)
	}
	return t
}

func (b *builder) guards(v object, key string, event int, want bool) []guard {
	var out []guard
	for _, i := range v.list(key) {
		c, ok := b.condition[i.name]
		if !ok {
			b.refuse(i.at, "condition-unknown", v.what, key, i.name)
			continue
		}
		if e := b.c.conditions[c].event; e >= 0 && e != event {
			b.refuse(i.at, "condition-event", v.what, key, i.name)
		}
		out = append(out, guard{c, want})
	}
	return out
}

func (b *builder) assignments(v object, t *transition, sc *scope) {
	for _, e := range b.entries(v.value["set"], v.what+".set") {
		i, ok := b.variable[e.key]
		if !ok {
			b.refuse(e.at, "variable-unknown", v.what, e.key)
			continue
		}
		if x := b.expression(e.value, v.what+".set."+e.key, sc, b.c.vars[i].typ); x != nil {
			t.sets = append(t.sets, assignment{i, x})
		}
	}
}

func (b *builder) deadline(v object, t *transition) {
	d := &deadline{}
	t.due = d
	if !v.has("due") {
		b.refuse(v.at, "no-due", v.what)
		return
	}
	o := b.object(v.value["due"], v.what+".due", "from", "plus", "calendar")
	if n, ok := o.value["from"]; ok {
		d.from = b.expression(n, o.what+".from", &b.base, Date)
	} else {
		b.refuse(o.at, "no-from", o.what)
	}
	switch c := o.scalar("calendar", false); c {
	case "", "earlier":
	case "later":
		d.later = true
	default:
		b.refuse(o.where("calendar"), "calendar-side", o.what)
	}
	for _, n := range b.sequence(o.value["plus"], o.what+".plus") {
		for _, e := range b.entries(n, o.what+".plus") {
			u, ok := units[e.key]
			if !ok {
				b.refuse(e.at, "plus-unit", o.what)
				continue
			}
			d.steps = append(d.steps, step{u, b.expression(e.value, o.what+".plus."+e.key, &b.base, Int)})
		}
	}
	d.reads = b.c.depends(d, t.guards)
}

// depends is what a deadline's date and its guards read.
func (c *Contract) depends(d *deadline, guards []guard) reads {
	var r reads
	if d.from != nil {
		r = d.from.reads
	}
	for _, s := range d.steps {
		if s.count != nil {
			r = r.with(s.count.reads)
		}
	}
	for _, g := range guards {
		if x := c.conditions[g.condition].expr; x != nil {
			r = r.with(x.reads)
		}
	}
	return r
}

// calendarBound says whether a deadline's date depends on the working-day calendar.
func (d *deadline) calendarBound() bool {
	return slices.ContainsFunc(d.steps, func(s step) bool { return s.unit == unitWorkingDays || s.unit == unitDaysRolling })
}
