package ledger

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
)

func daysOf(t *testing.T, w *world) []Day {
	t.Helper()
	var days []Day
	if err := w.view().Days(0, func(d Day) bool { days = append(days, d); return true }); err != nil {
		t.Fatal(err)
	}
	return days
}

// TestDaysKeepTheirRoots runs over four days, on the third of which nothing is decided,
// with crashes between. What is kept is the state after the last block of a day; the
// last moment of a day belongs to it, the first of the next does not.
func TestDaysKeepTheirRoots(t *testing.T) {
	w := newWorld(t)
	w.active(0)
	w.active(1)
	w.time = int64(genesisDate.End())*int64(time.Second) - 2*int64(time.Second)
	w.active(2) // in the last second of the day
	first := w.ledger.Head()
	w.reopen()
	if got := daysOf(t, w); got != nil {
		t.Fatalf("a day is kept before it is over: %+v", got)
	}
	w.block() // midnight
	w.active(3)
	second := w.ledger.Head()
	w.reopen()
	w.to(genesisDate.AddDays(3))
	w.block()
	w.active(4)
	w.reopen() // Open holds the days against the state root
	kept := func(d credit.Date, h Head) Day {
		return Day{Date: d, Height: h.Height, Time: h.Time, Size: h.LogSize, Root: h.LogRoot, State: h.State}
	}
	want := []Day{kept(genesisDate, first), kept(genesisDate.AddDays(1), second)}
	if d := cmp.Diff(want, daysOf(t, w)); d != "" {
		t.Fatalf("(-want +got):\n%s", d)
	}
	checkDayPaths(t, w, want)
	w.state[string(dayKey(genesisDate))] = []byte{0xa0}
	if _, err := Open(w.state, w.genesis); !fault.Is(err, fault.Internal) {
		t.Errorf("takes a state with another day: %v", err)
	}
}

func checkDayPaths(t *testing.T, w *world, days []Day) {
	t.Helper()
	v := w.view()
	for index := range v.LogSize {
		day, err := v.FirstDayAfter(index)
		if index >= days[1].Size {
			if !fault.Is(err, fault.NotReady) {
				t.Errorf("event %d of today: %v", index, err)
			}
			continue
		}
		want := days[0]
		if index >= days[0].Size {
			want = days[1]
		}
		if err != nil || day != want {
			t.Fatalf("event %d: day %s (%v)", index, day.Date, err)
		}
		path, err := v.LogProofAt(index, day.Size)
		if err != nil {
			t.Fatal(err)
		}
		_, event, err := v.Event(index)
		if err != nil {
			t.Fatal(err)
		}
		if err := proof.VerifyInclusion(event, index, day.Size, day.Root, path); err != nil {
			t.Errorf("event %d: %v", index, err)
		}
	}
	if _, err := v.LogProofAt(0, v.LogSize+1); !fault.Is(err, fault.NotFound) {
		t.Errorf("a path in a log that is not yet: %v", err)
	}
}

// TestDaysAreReal lets a hundred ledger days pass within a real one.
func TestDaysAreReal(t *testing.T) {
	w := newWorld(t)
	w.genesis.Clock = Clock{Day: int64(time.Second), Epoch: genesisDate}
	w.hash, w.state = w.genesis.Hash(), memory{}
	w.reopen()
	w.state.apply(w.ledger.InitialWrites())
	w.active(0)
	for range 100 {
		w.block()
	}
	if days := daysOf(t, w); days != nil {
		t.Fatalf("%+v", days)
	}
	w.to(genesisDate.AddDays(1))
	w.block()
	if days := daysOf(t, w); len(days) != 1 || days[0].Date != genesisDate {
		t.Fatalf("%+v", days)
	}
	if day, err := w.view().FirstDayAfter(0); err != nil || day.Date != genesisDate {
		t.Errorf("%+v (%v)", day, err)
	}
}
