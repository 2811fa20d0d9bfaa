package ledger

import (
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// TestCommitmentServesOnce: a commitment that one record has brought binds no other, by
// creation or by amendment, also after it was replaced.
func TestCommitmentServesOnce(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	other := &Create{Record: recordID(2), Contract: w.contractOf(credit.JudgmentDefaulter), Event: "propose", Recorder: otherCourt,
		Commitment: commitment(1), Args: ground(1, genesisDate), Measures: []uint16{1}}
	w.want(w.block(w.seal(contributor, false, other.Operation())), fault.SecretReused)
	w.active(3)
	w.want(w.block(w.seal(court, false, withBody(3, "pay", commitment(1)))), fault.SecretReused)
	w.want(w.block(w.seal(court, false, withBody(1, "pay", commitment(7)))), fault.OK)
	w.want(w.block(w.seal(court, false, withBody(3, "pay", commitment(1)))), fault.SecretReused)
	w.want(w.block(w.seal(court, false, withBody(3, "pay", commitment(8)), withBody(3, "pay", commitment(8)))), fault.OK, fault.BodyUnchanged)
}

// TestExtendLosesInTheSameBlock: a decision whose term has run cannot be extended in
// the block, or the envelope, that enters it.
func TestExtendLosesInTheSameBlock(t *testing.T) {
	w := newWorld(t)
	raw := w.seal(court, true, w.migrate(1, 2, genesisDate.AddDays(-760)), send(1, "extend", map[string]int64{"months": 36}))
	w.want(w.block(raw), fault.OK, fault.EventNotAccepted)
}

// TestOnlyItsOwnMeasures: a record takes no measure that its contract does not list.
func TestOnlyItsOwnMeasures(t *testing.T) {
	w := newWorld(t)
	number := w.contractOf(credit.GeneralMinor)
	allowed := map[string]bool{}
	for _, m := range w.view().Config.Contract(number).Measures() {
		allowed[m.Code] = true
	}
	refused := 0
	for i, m := range w.genesis.Measures {
		o := &Create{Record: recordID(uint64(i)), Contract: number, Event: "propose", Recorder: court,
			Commitment: commitment(uint64(i)), Args: map[string]int64{"decided_on": int64(genesisDate)}, Measures: []uint16{m.Number}}
		want := fault.OK
		if !allowed[m.Code] {
			want, refused = fault.UnknownMeasure, refused+1
		}
		w.want(w.block(w.seal(contributor, false, o.Operation())), want)
	}
	if refused == 0 {
		t.Fatal("the contract lists the whole catalogue: nothing was tried")
	}
}

// TestHoldIsNoExit: what happens to a record after its exit is no exit and carries no
// commitment, so no second certificate can be made of it.
func TestHoldIsNoExit(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	w.want(w.block(w.seal(court, false, send(1, "performed", nil), send(1, "confirm", nil))), fault.OK)
	until := w.view().Moment.Date().AddDays(400)
	res := w.block(w.seal(court, true, send(1, "hold", map[string]int64{"until": int64(until)})))
	w.want(res, fault.OK)
	for _, e := range res.Events {
		if !e.Commitment.Zero() {
			t.Fatalf("%s carries a commitment", e.Name)
		}
	}
	if got := w.phase(1); got != contract.Exited {
		t.Fatalf("phase %s", got)
	}
}

// TestSuspendedMemberMayOnlyFavour: a suspension takes adverse acts and proposals away,
// and no vote: else the gate were a veto.
func TestSuspendedMemberMayOnlyFavour(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	config := *w.ledger.config
	config.Members = append([]Member(nil), config.Members...)
	config.Members[court-1].Suspended = true
	config.Members[contributor-1].Suspended = true
	config.sum = nil
	w.ledger.config = &config
	w.want(w.block(w.seal(contributor, false, w.proposal(2, court))), fault.MemberSuspended)
	w.want(w.block(w.seal(court, true, w.migrate(3, 1, genesisDate))), fault.MemberSuspended)
	year := credit.Year{Year: 2027, Notice: "示例"}
	w.want(w.block(w.seal(court, false, (&CalendarVote{Calendar: year}).Operation())), fault.OK)
	w.want(w.block(w.seal(court, false, send(1, "performed", nil))), fault.OK)
}

// TestVotesDoNotPileUp: a recorder has one pending vote for a year.
func TestVotesDoNotPileUp(t *testing.T) {
	w := newWorld(t)
	var ops []Operation
	for i := range 150 {
		day := credit.NewDate(2027, 1, 1).AddDays(i)
		ops = append(ops, (&CalendarVote{Calendar: credit.Year{Year: 2027, Off: []credit.Date{offDay(day)}, Notice: "示例"}}).Operation())
	}
	w.block(w.seal(court, false, ops...))
	if n := len(w.ledger.votes.list); n != 1 {
		t.Fatalf("%d pending votes of one recorder", n)
	}
	far := credit.Year{Year: 2099, Notice: "示例"}
	w.want(w.block(w.seal(court, false, (&CalendarVote{Calendar: far}).Operation())), fault.BadArgument)
	w.checkRoots()
}

// offDay returns the first weekday from a day on: only such a day can be taken off.
func offDay(d credit.Date) credit.Date {
	for d.Weekday() == 0 || d.Weekday() == 6 {
		d = d.AddDays(1)
	}
	return d
}

// TestOnePersonCannotBeTwo: a genesis in which one key stands under two operators, or a
// key names none, is refused.
func TestOnePersonCannotBeTwo(t *testing.T) {
	for name, spoil := range map[string]func(*Member){
		"one key twice": func(m *Member) { m.Keys[1].Public = m.Keys[0].Public },
		"no operator":   func(m *Member) { m.Keys[1].Operator = "" },
		"malformed key": func(m *Member) { m.Keys[1].Public = m.Keys[1].Public[:31] },
	} {
		g := testGenesis()
		spoil(&g.Members[0])
		if err := g.Check(); !fault.Is(err, fault.BadConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
