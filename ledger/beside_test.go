package ledger

import (
	"slices"
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
)

// numberOf returns the number of a kind's second version in this world.
func (w *world) second() uint32 { return uint32(len(w.genesis.Contracts)) + 1 }

// released returns the event that released record n, and how many of its events say so.
func (w *world) released(n uint64) (*proof.Event, int) {
	w.t.Helper()
	v := w.view()
	r := w.get(n)
	indices, err := v.History(r)
	if err != nil {
		w.t.Fatal(err)
	}
	var last *proof.Event
	count := 0
	for _, i := range indices {
		e, _, err := v.Event(i)
		if err != nil {
			w.t.Fatal(err)
		}
		if e.Released() && !e.Commitment.Zero() {
			last, count = e, count+1
		}
	}
	return last, count
}

// TestEitherVersionReleases: a record whose newer version has a shorter term leaves by it,
// one whose newer version has a longer term by its own; and one whose newer version would
// have released it long ago leaves when that version comes into force, not before.
func TestEitherVersionReleases(t *testing.T) {
	longer := []string{"en: Statutory term, value: 24", "en: Statutory term, value: 36"}
	for name, tt := range map[string]struct {
		changes []string
		age     int // days on the list at genesis
		by      uint32
		days    int // after genesis, at which it leaves
	}{
		"shorter":       {oneYear, 300, 9, 67}, // 365 days after publication, and three working days
		"shorter, past": {oneYear, 500, 9, 0},
		"longer":        {longer, 700, 1, 33},
		"own first":     {oneYear, 730, 1, 6},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			published := genesisDate.AddDays(-tt.age)
			w.want(w.block(w.seal(court, true, w.migrate(1, 2, published))), fault.OK)
			v1 := w.get(1).Contract
			w.adopt(version(t, defaulter, 2, tt.changes...))
			active := w.view().Moment.Date().AddDays(standardWaiting).End()
			if name == "own first" {
				w.to(genesisDate.AddDays(20)) // nothing has happened meanwhile: both are late
			} else {
				w.time = int64(active) * 1e9
			}
			w.block()
			r := w.get(1)
			want := v1
			if tt.by == 9 {
				want = w.second()
			}
			if name == "shorter" {
				if r.Contract != v1 || len(r.Beside) != 1 || !r.Beside[0].applies() {
					t.Fatalf("under %d, beside it %+v", r.Contract, r.Beside)
				}
				if got := w.view().Explain(r); got.Released != genesisDate.AddDays(tt.days) && got.Released == 0 || len(got.Newer) != 1 || got.Newer[0].Released != got.Released {
					t.Errorf("explained: released %s, newer %+v", got.Released, got.Newer)
				}
			}
			for day := range 40 {
				w.to(genesisDate.AddDays(30 + 2*day))
				w.block()
			}
			r = w.get(1)
			e, count := w.released(1)
			if e == nil || count != 1 || r.Contract != want || e.Contract != want || len(r.Beside) != 0 {
				t.Fatalf("under contract %d by %+v (%d times), beside it %v", r.Contract, e, count, r.Beside)
			}
			if (e.Own != 0) != (want != v1) || want != v1 && e.Own != v1 {
				t.Errorf("the event says own %d", e.Own)
			}
			switch left := e.Effective; {
			case name == "shorter, past" && left != active:
				t.Errorf("left at %s, the version came into force at %s", left, active)
			case name != "shorter, past" && left.Date() < genesisDate.AddDays(tt.days) || left.Date() > genesisDate.AddDays(tt.days+9):
				t.Errorf("left at %s, %d days after genesis", left, left.Date()-genesisDate)
			}
			w.checkRoots()
		})
	}
}

// TestNewerVersionIsEvaluated: before its turn has come a record is answered for as if it
// had, and what touches it brings it under the newer version first.
func TestNewerVersionIsEvaluated(t *testing.T) {
	w := newWorld(t)
	w.want(w.block(w.seal(court, true, w.migrate(1, 2, genesisDate.AddDays(-500)))), fault.OK)
	w.adopt(version(t, defaulter, 2, oneYear...))
	before := w.get(1)
	w.time = int64(w.view().Moment.Date().AddDays(standardWaiting).End()) * 1e9
	extend := w.seal(court, true, send(1, "extend", map[string]int64{"months": 12}))
	w.want(w.block(extend), fault.EventNotAccepted) // released in this very block, before the operation
	v := w.view()
	if s := v.Status(before); s.InForce || s.Phase != contract.Exited {
		t.Fatalf("the record as it was before its turn is %+v by evaluation", s)
	}
	e := v.Evaluate(before, v.Moment)
	if got := w.get(1); e.Contract != got.Contract || e.Instance != got.Instance || len(e.Beside) != len(got.Beside) {
		t.Fatalf("evaluated %+v, recorded %+v", e, got)
	}
	if len(before.Beside) != 0 {
		t.Fatal("an evaluation changes the record")
	}
}

