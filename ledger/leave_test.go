package ledger

import (
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

var wish = Cause{CauseMandateOver, "charter-14"}

func leave(day credit.Date, successor MemberID) Operation {
	return (&Leave{Day: day, Successor: successor, Reason: wish}).Operation()
}

func (w *world) today() credit.Date { return w.view().Moment.Date() }

// fifth adds a recorder, so that one of five can leave.
func (w *world) fifth() {
	w.t.Helper()
	w.warm(3)
	w.want(w.gate(admission(w.applicant(7, "c7", Recorder), 0, 0)), fault.OK)
	w.days(7)
	w.warm(70)
	w.wantRecorders(1, 2, 3, 4, 7)
}

// TestLeave: a member that is no recorder has left when the day begins, and not before; its
// node is connected to no more, and what it sends is a former member's.
func TestLeave(t *testing.T) {
	w := newWorld(t)
	node := w.member(contributor).Node
	w.want(w.block(w.seal(contributor, false, leave(w.today().AddDays(3), 0))), fault.ApproverMissing)
	w.wantLogged(w.block(w.seal(contributor, true, leave(w.today().AddDays(3), 0))), "leave-asked")
	w.want(w.block(w.seal(contributor, true, leave(w.today().AddDays(9), 0))), fault.NoEffect)
	w.reopen()
	w.days(2)
	if w.member(contributor).Removed != 0 || w.view().Config.MemberOfNode(node) == nil {
		t.Fatal("it has left before its day")
	}
	w.wantLogged(w.days(1), "member-left")
	if w.member(contributor).Removed == 0 || w.view().Config.MemberOfNode(node) != nil || len(w.view().Config.Council.Leaving) != 0 {
		t.Fatal("it has not left")
	}
	w.want(w.block(w.seal(contributor, false, w.proposal(9, court))), fault.MemberRemoved)
	w.want(w.block(w.seal(contributor, true, leave(w.today().AddDays(3), 0))), fault.MemberRemoved)
	checkRestored(t, w)
}

// TestLeaveTakenBack: until it has left a member may stay after all; a change that was under
// notice for it is gone.
func TestLeaveTakenBack(t *testing.T) {
	w := newWorld(t)
	w.fifth()
	w.want(w.block(w.seal(contributor, true, leave(0, 0))), fault.NoEffect)
	w.want(w.block(w.seal(contributor, true, leave(w.today().AddDays(2), 0))), fault.OK)
	w.wantLogged(w.block(w.seal(contributor, true, leave(0, 0))), "leave-withdrawn")
	w.want(w.block(w.seal(2, true, leave(w.today(), 0))), fault.OK)
	w.wantLogged(w.block(), "change-noticed")
	w.wantLogged(w.block(w.seal(2, true, leave(0, 0))), "leave-withdrawn")
	if w.view().Config.Council.Change != nil {
		t.Fatal("the change is under notice still")
	}
	w.wantLogged(w.days(30))
	w.wantRecorders(1, 2, 3, 4, 7)
	if w.member(contributor).Removed != 0 {
		t.Fatal("it has left though it took that back")
	}
}

// TestRecorderLeaves: it votes until its day, the notice having run; who was named and has
// accepted decides its records from then on, and it may still favour their parties.
func TestRecorderLeaves(t *testing.T) {
	w := newWorld(t)
	w.fifth()
	w.active(1)
	w.active(2)
	day := w.today().AddDays(20)
	w.want(w.block(w.seal(court, true, leave(day, contributor))), fault.SuccessorInvalid)
	w.wantLogged(w.block(w.seal(court, true, leave(day, 2))), "leave-asked")
	w.wantLogged(w.days(12))
	if w.view().Config.Council.Change != nil {
		t.Fatal("the notice begins long before the day")
	}
	w.to(day.AddDays(-7))
	w.wantLogged(w.block(), "change-noticed")
	if got, want := w.view().Config.Council.Change.Due, int64(day.Start())*1e9; got < want || got > want+int64(time.Minute) {
		t.Fatalf("due %d, the day begins at %d", got, want)
	}
	w.want(w.block(w.seal(2, true, (&Succession{Of: court}).Operation())), fault.OK)
	w.wantLogged(w.days(6))
	w.wantRecorders(1, 2, 3, 4, 7)
	w.wantLogged(w.days(1), "change-made")
	w.wantRecorders(2, 3, 4, 7)
	if w.member(court).Removed == 0 || w.view().Config.Decides(court) != 2 || len(w.view().Config.Council.Leaving) != 0 {
		t.Fatalf("%+v", w.member(court))
	}
	w.want(w.block(w.seal(court, true, send(1, "hold", map[string]int64{"until": 1}))), fault.MemberRemoved)
	w.want(w.block(w.seal(court, false, send(1, "performed", nil))), fault.OK)
	w.want(w.block(w.seal(2, false, send(2, "performed", nil))), fault.OK)
	w.days(40)
	if a, b := w.phase(1), w.phase(2); a != contract.Exited || b != contract.Exited {
		t.Fatalf("%s, %s", a, b)
	}
	w.checkRoots()
	checkRestored(t, w)
}

// TestLeaveWithoutSuccessor: the clock to the release of its records runs, as after a removal.
func TestLeaveWithoutSuccessor(t *testing.T) {
	w := newWorld(t)
	w.fifth()
	w.active(1)
	w.want(w.block(w.seal(court, true, leave(w.today(), 0))), fault.OK)
	w.block()
	w.days(7)
	w.wantRecorders(2, 3, 4, 7)
	w.days(29)
	if got := w.phase(1); got != contract.Active {
		t.Fatalf("%s within the thirty days", got)
	}
	w.days(2)
	if got := w.phase(1); got != contract.Exited && got != contract.ExitDue {
		t.Fatalf("%s after the thirty days", got)
	}
}

// TestLeaveIsHeldToTheQuorum: refused with the arithmetic when it is asked for, dropped when
// others have come to be missing by its notice, and put off by more than a third.
func TestLeaveIsHeldToTheQuorum(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	w.want(w.block(w.seal(4, true, leave(w.today(), 0))), fault.QuorumBroken)
	w = newWorld(t)
	w.fifth()
	w.want(w.block(w.seal(4, true, leave(w.today().AddDays(30), 0))), fault.OK)
	w.absent = map[MemberID]bool{2: true, 3: true}
	w.warm(70)
	w.to(w.today().AddDays(24))
	w.wantLogged(w.block(), "leave-dropped")
	if len(w.view().Config.Council.Leaving) != 0 {
		t.Fatal("the wish is left")
	}
	w.absent = nil
	w.warm(70)
	w.want(w.block(w.seal(4, true, leave(w.today(), 0))), fault.OK)
	w.wantLogged(w.block(), "change-noticed")
	w.absent = map[MemberID]bool{2: true, 3: true}
	w.warm(70) // during the notice
	w.wantLogged(w.days(7), "change-dropped")
	if len(w.view().Config.Council.Leaving) != 0 {
		t.Fatal("the wish is left behind the change that was dropped")
	}
	w.wantLogged(w.days(1))
	w.absent = nil
	w.warm(70)
	w.want(w.block(w.seal(4, true, leave(w.today(), 0))), fault.OK)
	w.wantLogged(w.block(), "change-noticed")
	stay := (&Stay{Change: w.view().Config.Council.Change.Act}).Operation()
	w.want(w.block(w.seal(1, false, stay), w.seal(2, false, stay)), fault.OK, fault.OK)
	w.wantLogged(w.days(8))
	w.wantRecorders(1, 2, 3, 4, 7)
	w.days(22)
	w.wantRecorders(1, 2, 3, 7)
}

// TestLeaveGivesWay: the gate's change of recorders goes before a recorder's own wish, which
// waits for the place and is fulfilled later; a rotation does not.
func TestLeaveGivesWay(t *testing.T) {
	w := newWorld(t)
	w.fifth()
	w.want(w.block(w.seal(4, true, leave(w.today(), 0))), fault.OK)
	w.wantLogged(w.block(), "change-noticed")
	w.want(w.block(w.seal(3, true, leave(w.today(), 0))), fault.OK) // waits its turn
	w.wantLogged(w.block())
	w.want(w.gate(admission(w.applicant(8, "c8", Recorder), 0, 0)), fault.OK)
	if c := w.view().Config.Council; c.Change.Join != 8 || len(c.Leaving) != 2 {
		t.Fatalf("%+v", c.Change)
	}
	w.wantLogged(w.days(7), "change-made", "change-noticed") // and at once the one that had given way
	w.wantRecorders(1, 2, 3, 4, 7, 8)
	w.warm(70)
	w.wantLogged(w.days(7), "change-made", "change-noticed")
	w.wantRecorders(1, 2, 3, 7, 8)
	w.warm(70)
	w.wantLogged(w.days(7), "change-made")
	w.wantRecorders(1, 2, 7, 8)
}

// TestLeaveForm: what can never be a wish.
func TestLeaveForm(t *testing.T) {
	for name, o := range map[string]Leave{
		"a day before all": {Day: -1, Reason: wish},
		"no day":           {Successor: 2, Reason: wish},
		"no reason":        {Day: 20000},
	} {
		if _, err := decodeAct(o.Operation()); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	w := newWorld(t)
	for _, day := range []credit.Date{w.today() - 1, w.today() + maxAhead + 1} {
		w.want(w.block(w.seal(contributor, true, leave(day, 0))), fault.BadArgument)
	}
}
