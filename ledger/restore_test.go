package ledger

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// restored takes the snapshot of a world into an empty store; change may alter a pair on
// its way. What Add panics at counts as forged, as with whoever calls it.
func (w *world) restored(founding *Config, change func(k, v []byte) (key, value []byte)) (out memory, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Newf(fault.SnapshotForged, "panic", "%v", p)
		}
	}()
	out = memory{}
	set := func(k, v []byte) { out[string(k)] = append([]byte{}, v...) }
	r := restore(w.genesis, founding, w.ledger.Summary(), out, set, func() error { return nil })
	var bad error
	err = Carried(w.state, nil, func(k, v []byte) bool {
		if change != nil {
			if k, v = change(k, v); k == nil {
				return true
			}
		}
		bad = r.Add(k, v)
		return bad == nil
	})
	if err = firstError(err, bad); err != nil {
		return nil, err
	}
	head := w.ledger.Head()
	return out, r.Finish(head.Height, head.Time)
}

// checkRestored holds a state that was made from a snapshot to the one that it was taken
// of, key by key.
func checkRestored(t fataller, w *world) {
	founding, err := w.genesis.config()
	if err != nil {
		t.Fatalf("%v", err)
	}
	got, err := w.restored(founding, nil)
	if err != nil {
		t.Fatalf("restoring: %v", err)
	}
	for _, k := range slices.Sorted(maps.Keys(w.state)) {
		if v, there := got[k]; !there || !bytes.Equal(v, w.state[k]) {
			t.Fatalf("key %x (%q…) is %x, restored as %x (%v)", k, k[:1], w.state[k], v, there)
		}
	}
	for k := range got {
		if _, there := w.state[k]; !there {
			t.Fatalf("key %x (%q…) was made up", k, k[:1])
		}
	}
}

// TestSnapshotForged: every pair of a snapshot altered by one bit, left out, or doubled
// under the next key is refused.
func TestSnapshotForged(t *testing.T) {
	w := newWorld(t)
	var ops []Operation
	for i := uint64(1); i <= 20; i++ {
		ops = append(ops, w.migrate(i, 2, genesisDate.AddDays(-100)))
	}
	w.time += 86400e9
	w.block(w.seal(court, true, ops...), w.seal(1, true, propose(version(t, defaulter, 2, oneYear...))))
	w.time += 86400e9
	applicant := w.applicant(MemberID(len(w.view().Config.Members)+1), "more", Contributor)
	w.block(w.seal(court, true, send(3, "perform", map[string]int64{"all_creditors": 1})), w.seal(authority, true, admission(applicant, 0, 0)))
	founding, err := w.genesis.config()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.restored(founding, nil); err != nil {
		t.Fatal(err)
	}
	families := map[string]int{}
	for _, k := range slices.Sorted(maps.Keys(w.state)) {
		if !isCarried(k) {
			continue
		}
		if families[k[:1]]++; families[k[:1]] > 8 {
			continue
		}
		for name, change := range forgeries(k) {
			if name == "omission" && k == string(councilKey) {
				continue // nothing is under way, whether that is written or not
			}
			if got, err := w.restored(founding, change); !fault.Is(err, fault.SnapshotForged) {
				t.Errorf("%s of %q (%x): %v, %d keys", name, k[:2], k, err, len(got))
			}
		}
	}
	var turns [][]byte
	w.state.Scan([]byte{'x'}, []byte{'x' + 1}, func(_, v []byte) bool { turns = append(turns, v); return true })
	swap := func(k, v []byte) ([]byte, []byte) {
		if k[0] == 'x' && bytes.Equal(v, turns[0]) {
			return k, turns[1]
		} else if k[0] == 'x' && bytes.Equal(v, turns[1]) {
			return k, turns[0]
		}
		return k, v
	}
	if _, err := w.restored(founding, swap); !fault.Is(err, fault.SnapshotForged) {
		t.Errorf("envelopes in another order: %v", err)
	}
	for _, f := range []string{"c", "l", "X", "x", "D", "r", "e"} {
		if families[f] == 0 {
			t.Errorf("no key of family %q: the test proves less than it says", f)
		}
	}
}

func isCarried(k string) bool {
	return slices.ContainsFunc(carried, func(f string) bool { return len(k) >= len(f) && k[:len(f)] == f })
}

func forgeries(target string) map[string]func(k, v []byte) ([]byte, []byte) {
	at := func(then func(k, v []byte) ([]byte, []byte)) func(k, v []byte) ([]byte, []byte) {
		return func(k, v []byte) ([]byte, []byte) {
			if string(k) == target {
				return then(bytes.Clone(k), bytes.Clone(v))
			}
			return k, v
		}
	}
	out := map[string]func(k, v []byte) ([]byte, []byte){
		"omission": at(func(k, v []byte) ([]byte, []byte) { return nil, nil }),
		"next key": at(func(k, v []byte) ([]byte, []byte) { k[len(k)-1] ^= 1; return k, v }),
		"longer":   at(func(k, v []byte) ([]byte, []byte) { return k, append(v, 0) }),
	}
	if target[0] == 'x' {
		return out // the value orders envelopes; another order is below
	}
	for _, bit := range []int{0, 3} {
		out[fmt.Sprint("last byte, bit ", bit)] = at(func(k, v []byte) ([]byte, []byte) { v[len(v)-1] ^= 1 << bit; return k, v })
		out[fmt.Sprint("middle, bit ", bit)] = at(func(k, v []byte) ([]byte, []byte) { v[len(v)/2] ^= 1 << bit; return k, v })
	}
	return out
}

// TestSummary: a summary's roots lead to the AppHash of the head.
func TestSummary(t *testing.T) {
	w := newWorld(t)
	w.block(w.seal(2, true, w.migrate(1, 2, genesisDate.AddDays(-100))))
	sum := w.ledger.Summary()
	if sum.AppHash() != w.ledger.Head().AppHash {
		t.Error("the roots do not lead to the AppHash")
	}
	var again Summary
	if err := wire.Decode(wire.Encode(sum), &again); err != nil || again != sum {
		t.Errorf("%v, %v", again, err)
	}
}
