package ledger

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// codesOfMembers are valid codes of institutions that do not exist.
var codesOfMembers = []string{"91320413YLXKRUPJ6E", "91530304YL466JBL3X", "91440300708461136T", "91320214YL7NJF918A", "91330424YLQ6646B98", "91370881YLTYND9H51"}

var why = Cause{CauseApplication, "charter-3"}

// day lets governance days pass in blocks that are short enough for attendance to count.
func (w *world) days(n int64) *Result {
	w.time += n * int64(24*time.Hour)
	return w.block()
}

// warm lets enough blocks pass for everybody who is there to count as present.
func (w *world) warm(n int) {
	for range n {
		w.block()
	}
}

// applicant is a new institution with keys that the world can sign with.
func (w *world) applicant(id MemberID, constituency string, roles ...Role) Member {
	m := Member{ID: id, NameZH: "新机构", NameEN: "New institution", Roles: roles, Constituency: constituency,
		Code: codesOfMembers[int(id)%6], Contact: "office@example.org", Node: fmt.Sprintf("%040x", id)}
	if m.Has(Recorder) {
		m.Consensus = testKey(id, 9).Public().(ed25519.PublicKey)
		m.Superior = 2
	}
	for k := KeyID(1); k <= 2; k++ {
		m.Keys = append(m.Keys, Key{ID: k, Purpose: Operate, Algorithm: Ed25519, Operator: fmt.Sprintf("officer-%d", k), Scope: ScopePeople,
			Public: testKey(id, k).Public().(ed25519.PublicKey)})
	}
	return m
}

func admission(m Member, replaces, successor MemberID) Operation {
	return (&Gate{Act: GateAdmit, Subject: m.ID, Member: &m, Replaces: replaces, Successor: successor, Reason: why}).Operation()
}

func gate(act string, subject MemberID) *Gate {
	return &Gate{Act: act, Subject: subject, Reason: Cause{CauseBreach, "charter-9"}}
}

// gates sends acts of the gate.
func (w *world) gate(ops ...Operation) *Result { return w.block(w.seal(authority, false, ops...)) }

func (w *world) member(id MemberID) *Member { return w.view().Config.Member(id) }

func (w *world) recorders() (ids []MemberID) {
	for _, m := range w.view().Config.Recorders() {
		ids = append(ids, m.ID)
	}
	return ids
}

func (w *world) wantRecorders(want ...MemberID) {
	w.t.Helper()
	if got := w.recorders(); !slices.Equal(got, want) {
		w.t.Fatalf("recorders %v, want %v", got, want)
	}
}

// logged returns the names of the governance events of a result.
func logged(r *Result) (names []string) {
	for _, e := range r.Events {
		if e.Type == TypeGovernance {
			names = append(names, e.Name)
		}
	}
	return names
}

func (w *world) wantLogged(r *Result, want ...string) {
	w.t.Helper()
	if got := logged(r); !slices.Equal(got, want) {
		w.t.Fatalf("logged %v, want %v", got, want)
	}
}

// TestAdmission: a new member's node may connect at once, and votes on blocks after a
// week's notice, in the engine two blocks after that.
func TestAdmission(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	m := w.applicant(7, "c7", Recorder)
	w.want(w.gate(admission(m, 0, 0)), fault.OK)
	if w.view().Config.MemberOfNode(m.Node) == nil || w.member(7).Has(Recorder) {
		t.Fatal("a new member's node connects at once, and does not vote yet")
	}
	w.wantLogged(w.days(6))
	w.wantRecorders(1, 2, 3, 4)
	res := w.days(1)
	w.wantLogged(res, "change-made")
	w.wantRecorders(1, 2, 3, 4, 7)
	if len(res.Updates) != 1 || res.Updates[0].Power != RecorderPower || string(res.Updates[0].Key) != string(m.Consensus) {
		t.Fatalf("updates %v", res.Updates)
	}
	w.reopen()
	w.wantRecorders(1, 2, 3, 4, 7)
	epochs, err := w.view().Epochs()
	if err != nil || len(epochs) != 2 || epochs[0].FromHeight != 1 || len(epochs[0].Validators) != 4 ||
		epochs[1].FromHeight != res.Head.Height+2 || len(epochs[1].Validators) != 5 {
		t.Fatalf("epochs %v, %v", epochs, err)
	}
	w.want(w.block(w.seal(7, false, (&Stay{Change: wire.Hash{1}}).Operation())), fault.UnknownChange)
}

