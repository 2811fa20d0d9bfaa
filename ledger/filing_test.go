package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// accessKey is the key of the n-th access code of a record.
func accessKey(record uint64, n byte) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte{'a', byte(record), byte(record >> 8), n})
	return ed25519.NewKeyFromSeed(seed[:])
}

func access(record uint64, n byte) Operation {
	return (&Access{Record: recordID(record), Public: accessKey(record, n).Public().(ed25519.PublicKey)}).Operation()
}

// filing is a sound filing but for what change does to it before it is signed.
func (w *world) filing(record uint64, event string, serial uint32, change func(*Filing)) Operation {
	o := &Filing{Record: recordID(record), Event: event, Serial: serial}
	if change != nil {
		change(o)
	}
	if o.Signature == nil {
		o.Sign(w.hash, accessKey(record, 1))
	}
	return o.Operation()
}

// reachable brings record n to ACTIVE with an access key.
func (w *world) reachable(n uint64) {
	w.t.Helper()
	w.active(n)
	w.want(w.block(w.seal(court, false, access(n, 1))), fault.OK)
}

func (w *world) status(n uint64) contract.Status {
	w.t.Helper()
	r, err := w.view().Record(recordID(n))
	if err != nil {
		w.t.Fatal(err)
	}
	return w.view().Status(r)
}

// TestSubjectFiles: a claim is carried by a member that has nothing to do with the record,
// names it in the log as the carrier, and shows in the record's next answer.
func TestSubjectFiles(t *testing.T) {
	w := newWorld(t)
	w.reachable(1)
	res := w.block(w.seal(contributor, false, w.filing(1, "claim", 0, func(o *Filing) { o.Paper = paper(9) })))
	w.want(res, fault.OK)
	e := res.Events[0]
	if e.Type != proof.TypeFiled || e.Member != uint32(contributor) || e.Name != "claim" || e.Paper != *paper(9) {
		t.Fatalf("event %+v", e)
	}
	if s := w.status(1); !s.Annotated || !s.InForce {
		t.Fatalf("status %+v: a claim is annotated at once", s)
	}
	w.want(w.block(w.seal(court, true, send(1, "claim_refused", nil))), fault.OK)
	w.want(w.block(w.seal(otherCourt, false, w.filing(1, "object", 1, nil))), fault.OK)
	if s := w.status(1); !s.Annotated {
		t.Fatal("an objection is annotated at once")
	}
	w.checkRoots()
}

// TestEachFilingRefusalHasItsCode.
func TestEachFilingRefusalHasItsCode(t *testing.T) {
	w := newWorld(t)
	w.reachable(1)
	w.active(2) // nobody has its code
	w.want(w.block(w.seal(contributor, false, w.proposal(3, court)), w.seal(court, false, access(3, 1))), fault.OK, fault.OK)
	w.want(w.block(w.seal(court, false, send(3, "reject", nil))), fault.OK)
	other := w.hash
	other[0]++
	for name, tt := range map[string]struct {
		op   Operation
		want fault.Code
	}{
		"no record":          {w.filing(77, "claim", 0, nil), fault.UnknownRecord},
		"no access key":      {w.filing(2, "claim", 0, nil), fault.NoAccess},
		"person forgotten":   {w.filing(3, "object", 0, nil), fault.NoAccess},
		"serial ahead":       {w.filing(1, "claim", 1, nil), fault.FilingSerial},
		"another's code":     {w.filing(1, "claim", 0, func(o *Filing) { o.Sign(w.hash, accessKey(2, 1)) }), fault.FilingSignature},
		"another network":    {w.filing(1, "claim", 0, func(o *Filing) { o.Sign(other, accessKey(1, 1)) }), fault.FilingSignature},
		"event exchanged":    {w.filing(1, "object", 0, func(o *Filing) { o.Event = "claim"; o.Sign(w.hash, accessKey(1, 1)); o.Event = "object" }), fault.FilingSignature},
		"paper exchanged":    {w.filing(1, "object", 0, func(o *Filing) { o.Sign(w.hash, accessKey(1, 1)); o.Paper = paper(3) }), fault.FilingSignature},
		"argument exchanged": {w.filing(1, "object", 0, func(o *Filing) { o.Sign(w.hash, accessKey(1, 1)); o.Args = map[string]int64{"x": 1} }), fault.FilingSignature},
		"argument unknown":   {w.filing(1, "object", 0, func(o *Filing) { o.Args = map[string]int64{"x": 1} }), fault.BadArgument},
		"event unknown":      {w.filing(1, "conjure", 0, nil), fault.UnknownEvent},
		"event creates":      {w.filing(1, "propose", 0, nil), fault.UnknownEvent},
		"a body":             {w.filing(1, "pay", 0, nil), fault.UnknownEvent},
		"the court's event":  {w.filing(1, "performed", 0, nil), fault.RoleNotAllowed},
		"not now":            {w.filing(1, "ask_review", 0, nil), fault.EventNotAccepted},
		"no signature":       {w.filing(1, "claim", 0, func(o *Filing) { o.Signature = make([]byte, 63) }), fault.Malformed},
		"empty paper":        {w.filing(1, "claim", 0, func(o *Filing) { o.Paper = new(wire.Hash) }), fault.Malformed},
	} {
		if got := codes(w.block(w.seal(contributor, false, tt.op))); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s: %v, want %s", name, got, tt.want)
		}
	}
	if r, _ := w.view().Record(recordID(1)); r.Filings != 0 {
		t.Errorf("%d refused filings were counted", r.Filings)
	}
	w.checkRoots()
}

