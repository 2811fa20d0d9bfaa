package contract

import (
	"testing"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/law"
)

// BenchmarkGuard evaluates single conditions of the document for judgment defaulters,
// from a plain truth value to the longest.
func BenchmarkGuard(b *testing.B) {
	var c *Contract
	for _, s := range law.Contracts() {
		if doc, problems := Compile(s.File, s.Source); len(problems) == 0 && doc.kind == credit.JudgmentDefaulter {
			c = doc
		}
	}
	if c == nil {
		b.Fatal("no document for judgment defaulters")
	}
	for _, name := range []string{"performed", "willing", "searched", "within_cap", "extra_lawful_m"} {
		b.Run(name, func(b *testing.B) {
			m := c.machine(Instance{}, credit.NewDate(2026, 2, 13).Start(), nil)
			m.args = [maxArguments]int64{1, 1, 1, 1}
			for _, k := range c.conditions {
				if k.name != name {
					continue
				}
				for b.Loop() {
					if _, err := k.expr.eval(m); err != nil {
						b.Fatal(err)
					}
				}
				return
			}
			b.Fatal("no such condition")
		})
	}
}