// TestAdmissionRefused: each thing that an entry may lack, and what others have.
func TestAdmissionRefused(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	for name, c := range map[string]struct {
		spoil func(m *Member)
		want  fault.Code
	}{
		"number taken":      {func(m *Member) { m.ID = 3 }, fault.MemberExists},
		"number skipped":    {func(m *Member) { m.ID = 9 }, fault.MemberExists},
		"no code":           {func(m *Member) { m.Code = "" }, fault.MemberIncomplete},
		"wrong code":        {func(m *Member) { m.Code = "91440300708461136X" }, fault.CodeCheck},
		"no contact":        {func(m *Member) { m.Contact = "" }, fault.MemberIncomplete},
		"no name":           {func(m *Member) { m.NameEN = "" }, fault.MemberIncomplete},
		"long name":         {func(m *Member) { m.NameEN = strings.Repeat("a", 201) }, fault.TooLarge},
		"hidden character":  {func(m *Member) { m.NameEN = "a\u200bb" }, fault.NameInvalid},
		"nobody reviews":    {func(m *Member) { m.Superior = 0 }, fault.MemberIncomplete},
		"reviews itself":    {func(m *Member) { m.Superior = 7 }, fault.OwnRuling},
		"unknown measure":   {func(m *Member) { m.Executes = []uint16{9999} }, fault.BadArgument},
		"no roles":          {func(m *Member) { m.Roles = nil }, fault.MemberIncomplete},
		"the gate's role":   {func(m *Member) { m.Roles = []Role{Authority} }, fault.RoleNotAllowed},
		"unknown role":      {func(m *Member) { m.Roles = []Role{"king"} }, fault.BadArgument},
		"no node":           {func(m *Member) { m.Node = "" }, fault.MemberIncomplete},
		"another's node":    {func(m *Member) { m.Node = w.member(1).Node }, fault.MemberExists},
		"malformed node":    {func(m *Member) { m.Node = strings.Repeat("A", 40) }, fault.BadArgument},
		"no constituency":   {func(m *Member) { m.Constituency = "" }, fault.MemberIncomplete},
		"no consensus key":  {func(m *Member) { m.Consensus = nil }, fault.MemberIncomplete},
		"short key":         {func(m *Member) { m.Consensus = m.Consensus[:31] }, fault.KeyInvalid},
		"another's vote":    {func(m *Member) { m.Consensus = w.member(1).Consensus }, fault.KeyUsed},
		"one operator":      {func(m *Member) { m.Keys = m.Keys[:1] }, fault.KeysTooFew},
		"one person twice":  {func(m *Member) { m.Keys[1].Operator = m.Keys[0].Operator }, fault.KeysTooFew},
		"one key twice":     {func(m *Member) { m.Keys[1].Public = m.Keys[0].Public }, fault.KeyUsed},
		"another's key":     {func(m *Member) { m.Keys[1].Public = w.member(1).Keys[0].Public }, fault.KeyUsed},
		"a person's name":   {func(m *Member) { m.Keys[1].Operator = "张三" }, fault.KeyInvalid},
		"no point":          {func(m *Member) { m.Keys[1].Algorithm, m.Keys[1].Public = SM2, make([]byte, 65) }, fault.KeyInvalid},
		"a former life":     {func(m *Member) { m.Release = 1 }, fault.BadArgument},
		"suspended already": {func(m *Member) { m.Suspended = true }, fault.BadArgument},
	} {
		t.Run(name, func(t *testing.T) {
			m := w.applicant(7, "c7", Recorder)
			c.spoil(&m)
			before := w.ledger.Config()
			w.want(w.gate(admission(m, 0, 0)), c.want)
			if w.ledger.Config() != before {
				t.Error("a refused act has left a trace")
			}
		})
	}
	for name, r := range map[string]Cause{"number": {99, "a"}, "article": {1, ""}, "free text": {1, "because of him"}} {
		m := w.applicant(7, "c7", Recorder)
		w.want(w.gate((&Gate{Act: GateAdmit, Subject: 7, Member: &m, Reason: r}).Operation()), fault.ReasonInvalid)
		_ = name
	}
}

