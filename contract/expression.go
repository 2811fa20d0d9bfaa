package contract

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"go.yaml.in/yaml/v3"
)

// place says what kind of thing a name stands for.
type place uint8

const (
	placeVariable place = iota + 1
	placeParameter
	placeArgument
	placeState // true while a region is in a state
	placeToday // the day of the event, UTC+8
)

// slot is what a name resolves to.
type slot struct {
	place  place
	typ    Type
	index  int // of the variable, parameter or argument; of the region for a state
	number int // of the state
}

// scope holds the names of a document and, in front of them, the arguments of one
// event.
type scope struct {
	names map[string]slot
	args  map[string]slot
	env   *cel.Env
}

func (s *scope) find(name string) (slot, bool) {
	if v, ok := s.args[name]; ok {
		return v, true
	}
	v, ok := s.names[name]
	return v, ok
}

// reads is what an expression depends on, as bit sets.
type reads struct {
	variables uint64
	params    uint64
	args      uint32
	regions   uint16
	today     bool
}

func (r reads) with(o reads) reads {
	return reads{r.variables | o.variables, r.params | o.params, r.args | o.args, r.regions | o.regions, r.today || o.today}
}

func (r *reads) note(s slot) {
	switch s.place {
	case placeVariable:
		r.variables |= 1 << s.index
	case placeParameter:
		r.params |= 1 << s.index
	case placeArgument:
		r.args |= 1 << s.index
	case placeState:
		r.regions |= 1 << s.index
	case placeToday:
		r.today = true
	}
}

// shape picks the way of evaluation. The three short ways compute what the program
// would: they exist because most assignments copy an argument or set a constant.
type shape uint8

const (
	shapeProgram shape = iota
	shapeConstant
	shapeSlot
	shapeNot
)

// expression is a compiled CEL expression of one type.
type expression struct {
	shape   shape
	typ     Type
	value   int64 // of a constant
	slot    slot  // of a slot or its negation
	program cel.Program
	scope   *scope
	reads   reads
	cost    uint64
	source  string
}

// compile checks an expression and prepares it, or returns nil after a problem.
func (s *source) compile(n *yaml.Node, what string, sc *scope, want Type) *expression {
	src := s.scalar(n, what)
	if src == "" {
		return nil
	}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		s.refuse(at(n), "one-line", what)
		return nil
	}
	checked, issues := sc.env.Compile(src)
	if issues.Err() != nil {
		s.issues(n, what, issues)
		return nil
	}
	if !s.vetTree(n, what, checked.NativeRep()) {
		return nil
	}
	if !checked.OutputType().IsExactType(celType(want)) {
		s.refuse(at(n), "wrong-type", what, typeName(checked.OutputType()), want)
		return nil
	}
	cost, err := sc.env.EstimateCost(checked, sizes{})
	if err != nil || cost.Max > maxCost {
		s.refuse(at(n), "cost", what, cost.Max, maxCost)
		return nil
	}
	program, err := sc.env.Program(checked, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		s.refuse(at(n), "program", what, err)
		return nil
	}
	e := &expression{typ: want, program: program, scope: sc, cost: cost.Max, source: src}
	for _, r := range checked.NativeRep().ReferenceMap() { // bit sets: order does not matter
		if v, ok := sc.find(r.Name); ok {
			e.reads.note(v)
		}
	}
	e.simplify(checked.NativeRep())
	return e
}

// issues turns CEL's errors into problems at their own column.
func (s *source) issues(n *yaml.Node, what string, issues *cel.Issues) {
	quote := 0
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		quote = 1
	}
	for _, e := range issues.Errors() {
		p := at(n)
		if e.Location != nil && e.Location.Line() == 1 && e.Location.Column() >= 0 {
			p.col += quote + e.Location.Column()
		}
		first, _, _ := strings.Cut(e.Message, "\n")
		s.refuse(p, "expression", what, first)
	}
}

// vetTree refuses every value of a type that statechart/1 does not have.
func (s *source) vetTree(n *yaml.Node, what string, tree *ast.AST) bool {
	for _, e := range ast.MatchDescendants(ast.NavigateAST(tree), ast.AllMatcher()) {
		switch t := e.Type(); t.Kind() {
		case types.BoolKind, types.IntKind:
		case types.StructKind:
			if !t.IsExactType(dateType) {
				s.refuse(at(n), "type-forbidden", what, typeName(t))
				return false
			}
		case types.ListKind:
			if !t.IsExactType(setType) {
				s.refuse(at(n), "list-numbers", what)
				return false
			}
		default:
			s.refuse(at(n), "type-forbidden", what, typeName(t))
			return false
		}
	}
	return true
}

func typeName(t *types.Type) string {
	if t.IsExactType(setType) {
		return "set"
	}
	return t.String()
}

func (e *expression) simplify(tree *ast.AST) {
	root := tree.Expr()
	if v, ok := e.constant(root); ok {
		e.shape, e.value = shapeConstant, v
		return
	}
	if v, ok := e.name(tree, root); ok {
		e.shape, e.slot = shapeSlot, v
		return
	}
	if root.Kind() == ast.CallKind && root.AsCall().FunctionName() == operators.LogicalNot {
		if v, ok := e.name(tree, root.AsCall().Args()[0]); ok {
			e.shape, e.slot = shapeNot, v
		}
	}
}

func (e *expression) constant(x ast.Expr) (int64, bool) {
	if x.Kind() != ast.LiteralKind {
		return 0, false
	}
	v, err := unwrap(e.typ, x.AsLiteral())
	return v, err == nil
}

func (e *expression) name(tree *ast.AST, x ast.Expr) (slot, bool) {
	r, ok := tree.ReferenceMap()[x.ID()]
	if !ok || r.Name == "" || (x.Kind() != ast.IdentKind && x.Kind() != ast.SelectKind) {
		return slot{}, false
	}
	return e.scope.find(r.Name)
}

// eval computes the expression. An error is an overflow, a division by zero or a date
// out of range; its text never enters the state.
func (e *expression) eval(m *machine) (int64, error) {
	switch e.shape {
	case shapeConstant:
		return e.value, nil
	case shapeSlot:
		return m.read(e.slot), nil
	case shapeNot:
		return 1 - m.read(e.slot), nil
	}
	m.scope = e.scope
	v, _, err := e.program.Eval(m)
	if err != nil {
		return 0, err
	}
	return unwrap(e.typ, v)
}
