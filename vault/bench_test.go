package vault

import (
	"crypto/rand"
	"encoding/hex"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// bulk makes n packets of a body of about 700 bytes, with commitments that are random
// instead of computed: what package proof costs is measured there.
func bulk(b testing.TB, n int) []*Checked {
	like := sample(b, 1, 0)
	like.Content.Facts = strings.Repeat("逾期未履行。", 30)
	body := wire.Encode(like.Content)
	cs := make([]*Checked, n)
	for i := range cs {
		c := &Checked{Packet: Packet{Body: body}, Content: credit.Body{SubjectType: credit.Person}}
		rand.Read(c.Record[:])
		rand.Read(c.Secret[:])
		rand.Read(c.Commitment[:])
		c.Content.SubjectCode = hex.EncodeToString(c.Record[:9])
		cs[i] = c
	}
	return cs
}

func benchVault(b *testing.B) *Vault {
	b.Helper()
	v, err := Open(filepath.Join(b.TempDir(), "vault"), nodeKey, Options{store.Options{}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { v.Close() })
	return v
}

// BenchmarkPut stores and binds records durably: four callers, a hundred a call.
func BenchmarkPut(b *testing.B) {
	v := benchVault(b)
	cs := bulk(b, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	load(b, v, cs)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
	if err := v.bodies.Purge(noCtx, nil, nil); err != nil {
		b.Fatal(err)
	}
	s, err := v.Stats()
	if err != nil {
		b.Fatal(err)
	}
	used := float64(s.Store.DiskBytes-s.Store.LogBytes)/float64(b.N) + store.SlotSize
	b.ReportMetric(used, "disk-bytes/record")
	b.ReportMetric(float64(len(cs[0].Body)), "body-bytes")
}

func load(b *testing.B, v *Vault, cs []*Checked) {
	var wg sync.WaitGroup
	parts := make(chan []*Checked)
	for range 4 {
		wg.Go(func() {
			for part := range parts {
				if err := v.Put(noCtx, part, 10); err != nil {
					b.Error(err)
				}
				bs := make([]Binding, len(part))
				for i, c := range part {
					bs[i] = Binding{c.Record, c.Commitment}
				}
				if _, err := v.Bind(1, bs); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := 0; i < len(cs); i += 100 {
		parts <- cs[i:min(i+100, len(cs))]
	}
	close(parts)
	wg.Wait()
}

// BenchmarkErase erases records out of a vault of twenty thousand and more.
func BenchmarkErase(b *testing.B) {
	v := benchVault(b)
	cs := bulk(b, b.N+20_000)
	load(b, v, cs)
	records := make([]Record, b.N)
	for i := range records {
		records[i] = cs[i].Record
	}
	b.ResetTimer()
	if err := v.Erase(records...); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkGet reads packets at random.
func BenchmarkGet(b *testing.B) {
	v := benchVault(b)
	cs := bulk(b, 20_000)
	load(b, v, cs)
	b.ResetTimer()
	for i := range b.N {
		if _, err := v.Get(cs[i*7919%len(cs)].Commitment); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFind looks a subject up.
func BenchmarkFind(b *testing.B) {
	v := benchVault(b)
	cs := bulk(b, 20_000)
	load(b, v, cs)
	b.ResetTimer()
	for i := range b.N {
		if rs, err := v.Find(subjectOf(cs[i*7919%len(cs)])); err != nil || len(rs) != 1 {
			b.Fatal(err)
		}
	}
}