// TestOneRecorderChange: while one is under notice there is no other; a replacement
// counts as one, and a key rotation gives way.
func TestOneRecorderChange(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	rotate := w.rotation(2, 10).Operation()
	w.want(w.block(w.seal(2, true, rotate)), fault.OK)
	w.want(w.block(w.seal(3, true, w.rotation(3, 10).Operation())), fault.ChangePending)
	m := w.applicant(7, "c7", Recorder)
	w.want(w.gate(admission(m, 4, 0)), fault.OK)
	w.want(w.block(w.seal(2, true, rotate)), fault.ChangePending)
	w.want(w.gate(gate(GateRemove, 3).Operation()), fault.ChangePending)
	w.want(w.gate(admission(w.applicant(8, "c8", Recorder), 0, 0)), fault.ChangePending)
	res := w.days(7)
	w.wantLogged(res, "change-made")
	w.wantRecorders(1, 2, 3, 7)
	if len(res.Updates) != 2 {
		t.Fatalf("updates %v", res.Updates)
	}
	if !slices.Equal(w.member(2).Consensus, testKey(2, 9).Public().(ed25519.PublicKey)) {
		t.Fatal("the rotation was to give way")
	}
}

// TestStay: more than a third of the recorders put a change off for thirty days, once.
func TestStay(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	w.want(w.gate(admission(w.applicant(7, "c7", Recorder), 0, 0)), fault.OK)
	stay := (&Stay{Change: w.view().Config.Council.Change.Act}).Operation()
	w.want(w.block(w.seal(contributor, false, stay)), fault.RoleNotAllowed)
	w.want(w.block(w.seal(authority, false, stay)), fault.RoleNotAllowed)
	w.want(w.block(w.seal(1, false, stay), w.seal(1, true, stay)), fault.OK, fault.AlreadyStayed)
	if w.view().Config.Council.Change.Stayed {
		t.Fatal("a quarter is not more than a third")
	}
	w.wantLogged(w.block(w.seal(2, false, stay)), "change-stayed")
	w.want(w.block(w.seal(3, false, stay)), fault.AlreadyStayed)
	w.wantLogged(w.days(29))
	w.wantLogged(w.days(1), "change-made")
}

// TestQuorum: fewer than four, or too few who take part, and the arithmetic of it.
func TestQuorum(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	w.want(w.gate(gate(GateRemove, 4).Operation()), fault.QuorumBroken)
	try := func(op Operation) string {
		t.Helper()
		e, err := ParseEnvelope(w.hash, w.seal(authority, false, op))
		if err != nil {
			t.Fatal(err)
		}
		err = w.view().Try(e)
		if err == nil {
			return ""
		}
		return err.Error()
	}
	if got := try(gate(GateRemove, 4).Operation()); !strings.Contains(got, "3 would be left; 4 are needed") {
		t.Fatalf("%s", got)
	}
	w.absent = map[MemberID]bool{4: true}
	w.warm(10)
	fifth := w.applicant(7, "c7", Recorder)
	if got := try(admission(fifth, 0, 0)); !strings.Contains(got, "3 × 3 is not above 2 × 5") {
		t.Fatalf("%s", got)
	}
	w.want(w.gate(admission(fifth, 0, 0)), fault.QuorumBroken)
	w.want(w.gate(admission(fifth, 3, 0)), fault.QuorumBroken) // 1, 2 and two who are not there
	w.want(w.gate(admission(fifth, 4, 0)), fault.OK)           // the lost one is replaced
	w.absent[3] = true                                         // and another one is lost during the notice
	w.warm(64)
	w.wantLogged(w.days(7), "change-dropped")
	w.wantRecorders(1, 2, 3, 4)
}

// TestConstituencies: none above a third, and nobody's own where it is not named.
func TestConstituencies(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	w.want(w.gate(admission(w.applicant(7, "court", Recorder), 0, 0)), fault.OK)
	w.days(7)
	w.warm(20)
	w.want(w.gate(admission(w.applicant(8, "tax", Recorder), 0, 0)), fault.OK)
	w.days(7)
	w.warm(20)
	w.want(w.gate(admission(w.applicant(9, "court", Recorder), 0, 0)), fault.OK) // 2 of 7
	w.days(7)
	w.warm(20)
	w.want(w.gate(admission(w.applicant(10, "court", Recorder), 0, 0)), fault.ConstituencyShare) // 3 of 8
	w.want(w.gate(admission(w.applicant(10, "court", Recorder), 7, 0)), fault.OK)                // 2 of 7 still
	copied := w.applicant(11, "else", Recorder)
	copied.Code = w.member(7).Code
	w.want(w.gate(admission(copied, 0, 0)), fault.MemberExists)
	g := testGenesis()
	g.Members[0].Constituency, g.Members[1].Constituency = "court", "court"
	if err := g.Check(); !fault.Is(err, fault.BadConfig) {
		t.Fatalf("a genesis with half of the recorders from one constituency: %v", err)
	}
}