// TestAdverseFollowsTheOriginal: an extension that the newer version refuses is good under
// the record's own, and changes nothing under the newer one, by which it leaves earlier.
func TestAdverseFollowsTheOriginal(t *testing.T) {
	w := newWorld(t)
	extend := func() []byte { return w.seal(court, true, send(1, "extend", map[string]int64{"months": 12})) }
	w.want(w.block(w.seal(court, true, w.migrate(1, 2, genesisDate.AddDays(-650)))), fault.OK)
	w.want(w.block(w.seal(court, true, w.migrate(2, 2, genesisDate.AddDays(-650)))), fault.OK)
	w.want(w.block(extend()), fault.OK) // before the newer version
	w.publish(version(t, defaulter, 2, "en: Longest extension in all, value: 36", "en: Longest extension in all, value: 6"))
	w.want(w.block(w.seal(court, true, send(2, "extend", map[string]int64{"months": 12}))), fault.OK)
	w.want(w.block(w.seal(court, true, send(2, "extend", map[string]int64{"months": 36}))), fault.GuardNotMet) // beyond the original's cap
	w.to(genesisDate.AddDays(120))
	for range 3 {
		w.block()
	}
	for n := uint64(1); n <= 2; n++ {
		e, _ := w.released(n)
		if e == nil || e.Contract != w.second() || e.Own == 0 || e.Effective.Date() > genesisDate.AddDays(90) {
			t.Errorf("record %d: %+v", n, e)
		}
	}
	w.checkRoots()
}

// TestFavourableByEither: an event that only the newer version takes is good; it stands in
// the log as that version's, and its release as well.
func TestFavourableByEither(t *testing.T) {
	w := newWorld(t)
	w.want(w.block(w.seal(court, true, w.migrate(1, 2, genesisDate.AddDays(-30)), w.migrate(2, 2, genesisDate.AddDays(-30)))), fault.OK)
	v1 := w.get(1).Contract
	early := func(n uint64) []byte { return w.seal(court, false, send(n, "delete_early", nil)) }
	w.want(w.block(early(1)), fault.GuardNotMet)
	w.publish(version(t, defaulter, 2, "cel: performed || settled || corrected", "cel: performed || settled || corrected || extra_months == 0"))
	w.want(w.block(w.seal(otherCourt, false, send(1, "delete_early", nil))), fault.ForeignRecorder)
	w.want(w.block(w.seal(court, true, send(1, "extend", nil))), fault.BadArgument)
	res := w.block(early(1))
	w.want(res, fault.OK)
	e := res.Events[0]
	if e.Type != proof.TypeBeside || e.Contract != w.second() || e.Own != v1 || e.Name != "delete_early" || e.Member != uint32(court) || contract.Phase(e.Phase) != contract.Active {
		t.Fatalf("event %+v", e)
	}
	if r := w.get(1); r.Contract != v1 || w.phase(1) != contract.Active {
		t.Fatalf("under %d, %s", r.Contract, w.phase(1))
	}
	due, ok := w.view().Due(w.get(1))
	if !ok || due.Date() > w.view().Moment.Date().AddDays(10) {
		t.Fatalf("due %s", due)
	}
	w.time = int64(due) * 1e9
	w.block()
	if e, _ := w.released(1); e == nil || e.Contract != w.second() || e.Own != v1 {
		t.Fatalf("not released: %+v", e)
	}
	if w.phase(2) != contract.Active {
		t.Fatal("the other record is not in force")
	}
	w.checkRoots()
}

// TestNewerVersionMakesNothingEasier: what the record's own version calls adverse takes two
// persons and its own version, whatever a newer one calls it.
func TestNewerVersionMakesNothingEasier(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	w.publish(version(t, defaulter, 2, "en: amend with reasons, by: [deciding], adverse: true,", "en: amend with reasons, by: [deciding, proposer], favourable: true,"))
	h := commitment(99)
	amend := (&Act{Record: recordID(1), Event: "amend", Commitment: &h, Paper: paper(1)}).Operation()
	w.want(w.block(w.seal(court, false, amend)), fault.ApproverMissing)
	w.want(w.block(w.seal(court, true, amend)), fault.OK)
}

