package contract

import (
	"fmt"
	"math/bits"
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/riviera-ledger/riviera/credit"
)

var (
	dateType = types.NewObjectType("date", traits.ComparerType)
	setType  = cel.ListType(cel.IntType)
)

// dateValue is a date inside an expression. It is a type of its own, so that a date
// cannot be added to a number of days or compared with one by mistake.
type dateValue credit.Date

var _ traits.Comparer = dateValue(0)

func (d dateValue) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("a date does not convert to %s", t)
}

func (d dateValue) ConvertToType(ref.Type) ref.Val { return types.NewErr("a date does not convert") }

func (d dateValue) Equal(other ref.Val) ref.Val {
	o, ok := other.(dateValue)
	return types.Bool(ok && o == d)
}

func (d dateValue) Compare(other ref.Val) ref.Val {
	o, ok := other.(dateValue)
	switch {
	case !ok:
		return types.MaybeNoSuchOverloadErr(other)
	case d < o:
		return types.IntNegOne
	case d > o:
		return types.IntOne
	}
	return types.IntZero
}

func (d dateValue) Type() ref.Type { return dateType }
func (d dateValue) Value() any     { return credit.Date(d) }

// wrap makes the value of an expression from its number on the ledger.
func wrap(t Type, v int64) ref.Val {
	switch t {
	case Bool:
		return types.Bool(v != 0)
	case Date:
		return dateValue(v)
	case Set:
		return setOf(uint16(v))
	}
	return types.Int(v)
}

func setOf(mask uint16) ref.Val {
	elems := make([]ref.Val, 0, bits.OnesCount16(mask))
	for n := 1; n <= maxSet; n++ {
		if mask&(1<<(n-1)) != 0 {
			elems = append(elems, types.Int(n))
		}
	}
	return types.NewRefValList(types.DefaultTypeAdapter, elems)
}

// unwrap is the inverse of wrap.
func unwrap(t Type, v ref.Val) (int64, error) {
	switch x := v.(type) {
	case types.Bool:
		if t == Bool && bool(x) {
			return 1, nil
		}
		if t == Bool {
			return 0, nil
		}
	case types.Int:
		if t == Int {
			return int64(x), nil
		}
	case dateValue:
		if t == Date {
			return int64(x), nil
		}
	case traits.Lister:
		if t == Set {
			return maskOf(x)
		}
	}
	return 0, fmt.Errorf("an expression gave a %s", v.Type().TypeName())
}

func maskOf(l traits.Lister) (int64, error) {
	size, ok := l.Size().(types.Int)
	if !ok || size > maxSet {
		return 0, fmt.Errorf("a set holds at most %d numbers", maxSet)
	}
	var mask int64
	for i := types.Int(0); i < size; i++ {
		n, ok := l.Get(i).(types.Int)
		if !ok || n < 1 || n > maxSet {
			return 0, fmt.Errorf("a set holds numbers from 1 to %d", maxSet)
		}
		mask |= 1 << (n - 1)
	}
	return mask, nil
}

// String names the type as documents do.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "unknown"
}

// MarshalText writes the type's name.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

var typeNames = [...]string{Int: "int", Bool: "bool", Date: "date", Set: "set"}

func parseType(name string) (Type, bool) {
	for t, n := range typeNames {
		if n == name && n != "" {
			return Type(t), true
		}
	}
	return 0, false
}