// TestSuccession: the records of a recorder that leaves go to the one that was named and
// has accepted; the one that left may still do what favours its own parties.
func TestSuccession(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	w.active(1)
	w.active(2)
	w.want(w.gate(admission(w.applicant(7, "c7", Recorder), 1, 2)), fault.OK)
	w.want(w.block(w.seal(3, true, (&Succession{Of: 1}).Operation())), fault.SuccessorInvalid)
	w.want(w.block(w.seal(2, false, (&Succession{Of: 1}).Operation())), fault.ApproverMissing)
	w.want(w.block(w.seal(2, true, (&Succession{Of: 1}).Operation())), fault.OK)
	w.want(w.block(w.seal(2, false, send(1, "performed", nil))), fault.ForeignRecorder)
	w.days(7)
	w.wantRecorders(2, 3, 4, 7)
	if got := w.view().Config.Decides(1); got != 2 {
		t.Fatalf("member %d decides", got)
	}
	w.want(w.block(w.seal(3, false, send(1, "performed", nil))), fault.ForeignRecorder)
	w.want(w.block(w.seal(court, true, send(1, "hold", map[string]int64{"until": 1}))), fault.MemberRemoved)
	w.want(w.block(w.seal(court, true, w.migrate(9, 1, genesisDate))), fault.MemberRemoved)
	w.want(w.block(w.seal(court, false, w.proposal(9, 2))), fault.MemberRemoved)
	w.want(w.block(w.seal(court, false, (&CalendarVote{Calendar: w.genesis.Calendars[0]}).Operation())), fault.MemberRemoved)
	w.want(w.block(w.seal(court, false, send(1, "performed", nil))), fault.OK) // its own, and favourable
	w.want(w.block(w.seal(2, false, send(2, "performed", nil))), fault.OK)     // the successor
	w.days(40)
	if a, b := w.phase(1), w.phase(2); a != contract.Exited || b != contract.Exited {
		t.Fatalf("%s, %s", a, b)
	}
	w.checkRoots()
}

// TestRecordsWithoutDecidingBody: without a successor they are released after thirty
// days, evaluated at once and recorded soon; one that is named in time stops the clock.
func TestRecordsWithoutDecidingBody(t *testing.T) {
	for _, late := range []bool{false, true} {
		w := newWorld(t)
		w.warm(3)
		for n := range uint64(40) {
			w.active(n + 1)
		}
		w.want(w.block(w.seal(contributor, false, w.proposal(90, court))), fault.OK)
		w.want(w.gate(admission(w.applicant(7, "c7", Recorder), 1, 0)), fault.OK)
		w.days(7)
		w.days(29)
		if late {
			g := gate(GateSucceed, 1)
			g.Successor = 3
			w.want(w.gate(g.Operation()), fault.OK)
			w.want(w.block(w.seal(3, true, (&Succession{Of: 1}).Operation())), fault.OK)
		}
		r, err := w.view().Record(recordID(1))
		if err != nil {
			t.Fatal(err)
		}
		at := w.view().Moment + 2*86400
		inForce := w.view().Config.Contract(r.Contract).Status(w.view().Evaluate(r, at).Instance).InForce
		if inForce != late {
			t.Fatalf("evaluated in force: %t, with a successor: %t", inForce, late)
		}
		w.days(1)
		w.days(1)
		want, other := contract.Exited, contract.Rejected
		if late {
			want, other = contract.Active, contract.Rejected
		}
		for n := range uint64(40) {
			if got := w.phase(n + 1); got != want {
				t.Fatalf("record %d is %s", n+1, got)
			}
		}
		if got := w.phase(90); got != other {
			t.Fatalf("the proposal is %s", got)
		}
		if !late && len(w.view().Config.Council.Sweeps) != 0 {
			t.Fatal("the sweep is not over")
		}
		if got := w.view().Phases[contract.Active]; (got == 0) == late {
			t.Fatalf("%d records are recorded as active", got)
		}
		before := w.ledger.Head().AppHash
		w.reopen()
		if w.ledger.Head().AppHash != before {
			t.Fatal("another root after a restart")
		}
		w.checkRoots()
	}
}