// TestFilingIsNoMembersAct: what the subject may send no member may, whoever it is.
func TestFilingIsNoMembersAct(t *testing.T) {
	w := newWorld(t)
	w.reachable(1)
	for m := court; m <= authority; m++ {
		if got := codes(w.block(w.seal(m, true, send(1, "claim", nil)))); got[0] != fault.RoleNotAllowed {
			t.Errorf("member %d: %v", m, got)
		}
	}
}

// TestFilingServesOnce: a filing counts once, whoever carries it again, in the same block
// or later, under a new envelope.
func TestFilingServesOnce(t *testing.T) {
	w := newWorld(t)
	w.reachable(1)
	claim := w.filing(1, "claim", 0, nil)
	w.want(w.block(w.seal(contributor, false, claim), w.seal(otherCourt, false, claim)), fault.OK, fault.FilingSerial)
	w.want(w.block(w.seal(court, true, send(1, "claim_refused", nil))), fault.OK)
	w.want(w.block(w.seal(court, false, claim)), fault.FilingSerial) // else the recorder could have it claim again
	w.reopen()
	w.want(w.block(w.seal(contributor, false, w.filing(1, "claim", 1, nil))), fault.OK)
}

// TestFilingLosesNoDeadline: a deadline that is due is settled before a filing counts.
func TestFilingLosesNoDeadline(t *testing.T) {
	w := newWorld(t)
	w.reachable(1)
	w.want(w.block(w.seal(court, false, send(1, "performed", nil))), fault.OK)
	w.to(genesisDate.AddDays(30))
	w.want(w.block(w.seal(contributor, false, w.filing(1, "claim", 0, nil))), fault.EventNotAccepted)
	if got := w.phase(1); got != contract.Exited {
		t.Fatalf("phase %s", got)
	}
}

// TestAccessKey: who registers it, that a new one voids the old, and that it goes with
// the person.
func TestAccessKey(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	w.want(w.block(w.seal(otherCourt, true, access(1, 1))), fault.ForeignRecorder)
	w.want(w.block(w.seal(contributor, true, access(1, 1))), fault.RoleNotAllowed)
	w.want(w.block(w.seal(authority, true, access(1, 1))), fault.RoleNotAllowed)
	w.want(w.block(w.seal(court, false, access(77, 1))), fault.UnknownRecord)
	w.want(w.block(w.seal(court, false, (&Access{Record: recordID(1), Public: make([]byte, 31)}).Operation())), fault.Malformed)
	res := w.block(w.seal(court, false, access(1, 1)))
	w.want(res, fault.OK)
	if e := res.Events[0]; e.Type != proof.TypeAccess || e.Member != uint32(court) || e.Record != recordID(1) {
		t.Fatalf("event %+v", e)
	}
	w.want(w.block(w.seal(court, true, access(1, 1))), fault.AccessUnchanged)
	w.want(w.block(w.seal(court, false, access(1, 2))), fault.ApproverMissing) // one person takes nobody's code away
	w.want(w.block(w.seal(court, true, access(1, 2))), fault.OK)
	w.want(w.block(w.seal(contributor, false, w.filing(1, "claim", 0, nil))), fault.FilingSignature)
	w.want(w.block(w.seal(contributor, false, w.filing(1, "claim", 0, func(o *Filing) { o.Sign(w.hash, accessKey(1, 2)) }))), fault.OK)
	w.want(w.block(w.seal(court, false, send(1, "performed", nil), send(1, "confirm", nil))), fault.OK)
	w.want(w.block(w.seal(court, true, access(1, 3))), fault.OK) // released, not yet forgotten
	w.to(genesisDate.AddDays(400))
	w.block()
	r, err := w.view().Record(recordID(1))
	if err != nil || r.Access != nil || w.phase(1) != contract.Erased {
		t.Fatalf("erased, and its key is there: %v", err)
	}
	w.want(w.block(w.seal(court, true, access(1, 4))), fault.NoAccess)
	w.want(w.block(w.seal(contributor, false, w.filing(1, "claim", 1, nil))), fault.NoAccess)
	w.checkRoots()
}