// TestHiddenByEither: a newer version that asks for an affirmation sooner hides the record
// sooner, tells so once, and shows it again when it is signed.
func TestHiddenByEither(t *testing.T) {
	w := newWorld(t)
	w.active(1) // ground 1: affirmed every twelve months
	w.publish(version(t, defaulter, 2, "en: Time between affirmations, value: 12", "en: Time between affirmations, value: 3"))
	w.to(genesisDate.AddMonths(3).AddDays(1))
	res := w.block()
	if len(res.Events) != 1 || res.Events[0].Type != proof.TypeBeside || res.Events[0].Effects != 1<<contract.EffectHide || len(res.Moves) != 1 {
		t.Fatalf("events %+v", res.Events)
	}
	if s := w.view().Status(w.get(1)); !s.Hidden || s.InForce || s.Phase != contract.Active {
		t.Fatalf("status %+v", s)
	}
	if x := w.view().Explain(w.get(1)); x.Status.InForce || len(x.Newer) != 1 || len(x.Newer[0].Beside) != 1 {
		t.Fatalf("explained %+v", x)
	}
	w.reopen()
	res = w.block(w.seal(court, true, send(1, "reaffirm", nil)))
	w.want(res, fault.OK)
	if len(res.Events) != 2 || res.Events[0].Effects != 0 || res.Events[1].Type != proof.TypeBeside || res.Events[1].Effects != 1<<contract.EffectShow {
		t.Fatalf("events %+v, %+v", res.Events[0], res.Events[1:])
	}
	if s := w.view().Status(w.get(1)); s.Hidden || !s.InForce {
		t.Fatalf("status %+v", s)
	}
	// Both hide in the end: told once, and shown only when neither does.
	w.to(genesisDate.AddMonths(20))
	hides := 0
	for _, e := range w.block().Events {
		hides += int(e.Effects >> contract.EffectHide & 1)
	}
	if hides != 1 {
		t.Fatalf("hidden %d times", hides)
	}
	if res = w.block(w.seal(court, true, send(1, "reaffirm", nil))); len(res.Events) != 2 || res.Events[0].Effects|res.Events[1].Effects != 1<<contract.EffectShow {
		t.Fatalf("events %+v", res.Events)
	}
	w.checkRoots()
}

// TestVersionThatDoesNotApply: a version that does not take a record's creation, or knows
// nothing of its listing, leaves the record alone and never releases it.
func TestVersionThatDoesNotApply(t *testing.T) {
	t.Run("creation", func(t *testing.T) {
		w := newWorld(t)
		w.active(1)
		w.publish(version(t, defaulter, 2, "en: Shortest extension, value: 12", "en: Shortest extension, value: 13",
			"event.extra_months == 0 ||", "event.extra_months == 1 ||"))
		if r := w.get(1); len(r.Beside) != 1 || r.Beside[0].applies() || len(r.Newer()) != 0 || len(w.view().Explain(r).Newer) != 0 {
			t.Fatalf("beside %+v", r.Beside)
		}
		w.to(genesisDate.AddDays(100))
		w.block()
		if got := w.phase(1); got != contract.Active {
			t.Fatalf("phase %s", got)
		}
	})
	t.Run("listing", func(t *testing.T) {
		w := newWorld(t)
		w.want(w.block(w.seal(contributor, false, w.proposal(1, court))), fault.OK)
		w.want(w.block(w.seal(court, false, send(1, "notice", map[string]int64{"served": 1}))), fault.OK)
		w.to(genesisDate.AddDays(14))
		// Under the newer version the subject has four times as long to answer.
		w.publish(version(t, defaulter, 2, "en: Window for the subject's answer, value: 5", "en: Window for the subject's answer, value: 35"))
		if r := w.get(1); len(r.Newer()) != 1 {
			t.Fatalf("beside %+v", r.Beside)
		}
		w.want(w.block(w.seal(court, true, send(1, "list", map[string]int64{"exclusions_checked": 1}))), fault.OK)
		if r := w.get(1); len(r.Beside) != 1 || len(r.Newer()) != 0 {
			t.Fatalf("a version that takes the record for a proposal still runs: %+v", r.Beside)
		}
		w.to(genesisDate.AddDays(150)) // it would have let the proposal lapse by now
		w.block()
		if got := w.phase(1); got != contract.Active {
			t.Fatalf("phase %s", got)
		}
	})
}