// TestEmergencyStop: a third stops adverse acts for 72 hours; exits go on; it cannot be
// renewed within thirty days.
func TestEmergencyStop(t *testing.T) {
	w := newWorld(t)
	w.active(1)
	stop := (&StopAdverse{Reason: Cause{CauseCompromised, "charter-20"}}).Operation()
	for _, m := range []MemberID{authority, contributor} {
		w.want(w.block(w.seal(m, false, stop)), fault.RoleNotAllowed)
	}
	w.wantLogged(w.block(w.seal(2, false, stop), w.seal(2, true, stop)), "stop-asked")
	w.want(w.block(w.seal(court, true, w.migrate(2, 1, genesisDate))), fault.OK)
	w.wantLogged(w.block(w.seal(3, false, stop)), "stopped")
	w.want(w.block(w.seal(court, true, w.migrate(3, 1, genesisDate))), fault.EmergencyStop)
	w.want(w.block(w.seal(contributor, false, w.proposal(4, court))), fault.OK)
	w.want(w.block(w.seal(court, false, send(1, "performed", nil), send(1, "confirm", nil))), fault.OK)
	if got := w.phase(1); got != contract.Exited {
		t.Fatalf("an exit did not go on: %s", got)
	}
	w.want(w.block(w.seal(4, false, stop)), fault.NoEffect)
	w.reopen()
	w.days(3)
	w.want(w.block(w.seal(court, true, w.migrate(3, 1, genesisDate))), fault.OK)
	w.want(w.block(w.seal(4, false, stop)), fault.StopTooSoon)
	w.days(29)
	w.want(w.block(w.seal(4, false, stop)), fault.StopTooSoon)
	w.days(1)
	w.wantLogged(w.block(w.seal(4, false, stop)), "stop-asked")
	w.days(4) // that vote is stale by now
	w.wantLogged(w.block(w.seal(3, false, stop)), "stop-asked")
}

// officers gives the world an authority of three officers of whom two must sign.
func officersWorld(t *testing.T) *world {
	w := newWorldOf(t, func(g *Genesis) {
		a := &g.Members[authority-1]
		a.Threshold = 2
		a.Keys = append(a.Keys, Key{ID: 4, Purpose: Operate, Algorithm: Ed25519, Operator: "d", Scope: ScopeGovern | ScopeCase, Public: testKey(authority, 4).Public().(ed25519.PublicKey)})
	})
	w.warm(3)
	return w
}

// TestOfficers: an act of the gate takes effect when k of n officers have signed it, in
// one envelope or one after another; before that it waits, and lapses.
func TestOfficers(t *testing.T) {
	w := officersWorld(t)
	suspend := gate(GateSuspend, contributor).Operation()
	as := func(k KeyID, op Operation) []byte {
		return w.sealAs(Content{Member: authority, Key: k, NotAfter: w.ledger.Head().Height + 100}, false, op)
	}
	w.wantLogged(w.block(as(1, suspend)), "act-signed")
	if w.member(contributor).Suspended {
		t.Fatal("one officer is not two")
	}
	act := ActID(authority, suspend)
	w.want(w.block(as(1, (&Cosign{Act: act}).Operation())), fault.AlreadySigned)
	w.want(w.block(w.seal(court, true, (&Cosign{Act: act}).Operation())), fault.UnknownPending)
	w.want(w.block(as(1, gate(GateSuspend, 99).Operation())), fault.UnknownMember) // what cannot be done does not wait
	w.reopen()
	w.wantLogged(w.block(as(4, (&Cosign{Act: act}).Operation())), "member-suspend")
	if !w.member(contributor).Suspended || len(w.view().Config.Council.Pending) != 0 {
		t.Fatal("two officers have signed")
	}
	resume := gate(GateResume, contributor).Operation()
	w.wantLogged(w.block(as(1, resume)), "act-signed")
	w.wantLogged(w.days(7), "act-lapsed")
	w.want(w.block(as(2, (&Cosign{Act: ActID(authority, resume)}).Operation())), fault.UnknownPending)
	w.wantLogged(w.block(w.seal(authority, true, resume)), "member-resume") // operator and approver at once
	w.wantLogged(w.block(as(1, suspend), as(2, suspend)), "act-signed", "member-suspend")

	// A signature by an officer whose key has ended meanwhile does not count.
	w.want(w.block(as(1, resume)), fault.OK)
	w.want(w.block(w.sealAs(Content{Member: authority, Key: 2, Approver: 4, NotAfter: w.ledger.Head().Height + 100}, false,
		(&KeyChange{Retire: []End{{Key: 1}}}).Operation())), fault.OK)
	w.want(w.block(as(1, (&Cosign{Act: ActID(authority, resume)}).Operation())), fault.UnknownKey)
	w.wantLogged(w.block(as(2, (&Cosign{Act: ActID(authority, resume)}).Operation())), "act-signed")
	if !w.member(contributor).Suspended {
		t.Fatal("a retired officer's signature counted")
	}
	var many []Operation
	for i := range maxPending + 1 {
		g := gate(GateSuspend, court)
		g.Reason.Article = fmt.Sprint("a-", i)
		many = append(many, g.Operation())
	}
	res := w.block(as(2, many[0]), as(2, many[1]), as(2, many[2]), as(2, many[3]), as(2, many[4]), as(2, many[5]), as(2, many[6]), as(2, many[7]))
	if got := codes(res); got[len(got)-1] != fault.TooManyPending {
		t.Fatalf("codes %v", got)
	}
}

