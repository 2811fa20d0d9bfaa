package register

import (
	"fmt"
	"sync"
	"testing"

	"github.com/riviera-ledger/riviera/proof"
)

// TestNobodyWritesAsMuch: a question about nobody leaves as many entries and leaves as one
// about a record, reads nothing, and its filler is shown to nobody and goes after its time
// with all that belongs to it.
func TestNobodyWritesAsMuch(t *testing.T) {
	grown := func(hits ...Hit) (keys map[byte]int, r *Register) {
		r, _ = fresh(t)
		before := r.Reads()
		if err := r.Question("key/1", ask(Record{}, start, false), hits...); err != nil {
			t.Fatal(err)
		}
		if n := r.Reads() - before; n != 0 {
			t.Errorf("%d reads", n)
		}
		return families(t, r), r
	}
	none, r := grown()
	one, _ := grown(Hit{Record: rec(1)})
	if fmt.Sprint(none) != fmt.Sprint(one) || none['q'] != 2 || none['r'] != 1 {
		t.Errorf("%v for nobody, %v for a record", none, one)
	}
	if own, err := r.OfCaller("key/1", 10); err != nil || len(own) != 1 {
		t.Errorf("the caller reads back %d: %v", len(own), err)
	}
	shut(t, r, start+3600)
	if gone, err := r.Prune(start + KeepStray + 2*3600); err != nil || gone != 2 {
		t.Errorf("%d pruned, %v", gone, err)
	}
	if left := families(t, r); left['q']+left['r']+left['a']+left['l'] != 0 {
		t.Errorf("left: %v", left)
	}
}

// families counts the keys by their first byte.
func families(t *testing.T, r *Register) map[byte]int {
	t.Helper()
	keys := map[byte]int{}
	if err := r.db.Scan([]byte{'a'}, []byte{'z'}, func(k, _ []byte) bool { keys[k[0]]++; return true }); err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestQuestionsTogether: many at once lose nothing, and every entry opens against the root
// of its hour.
func TestQuestionsTogether(t *testing.T) {
	r, _ := fresh(t)
	const callers, each = 16, 50
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			for i := range each {
				if err := r.Question("key/1", ask(Record{}, start, true), Hit{rec(byte(c)), i%2 == 0}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	due := shut(t, r, start+3600)
	if len(due) != 1 || due[0].Size != 2*callers*each {
		t.Fatalf("%+v", due)
	}
	for c := range byte(callers) {
		entries := of(t, r, rec(c))
		if len(entries) != each {
			t.Errorf("%d of %d entries", len(entries), each)
		}
		for _, e := range entries {
			if err := proof.VerifyQuery(&e.Query, e.Index, e.Size, due[0].Root, e.Path); err != nil {
				t.Error(err)
			}
		}
	}
}
