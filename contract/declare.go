package contract

import (
	"go.yaml.in/yaml/v3"

	"github.com/riviera-ledger/riviera/credit"
)

var roleNames = [...]struct {
	name string
	role Role
}{
	{"deciding", RoleDeciding}, {"recorder", RoleRecorder}, {"proposer", RoleProposer}, {"contributor", RoleContributor},
	{"authority", RoleAuthority}, {"superior", RoleSuperior}, {"subject", RoleSubject},
}

// Names returns the parts of a role set as documents write them.
func (r Role) Names() []string {
	var out []string
	for _, x := range roleNames {
		if r&x.role != 0 {
			out = append(out, x.name)
		}
	}
	return out
}

func (b *builder) events(o object) {
	for _, e := range b.entries(o.value["events"], "events") {
		b.name(e, len(b.c.events), maxEvents)
		v := b.object(e.value, "events."+e.key, "zh", "en", "by", "adverse", "favourable", "creates", "new_body", "reasons", "lifts_quarantine", "args")
		x := event{EventSpec: EventSpec{Name: e.key, Title: v.text(true), Adverse: v.flag("adverse"), Favourable: v.flag("favourable"),
			Creates: v.flag("creates"), NewBody: v.flag("new_body"), Reasons: v.flag("reasons"), By: b.roles(v)}, lifts: v.flag("lifts_quarantine"), at: e.at}
		if x.Adverse && x.Favourable {
			b.refuse(e.at, "adverse-favourable", v.what)
		}
		x.Args = b.arguments(v)
		b.c.eventIndex[e.key] = len(b.c.events)
		b.c.events = append(b.c.events, x)
	}
}

func (b *builder) roles(v object) Role {
	var by Role
	for _, i := range v.list("by") {
		known := false
		for _, r := range roleNames {
			if r.name == i.name {
				by, known = by|r.role, true
			}
		}
		if !known {
			b.refuse(i.at, "role-unknown", v.what, i.name)
		}
	}
	if by == 0 {
		b.refuse(v.at, "no-role", v.what)
	}
	return by
}

func (b *builder) arguments(v object) []ArgSpec {
	var args []ArgSpec
	for _, e := range b.entries(v.value["args"], v.what+".args") {
		a := b.object(e.value, v.what+"."+e.key, "zh", "en", "type", "required", "default", "min", "max", "past")
		b.name(e, len(args), maxArguments)
		t, ok := parseType(a.scalar("type", true))
		if !ok {
			b.refuse(a.where("type"), "type", a.what)
			continue
		}
		x := ArgSpec{Name: e.key, Type: t, Title: a.text(true), Required: a.flag("required"), Past: a.flag("past")}
		b.bounds(a, &x)
		if x.Past && t != Date {
			b.refuse(a.where("past"), "past-date", a.what)
		}
		if n, ok := a.value["default"]; ok {
			if x.Required {
				b.refuse(a.where("default"), "required-default", a.what)
			}
			b.defaultOf(n, a, &x)
		}
		args = append(args, x)
	}
	return args
}

// bounds sets the range of an argument: dates those that an institution may state,
// sets numbers from 1 to 16, ints what the document says and never beyond a million.
func (b *builder) bounds(a object, x *ArgSpec) {
	switch x.Type {
	case Bool:
		x.Min, x.Max = 0, 1
	case Date:
		x.Min, x.Max = int64(credit.MinDate), int64(credit.MaxDate)
	case Set:
		x.Min, x.Max = a.number("min", 1, maxSet, 1), a.number("max", 1, maxSet, maxSet)
	case Int:
		const limit = 1_000_000
		x.Min, x.Max = a.number("min", -limit, limit, 0), a.number("max", -limit, limit, limit)
	}
	if (x.Type == Bool || x.Type == Date) && (a.has("min") || a.has("max")) {
		b.refuse(a.at, "range-type", a.what)
	}
	if x.Min > x.Max {
		b.refuse(a.at, "range-empty", a.what)
	}
}

func (b *builder) defaultOf(n *yaml.Node, a object, x *ArgSpec) {
	switch v := b.scalar(n, a.what+".default"); {
	case x.Type == Date && v == "today":
		x.Today = true
	case x.Type == Bool && (v == "true" || v == "false"):
		if v == "true" {
			x.Default = 1
		}
	case x.Type == Int:
		x.Default = b.number(n, a.what+".default", x.Min, x.Max)
	default:
		b.refuse(at(n), "default", a.what)
	}
}

