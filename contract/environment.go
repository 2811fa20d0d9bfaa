package contract

import (
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/checker"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/riviera-ledger/riviera/credit"
)

// Language is the first line of every document. It names the environment below, which
// is frozen: a new function or type is a new language that activates at a height, for
// a node that knows less would compute another state.
const Language = "statechart/1"

// Bounds of an expression.
const (
	maxExpression = 400 // characters
	maxNodes      = 80  // nodes of the syntax tree
	maxCost       = 500 // worst-case static cost
	maxSet        = 16  // numbers of a set, enforced on input
	maxMonths     = 1200
	maxDays       = 36600
)

// allowed lists every function and, where a function has more than one meaning, every
// overload that statechart/1 knows. There are no strings, doubles, maps, bytes,
// timestamps, regular expressions, conversions or type tests.
var allowed = [...]struct {
	function  string
	overloads []string
}{
	{"_&&_", nil}, {"_||_", nil}, {"!_", nil}, {"_?_:_", nil}, {"_==_", nil}, {"_!=_", nil},
	{"@not_strictly_false", nil},
	{"@in", []string{overloads.InList}},
	{"size", []string{overloads.SizeList, overloads.SizeListInst}},
	{"_<_", []string{overloads.LessInt64}},
	{"_<=_", []string{overloads.LessEqualsInt64}},
	{"_>_", []string{overloads.GreaterInt64}},
	{"_>=_", []string{overloads.GreaterEqualsInt64}},
	{"_+_", []string{overloads.AddInt64}},
	{"_-_", []string{overloads.SubtractInt64}},
	{"_*_", []string{overloads.MultiplyInt64}},
	{"_/_", []string{overloads.DivideInt64}},
	{"_%_", []string{overloads.ModuloInt64}},
	{"-_", []string{overloads.NegateInt64}},
}

// environment builds statechart/1 once; it holds no state afterwards.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	subset := env.NewLibrarySubset().AddIncludedMacros("all", "exists", "exists_one")
	for _, a := range allowed {
		f := env.NewFunction(a.function)
		for _, id := range a.overloads {
			f.Overloads = append(f.Overloads, &env.Overload{ID: id})
		}
		subset.AddIncludedFunctions(f)
	}
	options := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(subset)),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ParserRecursionLimit(16),
		cel.ExpressionNodeLimit(maxNodes),
		cel.ASTValidators(cel.ValidateHomogeneousAggregateLiterals(), cel.ValidateComprehensionNestingLimit(1)),
		cel.Function("plusDays", cel.MemberOverload("date_plus_days", []*cel.Type{dateType, cel.IntType}, dateType,
			cel.BinaryBinding(plusDays))),
		cel.Function("plusMonths", cel.MemberOverload("date_plus_months", []*cel.Type{dateType, cel.IntType}, dateType,
			cel.BinaryBinding(plusMonths))),
		cel.Function("known", cel.MemberOverload("date_known", []*cel.Type{dateType}, cel.BoolType,
			cel.UnaryBinding(func(d ref.Val) ref.Val { return types.Bool(d.(dateValue) != 0) }))),
	}
	for _, op := range [...][2]string{{"_<_", "less_date"}, {"_<=_", "less_equals_date"}, {"_>_", "greater_date"}, {"_>=_", "greater_equals_date"}} {
		options = append(options, cel.Function(op[0], cel.Overload(op[1], []*cel.Type{dateType, dateType}, cel.BoolType)))
	}
	return cel.NewCustomEnv(options...)
})

// sizes tells the cost estimate how large an input can be.
type sizes struct{}

func (sizes) EstimateSize(checker.AstNode) *checker.SizeEstimate {
	return &checker.SizeEstimate{Min: 0, Max: maxSet}
}

func (sizes) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}

// celType is how a Type appears in an expression.
func celType(t Type) *cel.Type {
	switch t {
	case Int:
		return cel.IntType
	case Bool:
		return cel.BoolType
	case Date:
		return dateType
	case Set:
		return setType
	}
	return cel.NullType
}

// inRange holds dates to what an institution may state, so that no sum overflows.
func inRange(d credit.Date) bool { return d >= credit.MinDate && d <= credit.MaxDate }

func plusDays(l, r ref.Val) ref.Val {
	d, n := credit.Date(l.(dateValue)), int64(r.(types.Int))
	if n < -maxDays || n > maxDays || !inRange(d) || !inRange(d.AddDays(int(n))) {
		return types.NewErr("date out of range")
	}
	return dateValue(d.AddDays(int(n)))
}

func plusMonths(l, r ref.Val) ref.Val {
	d, n := credit.Date(l.(dateValue)), int64(r.(types.Int))
	if n < -maxMonths || n > maxMonths || !inRange(d) || !inRange(d.AddMonths(int(n))) {
		return types.NewErr("date out of range")
	}
	return dateValue(d.AddMonths(int(n)))
}
