package ledger

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// ground returns the arguments of a creation with one ground, decided on a date.
func ground(n int, decided credit.Date) map[string]int64 {
	g, _ := credit.NewGrounds(n)
	return map[string]int64{"grounds": int64(g), "decided_on": int64(decided)}
}

func (w *world) migrate(n uint64, groundNo int, published credit.Date) Operation {
	args := ground(groundNo, published)
	args["published_on"] = int64(published)
	return (&Create{Record: recordID(n), Contract: w.contractOf(credit.JudgmentDefaulter), Event: "migrate", Recorder: court,
		Commitment: commitment(n), CaseTag: caseTag(n), Args: args, Measures: []uint16{1}}).Operation()
}

func (w *world) proposal(n uint64, recorder MemberID) Operation {
	return (&Create{Record: recordID(n), Contract: w.contractOf(credit.JudgmentDefaulter), Event: "propose", Recorder: recorder,
		Commitment: commitment(n), Args: ground(1, genesisDate), Measures: []uint16{1}}).Operation()
}

func send(n uint64, event string, args map[string]int64) Operation {
	o := &Act{Record: recordID(n), Event: event, Args: args, Paper: paper(n)}
	if event == listEvent {
		o.CaseTag = caseTag(n)
	}
	return o.Operation()
}

// paper is a commitment to reasons; an event that needs none may carry them too.
func paper(n uint64) *wire.Hash {
	h := commitment(n + 1<<32)
	return &h
}

func (w *world) phase(n uint64) contract.Phase {
	w.t.Helper()
	v := w.view()
	r, err := v.Record(recordID(n))
	if err != nil {
		w.t.Fatal(err)
	}
	return v.Status(r).Phase
}

// active brings record n to ACTIVE by migration on ground 1.
func (w *world) active(n uint64) {
	w.t.Helper()
	w.want(w.block(w.seal(court, true, w.migrate(n, 1, genesisDate.AddDays(-30)))), fault.OK)
}

func TestWholeLife(t *testing.T) {
	w := newWorld(t)
	w.want(w.block(w.seal(contributor, false, w.proposal(1, court))), fault.OK)
	served := map[string]int64{"served": 1}
	w.want(w.block(w.seal(court, false, send(1, "notice", served))), fault.OK)
	listing := send(1, "list", map[string]int64{"exclusions_checked": 1})
	w.want(w.block(w.seal(court, true, listing)), fault.EventNotAccepted) // the subject's window is open
	w.to(genesisDate.AddDays(14))
	w.want(w.block(w.seal(court, true, listing)), fault.OK)
	if got := w.phase(1); got != contract.Active {
		t.Fatalf("phase %s", got)
	}
	w.to(genesisDate.AddDays(20))
	w.want(w.block(w.seal(court, false, send(1, "performed", nil))), fault.OK)
	if got := w.phase(1); got != contract.ExitDue {
		t.Fatalf("phase %s", got)
	}
	w.to(genesisDate.AddDays(30))
	res := w.block() // nobody calls
	if got := w.phase(1); got != contract.Exited {
		t.Fatalf("phase %s", got)
	}
	last := res.Events[len(res.Events)-1]
	if last.Member != 0 || last.Commitment != commitment(1) || !last.Released() {
		t.Fatalf("exit event %+v", last)
	}
	w.to(genesisDate.AddDays(30 + 400))
	w.block()
	if got := w.phase(1); got != contract.Erased {
		t.Fatalf("phase %s", got)
	}
	w.checkRoots()
}

func TestStatusIsEvaluated(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	w.want(w.block(w.seal(court, false, send(1, "performed", nil))), fault.OK)
	v := w.view()
	r, err := v.Record(recordID(1))
	if err != nil {
		t.Fatal(err)
	}
	due, ok := v.Config.Contract(r.Contract).Due(r.Instance)
	if !ok {
		t.Fatal("no deadline")
	}
	v.Moment = due - 1
	if !v.Status(r).InForce {
		t.Error("released a second before the deadline")
	}
	if got := v.Explain(r).Released; got.End() != due {
		t.Errorf("the explanation releases at the end of %s, the deadline is %s", got, due)
	}
	v.Moment = due
	if v.Status(r).InForce {
		t.Error("in force at the deadline: no block has recorded it, but it is due")
	}
}

func TestExtendLosesToDueExit(t *testing.T) {
	w := newWorld(t)
	w.want(w.block(w.seal(court, true, w.migrate(1, 2, genesisDate.AddDays(-700)))), fault.OK)
	extend := func() []byte { return w.seal(court, true, send(1, "extend", map[string]int64{"months": 12})) }
	raw := extend()
	w.to(genesisDate.AddDays(60)) // two years and three working days after publication have passed
	w.want(w.block(raw), fault.EventNotAccepted)
	if got := w.phase(1); got != contract.Exited {
		t.Fatalf("phase %s", got)
	}
}

