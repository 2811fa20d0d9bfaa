package contract

import (
	_ "embed"
	"os"
	"slices"
	"strings"
	"testing"

	"cel.dev/cel-go/common/types"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/riviera-ledger/riviera/credit"
)

// TestEnvironmentIsFrozen: statechart/1 has exactly these functions and overloads. A
// library upgrade that brings another one, or takes one away, fails here: then it is a
// new language, and no change of this file.
func TestEnvironmentIsFrozen(t *testing.T) {
	env, err := environment()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for name, f := range env.Functions() {
		var ids []string
		for _, o := range f.OverloadDecls() {
			ids = append(ids, o.ID())
		}
		slices.Sort(ids)
		lines = append(lines, name+": "+strings.Join(ids, " "))
	}
	slices.Sort(lines)
	golden, err := os.ReadFile("testdata/statechart-1.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(string(golden)), strings.Join(lines, "\n")); diff != "" {
		t.Error(diff)
	}
}

//go:embed testdata/small.yaml
var smallDocument []byte

// stage is a machine on the small contract with some values.
func stage(t *testing.T) (*machine, *scope) {
	t.Helper()
	c, problems := Compile("small.yaml", smallDocument)
	if c == nil {
		t.Fatal(problems)
	}
	m := c.machine(Instance{}, credit.NewDate(2026, 3, 2).Start(), nil)
	m.in.state[0], m.in.state[1] = 1, 2
	set := map[string]int64{"listed_on": int64(credit.NewDate(2024, 2, 29)), "paid": 1, "count": 7, "marks": 0b10110}
	for i, v := range c.vars {
		m.in.vars[i] = set[v.name]
	}
	return m, c.conditions[0].expr.scope
}

func (m *machine) value(sc *scope, src string, want Type) (int64, *source, error) {
	s := &source{file: "x", lines: []string{src}}
	e := s.compile(&yaml.Node{Kind: yaml.ScalarNode, Value: src, Line: 1, Column: 1}, "x", sc, want)
	if e == nil {
		return 0, s, nil
	}
	v, err := e.eval(m)
	return v, s, err
}

// TestGoldenCorpus: what expressions are worth in statechart/1. Each line is consensus:
// a library upgrade that computes another value forks the network.
func TestGoldenCorpus(t *testing.T) {
	m, sc := stage(t)
	d := func(y, mo, d int) int64 { return int64(credit.NewDate(y, mo, d)) }
	for _, r := range []struct {
		src  string
		typ  Type
		want int64
	}{
		{"count", Int, 7}, {"count + 1", Int, 8}, {"count - 9", Int, -2}, {"count * count", Int, 49}, {"-count", Int, -7},
		{"count / 2", Int, 3}, {"-7 / 2", Int, -3}, {"count % 4", Int, 3}, {"-7 % 4", Int, -3},
		{"9223372036854775807 - 1", Int, 9223372036854775806}, {"0x1F", Int, 31},
		{"paid", Bool, 1}, {"!paid", Bool, 0}, {"paid && count > 7", Bool, 0}, {"paid || count / 0 > 1", Bool, 1},
		{"count / 0 > 1 || paid", Bool, 1}, {"count / 0 > 1 && !paid", Bool, 0}, {"paid ? 1 : 1 / 0", Int, 1},
		{"count == 7", Bool, 1}, {"count != 7", Bool, 0}, {"count <= 7", Bool, 1}, {"count >= 8", Bool, 0},
		{"2 in marks", Bool, 1}, {"1 in marks", Bool, 0}, {"count in [1, 7]", Bool, 1}, {"marks.size()", Int, 3}, {"size(marks)", Int, 3},
		{"marks.exists(m, m >= 5)", Bool, 1}, {"marks.all(m, m > 2)", Bool, 0}, {"marks.exists_one(m, m == 3)", Bool, 1},
		{"marks == [2, 3, 5]", Bool, 1}, {"marks == [5, 3, 2]", Bool, 0}, {"marks", Set, 0b10110}, {"[5, 2]", Set, 0b10010},
		{"listed_on", Date, d(2024, 2, 29)}, {"today", Date, d(2026, 3, 2)}, {"listed_on.plusMonths(12)", Date, d(2025, 2, 28)},
		{"listed_on.plusMonths(48)", Date, d(2028, 2, 29)}, {"listed_on.plusMonths(-1)", Date, d(2024, 1, 29)},
		{"listed_on.plusMonths(-12)", Date, d(2023, 2, 28)}, {"listed_on.plusDays(366)", Date, d(2025, 3, 1)},
		{"listed_on < today", Bool, 1}, {"listed_on >= today", Bool, 0}, {"today == today", Bool, 1}, {"today != listed_on", Bool, 1},
		{"listed_on.known()", Bool, 1}, {"fact_on.known()", Bool, 0}, {"claimed_on > today ? claimed_on : today", Date, d(2026, 3, 2)},
		{"main.active", Bool, 1}, {"main.gone", Bool, 0}, {"claim.open && !claim.none", Bool, 1}, {"param.days", Int, 3}, {"param.months", Int, 12},
	} {
		got, s, err := m.value(sc, r.src, r.typ)
		if err != nil || len(s.problems) > 0 || got != r.want {
			t.Errorf("%s = %d, want %d (error %v, problems %v)", r.src, got, r.want, err, s.problems)
		}
	}
}