// TestOfficersReplaced: two thirds of the recorders from half of the constituencies put
// the gate into other hands after thirty days, if they stand to it.
func TestOfficersReplaced(t *testing.T) {
	w := newWorld(t)
	vote := &OfficersVote{Threshold: 2}
	for k := KeyID(11); k <= 13; k++ {
		vote.Keys = append(vote.Keys, Key{ID: k, Purpose: Operate, Algorithm: Ed25519, Operator: fmt.Sprintf("new-%d", k), Scope: ScopeGovern, Public: testKey(authority, k).Public().(ed25519.PublicKey)})
	}
	for _, m := range []MemberID{authority, contributor} {
		w.want(w.block(w.seal(m, true, vote.Operation())), fault.RoleNotAllowed)
	}
	w.want(w.block(w.seal(1, false, vote.Operation())), fault.ApproverMissing)
	w.want(w.block(w.seal(1, true, vote.Operation()), w.seal(2, true, vote.Operation())), fault.OK, fault.OK)
	w.wantLogged(w.days(30))
	w.want(w.block(w.seal(1, true, vote.Operation())), fault.NoEffect)
	w.want(w.gate(gate(GateSuspend, 2).Operation(), gate(GateSuspend, 3).Operation()), fault.OK) // no way to silence them
	w.wantLogged(w.block(w.seal(3, true, vote.Operation())), "officers-noticed", "officers-vote")
	w.days(29)
	w.want(w.block(w.seal(2, true, (&OfficersVote{}).Operation())), fault.OK) // one thinks better of it
	w.wantLogged(w.days(2))
	w.wantLogged(w.block(w.seal(4, true, vote.Operation())), "officers-noticed", "officers-vote")
	w.reopen()
	w.wantLogged(w.days(30), "officers-made")
	w.want(w.gate(gate(GateResume, 2).Operation()), fault.UnknownKey)
	w.want(w.block(w.sealAs(Content{Member: authority, Key: 11, Approver: 13, NotAfter: w.ledger.Head().Height + 100}, false,
		gate(GateResume, 2).Operation())), fault.OK)
}

// TestTwoThirds: across constituencies, not by numbers alone.
func TestTwoThirds(t *testing.T) {
	w := newWorldOf(t, func(g *Genesis) {
		for i, c := range []string{"a", "b", "c", "d"} {
			g.Members[i].Constituency = c
		}
	})
	config := w.view().Config
	for _, c := range []struct {
		voters []MemberID
		want   bool
	}{{nil, false}, {[]MemberID{1, 2}, false}, {[]MemberID{1, 2, 3}, true}, {[]MemberID{1, 2, 5, 6}, false}} {
		if got := config.TwoThirds(c.voters); got != c.want {
			t.Errorf("%v: %t", c.voters, got)
		}
	}
	narrow := *config
	narrow.Members = slices.Clone(config.Members)
	for i := range narrow.Members[:3] {
		narrow.Members[i].Constituency = "a"
	}
	for i := range narrow.Members[3:4] {
		narrow.Members[3+i].Constituency = ""
	}
	if !narrow.TwoThirds([]MemberID{1, 2, 3}) { // one of two constituencies
		t.Error("half is enough")
	}
	narrow.Members[4].Roles, narrow.Members[5].Roles = []Role{Recorder}, []Role{Recorder}
	if narrow.TwoThirds([]MemberID{1, 2, 3, 4}) == false || narrow.TwoThirds([]MemberID{1, 2, 3}) {
		t.Error("four of six from two of four constituencies pass, three do not")
	}
}

