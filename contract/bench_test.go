package contract_test

import (
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
)

// Figures: docs/ holds them; `go test -bench . ./contract` measures them.

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		compileLaw(b, "judgment-defaulter.yaml")
	}
}

func BenchmarkMigrate(b *testing.B) {
	c, cal := compileLaw(b, "judgment-defaulter.yaml"), calendar2026(b)
	ev := contract.Event{Name: "migrate", By: contract.RoleDeciding, Args: contract.Args{"grounds": 1,
		"decided_on": int64(credit.NewDate(2025, 6, 1)), "published_on": int64(credit.NewDate(2025, 6, 2))}}
	at := credit.NewDate(2026, 1, 5).Start()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := c.Step(contract.Instance{}, ev, at, cal); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPerformed(b *testing.B) {
	c, cal := compileLaw(b, "judgment-defaulter.yaml"), calendar2026(b)
	in := migrated(b, c, cal, 1)
	ev := contract.Event{Name: "performed", By: contract.RoleDeciding}
	at := credit.NewDate(2026, 2, 13).Start()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := c.Step(in, ev, at, cal); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSettle(b *testing.B) {
	c, cal := compileLaw(b, "judgment-defaulter.yaml"), calendar2026(b)
	in := migrated(b, c, cal, 1)
	in, _, err := c.Step(in, contract.Event{Name: "performed", By: contract.RoleDeciding}, credit.NewDate(2026, 2, 13).Start(), cal)
	if err != nil {
		b.Fatal(err)
	}
	until := credit.NewDate(2026, 3, 1).Start()
	b.ReportAllocs()
	for b.Loop() {
		if out, _ := c.Settle(in, until, cal); c.Status(out).InForce {
			b.Fatal("still in force")
		}
	}
}

func BenchmarkSettleNothingDue(b *testing.B) {
	c, cal := compileLaw(b, "judgment-defaulter.yaml"), calendar2026(b)
	in := migrated(b, c, cal, 1)
	until := credit.NewDate(2026, 3, 1).Start()
	for b.Loop() {
		c.Settle(in, until, cal)
	}
}

func BenchmarkExplain(b *testing.B) {
	c, cal := compileLaw(b, "judgment-defaulter.yaml"), calendar2026(b)
	in := migrated(b, c, cal, 1)
	at := credit.NewDate(2026, 2, 13).Start()
	b.ReportAllocs()
	for b.Loop() {
		c.Explain(in, at, cal)
	}
}

func BenchmarkInstanceBytes(b *testing.B) {
	c, cal := compileLaw(b, "judgment-defaulter.yaml"), calendar2026(b)
	in := migrated(b, c, cal, 1)
	var buf []byte
	for b.Loop() {
		buf, _ = in.AppendBinary(buf[:0])
		if _, err := contract.DecodeInstance(buf); err != nil {
			b.Fatal(err)
		}
	}
}