// TestErrorsOfEvaluation: the only ways in which a checked expression can fail.
func TestErrorsOfEvaluation(t *testing.T) {
	m, sc := stage(t)
	for _, src := range []string{"count / 0", "count % (count - 7)", "count * 9223372036854775807", "9223372036854775807 + count",
		"-9223372036854775808 - count", "listed_on.plusDays(40000) == today ? 1 : 0", "listed_on.plusMonths(1201) == today ? 1 : 0",
		"fact_on.plusMonths(-1000) == today ? 1 : 0", "today.plusMonths(count * 1000) == today ? 1 : 0"} {
		if v, s, err := m.value(sc, src, Int); err == nil || len(s.problems) > 0 {
			t.Errorf("%s = %d, problems %v: no error", src, v, s.problems)
		}
	}
}

// TestShortWaysAgree: the short evaluation of constants, names and negations gives what
// the program gives.
func TestShortWaysAgree(t *testing.T) {
	m, sc := stage(t)
	for _, src := range []string{"true", "false", "paid", "!paid", "main.active", "!claim.open", "!main.gone"} {
		s := &source{}
		e := s.compile(&yaml.Node{Kind: yaml.ScalarNode, Value: src}, "x", sc, Bool)
		if e == nil || e.shape == shapeProgram {
			t.Errorf("%s: not shortened", src)
			continue
		}
		short, err1 := e.eval(m)
		e.shape = shapeProgram
		long, err2 := e.eval(m)
		if short != long || err1 != nil || err2 != nil {
			t.Errorf("%s: %d and %d", src, short, long)
		}
	}
}

// TestNoLimitAtRunTime: an expression at the bound of its static cost runs to its end.
// A limit at run time once forked a network: two versions of the library counted
// differently, and one of them stopped.
func TestNoLimitAtRunTime(t *testing.T) {
	m, sc := stage(t)
	for i, v := range m.c.vars {
		if v.name == "marks" {
			m.in.vars[i] = 1<<maxSet - 1
		}
	}
	if v, s, err := m.value(sc, "marks.exists(a, a + a + a == 99 && a in marks) || count == 7", Bool); v != 1 || err != nil || len(s.problems) > 0 {
		t.Errorf("value %d, error %v, problems %v", v, err, s.problems)
	}
}

// TestDateIsItsOwnType: a date compares with dates only.
func TestDateIsItsOwnType(t *testing.T) {
	if dateValue(3).Equal(types.Int(3)) != types.False {
		t.Error("a date equals a number")
	}
	if !types.IsError(dateValue(3).Compare(types.Int(3))) {
		t.Error("a date compares with a number")
	}
	if !types.IsError(dateValue(3).ConvertToType(types.IntType)) {
		t.Error("a date converts to a number")
	}
}
