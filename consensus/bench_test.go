package consensus

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// BenchmarkMigrate measures records a second through four recorders and a contributor
// in one process: envelopes of 100 migrations, submitted to all four, until every one
// is committed, and then until the contributor has every body. Signing comes before.
//
//	go test ./consensus -run '^$' -bench Migrate -benchtime 20000x
func BenchmarkMigrate(b *testing.B) {
	const batch = 100
	n := startNetwork(b)
	height := n.node(1).engine.View().Height + ledger.MaxAhead - 10
	var all []submission
	for made := 0; made < b.N; made += batch {
		all = append(all, n.create(ledger.MemberID(1+len(all)%4), "migrate", min(batch, b.N-made), height))
	}
	first := n.node(1).engine.View().Height
	b.ResetTimer()
	begin := time.Now()
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := w; i < len(all); i += 8 {
				feed(b, n.node(ledger.MemberID(1+i%4)), all[i])
			}
		}()
	}
	wg.Wait()
	for i, s := range all {
		n.node(ledger.MemberID(1 + i%4)).settled(s)
	}
	committed := time.Since(begin)
	b.StopTimer()
	blocks := n.node(1).engine.View().Height - first
	eventually(b, time.Minute, func() error {
		if n.node(contributor).engine.View().Records < uint64(b.N) {
			return fault.New(fault.NotReady, "")
		}
		if m := n.node(contributor).engine.Missing(); m > 0 {
			return fault.New(fault.BodyMissing, "")
		}
		return nil
	})
	b.ReportMetric(float64(b.N)/committed.Seconds(), "records/s")
	b.ReportMetric(float64(b.N)/time.Since(begin).Seconds(), "records/s-everywhere")
	b.ReportMetric(float64(b.N)/float64(blocks), "records/block")
}

// feed submits until the pool has room.
func feed(b *testing.B, d *testNode, s submission) {
	for {
		_, err := d.engine.Submit(context.Background(), s.raw, s.packets)
		if err == nil {
			return
		}
		if !fault.Of(err).Temporary() {
			b.Error(err)
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
