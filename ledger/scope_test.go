package ledger

import (
	"crypto/ed25519"
	"encoding/json"
	"slices"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Keys of the court's staff, each with one function.
const (
	preparerKey KeyID = 31 + iota
	approverKey
	releaseKey
	caseKey
	reportKey
	governKey
)

var staff = map[KeyID]Scope{preparerKey: ScopePrepare, approverKey: ScopeApprove, releaseKey: ScopeFavourable, caseKey: ScopeCase,
	reportKey: ScopeReport, governKey: ScopeGovern}

// staff gives the court a person for each function up to the last key's.
func (w *world) staff(last KeyID) {
	w.t.Helper()
	var add []Key
	for k := preparerKey; k <= last; k++ {
		add = append(add, Key{ID: k, Purpose: Operate, Algorithm: Ed25519, Operator: "staff-" + staff[k].String(), Scope: staff[k],
			Public: testKey(court, k).Public().(ed25519.PublicKey)})
	}
	w.want(w.block(w.seal(court, true, (&KeyChange{Add: add}).Operation())), fault.OK)
}

// with signs for the court with one key, and with a second where it is not 0.
func (w *world) with(key, second KeyID, ops ...Operation) []byte {
	w.t.Helper()
	return w.sealAs(Content{Member: court, Key: key, Approver: second, NotAfter: w.ledger.Head().Height + 100, Calendar: w.view().Config.Calendar.Edition()}, false, ops...)
}

// TestScopes: every kind of operation is taken from the keys whose function it is, and
// from no other. Each is one that the ledger refuses for another reason where the key fits,
// so that all can be tried on one state.
func TestScopes(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	w.reachable(1)
	w.want(w.block(w.seal(contributor, false, w.proposal(2, court))), fault.OK)
	w.staff(governKey)
	people := []KeyID{preparerKey, approverKey, releaseKey, caseKey, reportKey, governKey}
	seen := map[Kind]bool{KindCreate: true, KindAct: true, KindGate: true} // the gate is tried in TestScopeOfWaiting
	for _, c := range []struct {
		op     Operation
		second KeyID
		takes  []KeyID
	}{
		{w.migrate(60, 1, genesisDate.AddDays(-3000)), approverKey, []KeyID{preparerKey}},
		{send(1, "amend", nil), approverKey, []KeyID{preparerKey}},
		{send(1, "pay", nil), 0, []KeyID{releaseKey}},
		{send(2, "notice", map[string]int64{"served": 7}), 0, []KeyID{caseKey}},
		{w.proposal(2, court), 0, []KeyID{caseKey}},
		{(&Reversal{Record: recordID(1), DecidedOn: genesisDate, Article: "fs7-10-1", Paper: paper(1), Key: 1, Signature: make([]byte, 64)}).Operation(), approverKey, []KeyID{preparerKey}},
		{(&Reversal{Record: recordID(1), Event: 1, Lift: true}).Operation(), 0, []KeyID{releaseKey}},
		{access(1, 1), 0, []KeyID{caseKey}},
		{w.filing(1, "object", 9, nil), 0, []KeyID{caseKey, serviceKey}},
		{(&Feedback{Record: recordID(1), Measure: 9, Code: WordAcknowledged}).Operation(), 0, []KeyID{reportKey}},
		{(&Watermark{Height: 1 << 40}).Operation(), 0, []KeyID{serviceKey}},
		{(&Anchor{Hour: 1 << 30, Root: wire.Hash{1}}).Operation(), 0, []KeyID{serviceKey}},
		{(&CalendarVote{Calendar: w.genesis.Calendars[0]}).Operation(), 0, []KeyID{governKey}},
		{(&ContractVote{Proposal: wire.Hash{1}, Approve: true}).Operation(), 2, []KeyID{governKey}},
		{(&ContractProposal{Source: []byte("riviera: 1")}).Operation(), 2, []KeyID{governKey}},
		{(&KeyChange{Retire: []End{{Key: 99}}}).Operation(), 2, []KeyID{governKey}},
		{(&Rotate{Consensus: testKey(otherCourt, 9).Public().(ed25519.PublicKey), Old: make([]byte, 64), New: make([]byte, 64)}).Operation(), 2, []KeyID{governKey}},
		{(&Stay{Change: wire.Hash{1}}).Operation(), 0, []KeyID{governKey}},
		{(&Cosign{Act: wire.Hash{1}}).Operation(), 0, []KeyID{governKey}},
		{(&Objection{Act: wire.Hash{1}}).Operation(), 0, people},
		{(&Succession{Of: otherCourt}).Operation(), 2, []KeyID{governKey}},
		{(&StopAdverse{Reason: why}).Operation(), 0, []KeyID{governKey}},
		{(&OfficersVote{}).Operation(), 2, []KeyID{governKey}},
		{upgradeTo(Rules, 1<<40), 2, []KeyID{governKey}},
		{leave(0, 0), 2, []KeyID{governKey}},
	} {
		seen[c.op.Kind] = true
		for _, k := range append([]KeyID{serviceKey}, people...) {
			second := c.second
			if second == k {
				second = 1
			}
			got := codes(w.block(w.with(k, second, c.op)))
			if len(got) != 1 || (got[0] == fault.ScopeExceeded) == slices.Contains(c.takes, k) || got[0] == fault.OK && c.op.Kind != KindStop {
				t.Errorf("kind %d by the key for %s: %v", c.op.Kind, w.member(court).Key(k).Scope, got)
			}
		}
	}
	for kind := range kinds {
		if !seen[kind] {
			t.Errorf("kind %d is not tried", kind)
		}
	}
}

// TestSecondScopes: the second signature counts with the function that it needs. Where one
// suffices, a second one is nobody's business.
func TestSecondScopes(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	w.reachable(1)
	w.staff(governKey)
	w.want(w.block(w.with(preparerKey, governKey, w.migrate(3, 1, genesisDate))), fault.ScopeExceeded)
	w.want(w.block(w.with(preparerKey, approverKey, w.migrate(3, 1, genesisDate))), fault.OK)
	w.want(w.block(w.with(caseKey, preparerKey, access(1, 2))), fault.ScopeExceeded) // takes a code out of somebody's hands
	w.want(w.block(w.with(caseKey, approverKey, access(1, 2))), fault.OK)
	w.want(w.block(w.with(governKey, approverKey, (&KeyChange{Retire: []End{{Key: reportKey}}}).Operation())), fault.ScopeExceeded)
	w.want(w.block(w.with(governKey, 2, (&KeyChange{Retire: []End{{Key: reportKey}}}).Operation())), fault.OK)
	vote := (&ContractVote{Proposal: wire.Hash{1}, Approve: true}).Operation()
	w.want(w.block(w.with(governKey, approverKey, vote), w.with(governKey, 2, vote)), fault.ScopeExceeded, fault.UnknownProposal)
	w.want(w.block(w.with(releaseKey, caseKey, send(1, "performed", nil))), fault.OK)
}

// TestScopeNarrows: two people of the member take functions from a key, at once and for
// good; more comes with a new key alone, and nobody is left unable to act.
func TestScopeNarrows(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	w.active(1)
	w.staff(governKey)
	narrow := func(k KeyID, s Scope) Operation {
		return (&KeyChange{Narrow: []Narrowed{{Key: k, Scope: s}}}).Operation()
	}
	two := func(op Operation) *Result { return w.block(w.with(1, governKey, op)) }
	w.want(w.block(w.with(1, 0, narrow(2, ScopeApprove))), fault.ApproverMissing)
	res := two(narrow(2, ScopeApprove))
	w.want(res, fault.OK)
	if e := res.Events[0]; e.Name != "keys" || e.Args["narrowed"] != 1 || e.Key != 1 || e.Approver != uint32(governKey) {
		t.Errorf("%+v", e)
	}
	w.reopen()
	w.want(w.block(w.with(2, 0, send(1, "performed", nil))), fault.ScopeExceeded)
	w.want(w.block(w.with(2, 1, w.migrate(3, 1, genesisDate))), fault.ScopeExceeded)
	w.want(w.block(w.with(1, 2, w.migrate(3, 1, genesisDate))), fault.OK)
	for _, s := range []Scope{ScopeApprove, ScopePeople, ScopeApprove | ScopeCase} {
		w.want(two(narrow(2, s)), fault.KeyInvalid)
	}
	w.want(two(narrow(99, ScopeApprove)), fault.UnknownKey)
	w.want(two(narrow(governKey, ScopeService)), fault.KeyInvalid)
	w.want(two(narrow(1, ScopePrepare)), fault.KeysTooFew)                                                                                      // one would be left who may govern
	w.want(two((&KeyChange{Narrow: []Narrowed{{Key: 1, Scope: ScopeGovern}}, Retire: []End{{Key: releaseKey}}}).Operation()), fault.KeysTooFew) // nobody could release
	w.want(two((&KeyChange{Narrow: []Narrowed{{Key: 1, Scope: ScopeGovern}}}).Operation()), fault.OK)
	for _, s := range []Scope{0, ScopeService | ScopeCase, scopeAll + 1} {
		k := Key{ID: 50, Purpose: Operate, Algorithm: Ed25519, Operator: "x", Scope: s, Public: testKey(court, 50).Public().(ed25519.PublicKey)}
		w.want(two((&KeyChange{Add: []Key{k}}).Operation()), fault.KeyInvalid)
		if err := checkKeys("members[0]", []Key{k}); !fault.Is(err, fault.BadConfig) {
			t.Errorf("a genesis with scope %d: %v", s, err)
		}
	}
	other := Key{ID: 50, Purpose: Credential, Algorithm: Ed25519, Scope: ScopeCase, Public: testKey(court, 50).Public().(ed25519.PublicKey)}
	w.want(two((&KeyChange{Add: []Key{other}}).Operation()), fault.KeyInvalid)
	w.checkRoots()
}

// TestRecorderCanRelease: nobody decides records who could list and not release: not from
// the start, not by admission, and not a contributor that becomes a recorder.
func TestRecorderCanRelease(t *testing.T) {
	without := func(m *Member) {
		m.Keys = slices.Clone(m.Keys)
		for i := range m.Keys {
			if m.Keys[i].Scope != ScopeService {
				m.Keys[i].Scope = ScopePeople &^ ScopeFavourable
			}
		}
	}
	g := testGenesis()
	without(&g.Members[court-1])
	if err := g.Check(); !fault.Is(err, fault.BadConfig) {
		t.Errorf("a genesis: %v", err)
	}
	w := newWorld(t)
	w.warm(3)
	recorder, member := w.applicant(7, "c7", Recorder), w.applicant(7, "c7", Contributor)
	without(&recorder)
	without(&member)
	w.want(w.gate(admission(recorder, 0, 0)), fault.KeysTooFew)
	w.want(w.gate(admission(member, 0, 0)), fault.OK)
	promoted := gate(GateRoles, 7)
	promoted.Roles, promoted.Superior, promoted.Consensus = []Role{Recorder}, 2, testKey(7, 9).Public().(ed25519.PublicKey)
	w.want(w.gate(promoted.Operation()), fault.KeysTooFew)
	release := Key{ID: 9, Purpose: Operate, Algorithm: Ed25519, Operator: "release", Scope: ScopeFavourable, Public: testKey(7, 8).Public().(ed25519.PublicKey)}
	w.want(w.block(w.seal(7, true, (&KeyChange{Add: []Key{release}}).Operation())), fault.OK)
	w.want(w.gate(promoted.Operation()), fault.OK)
}

// TestScopeOfWaiting: a signature under an act that waits counts no more once its key may
// not govern.
func TestScopeOfWaiting(t *testing.T) {
	w := officersWorld(t)
	as := func(k, second KeyID, op Operation) []byte {
		return w.sealAs(Content{Member: authority, Key: k, Approver: second, NotAfter: w.ledger.Head().Height + 100}, false, op)
	}
	suspend := gate(GateSuspend, contributor).Operation()
	act := ActID(authority, suspend)
	w.want(w.block(as(serviceKey, 0, suspend), as(1, serviceKey, suspend)), fault.ScopeExceeded, fault.ScopeExceeded)
	w.wantLogged(w.block(as(4, 0, suspend)), "act-signed")
	w.want(w.block(as(1, 2, (&KeyChange{Narrow: []Narrowed{{Key: 4, Scope: ScopeCase}}}).Operation())), fault.OK)
	w.want(w.block(as(serviceKey, 0, (&Cosign{Act: act}).Operation())), fault.ScopeExceeded)
	w.want(w.block(as(1, 0, (&Cosign{Act: act}).Operation())), fault.OK)
	if w.member(contributor).Suspended {
		t.Fatal("with one officer")
	}
	w.wantLogged(w.block(as(2, 0, (&Cosign{Act: act}).Operation())), "member-suspend")
}

// TestScopeJSON: documents name the functions, and an unknown one is refused.
func TestScopeJSON(t *testing.T) {
	s := ScopePrepare | ScopeGovern
	b, err := json.Marshal(s)
	if err != nil || string(b) != `["prepare","govern"]` {
		t.Fatalf("%s, %v", b, err)
	}
	var back Scope
	if err := json.Unmarshal(b, &back); err != nil || back != s {
		t.Errorf("%s, %v", back, err)
	}
	for _, bad := range []string{`["seal"]`, `[]`, `3`} {
		if json.Unmarshal([]byte(bad), &back) == nil {
			t.Errorf("%s is taken", bad)
		}
	}
	if names := (scopeAll).Names(); !slices.Equal(names, ScopeNames()) || len(names) != 7 {
		t.Errorf("%v", names)
	}
}
