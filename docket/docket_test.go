package docket

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
)

// check holds a docket against a look at every record.
func (w *world) check(t interface{ Fatalf(string, ...any) }, d *Docket) {
	v := w.view()
	if d.Height() != v.Height {
		t.Fatalf("the docket stands at %d, the ledger at %d", d.Height(), v.Height)
	}
	plain := &Docket{counts: map[count]uint64{}, holds: map[hold]uint64{}}
	mine := map[ledger.OrderState][]uint64{}
	err := v.EachRecord(0, func(r *ledger.Record) bool {
		for _, o := range v.Orders(r, v.Moment) {
			c := count{Executor: o.Executor, Measure: o.Measure, State: o.State}
			if o.State.Stopping() {
				c.Stop = o.Stop
			}
			plain.counts[c]++
			if o.Executor == executor && !slices.Contains(mine[o.State], r.Seq) {
				mine[o.State] = append(mine[o.State], r.Seq)
			}
		}
		var x row
		if x.hold(v, r); x.Hold != nil {
			plain.holds[*x.Hold]++
		}
		return true
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	if diff := cmp.Diff(plain.Tallies(v.Config, v.Moment), d.Tallies(v.Config, v.Moment)); diff != "" {
		t.Fatalf("tallies of all records, and of the docket: %s", diff)
	}
	if diff := cmp.Diff(plain.Holds(v.Config), d.Holds(v.Config)); diff != "" {
		t.Fatalf("holds of all records, and of the docket: %s", diff)
	}
	for _, s := range ledger.OrderStates() {
		got, more, err := d.Mine([]ledger.OrderState{s}, 0, 1<<20)
		if err != nil || more || !slices.Equal(got, mine[s]) {
			t.Fatalf("own orders %s: %d, want %d (%v, %v)", s, len(got), len(mine[s]), more, err)
		}
	}
}

// TestDocketAgreesWithRecords in random worlds, with kills and reopenings on the way.
func TestDocketAgreesWithRecords(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		disk := store.NewMemory()
		d := open(t, disk)
		records := uint64(0)
		for range rapid.IntRange(1, 10).Draw(rt, "blocks") {
			var ops []ledger.Operation
			by := rapid.SampledFrom([]ledger.MemberID{court, market, executor}).Draw(rt, "by")
			for range rapid.IntRange(0, 6).Draw(rt, "operations") {
				n := rapid.Uint64Range(0, records).Draw(rt, "record")
				switch {
				case by != court:
					ops = append(ops, say(n, rapid.SampledFrom([]uint16{1, 5}).Draw(rt, "measure"), ledger.Word(rapid.IntRange(1, 4).Draw(rt, "word"))))
				case rapid.Bool().Draw(rt, "list"):
					records++
					ops = append(ops, w.list(records, 1, 5))
				case rapid.IntRange(0, 3).Draw(rt, "hold") == 0:
					ops = append(ops, w.holdUntil(n, rapid.IntRange(-10, 900).Draw(rt, "until")))
				default:
					ops = append(ops, send(n, rapid.SampledFrom([]string{"deceased", "suspend", "restore", "performed", "reaffirm", "annul"}).Draw(rt, "event")))
				}
			}
			w.time += int64(rapid.SampledFrom([]int{0, 1, 5, 200, 500}).Draw(rt, "days")) * 86400e9
			w.block(by, ops...)
			if rapid.Bool().Draw(rt, "follow") {
				w.follow(d)
				w.check(rt, d)
			}
			if rapid.Bool().Draw(rt, "reopen") {
				d = open(t, disk)
			}
		}
		w.follow(d)
		w.check(rt, d)
		again := open(t, store.NewMemory()) // from the records alone
		w.follow(again)
		w.check(rt, again)
	})
}

// killed fails every commit after some, and none of a failed one is there.
type killed struct {
	store.Store
	left int
}

type killedBatch struct {
	store.Batch
	of *killed
}

var errKilled = errors.New("killed")

func (k *killed) NewBatch() store.Batch { return &killedBatch{k.Store.NewBatch(), k} }

func (b *killedBatch) Commit(sync bool) error {
	if b.of.left == 0 {
		return errKilled
	}
	b.of.left--
	return b.Batch.Commit(sync)
}

// TestDocketSurvivesKill at every commit of a build and of what follows.
func TestDocketSurvivesKill(t *testing.T) {
	w := newWorld(t)
	for from := uint64(0); from < 2*step+200; from += 200 {
		var ops []ledger.Operation
		for n := from; n < from+200; n++ {
			ops = append(ops, w.list(n, 1))
		}
		w.block(court, ops...)
	}
	disk := store.NewMemory()
	for kills := 0; ; kills++ {
		d := open(t, &killed{disk, 1})
		err := d.Follow(context.Background(), w.view)
		if err == nil {
			w.check(t, d)
			if kills < 3 {
				t.Errorf("only %d kills", kills)
			}
			return
		}
		if !errors.Is(err, errKilled) || kills > 20 {
			t.Fatal(err)
		}
		if kills%2 == 0 {
			w.block(court, send(uint64(kills), "deceased"))
		}
	}
}