// TestQuarrelsomeSubject: twenty filings, and one more for each day of the record's life.
func TestQuarrelsomeSubject(t *testing.T) {
	w := newWorld(t)
	w.reachable(1)
	serial := uint32(0)
	round := func() fault.Code {
		got := codes(w.block(w.seal(contributor, false, w.filing(1, "claim", serial, nil))))[0]
		if got == fault.OK {
			serial++
			w.want(w.block(w.seal(court, true, send(1, "claim_refused", nil))), fault.OK)
		}
		return got
	}
	for round() == fault.OK {
	}
	if got := round(); got != fault.FilingLimit || serial != filingBurst {
		t.Fatalf("%s after %d", got, serial)
	}
	for day := 1; day < 4; day++ {
		w.to(genesisDate.AddDays(day))
		if got := round(); got != fault.OK {
			t.Fatalf("day %d: %s", day, got)
		}
		if got := round(); got != fault.FilingLimit {
			t.Fatalf("day %d: twice", day)
		}
	}
}

// TestSuspendedMemberCarries: a filing is favourable, so a suspended member may carry it.
func TestSuspendedMemberCarries(t *testing.T) {
	w := newWorld(t)
	w.reachable(1)
	w.suspend(contributor)
	raw := w.seal(contributor, false, w.filing(1, "claim", 0, nil))
	e, err := ParseEnvelope(w.hash, raw)
	if err != nil || !e.Favourable(w.view()) {
		t.Fatalf("not in the reserved share: %v", err)
	}
	w.want(w.block(raw), fault.OK)
}

func (w *world) suspend(ids ...MemberID) {
	config := *w.ledger.config
	config.Members = append([]Member(nil), config.Members...)
	for _, id := range ids {
		config.Members[id-1].Suspended = true
	}
	config.sum = nil
	w.ledger.config = &config
}

// TestCheckFiling: what a node is told before it carries is what the block says.
func TestCheckFiling(t *testing.T) {
	w := newWorld(t)
	w.reachable(1)
	for event, want := range map[string]fault.Code{"claim": fault.OK, "ask_review": fault.EventNotAccepted, "performed": fault.RoleNotAllowed} {
		o := &Filing{Record: recordID(1), Event: event}
		o.Sign(w.hash, accessKey(1, 1))
		if got := fault.Of(w.view().CheckFiling(w.hash, o)); got != want {
			t.Errorf("%s: %s, want %s", event, got, want)
		}
	}
	if got := fault.Of(w.view().CheckFiling(w.hash, &Filing{Record: recordID(1), Event: "claim"})); got != fault.Malformed {
		t.Errorf("unsigned: %s", got)
	}
}

