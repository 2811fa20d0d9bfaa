package docket

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
)

// days lets days of ledger time pass, in one step.
func (w *world) days(n int) { w.time += int64(n) * 86400e9 }

// TestHoldsAreCounted: from the decision until the last day, by institution and kind; not
// where the hold was refused, and not after the erasure.
func TestHoldsAreCounted(t *testing.T) {
	w := newWorld(t)
	disk := store.NewMemory()
	d := open(t, disk)
	held := func(want ...Held) {
		t.Helper()
		w.follow(d)
		w.check(t, d)
		if got := d.Holds(w.view().Config); !slices.Equal(got, want) {
			t.Errorf("holds %v, want %v", got, want)
		}
		if diff := cmp.Diff(d.Holds(w.view().Config), open(t, disk).Holds(w.view().Config)); diff != "" {
			t.Errorf("read again: %s", diff)
		}
	}
	w.block(court, w.list(1, 1), w.list(2, 1), w.list(3, 1))
	w.block(court, send(1, "deceased"), send(2, "deceased"))
	held()
	w.block(court, w.holdUntil(1, 600), w.holdUntil(2, 100), w.holdUntil(3, 100)) // 3 is in force: nothing to hold
	held(Held{court, credit.JudgmentDefaulter, 2})
	w.days(101) // the retention of 2 goes on, its hold does not
	w.block(court)
	held(Held{court, credit.JudgmentDefaulter, 1})
	w.days(400) // 2 is erased, 1 is still held
	w.block(court)
	held(Held{court, credit.JudgmentDefaulter, 1})
	w.days(200)
	w.block(court)
	held()
}

// TestEndedByDay: the ends of records are counted by the day whose log holds them, that day
// once it is over, and a proposal that was declined is none of them.
func TestEndedByDay(t *testing.T) {
	w := newWorld(t)
	var e Ended
	days := func() (out []uint64) {
		t.Helper()
		got, err := e.Days(func() *ledger.View { return w.view() }, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range got {
			out = append(out, d.Records)
		}
		return out
	}
	w.block(court, w.list(1, 1), w.list(2, 1), w.list(3, 1))
	w.block(court, send(1, "deceased"), send(2, "deceased"))
	if got := days(); len(got) != 0 {
		t.Errorf("the first day is not over: %v", got)
	}
	w.days(1)
	w.block(court, send(3, "deceased"))
	if got := days(); !slices.Equal(got, []uint64{0}) {
		t.Errorf("after the first day %v", got)
	}
	w.days(365) // 1 and 2 fall due; the next block ends them
	w.block(court)
	w.days(1)
	w.block(court) // 3
	w.days(1)
	w.block(court)
	if got := days(); !slices.Equal(got, []uint64{0, 2, 1}) {
		t.Errorf("ends by day %v", got)
	}
	var again Ended
	fresh, err := again.Days(func() *ledger.View { return w.view() }, 2)
	if err != nil || len(fresh) != 2 || fresh[0].Records != 2 || fresh[1].Records != 1 {
		t.Errorf("counted anew: %+v, %v", fresh, err)
	}
	e.days[fresh[0].Day.Date] = 77
	if got := days(); got[1] != 77 {
		t.Errorf("a day that is over is read again: %v", got)
	}
}
