package ledger

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// TestFoldEqualsLiveRun runs the same acts on two ledgers: one that has the newer version
// from genesis, and one on which it comes into force later. As long as both accept the
// same, the version beside the record stands where the record stands on the other one.
func TestFoldEqualsLiveRun(t *testing.T) {
	compared := 0
	changes := [][]string{nil, {"en: Statutory term, value: 24", "en: Statutory term, value: 36"}, oneYear,
		{"en: Time between affirmations, value: 12", "en: Time between affirmations, value: 3"},
		{"en: Time to delete, value: 3", "en: Time to delete, value: 5"}}
	rapid.Check(t, func(rt *rapid.T) {
		source := version(t, defaulter, 2, rapid.SampledFrom(changes).Draw(rt, "changes")...)
		alone := func(g *Genesis) { // compiling the other documents is most of what a world costs
			g.Contracts = slices.DeleteFunc(g.Contracts, func(s ContractSource) bool { return s.File != defaulter+".yaml" })
		}
		late, early := newWorldOf(t, alone), newWorldOf(t, func(g *Genesis) {
			alone(g)
			g.Contracts[0].Source = string(source)
		})
		both := func(m MemberID, approve bool, ops ...Operation) bool {
			early.time = late.time
			a, b := late.block(late.seal(m, approve, ops...)), early.block(early.seal(m, approve, ops...))
			return slices.Equal(codes(a), codes(b))
		}
		pass := func(days int) {
			late.to(late.view().Moment.Date().AddDays(days))
			early.time = late.time
			late.block()
			early.block()
		}
		published := genesisDate.AddDays(-rapid.IntRange(0, 400).Draw(rt, "age"))
		ground := rapid.IntRange(1, 2).Draw(rt, "ground")
		if !both(court, true, late.migrate(1, ground, published)) {
			rt.Fatal("the creation differs")
		}
		act := func() bool {
			if rapid.IntRange(0, 4).Draw(rt, "calendar") == 0 {
				return adoptBoth(rt, both, late.view().Moment.Date())
			}
			event := rapid.SampledFrom([]string{"reaffirm", "extend", "performed", "suspend", "restore", "self_corrected", "delete_early", "stayed"}).Draw(rt, "event")
			args := map[string]int64(nil)
			if event == "extend" {
				args = map[string]int64{"months": 12}
			}
			return both(court, true, send(1, event, args))
		}
		same := func() bool {
			a, b := late.get(1), early.get(1)
			if late.phase(1).Over() || early.phase(1).Over() {
				if late.phase(1).Over() != early.phase(1).Over() && len(a.Beside) > 0 {
					rt.Fatalf("over on one ledger alone: %s, %s", late.phase(1), early.phase(1))
				}
				return false
			}
			if len(a.Beside) == 1 && a.Beside[0].Instance != b.Instance {
				rt.Fatalf("beside the record\n%s\nfrom the first day\n%s", instance(a.Beside[0].Instance), instance(b.Instance))
			}
			compared++
			return true
		}
		for range rapid.IntRange(0, 5).Draw(rt, "before") {
			pass(rapid.IntRange(1, 60).Draw(rt, "days"))
			if !act() || !same() {
				return
			}
		}
		late.adopt(source)
		for range 3 {
			early.time = late.time
			early.block()
		}
		late.to(late.view().Moment.Date().AddDays(standardWaiting + 1))
		pass(0)
		for range rapid.IntRange(1, 4).Draw(rt, "after") {
			if !same() || len(late.get(1).Beside) != 1 {
				return
			}
			pass(rapid.IntRange(1, 60).Draw(rt, "days"))
			if !act() {
				return
			}
		}
		late.checkRoots()
		checkDeadlines(rt, late)
	})
	if compared < 20 {
		t.Errorf("%d states compared: the test proves nothing", compared)
	}
}

// adoptBoth adopts a calendar that moves working days soon after a date.
func adoptBoth(t *rapid.T, both func(MemberID, bool, ...Operation) bool, today credit.Date) bool {
	off := today.AddDays(rapid.IntRange(1, 5).Draw(t, "off"))
	year, _, _ := off.Civil()
	y := credit.Year{Year: year, Off: []credit.Date{off}, Notice: "国办发明电〔2026〕示例号"}
	for m := MemberID(1); m <= 3; m++ {
		if !both(m, false, (&CalendarVote{Calendar: y}).Operation()) {
			return false
		}
	}
	return true
}

func instance(in contract.Instance) []byte {
	b, _ := in.MarshalBinary()
	return b
}

// TestFoldOfAReleaseByAnEvent: where an event of the past would have released a record
// under the newer version, the version does so when it comes into force.
func TestFoldOfAReleaseByAnEvent(t *testing.T) {
	w := newWorld(t)
	w.want(w.block(w.seal(court, true, w.migrate(1, 2, genesisDate.AddDays(-30)))), fault.OK)
	w.want(w.block(w.seal(court, false, send(1, "self_corrected", nil))), fault.OK)
	// The second record's own term runs out a day before the newer version comes into force;
	// no block has recorded it by then.
	w.want(w.block(w.seal(court, true, w.migrate(2, 2, genesisDate.AddDays(-730)))), fault.OK)
	w.want(w.block(w.seal(court, false, send(2, "self_corrected", nil))), fault.OK)
	w.adopt(version(t, defaulter, 2, "self_corrected: { id: fact-corrected, cite: fs7-2, set: { corrected: \"true\" } }",
		"self_corrected: { id: fact-corrected, cite: fs7-2, to: exited, set: { corrected: \"true\", left_on: today } }"))
	since := w.view().Moment.Date().AddDays(standardWaiting).End()
	w.time = int64(since+3600) * 1e9
	w.block()
	e, count := w.released(1)
	if e == nil || count != 1 || e.Effective != since || e.Contract != w.second() || e.Member != 0 || w.get(1).Contract != w.second() {
		t.Fatalf("released by %+v", e)
	}
	if e, _ := w.released(2); e == nil || e.Effective >= since || e.Own != 0 {
		t.Fatalf("released by %+v", e)
	}
	w.to(since.Date().AddDays(400))
	w.block()
	if got := w.phase(1); got != contract.Erased {
		t.Fatalf("phase %s", got)
	}
	w.checkRoots()
}

// TestFoldKnowsTheCalendars: an event of the past is replayed with the calendar that was
// known then, not with an earlier one.
func TestFoldKnowsTheCalendars(t *testing.T) {
	w := newWorldOf(t, func(g *Genesis) {
		g.Contracts = []ContractSource{{Number: 1, File: "d", Source: string(version(t, defaulter, 1, "en: Time to delete, value: 3", "en: Time to delete, value: 30"))}}
	})
	w.active(1)
	off := genesisDate.AddDays(20) // a working day of the genesis' calendar
	y := w.genesis.Calendars[0]
	y.Off = append(slices.Clone(y.Off), off)
	slices.Sort(y.Off)
	for m := MemberID(1); m <= 3; m++ {
		w.want(w.block(w.seal(m, false, (&CalendarVote{Calendar: y}).Operation())), fault.OK)
	}
	w.want(w.block(w.seal(court, false, send(1, "performed", nil))), fault.OK)
	w.publish(version(t, defaulter, 2, "en: Time to delete, value: 3", "en: Time to delete, value: 30"))
	r := w.get(1)
	if len(r.Newer()) != 1 || r.Beside[0].Instance != r.Instance {
		t.Fatalf("due %v", w.view().Config.dues(r, nil))
	}
}
