package ledger

import (
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// migrateOn is a migration of a record with a tag, decided today.
func (w *world) migrateOn(n uint64, recorder MemberID, tag *CaseTag) Operation {
	args := ground(1, w.view().Moment.Date())
	args["published_on"] = int64(w.view().Moment.Date())
	return (&Create{Record: recordID(n), Contract: w.contractOf(credit.JudgmentDefaulter), Event: "migrate", Recorder: recorder,
		Commitment: commitment(n), CaseTag: tag, Args: args, Measures: []uint16{1}}).Operation()
}

// requested brings record n to its exit on the applicant's request, today.
func (w *world) requested(n uint64) {
	w.t.Helper()
	w.active(n)
	w.want(w.block(w.seal(court, false, send(n, "applicant_request", map[string]int64{"all_creditors": 1, "approved": 1}))), fault.OK)
}

// TestRelistingBarred: for six months after a deletion on the applicant's request the same
// judgment is not listed again: by migration, by a listing, or by publication after a
// grace that was granted before; then it may be.
func TestRelistingBarred(t *testing.T) {
	w := newWorld(t)
	w.want(w.block(w.seal(contributor, false, w.proposal(2, court), w.proposal(3, court))), fault.OK)
	w.want(w.block(w.seal(court, false, send(2, "notice", map[string]int64{"served": 1}), send(3, "notice", map[string]int64{"served": 1}))), fault.OK)
	w.want(w.block(w.seal(court, false, send(2, "answered", nil), send(3, "answered", nil))), fault.OK)
	list := func(n uint64, grace int64) Operation {
		return (&Act{Record: recordID(n), Event: "list", Args: map[string]int64{"exclusions_checked": 1, "grace_months": grace}, CaseTag: onBasis(n, 1)}).Operation()
	}
	w.want(w.block(w.seal(court, true, list(2, 1))), fault.OK) // in its grace before the bar
	w.requested(1)
	res := w.block(w.seal(court, false, send(1, "confirm", nil)))
	w.want(res, fault.OK)
	until := credit.NewDate(2026, 10, 1)
	if e := res.Events[0]; e.Barred != until || e.Effects&(1<<contract.EffectBar) == 0 {
		t.Fatalf("event %+v", e)
	}
	if got, err := w.view().Barred(court, *caseTag(1)); got != until || err != nil {
		t.Fatalf("barred until %s, %v", got, err)
	}
	w.reopen()
	w.want(w.block(w.seal(court, true, list(3, 0))), fault.RelistingBarred)
	w.want(w.block(w.seal(court, true, list(3, 1))), fault.RelistingBarred)
	w.want(w.block(w.seal(court, true, w.migrateOn(4, court, onBasis(4, 1)))), fault.RelistingBarred)
	w.want(w.block(w.seal(court, true, w.migrateOn(5, court, onBasis(5, 5)))), fault.OK)           // another judgment
	w.want(w.block(w.seal(otherCourt, true, w.migrateOn(6, otherCourt, onBasis(6, 1)))), fault.OK) // nobody bars for another
	w.to(genesisDate.AddDays(32))
	w.want(w.block(w.seal(court, true, send(2, "publish", nil))), fault.RelistingBarred)
	if got := w.phase(2); got != contract.Grace {
		t.Fatalf("phase %s", got)
	}
	w.to(until)
	w.want(w.block(w.seal(court, true, w.migrateOn(4, court, onBasis(4, 1)))), fault.RelistingBarred) // its last day
	w.to(until.AddDays(1))
	w.block()
	w.want(w.block(w.seal(court, true, w.migrateOn(4, court, onBasis(4, 1)))), fault.OK)
	w.checkRoots()
}

// TestBarBySilence: the bar holds also where nobody confirmed the exit.
func TestBarBySilence(t *testing.T) {
	w := newWorld(t)
	w.requested(1)
	w.to(genesisDate.AddDays(20))
	w.want(w.block(w.seal(court, true, w.migrateOn(4, court, onBasis(4, 1)))), fault.RelistingBarred) // settled in this very block
	if got := w.phase(1); got != contract.Exited {
		t.Fatalf("phase %s", got)
	}
}

// TestNoBarAfterPerformance: who performed and defaults anew may be listed anew.
func TestNoBarAfterPerformance(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	w.want(w.block(w.seal(court, false, send(1, "performed", nil), send(1, "confirm", nil))), fault.OK)
	w.want(w.block(w.seal(court, true, w.migrateOn(4, court, onBasis(4, 1)))), fault.OK)
}

// TestSuspensionIsNoRelisting: coming back from a failed plan is not barred.
func TestSuspensionIsNoRelisting(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	w.want(w.block(w.seal(court, true, w.migrateOn(2, court, onBasis(2, 1)))), fault.OK)
	w.want(w.block(w.seal(court, true, send(2, "suspend", nil))), fault.OK)
	w.want(w.block(w.seal(court, false, send(1, "applicant_request", map[string]int64{"all_creditors": 1, "approved": 1}), send(1, "confirm", nil))), fault.OK)
	w.want(w.block(w.seal(court, true, send(2, "restore", nil))), fault.OK)
}

// TestCaseHalfServesOnce: a case is listed once by a recorder, on whatever judgment; the
// tags of two recorders never meet.
func TestCaseHalfServesOnce(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	w.want(w.block(w.seal(court, true, w.migrateOn(2, court, onBasis(1, 9)))), fault.DuplicateCase)
	w.want(w.block(w.seal(otherCourt, true, w.migrateOn(3, otherCourt, caseTag(1)))), fault.OK)
	if v := w.view(); !v.TagUsed(court, *caseTag(1)) || v.TagUsed(higherCourt, *caseTag(1)) {
		t.Fatal("a tag is used by who used it")
	}
}