// TestSuperiorReviews: a refused objection goes to the superior, and to nobody else: not
// to the body that refused it, not to another recorder.
func TestSuperiorReviews(t *testing.T) {
	w := newWorld(t)
	w.reachable(1)
	w.want(w.block(w.seal(contributor, false, w.filing(1, "object", 0, nil))), fault.OK)
	w.want(w.block(w.seal(higherCourt, true, send(1, "objection_refused", nil))), fault.ForeignRecorder)
	w.want(w.block(w.seal(court, true, send(1, "objection_refused", nil))), fault.OK)
	w.want(w.block(w.seal(contributor, false, w.filing(1, "ask_review", 1, nil))), fault.OK)
	for event, code := range map[string]fault.Code{"review_refused": fault.OwnRuling, "review_upheld": fault.OwnRuling} {
		w.want(w.block(w.seal(court, true, send(1, event, nil))), code)
		w.want(w.block(w.seal(otherCourt, true, send(1, event, nil))), fault.ForeignRecorder)
		w.want(w.block(w.seal(contributor, true, send(1, event, nil))), fault.RoleNotAllowed)
	}
	w.want(w.block(w.seal(higherCourt, false, send(1, "review_refused", nil))), fault.ApproverMissing)
	w.want(w.block(w.seal(higherCourt, false, send(1, "review_upheld", nil))), fault.OK)
	if got := w.phase(1); got != contract.Annulled {
		t.Fatalf("phase %s", got)
	}
}

// TestSilentSuperior: a superior that does not answer, suspended or gone, hides the record.
func TestSilentSuperior(t *testing.T) {
	w := newWorld(t)
	w.reachable(1)
	w.want(w.block(w.seal(contributor, false, w.filing(1, "object", 0, nil))), fault.OK)
	w.want(w.block(w.seal(court, true, send(1, "objection_refused", nil))), fault.OK)
	w.want(w.block(w.seal(contributor, false, w.filing(1, "ask_review", 1, nil))), fault.OK)
	w.suspend(higherCourt)
	w.want(w.block(w.seal(higherCourt, true, send(1, "review_refused", nil))), fault.MemberSuspended)
	w.to(genesisDate.AddDays(30))
	w.block()
	if s := w.status(1); !s.Hidden || s.InForce || s.Phase != contract.Active {
		t.Fatalf("status %+v: silence hides and decides nothing", s)
	}
}

// TestGenesisNamesSuperiors.
func TestGenesisNamesSuperiors(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(*Genesis)
		want  fault.Code
	}{
		"itself":        {func(g *Genesis) { g.Members[0].Superior = court }, fault.OwnRuling},
		"none":          {func(g *Genesis) { g.Members[0].Superior = 0 }, fault.BadConfig},
		"no recorder":   {func(g *Genesis) { g.Members[0].Superior = contributor }, fault.BadConfig},
		"no member":     {func(g *Genesis) { g.Members[0].Superior = 99 }, fault.BadConfig},
		"of no rulings": {func(g *Genesis) { g.Members[4].Superior = court }, fault.BadConfig},
	} {
		g := testGenesis()
		tt.spoil(g)
		if err := g.Check(); !fault.Is(err, tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}

// TestRefusalGivesReasons: in every contract, each refusal and each annulment without its
// paper is refused.
func TestRefusalGivesReasons(t *testing.T) {
	w := newWorld(t)
	for _, kind := range []credit.Kind{credit.JudgmentDefaulter, credit.GeneralMinor, credit.GeneralGeneral, credit.GeneralSerious,
		credit.SeriousViolation, credit.AbnormalOperation, credit.MajorTax, credit.WageArrears} {
		c := w.view().Config.Contract(w.contractOf(kind))
		for _, name := range []string{"claim_refused", "objection_refused", "review_refused", "repair_refuse", "annul", "amend", "extend", "hold"} {
			if spec, ok := c.Event(name); ok && !spec.Reasons {
				t.Errorf("%s: %s needs no reasons", kind, name)
			}
		}
	}
	w.reachable(1)
	w.want(w.block(w.seal(contributor, false, w.filing(1, "claim", 0, nil))), fault.OK)
	bare := (&Act{Record: recordID(1), Event: "claim_refused"}).Operation()
	w.want(w.block(w.seal(court, true, bare)), fault.ReasonsMissing)
	w.want(w.block(w.seal(court, true, (&Act{Record: recordID(1), Event: "claim_refused", Paper: new(wire.Hash)}).Operation())), fault.Malformed)
	res := w.block(w.seal(court, true, send(1, "claim_refused", nil)))
	w.want(res, fault.OK)
	if res.Events[0].Paper != *paper(1) {
		t.Fatalf("event %+v", res.Events[0])
	}
}