func TestAdverseNeedsApprover(t *testing.T) {
	w := newWorld(t)
	w.want(w.block(w.seal(court, false, w.migrate(1, 1, genesisDate))), fault.ApproverMissing)
	raw := w.sealAs(Content{Member: court, Key: 1, Approver: 1, NotAfter: 50, Calendar: 1}, false, w.migrate(1, 1, genesisDate))
	if got := codes(w.block(raw)); got[0] != fault.ApproverSame {
		t.Fatalf("an operator approved its own act: %v", got)
	}
}

func TestForeignRecorder(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	w.want(w.block(w.seal(otherCourt, false, send(1, "performed", nil))), fault.ForeignRecorder)
	w.want(w.block(w.seal(otherCourt, true, w.migrate(2, 1, genesisDate))), fault.ForeignRecorder)
	w.want(w.block(w.seal(contributor, false, send(1, "performed", nil))), fault.RoleNotAllowed)
	w.want(w.block(w.seal(authority, false, send(1, "performed", nil))), fault.RoleNotAllowed)
}

func TestEachRefusalHasItsCode(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	migrate := func(change func(*Create)) []byte {
		args := ground(1, genesisDate)
		args["published_on"] = int64(genesisDate)
		o := &Create{Record: recordID(2), Contract: w.contractOf(credit.JudgmentDefaulter), Event: "migrate", Recorder: court,
			Commitment: commitment(2), CaseTag: caseTag(2), Args: args, Measures: []uint16{1}}
		change(o)
		return w.seal(court, true, o.Operation())
	}
	for name, tt := range map[string]struct {
		raw  []byte
		want fault.Code
	}{
		"record exists":        {migrate(func(o *Create) { o.Record = recordID(1) }), fault.DuplicateRecord},
		"case seen":            {migrate(func(o *Create) { o.CaseTag = caseTag(1) }), fault.DuplicateCase},
		"no case tag":          {migrate(func(o *Create) { o.CaseTag = nil }), fault.BadArgument},
		"no such contract":     {migrate(func(o *Create) { o.Contract = 999 }), fault.UnknownContract},
		"no measure":           {migrate(func(o *Create) { o.Measures = nil }), fault.MissingExit},
		"measure unknown":      {migrate(func(o *Create) { o.Measures = []uint16{60000} }), fault.UnknownMeasure},
		"event unknown":        {migrate(func(o *Create) { o.Event = "conjure" }), fault.UnknownEvent},
		"recorder unknown":     {migrate(func(o *Create) { o.Recorder = contributor }), fault.UnknownMember},
		"published tomorrow":   {migrate(func(o *Create) { o.Args["published_on"]++ }), fault.DateInFuture},
		"published long ago":   {migrate(func(o *Create) { o.Args["published_on"] -= 3000 }), fault.DateTooEarly},
		"argument unknown":     {migrate(func(o *Create) { o.Args["nonsense"] = 1 }), fault.BadArgument},
		"no record":            {w.seal(court, false, send(77, "performed", nil)), fault.UnknownRecord},
		"event not taken":      {w.seal(court, true, send(1, "publish", nil)), fault.EventNotAccepted},
		"foreign genesis":      {foreign(t, w), fault.ForeignGenesis},
		"stale calendar":       {w.sealAs(Content{Member: court, Key: 1, NotAfter: 90, Calendar: 7}, true, w.migrate(5, 1, genesisDate)), fault.StaleCalendar},
		"expired":              {w.sealAs(Content{Member: court, Key: 1, NotAfter: 1, Calendar: 1}, true, w.migrate(5, 1, genesisDate)), fault.Expired},
		"too far ahead":        {w.sealAs(Content{Member: court, Key: 1, NotAfter: 1 << 20, Calendar: 1}, true, w.migrate(5, 1, genesisDate)), fault.NotAfterTooFar},
		"key unknown":          {w.sealAs(Content{Member: court, Key: 9, NotAfter: 90, Calendar: 1}, false, w.migrate(5, 1, genesisDate)), fault.UnknownKey},
		"member unknown":       {w.sealAs(Content{Member: 99, Key: 1, NotAfter: 90, Calendar: 1}, false, w.migrate(5, 1, genesisDate)), fault.UnknownMember},
		"not an envelope":      {[]byte("hello"), fault.Malformed},
		"kind of op unknown":   {w.seal(court, false, Operation{Kind: 99, Data: []byte{0xa0}}), fault.UnknownOperation},
		"body for a plain act": {w.seal(court, false, withBody(1, "performed", commitment(9))), fault.BadArgument},
		"same body again":      {w.seal(court, false, withBody(1, "pay", commitment(1))), fault.BodyUnchanged},
		"act without its body": {w.seal(court, false, send(1, "pay", nil)), fault.BadArgument},
	} {
		before := w.view().Records
		if got := codes(w.block(tt.raw)); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s: %v, want %s", name, got, tt.want)
		}
		if w.view().Records != before {
			t.Errorf("%s: a refused operation created a record", name)
		}
	}
	w.checkRoots()
}

