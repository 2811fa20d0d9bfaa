package contract

import (
	"cel.dev/cel-go/cel"
	"go.yaml.in/yaml/v3"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Compile reads, checks and prepares a document. The Contract is nil if there is any
// problem. It never fails otherwise and never panics, whatever src is (FuzzCompile).
// file is used in the problems only.
func Compile(file string, src []byte) (*Contract, []Problem) {
	b := &builder{source: &source{file: file}, c: &Contract{eventIndex: map[string]int{}, main: map[string]int{}}}
	root := b.parse(src)
	if root == nil {
		return nil, b.problems
	}
	b.c.hash = HashOf(src)
	b.document(root)
	if len(b.problems) == 0 {
		b.check()
	}
	if len(b.problems) > 0 {
		return nil, b.problems
	}
	return b.c, nil
}

// HashOf names a document by its bytes.
func HashOf(src []byte) wire.Hash { return wire.Digest("riviera/contract/1", src) }

// builder fills a Contract from the nodes of a document.
type builder struct {
	*source
	c         *Contract
	base      scope
	condition map[string]int
	variable  map[string]int
	article   map[string]bool
	cited     map[string]bool
	ids       map[string]pos
	nodes     []stateNodes
}

// stateNodes keeps a region's states between their declaration, which gives the names
// that expressions may read, and their transitions, which hold the expressions.
type stateNodes struct {
	region int
	states []object
	shared *yaml.Node
}

var kinds = [...]credit.Kind{credit.JudgmentDefaulter, credit.GeneralMinor, credit.GeneralGeneral, credit.GeneralSerious,
	credit.SeriousViolation, credit.AbnormalOperation, credit.MajorTax, credit.WageArrears}

func (b *builder) document(root *yaml.Node) {
	o := b.object(root, "document", "riviera", "id", "version", "kind", "zh", "en", "basis", "term", "measures",
		"parameters", "variables", "events", "conditions", "create", "states", "shared", "regions")
	if l := o.scalar("riviera", true); l != Language && o.has("riviera") {
		b.refuse(o.where("riviera"), "language", l, Language)
		return
	}
	b.head(o)
	b.basis(o)
	b.term(o)
	b.parameters(o)
	b.variables(o)
	b.events(o)
	b.regions(o)
	if len(b.problems) > 0 || !b.scopes(o) {
		return // without names every expression would be a problem
	}
	b.conditions(o)
	b.creation(o)
	b.transitions()
	b.uncited(o)
}

func (b *builder) head(o object) {
	b.c.ref = Ref{ID: o.scalar("id", true), Version: uint32(o.number("version", 1, 1<<20, 0))}
	if !o.has("version") {
		b.refuse(o.at, "version-missing")
	}
	if o.has("id") && !dotted(b.c.ref.ID) {
		b.refuse(o.where("id"), "id")
	}
	b.c.title = o.text(true)
	kind := credit.Kind(o.scalar("kind", true))
	for _, k := range kinds {
		if k == kind {
			b.c.kind = k
			return
		}
	}
	if o.has("kind") {
		b.refuse(o.where("kind"), "kind")
	}
}

func dotted(id string) bool {
	if len(id) > 96 {
		return false
	}
	start := 0
	for i := 0; i <= len(id); i++ {
		if i == len(id) || id[i] == '.' {
			if !label(id[start:i]) {
				return false
			}
			start = i + 1
		}
	}
	return true
}

func (b *builder) basis(o object) {
	b.article, b.cited = map[string]bool{}, map[string]bool{}
	for _, e := range b.entries(o.value["basis"], "basis") {
		if !label(e.key) {
			b.refuse(e.at, "basis-key", e.key)
		}
		b.article[e.key] = true
		b.c.basis = append(b.c.basis, Article{e.key, b.object(e.value, "basis."+e.key, "zh", "en").text(true)})
	}
	if len(b.c.basis) == 0 {
		b.add(fault.MissingExit, o.where("basis"), "no-basis")
	}
}

// cite reads the articles of an object; at least one, each of the basis.
func (b *builder) cite(o object) []string {
	list := o.list("cite")
	if len(list) == 0 {
		b.refuse(o.where("cite"), "no-citation", o.what)
	}
	var keys []string
	for _, i := range list {
		if !b.article[i.name] {
			b.refuse(i.at, "citation-unknown", o.what, i.name)
		}
		b.cited[i.name] = true
		keys = append(keys, i.name)
	}
	return keys
}

// uncited refuses an entry of the basis on which nothing rests.
func (b *builder) uncited(o object) {
	for _, e := range b.entries(o.value["basis"], "basis") {
		if !b.cited[e.key] {
			b.refuse(e.at, "basis-unused", e.key)
		}
	}
}

func (b *builder) term(o object) {
	if !o.has("term") {
		b.add(fault.MissingExit, o.at, "no-term")
	} else {
		t := b.object(o.value["term"], "term", "months", "zh", "en", "cite")
		b.c.term = Term{Months: t.number("months", 1, maxMonths, 0), Rule: t.text(false), Cite: b.cite(t)}
		if b.c.term.Months == 0 && b.c.term.Rule.ZH == "" {
			b.add(fault.MissingExit, t.at, "empty-term")
		}
	}
	for _, n := range b.sequence(o.value["measures"], "measures") {
		m := b.object(n, "measure", "code", "cite")
		spec := MeasureSpec{Code: m.scalar("code", true), Cite: b.cite(m)}
		if !code(spec.Code) {
			b.refuse(m.where("code"), "measure-code", spec.Code)
		}
		b.c.measures = append(b.c.measures, spec)
	}
	if len(b.c.measures) == 0 {
		b.add(fault.MissingExit, o.where("measures"), "no-measure")
	}
}

var units = map[string]unit{"days": unitDays, "days-rolling": unitDaysRolling, "working-days": unitWorkingDays,
	"months": unitMonths, "years": unitYears, "day-of-next-month": unitDayOfNextMonth}

func (b *builder) parameters(o object) {
	for _, e := range b.entries(o.value["parameters"], "parameters") {
		p := b.object(e.value, "parameters."+e.key, "zh", "en", "unit", "value", "values", "cite", "note")
		b.name(e, len(b.c.params), maxParameters)
		x := Parameter{Name: e.key, Title: p.text(true), Unit: p.scalar("unit", true), Note: p.scalar("note", false), Cite: b.cite(p)}
		if _, ok := units[x.Unit]; !ok && x.Unit != "count" && p.has("unit") {
			b.refuse(p.where("unit"), "parameter-unit", p.what)
		}
		switch {
		case p.has("value") == p.has("values"):
			b.refuse(e.at, "value-values", p.what)
		case p.has("value"):
			x.Values = []ParameterValue{{Value: p.number("value", 0, maxDays, 0)}}
		default:
			x.Values = b.dated(p)
		}
		b.c.params = append(b.c.params, x)
	}
}

// dated reads a parameter's values with the days from which they hold.
func (b *builder) dated(p object) []ParameterValue {
	var values []ParameterValue
	for i, n := range b.sequence(p.value["values"], p.what+".values") {
		v := b.object(n, p.what+".values", "from", "value")
		x := ParameterValue{Value: v.number("value", 0, maxDays, 0)}
		if n, ok := v.value["from"]; ok {
			x.From = b.date(n, "from")
		}
		if (i == 0) != (x.From == 0) || i > 0 && x.From <= values[i-1].From && i > 1 {
			b.refuse(v.at, "dated-values", p.what)
		}
		values = append(values, x)
	}
	if len(values) == 0 {
		b.refuse(p.at, "no-value", p.what)
	}
	return values
}

// reserved names have a meaning of their own in expressions.
var reserved = map[string]bool{"main": true, "event": true, "param": true, "today": true, "true": true, "false": true,
	"null": true, "in": true, "all": true, "exists": true, "exists_one": true, "size": true}

func (b *builder) name(e entry, have, limit int) {
	if !identifier(e.key) || reserved[e.key] {
		b.refuse(e.at, "name", e.key)
	}
	if have >= limit {
		b.refuse(e.at, "too-many", limit)
	}
}

func (b *builder) variables(o object) {
	b.variable = map[string]int{}
	for _, e := range b.entries(o.value["variables"], "variables") {
		b.name(e, len(b.c.vars), maxVariables)
		t, ok := parseType(b.scalar(e.value, "variables."+e.key))
		if !ok {
			b.refuse(at(e.value), "variable-type", e.key)
		}
		b.variable[e.key] = len(b.c.vars)
		b.c.vars = append(b.c.vars, variable{e.key, t, e.at})
	}
}

// scopes makes the names that expressions may read.
func (b *builder) scopes(o object) bool {
	base, err := environment()
	if err != nil {
		b.refuse(o.at, "environment", err)
		return false
	}
	b.base.names = map[string]slot{"today": {place: placeToday, typ: Date}}
	options := []cel.EnvOption{cel.Variable("today", dateType)}
	declare := func(name string, s slot) {
		b.base.names[name] = s
		options = append(options, cel.Variable(name, celType(s.typ)))
	}
	for i, v := range b.c.vars {
		declare(v.name, slot{place: placeVariable, typ: v.typ, index: i})
	}
	for i, p := range b.c.params {
		declare("param."+p.Name, slot{place: placeParameter, typ: Int, index: i})
	}
	for i := range b.c.regions {
		for j, st := range b.c.regions[i].states {
			declare(b.c.regions[i].name+"."+underscored(st.name), slot{place: placeState, typ: Bool, index: i, number: j})
		}
	}
	b.base.env, err = base.Extend(options...)
	if err != nil {
		b.refuse(o.at, "environment", err)
		return false
	}
	return true
}

// within returns the scope of an event, made when first needed.
func (b *builder) within(event int) *scope {
	e := &b.c.events[event]
	if len(e.Args) == 0 {
		return &b.base
	}
	if e.scope != nil {
		return e.scope
	}
	sc := &scope{names: b.base.names, args: map[string]slot{}}
	var options []cel.EnvOption
	for i, a := range e.Args {
		sc.args["event."+a.Name] = slot{place: placeArgument, typ: a.Type, index: i}
		options = append(options, cel.Variable("event."+a.Name, celType(a.Type)))
	}
	var err error
	if sc.env, err = b.base.env.Extend(options...); err != nil {
		b.refuse(e.at, "environment", err)
		sc.env = b.base.env
	}
	e.scope = sc
	return sc
}

func underscored(name string) string {
	b := []byte(name)
	for i := range b {
		if b[i] == '-' {
			b[i] = '_'
		}
	}
	return string(b)
}
