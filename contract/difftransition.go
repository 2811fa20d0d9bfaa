package contract

import (
	"slices"
	"strconv"
	"strings"
)

func (c *Contract) stateFacts() []facts {
	var out []facts
	for i := range c.regions {
		r := &c.regions[i]
		if i > 0 {
			f := facts{section: "region", name: r.name}
			var during []string
			for s, st := range c.regions[0].states {
				if r.during&(1<<s) != 0 {
					during = append(during, st.name)
				}
			}
			f.add("during", strings.Join(during, ", "))
			f.add("initial", r.states[r.initial].name)
			f.text(r.title)
			out = append(out, f)
		}
		for s := range r.states {
			st := &r.states[s]
			f := facts{section: "state", name: c.stateName(i, s)}
			if i == 0 {
				f.add("phase", st.phase.String())
			}
			f.flag("final", st.final)
			f.flag("rest", st.rest)
			f.flag("hidden", st.hidden)
			f.flag("annotated", st.annotated)
			f.add("enter", effectList(st.enter))
			f.text(st.title)
			out = append(out, f)
		}
	}
	return out
}

func effectList(effects []Effect) string {
	return join(effects, Effect.String)
}

// transitionFacts lists each transition once, with every state from which it leads.
func (c *Contract) transitionFacts() []facts {
	var out []facts
	at := map[string]int{} // looked up, never iterated
	note := func(region int, from string, how string, t *transition) {
		i, seen := at[t.id]
		if !seen {
			at[t.id] = len(out)
			f := c.transitionFact(region, t)
			f.pairs = slices.Insert(f.pairs, 0, [2]string{"on", how}, [2]string{"from", from})
			out = append(out, f)
			return
		}
		out[i].pairs[1][1] += ", " + from
	}
	for e, ts := range c.create {
		for _, t := range ts {
			note(0, "-", c.events[e].Name, t)
		}
	}
	for i := range c.regions {
		for s := range c.regions[i].states {
			st := &c.regions[i].states[s]
			from := c.stateName(i, s)
			for e, ts := range st.on {
				for _, t := range ts {
					note(i, from, c.events[e].Name, t)
				}
			}
			for _, t := range st.always {
				note(i, from, "always", t)
			}
			for _, t := range st.after {
				note(i, from, "after", t)
			}
		}
	}
	return out
}

func (c *Contract) transitionFact(region int, t *transition) facts {
	f := facts{section: "transition", name: t.id}
	if t.to != stay {
		f.add("to", c.stateName(region, t.to))
	}
	for _, want := range [...]bool{true, false} {
		var names []string
		for _, g := range t.guards {
			if g.want == want {
				names = append(names, c.conditions[g.condition].name)
			}
		}
		f.add(map[bool]string{true: "if", false: "unless"}[want], strings.Join(names, ", "))
	}
	var sets []string
	for _, a := range t.sets {
		sets = append(sets, c.vars[a.variable].name+" = "+a.expr.source)
	}
	slices.Sort(sets)
	f.add("set", strings.Join(sets, ", "))
	f.add("do", effectList(t.effect))
	if t.bar != nil {
		f.add("bar", t.bar.source)
	}
	if t.due != nil {
		due := t.due.from.source
		for _, s := range t.due.steps {
			due += " + " + s.count.source + " " + unitName(s.unit)
		}
		if t.due.later {
			due += " (later)"
		}
		f.add("due", due)
	}
	f.add("cite", strings.Join(t.cite, ", "))
	f.text(t.title)
	return f
}

// String is "parameter max_months: value 36 -> 24", "+ state x …" or "- state x …".
func (c Change) String() string {
	name := c.Section + " " + c.Name
	switch {
	case c.Attribute != "":
		return "~ " + name + ": " + c.Attribute + " " + strconv.Quote(c.Old) + " -> " + strconv.Quote(c.New)
	case c.Old == "":
		return "+ " + name + ": " + c.New
	}
	return "- " + name + ": " + c.Old
}
