package contract

import (
	"slices"
	"strconv"
	"strings"
)

// Change is one difference between two documents. Section is "document", "basis",
// "measure", "parameter", "variable", "event", "condition", "creation", "state",
// "region" or "transition"; Name is what changed within it. Attribute is empty where
// the whole thing was added (Old is empty) or removed (New is empty).
type Change struct {
	Section   string `json:"section"`
	Name      string `json:"name"`
	Attribute string `json:"attribute,omitempty"`
	Old       string `json:"old,omitempty"`
	New       string `json:"new,omitempty"`
}

// Diff lists what differs in meaning between two documents, in the order of the older
// one, then of the newer one. The order of a document's keys, its comments and its
// spelling of lists are no difference.
func Diff(older, newer *Contract) []Change {
	a, b := older.facts(), newer.facts()
	var out []Change
	for _, x := range a {
		y, kept := find(b, x)
		if !kept {
			out = append(out, Change{Section: x.section, Name: x.name, Old: x.summary()})
			continue
		}
		for _, p := range x.pairs {
			if v := y.value(p[0]); v != p[1] {
				out = append(out, Change{x.section, x.name, p[0], p[1], v})
			}
		}
		for _, p := range y.pairs {
			if !slices.ContainsFunc(x.pairs, func(q [2]string) bool { return q[0] == p[0] }) {
				out = append(out, Change{x.section, x.name, p[0], "", p[1]})
			}
		}
	}
	for _, y := range b {
		if _, had := find(a, y); !had {
			out = append(out, Change{Section: y.section, Name: y.name, New: y.summary()})
		}
	}
	return out
}

// facts of one thing in a document, as names with values; empty values are left out.
type facts struct {
	section, name string
	pairs         [][2]string
}

func (f *facts) add(name, value string) {
	if value != "" {
		f.pairs = append(f.pairs, [2]string{name, value})
	}
}

func (f *facts) text(t Text) {
	f.add("zh", t.ZH)
	f.add("en", t.EN)
}

func (f *facts) flag(name string, v bool) {
	if v {
		f.add(name, "true")
	}
}

func (f facts) value(name string) string {
	for _, p := range f.pairs {
		if p[0] == name {
			return p[1]
		}
	}
	return ""
}

func (f facts) summary() string {
	var s []string
	for _, p := range f.pairs {
		s = append(s, p[0]+": "+p[1])
	}
	return strings.Join(s, "; ")
}

func find(list []facts, x facts) (facts, bool) {
	i := slices.IndexFunc(list, func(y facts) bool { return y.section == x.section && y.name == x.name })
	if i < 0 {
		return facts{}, false
	}
	return list[i], true
}

// facts lists everything that a document says.
func (c *Contract) facts() []facts {
	head := facts{section: "document", name: "document"}
	head.add("id", c.ref.ID)
	head.add("version", strconv.Itoa(int(c.ref.Version)))
	head.add("kind", string(c.kind))
	head.text(c.title)
	if c.term.Months > 0 {
		head.add("term", strconv.FormatInt(c.term.Months, 10)+" months")
	}
	head.add("term.zh", c.term.Rule.ZH)
	head.add("term.en", c.term.Rule.EN)
	head.add("term.cite", strings.Join(c.term.Cite, ", "))
	out := []facts{head}
	for _, a := range c.basis {
		f := facts{section: "basis", name: a.Key}
		f.text(a.Text)
		out = append(out, f)
	}
	for _, m := range c.measures {
		f := facts{section: "measure", name: m.Code}
		f.add("cite", strings.Join(m.Cite, ", "))
		out = append(out, f)
	}
	out = append(out, c.parameterFacts()...)
	for _, v := range c.vars {
		f := facts{section: "variable", name: v.name}
		f.add("type", v.typ.String())
		out = append(out, f)
	}
	out = append(out, c.eventFacts()...)
	for i := range c.conditions {
		out = append(out, c.conditionFacts(&c.conditions[i]))
	}
	out = append(out, c.stateFacts()...)
	return append(out, c.transitionFacts()...)
}

func (c *Contract) parameterFacts() []facts {
	var out []facts
	for _, p := range c.params {
		f := facts{section: "parameter", name: p.Name}
		var values []string
		for _, v := range p.Values {
			s := strconv.FormatInt(v.Value, 10)
			if v.From != 0 {
				s = v.From.String() + ": " + s
			}
			values = append(values, s)
		}
		f.add("value", strings.Join(values, ", "))
		f.add("unit", p.Unit)
		f.add("cite", strings.Join(p.Cite, ", "))
		f.add("note", p.Note)
		f.text(p.Title)
		out = append(out, f)
	}
	return out
}

func (c *Contract) eventFacts() []facts {
	var out []facts
	for i := range c.events {
		e := &c.events[i]
		f := facts{section: "event", name: e.Name}
		f.add("by", strings.Join(e.By.Names(), ", "))
		f.flag("adverse", e.Adverse)
		f.flag("favourable", e.Favourable)
		f.flag("creates", e.Creates)
		f.flag("new_body", e.NewBody)
		f.flag("lifts_quarantine", e.lifts)
		f.text(e.Title)
		for _, a := range e.Args {
			f.add("args."+a.Name, a.describe())
		}
		out = append(out, f)
	}
	return out
}

func (a ArgSpec) describe() string {
	s := a.Type.String()
	switch {
	case a.Required:
		s += ", required"
	case a.Today:
		s += ", default today"
	default:
		s += ", default " + strconv.FormatInt(a.Default, 10)
	}
	if a.Type == Int || a.Type == Set {
		s += ", " + strconv.FormatInt(a.Min, 10) + " to " + strconv.FormatInt(a.Max, 10)
	}
	if a.Past {
		s += ", past"
	}
	return s + " (" + a.Title.ZH + " / " + a.Title.EN + ")"
}

func (c *Contract) conditionFacts(x *condition) facts {
	f := facts{section: "condition", name: x.name}
	f.add("cel", x.expr.source)
	if x.event >= 0 {
		f.add("event", c.events[x.event].Name)
	}
	if x.gap != nil {
		f.add("gap", x.gap.source)
	}
	f.add("unit", x.unit)
	f.add("cite", strings.Join(x.cite, ", "))
	f.text(x.title)
	return f
}