// TestEightVersions: a ninth version beside the others is refused while records of the
// first are alive, and taken when they have ended.
func TestEightVersions(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	w.want(w.block(w.seal(court, true, w.migrate(2, 1, genesisDate.AddDays(-30)))), fault.OK)
	for n := 2; n <= MaxVersions; n++ {
		w.publish(version(t, defaulter, n))
	}
	if r := w.get(1); len(r.Newer()) != MaxVersions-1 {
		t.Fatalf("%d versions beside it", len(r.Newer()))
	}
	ninth := w.seal(1, true, propose(version(t, defaulter, MaxVersions+1)))
	w.want(w.block(ninth), fault.TooManyVersions)
	// One of a kind does not stand in another's way.
	w.want(w.block(w.seal(1, true, propose(version(t, "major-tax", 2)))), fault.OK)
	w.want(w.block(w.seal(court, false, send(1, "performed", nil))), fault.OK)
	w.to(w.view().Moment.Date().AddDays(15))
	w.block()
	w.want(w.block(w.seal(1, true, propose(version(t, defaulter, MaxVersions+1)))), fault.TooManyVersions)
	w.want(w.block(w.seal(court, false, send(2, "annul", nil))), fault.OK)
	w.reopen()
	w.want(w.block(w.seal(1, true, propose(version(t, defaulter, MaxVersions+1)))), fault.OK)
	w.checkRoots()
}

// TestFoldSpills: more live records than a block brings under a newer version spill into
// the next blocks, while an evaluation tells the truth at once.
func TestFoldSpills(t *testing.T) {
	w := newWorldOf(t, func(g *Genesis) {
		g.Contracts = slices.DeleteFunc(g.Contracts, func(s ContractSource) bool { return s.File != defaulter+".yaml" })
	})
	const n = foldPerBlock + 150
	for i := uint64(0); i < n; {
		var ops []Operation
		for ; i < n && len(ops) < MaxOperations; i++ {
			ops = append(ops, w.migrate(i, 2, genesisDate.AddDays(-500)))
		}
		if res := w.block(w.seal(court, true, ops...)); res.Codes[0].Code != fault.OK || res.Codes[0].Ops != nil {
			t.Fatalf("codes %v", res.Codes)
		}
	}
	w.publish(version(t, defaulter, 2, oneYear...))
	v := w.view()
	if got := v.Phases[contract.Active]; got != 150 {
		t.Fatalf("%d records left for the next block", got)
	}
	for seq := range uint64(n) {
		r, err := v.RecordAt(seq)
		if err != nil {
			t.Fatal(err)
		}
		if s := v.Status(r); s.InForce || s.Phase != contract.Exited {
			t.Fatalf("record %d is %+v by evaluation", seq, s)
		}
	}
	w.reopen()
	w.block()
	if got := w.view().Phases[contract.Exited]; got != n {
		t.Fatalf("%d of %d released", got, n)
	}
	if got := w.ledger.law; got.Next != got.End || got.records(5) != 0 {
		t.Fatalf("cursor %d of %d, live %+v", got.Next, got.End, got.Live)
	}
	w.checkRoots()
}

// TestCalendarMovesEveryVersion: a calendar moves the deadlines of the newer version too,
// also where the record's own is the one that is due first.
func TestCalendarMovesEveryVersion(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	w.publish(version(t, defaulter, 2, "en: Time to delete, value: 3", "en: Time to delete, value: 5"))
	w.to(credit.NewDate(2026, 12, 30))
	w.want(w.block(w.seal(court, true, send(1, "reaffirm", nil))), fault.OK)
	w.want(w.block(w.seal(court, false, send(1, "performed", nil))), fault.OK)
	dues := func() (days []credit.Date) {
		for _, m := range w.view().Config.dues(w.get(1), nil) {
			days = append(days, (m - 1).Date())
		}
		return days
	}
	jan := func(d int) credit.Date { return credit.NewDate(2027, 1, d) }
	if got := dues(); !slices.Equal(got, []credit.Date{jan(4), jan(6)}) {
		t.Fatalf("due %v", got)
	}
	year := credit.Year{Year: 2027, Off: []credit.Date{jan(1)}, Work: []credit.Date{jan(2), jan(3)}, Notice: "国办发明电〔2026〕示例号"}
	ballot := (&CalendarVote{Calendar: year}).Operation()
	for m := MemberID(1); m <= 3; m++ {
		w.want(w.block(w.seal(m, false, ballot)), fault.OK)
	}
	if got := dues(); !slices.Equal(got, []credit.Date{jan(3), jan(5)}) {
		t.Fatalf("due %v after the adoption", got)
	}
	w.reopen()
	if got := w.view().Config.adopted; len(got) != 1 || got[0].calendar.Edition() != 2 {
		t.Fatalf("adopted %+v", got)
	}
	checkDeadlines(t, w)
}