func withBody(n uint64, event string, c [32]byte) Operation {
	h := commitment(0)
	copy(h[:], c[:])
	return (&Act{Record: recordID(n), Event: event, Commitment: &h}).Operation()
}

func foreign(t *testing.T, w *world) []byte {
	t.Helper()
	other := w.hash
	other[0]++
	raw, err := Seal(nil, other, Content{Member: court, Key: 1, NotAfter: 50, Ops: []Operation{send(1, "performed", nil)}}, testKey(court, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestOutsideMigration(t *testing.T) {
	w := newWorld(t)
	w.to(w.genesis.Migration.Until.AddDays(1))
	w.want(w.block(w.seal(court, true, w.migrate(1, 1, genesisDate))), fault.OutsideMigration)
}

func TestReplayRefused(t *testing.T) {
	w := newWorld(t)
	raw := w.seal(court, true, w.migrate(1, 1, genesisDate))
	w.want(w.block(raw, raw), fault.OK, fault.AlreadyCommitted)
	w.reopen()
	w.want(w.block(raw), fault.AlreadyCommitted)
	for range 3 * bucketHeights {
		w.block()
	}
	w.want(w.block(raw), fault.Expired)
	for k := range w.state {
		if k[0] == 'x' || k[0] == 'X' {
			t.Fatalf("an expired envelope is still remembered under %x", k)
		}
	}
	w.checkRoots()
}

func TestRefusedLeavesNoTrace(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	before, err := w.view().Record(recordID(1))
	if err != nil {
		t.Fatal(err)
	}
	size := w.view().LogSize
	for _, raw := range [][]byte{
		w.seal(court, true, send(1, "publish", nil)),
		w.seal(otherCourt, true, send(1, "annul", nil)),
		w.seal(court, true, send(1, "extend", map[string]int64{"months": 999})),
	} {
		if got := codes(w.block(raw)); got[0] == fault.OK {
			t.Fatal("it was applied")
		}
	}
	after, err := w.view().Record(recordID(1))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after, cmp.Comparer(func(a, b contract.Instance) bool { return a == b })); diff != "" || w.view().LogSize != size {
		t.Fatalf("a refusal left a trace (log %d, was %d): %s", w.view().LogSize, size, diff)
	}
}

func TestEachOperationOfAnEnvelopeStandsAlone(t *testing.T) {
	w := newWorld(t)
	raw := w.seal(court, true, w.migrate(1, 1, genesisDate), w.migrate(1, 1, genesisDate), w.migrate(2, 1, genesisDate))
	w.want(w.block(raw), fault.OK, fault.DuplicateRecord, fault.OK)
	if w.view().Records != 2 {
		t.Fatalf("%d records", w.view().Records)
	}
}

func TestCalendarIsAdoptedByTwoThirds(t *testing.T) {
	w := newWorld(t)
	year := credit.Year{Year: 2027, Off: []credit.Date{credit.NewDate(2027, 1, 1)}, Notice: "国办发明电〔2026〕示例号"}
	vote := (&CalendarVote{Calendar: year}).Operation()
	w.want(w.block(w.seal(contributor, false, vote)), fault.RoleNotAllowed)
	w.want(w.block(w.seal(1, false, vote)), fault.OK)
	w.want(w.block(w.seal(1, false, vote)), fault.OK) // voting twice counts once
	w.want(w.block(w.seal(2, false, vote)), fault.OK)
	w.reopen()
	if w.view().Config.Calendar.Has(2027) {
		t.Fatal("adopted by two of four")
	}
	w.want(w.block(w.seal(3, false, vote)), fault.OK)
	if got := w.view().Config.Calendar; !got.Has(2027) || got.Edition() != 2 {
		t.Fatalf("edition %d", got.Edition())
	}
	w.want(w.block(w.seal(4, false, vote)), fault.EventNotAccepted)
	w.reopen()
	if got := w.view().Config.Calendar; !got.Has(2027) || got.Edition() != 2 {
		t.Fatal("the adopted year is gone after a restart")
	}
	w.checkRoots()
}
