package ledger

import (
	"slices"
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
)

func (w *world) watermark(m MemberID, height int64) []byte {
	return w.seal(m, false, (&Watermark{Height: height}).Operation())
}

func (w *world) height() int64 { return w.ledger.Head().Height }

// erased brings record n to its end: in force, released, and its retention over.
func (w *world) erased(n uint64) *Erasure {
	w.t.Helper()
	w.active(n)
	w.want(w.block(w.seal(court, false, send(n, "deceased", nil))), fault.OK)
	w.to(w.view().Moment.Date().AddDays(400))
	w.block()
	return w.erasure(n)
}

func (w *world) erasure(n uint64) *Erasure {
	w.t.Helper()
	e, err := w.view().Erasure(w.get(n))
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// members lists those of an erasure's receipts that a test asks for.
func members(e *Erasure, which func(Receipt) bool) (ids []MemberID) {
	for _, r := range e.Receipts {
		if which(r) {
			ids = append(ids, r.Member)
		}
	}
	return ids
}

func everyone(Receipt) bool    { return true }
func late(r Receipt) bool      { return r.Late }
func confirmed(r Receipt) bool { return r.Confirmed }

// TestWatermarksRise: up to what is committed, upwards, by whoever runs a node.
func TestWatermarksRise(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	w.want(w.block(w.watermark(court, 4)), fault.WatermarkAhead) // the block itself is not committed
	res := w.block(w.watermark(court, 3))
	w.want(res, fault.OK)
	e := res.Events[0]
	if e.Type != proof.TypeWatermark || e.Args["height"] != 3 || e.Member != uint32(court) || e.Recorded != w.view().Moment {
		t.Errorf("event %+v", e)
	}
	w.want(w.block(w.watermark(court, 3)), fault.WatermarkBehind)
	w.want(w.block(w.watermark(court, 2)), fault.WatermarkBehind)
	w.want(w.block(w.watermark(contributor, 2)), fault.OK)
	w.want(w.block(w.watermark(authority, 2)), fault.RoleNotAllowed) // runs no node
	before := w.ledger.Head().AppHash
	w.reopen()
	mark, err := w.view().Watermark(court)
	if err != nil || mark.Height != 3 || mark.At != e.Recorded || w.ledger.Head().AppHash != before {
		t.Errorf("a restart forgets the watermark: %+v, %v", mark, err)
	}
	w.want(w.block(w.watermark(court, 3)), fault.WatermarkBehind)
	w.checkRoots()
}

// TestWatermarkIsBound: another watermark gives another state root.
func TestWatermarkIsBound(t *testing.T) {
	w := newWorld(t)
	w.block()
	root := w.ledger.stateRoot()
	w.ledger.erased.put(func(_, _ []byte) {}, court, Mark{Height: 1}.encode())
	if w.ledger.stateRoot() == root {
		t.Error("the state root does not bind the watermarks")
	}
}

// TestReceipts: everyone who could hold the content confirms, by a watermark at or above
// the block that ended the record; who has not two hours later is late.
func TestReceipts(t *testing.T) {
	w := newWorld(t)
	w.active(2)
	e := w.erased(1)
	if got := members(e, everyone); !slices.Equal(got, []MemberID{1, 2, 3, 4, 5}) || e.Confirmed() != 0 || members(e, late) != nil {
		t.Fatalf("%+v", e)
	}
	if e.Height != w.height() || e.Recorded != w.view().Moment || e.Due >= e.Recorded || e.Confirm != e.Recorded+2*3600 {
		t.Errorf("%+v", e)
	}
	if other := w.erasure(2); other != nil {
		t.Errorf("a record in force: %+v", other)
	}
	w.block(w.watermark(court, e.Height-1), w.watermark(otherCourt, e.Height))
	if got := members(w.erasure(1), confirmed); !slices.Equal(got, []MemberID{otherCourt}) {
		t.Errorf("confirmed by %v", got)
	}
	w.block(w.watermark(contributor, e.Height+1))
	w.time += 2 * 3600 * 1e9
	w.block()
	after := w.erasure(1)
	if got := members(after, late); !slices.Equal(got, []MemberID{1, 3, 4}) || after.Confirmed() != 2 {
		t.Errorf("late: %v of %+v", got, after)
	}
	for _, m := range []MemberID{1, 3, 4} {
		w.want(w.block(w.watermark(m, w.height())), fault.OK)
	}
	if last := w.erasure(1); last.Confirmed() != 5 || members(last, late) != nil {
		t.Errorf("%+v", last)
	}
}

// TestReceiptsOfMembers: one that came after the end owes nothing, nor does one that has
// left; one that is suspended does.
func TestReceiptsOfMembers(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	w.want(w.gate(admission(w.applicant(7, "c7", Contributor), 0, 0)), fault.OK)
	e := w.erased(1)
	w.want(w.gate(admission(w.applicant(8, "c8", Contributor), 0, 0), gate(GateRemove, 7).Operation(), gate(GateSuspend, contributor).Operation()), fault.OK)
	if got := members(e, everyone); !slices.Equal(got, []MemberID{1, 2, 3, 4, 5, 7}) {
		t.Errorf("at its end %v", got)
	}
	if got := members(w.erasure(1), everyone); !slices.Equal(got, []MemberID{1, 2, 3, 4, 5}) {
		t.Errorf("later %v", got)
	}
	w.want(w.block(w.watermark(contributor, e.Height)), fault.OK) // it erases and says so all the same
}

// TestReceiptsOfProposal: what never came into force was with its proposer and the
// recorders.
func TestReceiptsOfProposal(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	w.want(w.gate(admission(w.applicant(7, "c7", Contributor), 0, 0)), fault.OK)
	w.want(w.block(w.seal(contributor, false, w.proposal(1, court))), fault.OK)
	w.want(w.block(w.seal(court, false, send(1, "reject", nil))), fault.OK)
	if got := w.phase(1); got != contract.Rejected {
		t.Fatalf("phase %s", got)
	}
	if got := members(w.erasure(1), everyone); !slices.Equal(got, []MemberID{1, 2, 3, 4, 5}) {
		t.Errorf("to confirm: %v", got)
	}
}

// TestReceiptsOnTrainingClock: hours that are too short to sign anything in are not asked
// for.
func TestReceiptsOnTrainingClock(t *testing.T) {
	c := &Config{Clock: Clock{Day: 100e6, Epoch: genesisDate}}
	at := genesisDate.Start()
	if got, want := c.ReceiptDue(at), genesisDate.AddDays(100).Start(); got != want {
		t.Errorf("confirmed by %s, want %s", got, want)
	}
	if got, want := c.NextWatermark(at), genesisDate.AddDays(20).Start(); got != want {
		t.Errorf("next watermark at %s, want %s", got, want)
	}
	c.Clock = Clock{}
	if c.ReceiptDue(at) != at+7200 || c.NextWatermark(at) != at+3600 {
		t.Error("hours of the ordinary clock")
	}
}
