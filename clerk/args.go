package clerk

import (
	"strconv"
	"strings"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// ParseArgs reads the arguments of an event as people write them, "name=value": an int
// in digits, a bool as yes or no (true, false, 1, 0, 是, 否), a date in either form of
// credit.ParseDate, a set as numbers joined with ";" or ",". A name that the event does
// not take, twice the same, or a value of the wrong type or out of range is fault.BadArgument at that
// name.
func ParseArgs(spec contract.EventSpec, pairs []string) (contract.Args, error) {
	args := contract.Args{}
	for _, pair := range pairs {
		name, text, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, fault.Newf(fault.BadArgument, "arguments", "written as name=value")
		}
		a, known := argOf(spec, name)
		if !known {
			return nil, fault.Newf(fault.BadArgument, "arguments", "the event %s takes %s", spec.Name, argNames(spec))
		}
		if _, twice := args[name]; twice {
			return nil, fault.Newf(fault.BadArgument, name, "given twice")
		}
		v, err := parseValue(a.Type, strings.TrimSpace(text))
		if err != nil {
			return nil, fault.Wrap(fault.BadArgument, name, err)
		}
		if a.Type == contract.Int && (v < a.Min || v > a.Max) {
			return nil, fault.Newf(fault.BadArgument, name, "from %d to %d", a.Min, a.Max)
		}
		args[name] = v
	}
	for _, a := range spec.Args {
		if _, given := args[a.Name]; a.Required && !given {
			return nil, fault.Newf(fault.BadArgument, a.Name, "is required")
		}
	}
	return args, nil
}

func argOf(spec contract.EventSpec, name string) (contract.ArgSpec, bool) {
	for _, a := range spec.Args {
		if a.Name == name {
			return a, true
		}
	}
	return contract.ArgSpec{}, false
}

func argNames(spec contract.EventSpec) string {
	if len(spec.Args) == 0 {
		return "no argument"
	}
	var names []string
	for _, a := range spec.Args {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}

func parseValue(t contract.Type, s string) (int64, error) {
	switch t {
	case contract.Date:
		d, err := credit.ParseDate(s)
		return int64(d), err
	case contract.Bool:
		switch strings.ToLower(s) {
		case "yes", "true", "1", "是":
			return 1, nil
		case "no", "false", "0", "否":
			return 0, nil
		}
		return 0, fault.Newf(fault.BadArgument, "", "yes or no")
	case contract.Set:
		return parseSet(s)
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fault.Newf(fault.BadArgument, "", "a whole number")
	}
	return n, nil
}

func parseSet(s string) (int64, error) {
	var numbers []int
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(";,；，", r) }) {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			return 0, fault.Newf(fault.BadArgument, "", "numbers joined with ;")
		}
		numbers = append(numbers, n)
	}
	g, err := credit.NewGrounds(numbers...)
	return int64(g), err
}