// TestDocketIsRebuilt where it is of another version, made under other tenures, or ahead
// of the ledger.
func TestDocketIsRebuilt(t *testing.T) {
	w := newWorld(t)
	w.block(court, w.list(1, 1), w.list(2, 1))
	for name, spoil := range map[string]func(*meta){
		"version": func(m *meta) { m.Version = 99 },
		"tenures": func(m *meta) { m.Basis[0]++ },
		"ahead":   func(m *meta) { m.Cursor = 1000 },
	} {
		disk := store.NewMemory()
		d := open(t, disk)
		w.follow(d)
		m := d.meta
		spoil(&m)
		if err := d.take(w.view(), m, nil, nil); err != nil {
			t.Fatal(err)
		}
		c := count{Executor: market, Measure: 1, State: ledger.Running}
		b := disk.NewBatch()
		b.Set(c.key(), []byte{0, 0, 0, 0, 0, 0, 0, 9}) // what only a new docket gets rid of
		if err := b.Commit(false); err != nil {
			t.Fatal(err)
		}
		d = open(t, disk)
		w.follow(d)
		t.Log(name)
		w.check(t, d)
	}
}

func TestTallyByTheClock(t *testing.T) {
	w := newWorld(t)
	w.block(court, w.list(1, 1), w.list(2, 1, 5))
	w.block(executor, say(1, 1, ledger.WordAcknowledged))
	w.block(court, send(1, "deceased"), send(2, "deceased"))
	d := open(t, store.NewMemory())
	w.follow(d)
	v := w.view()
	ack, done := v.Config.StopDues(v.Moment)
	of := func(executor ledger.MemberID, measure uint16) Tally {
		for _, x := range d.Tallies(v.Config, v.Moment) {
			if x.Executor == executor && x.Measure == measure {
				return x
			}
		}
		t.Fatalf("no tally of %d, %d", executor, measure)
		return Tally{}
	}
	began := v.Moment
	for _, c := range []struct {
		name        string
		late, stops uint64
		move        func()
	}{
		{"at once", 0, 0, func() {}},
		{"a second before 24 hours", 0, 0, func() { v.Moment = ack - 1 }},
		{"after 24 hours", 2, 0, func() { v.Moment = ack }},
		{"a second before the third working day ends", 2, 0, func() { v.Moment = done - 1 }},
		{"after it", 2, 2, func() { v.Moment = done }},
		{"one acknowledged", 1, 2, func() {
			w.time = int64(done) * 1e9
			w.block(executor, say(1, 1, ledger.WordAcknowledged))
			w.follow(d)
			v = w.view()
		}},
		{"and stopped", 1, 1, func() { w.block(executor, say(1, 1, ledger.WordStopped)); w.follow(d); v = w.view() }},
	} {
		c.move()
		x := of(executor, 1)
		if x.LateAcks != c.late || x.LateStops != c.stops || (x.Oldest != 0) != (c.late+c.stops > 0) || x.Oldest != 0 && x.Oldest != began {
			t.Errorf("%s: %+v", c.name, x)
		}
	}
	if x := of(executor, 1); x.Orders[ledger.Stopped] != 1 || x.Stopping() != 1 || x.Live() != 0 {
		t.Errorf("in the end: %+v", x)
	}
}

// TestWait ends when the docket has come to the height, when it has given up, and when
// the caller has.
func TestWait(t *testing.T) {
	w := newWorld(t)
	w.block(court, w.list(1, 1))
	d := open(t, store.NewMemory())
	soon, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := d.Wait(soon, 1); !fault.Is(err, fault.NotReady) {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	wake, ended := make(chan struct{}, 1), make(chan error)
	go func() { ended <- d.Run(ctx, w.view, wake) }()
	if err := d.Wait(context.Background(), 1); err != nil {
		t.Error(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	broken := open(t, &killed{store.NewMemory(), 0})
	if err := broken.Run(context.Background(), w.view, wake); !errors.Is(err, errKilled) {
		t.Error(err)
	}
	if err := broken.Wait(context.Background(), 1); !errors.Is(err, errKilled) {
		t.Error(err)
	}
}

// TestMinePages: a page ends where it is full, and the next goes on behind it.
func TestMinePages(t *testing.T) {
	w := newWorld(t)
	var ops []ledger.Operation
	for n := range uint64(30) {
		ops = append(ops, w.list(n, 1, 5))
	}
	w.block(court, ops...)
	w.block(executor, say(3, 1, ledger.WordAcknowledged), say(7, 5, ledger.WordAcknowledged))
	d := open(t, store.NewMemory())
	w.follow(d)
	var all []uint64
	for from, more := uint64(0), true; more; {
		page, next, err := d.Mine([]ledger.OrderState{ledger.Ordered, ledger.Acknowledged}, from, 7)
		if err != nil || len(page) > 7 || len(page) == 0 {
			t.Fatal(page, err)
		}
		all, more = append(all, page...), next
		from = page[len(page)-1] + 1
	}
	if len(all) != 30 || !slices.IsSorted(all) || len(slices.Compact(all)) != 30 {
		t.Errorf("%v", all)
	}
}

// TestFarBehind: who lacks most of a long log goes through the records instead; who lacks
// some of it, or all of a short one, reads on.
func TestFarBehind(t *testing.T) {
	for _, c := range []struct {
		cursor, size uint64
		want         bool
	}{{0, 0, false}, {0, 10_000, false}, {0, 10_001, true}, {50_000, 100_000, false}, {49_999, 100_000, true}, {100_000, 100_000, false}} {
		if got := farBehind(c.cursor, c.size); got != c.want {
			t.Errorf("at %d of %d: %v", c.cursor, c.size, got)
		}
	}
}
