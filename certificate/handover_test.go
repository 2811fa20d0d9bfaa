package certificate

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// dynasty is a chain whose recorders are replaced one by one, until none of the first
// ones has a seat and long after.
type dynasty struct {
	sets      []*fakeChain // sets[i] decides until changes[i]
	changes   []int64      // heights of the last block of each set but the last
	handovers [][]byte
}

const (
	firstChange   = 1000
	betweenChange = 10
	afterChanges  = 2000
)

func newDynasty(first *fakeChain, changes int) *dynasty {
	d := &dynasty{sets: []*fakeChain{first}}
	for i := range changes {
		now := d.sets[i]
		next := &fakeChain{id: now.id, keys: slices.Clone(now.keys)}
		next.keys[i%len(next.keys)] = newFakeChain(now.id, 1, "successor "+string(rune('a'+i))).keys[0]
		slices.SortFunc(next.keys, func(a, b ed25519.PrivateKey) int { return bytes.Compare(address(a), address(b)) })
		height := int64(firstChange + i*betweenChange)
		d.sets, d.changes = append(d.sets, next), append(d.changes, height)
		d.handovers = append(d.handovers, now.lightBlock(height, blockTime.Add(time.Duration(i)*time.Minute), wire.Hash{byte(i)}, next, i%4))
	}
	return d
}

func (d *dynasty) last() *fakeChain { return d.sets[len(d.sets)-1] }

// epochs pins the sets up to one.
func (d *dynasty) epochs(upTo int) []verify.TrustEpoch {
	out := []verify.TrustEpoch{verify.NewTrustEpoch(1, d.sets[0].validators())}
	for i := 1; i <= upTo; i++ {
		out = append(out, verify.NewTrustEpoch(d.changes[i-1]+1, d.sets[i].validators()))
	}
	return out
}

// after moves the world's exit behind all changes.
func (d *dynasty) after(t testing.TB, w *world) {
	w.chain = d.last()
	w.input.Ledger.Height, w.input.Ledger.Handovers = afterChanges, d.handovers
	w.reevent(t, func(e *proof.Event) { e.Height = afterChanges })
	w.trust.Roots = nil
}

// TestFiftyChangesOfRecorders replaces every recorder, in fifty steps, and lets files of
// all ages judge certificates of all ages.
func TestFiftyChangesOfRecorders(t *testing.T) {
	const changes = 50
	for _, c := range []struct {
		name      string
		change    func(testing.TB, *world, *dynasty)
		verdict   verify.Verdict
		reason    string
		handovers int
	}{
		{"a file that knows the first recorders alone", func(t testing.TB, w *world, d *dynasty) {
			d.after(t, w)
			w.trust.Height, w.trust.IssuedAt = 900, blockTime.Add(-time.Hour)
		}, verify.Passed, "", changes},
		{"a file from half way", func(t testing.TB, w *world, d *dynasty) {
			d.after(t, w)
			w.trust.Height, w.trust.IssuedAt, w.trust.Epochs = d.changes[25], blockTime.Add(-time.Hour), d.epochs(25)
		}, verify.Passed, "", changes - 25},
		{"a file that knows the last", func(t testing.TB, w *world, d *dynasty) {
			d.after(t, w)
			w.input.Ledger.Handovers = nil
			w.trust.Height, w.trust.Epochs = 3000, d.epochs(changes)
		}, verify.Passed, "", 0},
		{"the last handover missing", func(t testing.TB, w *world, d *dynasty) {
			d.handovers = d.handovers[:changes-1]
			d.after(t, w)
			w.trust.Height, w.trust.IssuedAt = 900, blockTime.Add(-time.Hour)
		}, verify.Indeterminate, "validators-unknown", 0},
		{"one left out in the middle", func(t testing.TB, w *world, d *dynasty) {
			d.handovers = slices.Delete(d.handovers, 20, 21)
			d.after(t, w)
			w.trust.Height, w.trust.IssuedAt = 900, blockTime.Add(-time.Hour)
		}, verify.Failed, "commit", 0},
		{"two exchanged", func(t testing.TB, w *world, d *dynasty) {
			d.handovers[7], d.handovers[8] = d.handovers[8], d.handovers[7]
			d.after(t, w)
			w.trust.Height, w.trust.IssuedAt = 900, blockTime.Add(-time.Hour)
		}, verify.Failed, "commit", 0},
		{"an old file for a newer certificate", func(t testing.TB, w *world, d *dynasty) {
			d.after(t, w)
			w.trust.Height, w.trust.IssuedAt = 900, blockTime.AddDate(-3, 0, -1)
		}, verify.Indeterminate, "trust-age", changes},
		{"an exit before all changes, under its daily root", func(_ testing.TB, w *world, d *dynasty) {
			w.trust.Height, w.trust.Epochs = 3000, d.epochs(changes)
		}, verify.Passed, "", 0},
		{"the same without it", func(_ testing.TB, w *world, d *dynasty) {
			w.trust.Height, w.trust.Epochs, w.trust.Roots = 3000, d.epochs(changes), nil
		}, verify.Indeterminate, "retired-keys", 0},
		{"the first recorders, long after they left", func(t testing.TB, w *world, d *dynasty) {
			w.trust.Height, w.trust.Epochs, w.trust.Roots = 3000, d.epochs(changes), nil
			w.input.Ledger.Height = afterChanges
			w.reevent(t, func(e *proof.Event) { e.Height = afterChanges })
		}, verify.Indeterminate, "validators-unknown", 0},
		{"the first recorders go on by themselves, from a file that knows of one change", func(t testing.TB, w *world, d *dynasty) {
			mutiny := newDynasty(d.sets[0], changes)
			mutiny.handovers[0] = d.sets[0].lightBlock(1500, blockTime, wire.Hash{9}, d.sets[0])
			d.handovers = mutiny.handovers[:1]
			d.after(t, w)
			w.chain = d.sets[0]
			w.reevent(t, func(e *proof.Event) { e.Height = afterChanges })
			w.trust.Height, w.trust.IssuedAt, w.trust.Epochs, w.trust.Roots = 1100, blockTime.Add(-time.Hour), d.epochs(10), nil
		}, verify.Failed, "commit", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, sampleBody())
			c.change(t, w, newDynasty(w.chain, changes))
			r := w.verify(t, w.issue(t))
			if r.Verdict != c.verdict || r.Reason != c.reason {
				t.Fatalf("%s %s, want %s %s", r.Verdict, r.Reason, c.verdict, c.reason)
			}
			if r.Support != nil && r.Support.Handovers != c.handovers {
				t.Errorf("%d handovers proved, want %d", r.Support.Handovers, c.handovers)
			}
		})
	}
}