// TestKeyRotation: keys overlap, numbers are used once, two people remain.
func TestKeyRotation(t *testing.T) {
	w := newWorld(t)
	w.block()
	fresh := func(k KeyID, operator string) Key {
		return Key{ID: k, Purpose: Operate, Algorithm: Ed25519, Operator: operator, Scope: ScopePeople, Public: testKey(court, k).Public().(ed25519.PublicKey)}
	}
	change := func(o KeyChange) *Result { return w.block(w.seal(court, true, o.Operation())) }
	w.want(w.block(w.seal(court, false, (&KeyChange{Add: []Key{fresh(4, "b")}}).Operation())), fault.ApproverMissing)
	w.want(change(KeyChange{Retire: []End{{Key: 1}}}), fault.KeysTooFew)
	w.want(change(KeyChange{Retire: []End{{Key: 7}}}), fault.UnknownKey)
	w.want(change(KeyChange{Add: []Key{fresh(2, "b")}}), fault.KeyUsed)
	for _, k := range []Key{{Purpose: Parallel, Algorithm: Ed25519}, {Purpose: Credential, Algorithm: SM2}, {Purpose: Document, Algorithm: SM2}, {Purpose: "seal", Algorithm: SM2}} {
		k.ID, k.Public = 90, testKey(court, 90).Public().(ed25519.PublicKey)
		w.want(change(KeyChange{Add: []Key{k}}), fault.KeyInvalid) // SM2 stands beside, and never alone
	}
	stolen := fresh(4, "b")
	stolen.Public = testKey(otherCourt, 1).Public().(ed25519.PublicKey)
	w.want(change(KeyChange{Add: []Key{stolen}}), fault.KeyUsed)
	last := w.ledger.Head().Height + 5
	w.want(change(KeyChange{Add: []Key{fresh(4, "b")}, Retire: []End{{Key: 1, Last: last}}}), fault.OK)
	with := func(k KeyID) *Result {
		return w.block(w.sealAs(Content{Member: court, Key: k, NotAfter: w.ledger.Head().Height + 100}, false, send(99, "performed", nil)))
	}
	for w.ledger.Head().Height < last-1 {
		w.want(with(1), fault.UnknownRecord) // both work
		w.want(with(4), fault.UnknownRecord)
	}
	w.warm(2)
	w.want(with(1), fault.UnknownKey)
	w.want(with(4), fault.UnknownRecord)
	w.reopen()
	w.want(with(1), fault.UnknownKey)
}

// TestTakeover: new keys for a member that has lost its own; the gate cannot become the
// member, for the member objects with any key it has, and a third of the recorders can.
func TestTakeover(t *testing.T) {
	w := newWorld(t)
	w.block()
	g := gate(GateKeys, contributor)
	g.Reason.Code = CauseKeyLoss
	for k := KeyID(4); k <= 5; k++ {
		g.Keys = append(g.Keys, Key{ID: k, Purpose: Operate, Algorithm: Ed25519, Operator: fmt.Sprintf("new-%d", k), Scope: ScopePeople, Public: testKey(contributor, k).Public().(ed25519.PublicKey)})
	}
	propose := func() *Takeover {
		t.Helper()
		w.want(w.gate(g.Operation()), fault.OK)
		return w.view().Config.Council.Takeover
	}
	breach := *g
	breach.Reason.Code = CauseBreach
	w.want(w.gate(breach.Operation()), fault.ReasonInvalid)
	act := propose().Act
	w.want(w.gate(g.Operation()), fault.ChangePending)
	w.want(w.block(w.seal(court, false, (&Objection{Act: act}).Operation())), fault.RoleNotAllowed)
	w.want(w.block(w.seal(contributor, false, (&Objection{Act: act}).Operation())), fault.OK)
	w.wantLogged(w.days(8))
	act = propose().Act
	w.want(w.block(w.seal(1, false, (&Stay{Change: act}).Operation()), w.seal(1, true, (&Stay{Change: act}).Operation())), fault.OK, fault.AlreadyStayed)
	w.wantLogged(w.block(w.seal(2, false, (&Stay{Change: act}).Operation())), "takeover-refused")
	propose()
	w.reopen()
	w.wantLogged(w.days(7), "takeover-made")
	w.want(w.block(w.seal(contributor, false, w.proposal(1, court))), fault.UnknownKey)
	w.want(w.block(w.sealAs(Content{Member: contributor, Key: 4, NotAfter: w.ledger.Head().Height + 100}, false, w.proposal(1, court))), fault.OK)
}

