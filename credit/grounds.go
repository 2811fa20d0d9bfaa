package credit

import (
	"encoding/json"
	"math/bits"
	"strconv"
	"strings"

	"github.com/riviera-ledger/riviera/fault"
)

// Grounds is a set of the grounds of a listing, numbered 1 to 16 as its contract
// numbers them (法释〔2017〕7号 art. 1 has six): bit n-1 stands for ground n.
type Grounds uint16

// NewGrounds makes the set of the given numbers; a number outside 1 to 16 is
// fault.FieldInvalid.
func NewGrounds(numbers ...int) (Grounds, error) {
	var g Grounds
	for _, n := range numbers {
		if n < 1 || n > 16 {
			return 0, fault.New(fault.FieldInvalid, "grounds")
		}
		g |= 1 << (n - 1)
	}
	return g, nil
}

// Has reports whether ground n is in the set.
func (g Grounds) Has(n int) bool { return n >= 1 && n <= 16 && g&(1<<(n-1)) != 0 }

// Numbers returns the grounds in ascending order.
func (g Grounds) Numbers() []int {
	out := make([]int, 0, bits.OnesCount16(uint16(g)))
	for n := 1; n <= 16; n++ {
		if g.Has(n) {
			out = append(out, n)
		}
	}
	return out
}

// String joins the numbers with ";" as the import format does.
func (g Grounds) String() string {
	var parts []string
	for _, n := range g.Numbers() {
		parts = append(parts, strconv.Itoa(n))
	}
	return strings.Join(parts, ";")
}

// MarshalJSON writes the set as an ascending list of numbers.
func (g Grounds) MarshalJSON() ([]byte, error) { return json.Marshal(g.Numbers()) }

// UnmarshalJSON reads a list of numbers.
func (g *Grounds) UnmarshalJSON(b []byte) error {
	var numbers []int
	if err := json.Unmarshal(b, &numbers); err != nil {
		return err
	}
	set, err := NewGrounds(numbers...)
	*g = set
	return err
}