// regions declares the main region (states) and those beside it (regions).
func (b *builder) regions(o object) {
	main := region{name: "main", title: b.c.title, initial: -1, at: o.where("states")}
	nodes := stateNodes{region: 0, shared: o.value["shared"]}
	main.states, nodes.states = b.states(o.value["states"], "states", true)
	for i, st := range main.states {
		b.c.main[st.name] = i
	}
	b.c.regions, b.nodes = []region{main}, []stateNodes{nodes}
	for _, e := range b.entries(o.value["regions"], "regions") {
		b.name(e, len(b.c.regions), maxRegions)
		if _, ok := b.variable[e.key]; ok {
			b.refuse(e.at, "region-variable", e.key)
		}
		v := b.object(e.value, "regions."+e.key, "zh", "en", "during", "initial", "states", "shared")
		r := region{name: e.key, title: v.text(true), at: e.at}
		nodes := stateNodes{region: len(b.c.regions), shared: v.value["shared"]}
		r.states, nodes.states = b.states(v.value["states"], v.what+".states", false)
		for _, i := range v.list("during") {
			if s, ok := b.c.main[i.name]; ok {
				r.during |= 1 << s
			} else {
				b.refuse(i.at, "during-unknown", v.what, i.name)
			}
		}
		if r.during == 0 {
			b.refuse(e.at, "no-during", v.what)
		}
		initial := v.scalar("initial", true)
		if r.initial = stateIndex(r.states, initial); r.initial < 0 && v.has("initial") {
			b.refuse(v.where("initial"), "initial-unknown", v.what, initial)
		}
		b.c.regions, b.nodes = append(b.c.regions, r), append(b.nodes, nodes)
	}
}

func stateIndex(states []state, name string) int {
	for i := range states {
		if states[i].name == name {
			return i
		}
	}
	return -1
}

func (b *builder) states(n *yaml.Node, what string, main bool) ([]state, []object) {
	var states []state
	var nodes []object
	for _, e := range b.entries(n, what) {
		known := []string{"zh", "en", "rest", "hidden", "annotated", "enter", "on", "always", "after"}
		if main {
			known = []string{"zh", "en", "phase", "final", "hidden", "annotated", "enter", "on", "always", "after"}
		}
		v := b.object(e.value, what+"."+e.key, known...)
		if !label(e.key) || len(states) >= maxStates {
			b.refuse(e.at, "state-name", what, e.key, maxStates)
		}
		st := state{name: e.key, title: v.text(true), final: v.flag("final"), rest: v.flag("rest"), hidden: v.flag("hidden"),
			annotated: v.flag("annotated"), enter: b.effects(v, "enter"), at: e.at}
		if main {
			name := v.scalar("phase", true)
			if st.phase = parsePhase(name); st.phase == 0 && v.has("phase") {
				b.refuse(v.where("phase"), "phase-unknown", v.what, name)
			}
		}
		states, nodes = append(states, st), append(nodes, v)
	}
	if len(states) == 0 && n == nil {
		b.refuse(pos{1, 1}, "section-missing", what)
	}
	return states, nodes
}

var effectNames = [...]string{EffectNotice: "notice", EffectOrder: "order", EffectStop: "stop", EffectCertificate: "certificate",
	EffectHide: "hide", EffectShow: "show", EffectErase: "erase", EffectCorrection: "correction", EffectBar: "bar"}

// String names the effect as documents do.
func (e Effect) String() string {
	if int(e) < len(effectNames) {
		return effectNames[e]
	}
	return "unknown"
}

// MarshalText writes the effect's name.
func (e Effect) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// effects reads a list of outputs. Hide and show follow from the states, a bar from its
// own key; they are never written.
func (b *builder) effects(v object, key string) []Effect {
	var out []Effect
	for _, i := range v.list(key) {
		found := Effect(0)
		for e, n := range effectNames {
			if n == i.name && n != "" {
				found = Effect(e)
			}
		}
		switch found {
		case 0:
			b.refuse(i.at, "output-unknown", v.what, key, i.name)
		case EffectHide, EffectShow, EffectBar:
			b.refuse(i.at, "output-implied", v.what, key, i.name)
		default:
			out = append(out, found)
		}
	}
	return out
}

var phaseNames = [...]string{Draft: "draft", Noticed: "noticed", Grace: "grace", Active: "active", ExitDue: "exit-due",
	Exited: "exited", Erased: "erased", Rejected: "rejected", Suspended: "suspended", Annulled: "annulled"}

// String names the phase: "active", "exit-due"; "none" before creation.
func (p Phase) String() string {
	switch {
	case p == 0:
		return "none"
	case int(p) < len(phaseNames):
		return phaseNames[p]
	}
	return "unknown"
}

// MarshalText writes the phase's name.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads a phase's name; an unknown one is 0.
func (p *Phase) UnmarshalText(b []byte) error { *p = parsePhase(string(b)); return nil }

func parsePhase(name string) Phase {
	for p, n := range phaseNames {
		if n == name && n != "" {
			return Phase(p)
		}
	}
	return 0
}
