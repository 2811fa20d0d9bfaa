package ledger

import (
	"testing"

	"github.com/riviera-ledger/riviera/fault"
)

// BenchmarkExecuteMigrate is what the ledger alone costs a migrated record: form,
// signatures, contract, log, state tree; no engine, body or disk.
func BenchmarkExecuteMigrate(b *testing.B) {
	w := newWorld(&testing.T{})
	var raws [][]byte
	const envelopes, batch = 10, 100
	b.StopTimer()
	for n := uint64(0); n < uint64(b.N); {
		raws = raws[:0]
		for range envelopes {
			var ops []Operation
			for range batch {
				ops = append(ops, w.migrate(n, 1, genesisDate.AddDays(-30)))
				n++
			}
			raws = append(raws, w.seal(court, true, ops...))
		}
		b.StartTimer()
		res := w.block(raws...)
		b.StopTimer()
		for _, c := range res.Codes {
			if c.Code != fault.OK || c.Ops != nil {
				b.Fatalf("codes %v", res.Codes)
			}
		}
	}
}