// TestAlgorithms: operators sign with Ed25519, P-256 or SM2, and with nothing else's bytes.
func TestAlgorithms(t *testing.T) {
	w := newWorld(t)
	w.block()
	p, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.keys = map[string]crypto.Signer{fmt.Sprint(court, 5): p, fmt.Sprint(court, 6): s}
	var add []Key
	for i, signer := range []crypto.Signer{p, s} {
		algorithm, public, err := AlgorithmOf(signer.Public())
		if err != nil {
			t.Fatal(err)
		}
		add = append(add, Key{ID: KeyID(5 + i), Purpose: Operate, Algorithm: algorithm, Operator: fmt.Sprintf("o-%d", i), Scope: ScopePeople, Public: public})
	}
	if add[0].Algorithm != P256 || add[1].Algorithm != SM2 {
		t.Fatal(add)
	}
	w.want(w.block(w.seal(court, true, (&KeyChange{Add: add}).Operation())), fault.OK)
	raw := w.sealAs(Content{Member: court, Key: 5, Approver: 6, NotAfter: 500, Calendar: w.view().Config.Calendar.Edition()}, false, w.migrate(1, 1, genesisDate))
	w.want(w.block(raw), fault.OK)
	for _, c := range []Content{{Key: 5, Approver: 6}, {Key: 6, Approver: 5}} {
		c.Member, c.NotAfter, c.Calendar = court, 500, w.view().Config.Calendar.Edition()
		raw := w.sealAs(c, false, w.migrate(2, 1, genesisDate))
		for _, at := range []int{len(raw) - 1, len(raw) - 70} { // within the approval, within the signature
			forged := slices.Clone(raw)
			forged[at] ^= 1
			w.want(w.block(forged), fault.BadSignature)
		}
	}
	w.keys[fmt.Sprint(court, 5)] = s // the wrong person's key
	w.want(w.block(w.sealAs(Content{Member: court, Key: 5, NotAfter: 500}, false, w.proposal(5, court))), fault.BadSignature)
}

// TestRemovedAtOnce: a member without a vote leaves at once; its node connects no more
// and its number is never given again.
func TestRemovedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.block()
	node := w.member(contributor).Node
	w.want(w.gate(gate(GateRemove, contributor).Operation()), fault.OK)
	if w.view().Config.MemberOfNode(node) != nil || w.view().Config.MayHold(w.member(contributor), contract.Active, court) {
		t.Fatal("it connects, or may hold bodies")
	}
	w.want(w.block(w.seal(contributor, false, w.proposal(1, court))), fault.MemberRemoved)
	w.want(w.gate(gate(GateResume, contributor).Operation()), fault.MemberRemoved)
	m := w.applicant(contributor, "", Contributor)
	w.want(w.gate(admission(m, 0, 0)), fault.MemberExists)
	back := w.applicant(7, "", Contributor)
	w.want(w.gate(admission(back, 0, 0)), fault.OK)
	w.want(w.block(w.seal(7, false, w.proposal(1, court))), fault.OK)
	w.want(w.gate(gate(GateSuspend, 7).Operation()), fault.OK)
	if w.view().Config.MemberOfNode(back.Node) != nil {
		t.Fatal("a suspended contributor's node connects")
	}
	w.want(w.gate(gate(GateSuspend, 7).Operation()), fault.NoEffect)
	w.want(w.gate(gate(GateSuspend, court).Operation()), fault.OK)
	if w.view().Config.MemberOfNode(w.member(court).Node) == nil {
		t.Fatal("a suspension must not take a recorder off the network: it votes")
	}
}
