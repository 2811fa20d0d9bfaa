package ledger

import (
	"crypto/ed25519"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

var writeAttempts = flag.Bool("update-attempts", false, "write the table of docs/security.md")

// attempt is a forbidden act, who tries it, and the code it gets.
type attempt struct {
	who, what string
	try       func(w *world) *Result
	want      fault.Code
}

// attempts are tried in one world in which record 1 is active and record 2 noticed, both
// of recorder 1; member 7 is suspended, 8 removed.
func attempts() []attempt {
	const suspended, removed MemberID = 7, 8
	from := func(m MemberID, two bool, op Operation) func(w *world) *Result {
		return func(w *world) *Result { return w.block(w.seal(m, two, op)) }
	}
	vote := func(m MemberID) func(w *world) *Result {
		return func(w *world) *Result {
			return from(m, false, (&CalendarVote{Calendar: w.genesis.Calendars[0]}).Operation())(w)
		}
	}
	migrate := func(m MemberID, two bool) func(w *world) *Result {
		return func(w *world) *Result { return from(m, two, w.migrate(50, 1, genesisDate))(w) }
	}
	officers := (&OfficersVote{Threshold: 1, Keys: []Key{{ID: 20, Purpose: Operate, Algorithm: Ed25519, Operator: "x", Scope: ScopePeople,
		Public: testKey(authority, 20).Public().(ed25519.PublicKey)}}}).Operation()
	rotate := func(m MemberID) func(w *world) *Result {
		return func(w *world) *Result { return w.block(w.seal(m, true, w.rotation(m, 30).Operation())) }
	}
	stop := (&StopAdverse{Reason: why}).Operation()
	rules, end := upgradeTo(Rules+1, 500), upgradeTo(0, 500)
	reversed := (&Reversal{Record: recordID(1), DecidedOn: genesisDate, Article: "fs7-10-1", Paper: paper(1), Key: 1, Signature: make([]byte, 64)}).Operation()
	gateRemove := gate(GateRemove, contributor).Operation()
	ownRole := gate(GateRoles, authority)
	ownRole.Roles = []Role{Recorder}
	giveAuthority := gate(GateRoles, contributor)
	giveAuthority.Roles = []Role{Authority}
	as := func(key, second KeyID, op Operation) func(w *world) *Result {
		return func(w *world) *Result { return w.block(w.with(key, second, op)) }
	}
	list := func(key, second KeyID) func(w *world) *Result {
		return func(w *world) *Result { return as(key, second, w.migrate(54, 1, genesisDate))(w) }
	}
	retire := (&KeyChange{Retire: []End{{Key: 2}}}).Operation()
	narrowed := func(k KeyID, s Scope) Operation {
		return (&KeyChange{Narrow: []Narrowed{{Key: k, Scope: s}}}).Operation()
	}
	added := func(s Scope) Operation {
		return (&KeyChange{Add: []Key{{ID: 40, Purpose: Operate, Algorithm: Ed25519, Operator: "x", Scope: s, Public: testKey(court, 40).Public().(ed25519.PublicKey)}}}).Operation()
	}
	return []attempt{
		{"authority", "list a party", migrate(authority, true), fault.ForeignRecorder},
		{"authority", "propose a listing", func(w *world) *Result { return from(authority, false, w.proposal(51, court))(w) }, fault.RoleNotAllowed},
		{"authority", "extend, hold or annul a record", from(authority, true, send(1, "annul", nil)), fault.RoleNotAllowed},
		{"authority", "end a record, or hold its end back", from(authority, true, send(1, "performed", nil)), fault.RoleNotAllowed},
		{"authority", "vote on the calendar", vote(authority), fault.RoleNotAllowed},
		{"authority", "vote on a contract", from(authority, true, (&ContractVote{Proposal: wire.Hash{1}, Approve: true}).Operation()), fault.RoleNotAllowed},
		{"authority", "propose a contract", from(authority, true, (&ContractProposal{Source: []byte("x")}).Operation()), fault.RoleNotAllowed},
		{"authority", "vote on blocks", rotate(authority), fault.RoleNotAllowed},
		{"authority", "make itself a recorder", from(authority, true, ownRole.Operation()), fault.RoleNotAllowed},
		{"authority", "hand its key to a member", from(authority, true, giveAuthority.Operation()), fault.RoleNotAllowed},
		{"authority", "put off a change of recorders", from(authority, false, (&Stay{Change: wire.Hash{1}}).Operation()), fault.RoleNotAllowed},
		{"authority", "stop adverse acts", from(authority, true, stop), fault.RoleNotAllowed},
		{"authority", "choose its own officers against the recorders", from(authority, true, officers), fault.RoleNotAllowed},
		{"authority", "replace a member's keys without a loss", from(authority, true, func() Operation {
			g := gate(GateKeys, court)
			g.Keys = []Key{{ID: 20, Purpose: Operate, Algorithm: Ed25519, Operator: "x", Scope: ScopePeople, Public: testKey(court, 20).Public().(ed25519.PublicKey)}}
			return g.Operation()
		}()), fault.ReasonInvalid},
		{"authority", "sign as a member", func(w *world) *Result {
			raw, err := Seal(nil, w.hash, Content{Member: court, Key: 1, NotAfter: w.ledger.Head().Height + 50, Ops: []Operation{send(1, "performed", nil)}}, testKey(authority, 1), nil)
			if err != nil {
				w.t.Fatal(err)
			}
			return w.block(raw)
		}, fault.BadSignature},
		{"authority", "remove a recorder that is needed", from(authority, true, gate(GateRemove, 4).Operation()), fault.QuorumBroken},
		{"authority", "act without a reason", func(w *world) *Result {
			g := gate(GateSuspend, contributor)
			g.Reason = Cause{}
			return from(authority, true, g.Operation())(w)
		}, fault.ReasonInvalid},
		{"recorder", "act on another's record", from(otherCourt, true, send(1, "performed", nil)), fault.ForeignRecorder},
		{"recorder", "list for another", migrate(otherCourt, true), fault.ForeignRecorder},
		{"recorder", "list with one signature", migrate(court, false), fault.ApproverMissing},
		{"recorder", "admit or remove a member", from(court, true, gateRemove), fault.RoleNotAllowed},
		{"recorder", "sign the gate's act", from(court, true, (&Cosign{Act: wire.Hash{1}}).Operation()), fault.UnknownPending},
		{"recorder", "object for another", from(court, true, (&Objection{Act: wire.Hash{1}}).Operation()), fault.UnknownChange},
		{"recorder", "take records over without being named", from(otherCourt, true, (&Succession{Of: court}).Operation()), fault.SuccessorInvalid},
		{"recorder", "change keys with one signature", from(court, false, (&KeyChange{Retire: []End{{Key: 2}}}).Operation()), fault.ApproverMissing},
		{"recorder", "leave itself with one operator", from(court, true, (&KeyChange{Retire: []End{{Key: 2}}}).Operation()), fault.KeysTooFew},
		{"recorder", "replace its vote without the old key", func(w *world) *Result {
			o := w.rotation(court, 30)
			o.Sign(w.member(court), testKey(court, 31), testKey(court, 30))
			return w.block(w.seal(court, true, o.Operation()))
		}, fault.BadSignature},
		{"recorder", "revoke its vote with one signature", func(w *world) *Result {
			return w.block(w.seal(court, false, w.revocation(court, 30).Operation()))
		}, fault.ApproverMissing},
		{"contributor", "list a party", migrate(contributor, true), fault.ForeignRecorder},
		{"contributor", "notify, extend or end a record", from(contributor, true, send(2, "notice", map[string]int64{"served": 1})), fault.RoleNotAllowed},
		{"contributor", "vote on the calendar", vote(contributor), fault.RoleNotAllowed},
		{"contributor", "vote on a contract", from(contributor, true, (&ContractVote{Proposal: wire.Hash{1}, Approve: true}).Operation()), fault.RoleNotAllowed},
		{"contributor", "vote on blocks", rotate(contributor), fault.RoleNotAllowed},
		{"contributor", "admit or remove a member", from(contributor, true, gateRemove), fault.RoleNotAllowed},
		{"contributor", "stop adverse acts", from(contributor, true, stop), fault.RoleNotAllowed},
		{"contributor", "replace the authority's keys", from(contributor, true, officers), fault.RoleNotAllowed},
		{"suspended member", "propose a listing", func(w *world) *Result { return from(suspended, false, w.proposal(52, court))(w) }, fault.MemberSuspended},
		{"former member", "propose a listing", func(w *world) *Result { return from(removed, false, w.proposal(53, court))(w) }, fault.MemberRemoved},
		{"former member", "change its keys", from(removed, true, (&KeyChange{Retire: []End{{Key: 2}}}).Operation()), fault.MemberRemoved},
		{"stranger", "submit anything", func(w *world) *Result {
			raw, err := Seal(nil, w.hash, Content{Member: 99, Key: 1, NotAfter: w.ledger.Head().Height + 50, Ops: []Operation{send(1, "performed", nil)}}, testKey(99, 1), nil)
			if err != nil {
				w.t.Fatal(err)
			}
			return w.block(raw)
		}, fault.UnknownMember},
		{"recorder", "reverse the end of another's record", from(otherCourt, true, reversed), fault.ForeignRecorder},
		{"contributor", "reverse the end of a record", from(contributor, true, reversed), fault.RoleNotAllowed},
		{"authority", "reverse the end of a record", from(authority, true, reversed), fault.RoleNotAllowed},
		{"recorder", "reverse an end with one signature", from(court, false, reversed), fault.ApproverMissing},
		{"authority", "vote on other rules", from(authority, true, rules), fault.RoleNotAllowed},
		{"authority", "end the chain", from(authority, true, end), fault.RoleNotAllowed},
		{"contributor", "vote on other rules", from(contributor, true, rules), fault.RoleNotAllowed},
		{"contributor", "end the chain", from(contributor, true, end), fault.RoleNotAllowed},
		{"former member", "end the chain", from(removed, true, end), fault.MemberRemoved},
		{"recorder", "vote on other rules with one signature", from(court, false, rules), fault.ApproverMissing},
		{"recorder", "change the rules of blocks that are decided", from(court, true, upgradeTo(Rules+1, 1)), fault.BadArgument},
		{"recorder", "go back to older rules", from(court, true, upgradeTo(Rules, 500)), fault.NoEffect},
		{"authority", "leave the gate", from(authority, true, leave(genesisDate.AddDays(20), 0)), fault.RoleNotAllowed},
		{"recorder", "leave where it is needed", from(court, true, leave(genesisDate.AddDays(20), 0)), fault.QuorumBroken},
		{"contributor", "leave with one signature", from(contributor, false, leave(genesisDate.AddDays(20), 0)), fault.ApproverMissing},
		{"contributor", "leave as of a day that is over", from(contributor, true, leave(genesisDate.AddDays(-1), 0)), fault.BadArgument},
		{"contributor", "take another's wish to leave back", from(contributor, true, leave(0, 0)), fault.NoEffect},
		{"former member", "leave again", from(removed, true, leave(genesisDate.AddDays(20), 0)), fault.MemberRemoved},
		{"thief of a service key", "list a party", list(serviceKey, 2), fault.ScopeExceeded},
		{"thief of a service key", "approve a listing", list(1, serviceKey), fault.ScopeExceeded},
		{"thief of a service key", "propose a listing", func(w *world) *Result { return as(serviceKey, 0, w.proposal(54, court))(w) }, fault.ScopeExceeded},
		{"thief of a service key", "give notice", as(serviceKey, 0, send(2, "notice", map[string]int64{"served": 1})), fault.ScopeExceeded},
		{"thief of a service key", "end a record", as(serviceKey, 0, send(1, "performed", nil)), fault.ScopeExceeded},
		{"thief of a service key", "take a party's access code over", as(serviceKey, 0, (&Access{Record: recordID(1), Public: make([]byte, 32)}).Operation()), fault.ScopeExceeded},
		{"thief of a service key", "report on a measure", as(serviceKey, 0, (&Feedback{Record: recordID(1), Measure: 1, Code: WordAcknowledged}).Operation()), fault.ScopeExceeded},
		{"thief of a service key", "change the member's keys", as(1, serviceKey, retire), fault.ScopeExceeded},
		{"thief of a service key", "vote on a contract", as(serviceKey, 2, (&ContractVote{Proposal: wire.Hash{1}, Approve: true}).Operation()), fault.ScopeExceeded},
		{"thief of a service key", "vote on the calendar", func(w *world) *Result {
			return as(serviceKey, 0, (&CalendarVote{Calendar: w.genesis.Calendars[0]}).Operation())(w)
		}, fault.ScopeExceeded},
		{"thief of a service key", "stop adverse acts", as(serviceKey, 0, stop), fault.ScopeExceeded},
		{"thief of a service key", "object to new keys", as(serviceKey, 0, (&Objection{Act: wire.Hash{1}}).Operation()), fault.ScopeExceeded},
		{"who may prepare", "approve", list(1, preparerKey), fault.ScopeExceeded},
		{"who may prepare", "end a record", as(preparerKey, 0, send(1, "performed", nil)), fault.ScopeExceeded},
		{"who may prepare", "change the member's keys", as(preparerKey, 2, retire), fault.ScopeExceeded},
		{"who may approve", "prepare", list(approverKey, 2), fault.ScopeExceeded},
		{"who handles cases", "list a party", list(caseKey, 2), fault.ScopeExceeded},
		{"who handles cases", "end a record", as(caseKey, 0, send(1, "performed", nil)), fault.ScopeExceeded},
		{"who may release", "list a party", list(releaseKey, 2), fault.ScopeExceeded},
		{"who may release", "give notice", as(releaseKey, 0, send(2, "notice", map[string]int64{"served": 1})), fault.ScopeExceeded},
		{"an operator", "confirm erasures in the node's place", as(1, 0, (&Watermark{Height: 1}).Operation()), fault.ScopeExceeded},
		{"an operator", "anchor a query log in the node's place", as(1, 0, (&Anchor{Hour: 1, Root: wire.Hash{1}}).Operation()), fault.ScopeExceeded},
		{"two operators", "add functions to a key", as(1, 2, narrowed(caseKey, ScopeCase|ScopeApprove)), fault.KeyInvalid},
		{"two operators", "register a key that may sign anything and nothing", as(1, 2, added(0)), fault.KeyInvalid},
		{"two operators", "register a service key that people sign with", as(1, 2, added(ScopeService|ScopeCase)), fault.KeyInvalid},
		{"two operators", "leave their institution nobody who may change keys", as(1, 2, narrowed(2, ScopeApprove)), fault.KeysTooFew},
		{"one operator", "narrow another's key", as(1, 0, narrowed(2, ScopeApprove)), fault.ApproverMissing},
		{"stranger", "send a member's envelope to another network", func(w *world) *Result {
			raw, err := Seal(nil, wire.Hash{1}, Content{Member: court, Key: 1, NotAfter: w.ledger.Head().Height + 50, Ops: []Operation{send(1, "performed", nil)}}, testKey(court, 1), nil)
			if err != nil {
				w.t.Fatal(err)
			}
			return w.block(raw)
		}, fault.ForeignGenesis},
	}
}

// TestAttempts tries every forbidden act and holds the table of docs/security.md to what
// came of it. Nothing but the refusal may remain: the record that they were about has not
// moved, and neither have members or recorders.
func TestAttempts(t *testing.T) {
	w := newWorld(t)
	w.warm(3)
	w.active(1)
	w.want(w.block(w.seal(contributor, false, w.proposal(2, court))), fault.OK)
	seventh, eighth := w.applicant(7, "", Contributor), w.applicant(8, "", Contributor)
	w.want(w.gate(admission(seventh, 0, 0), admission(eighth, 0, 0)), fault.OK)
	w.want(w.gate(gate(GateSuspend, 7).Operation(), gate(GateRemove, 8).Operation()), fault.OK)
	w.staff(reportKey)
	config := w.ledger.Config()
	var table strings.Builder
	table.WriteString("| who | tries to | code |\n|---|---|---|\n")
	for _, a := range attempts() {
		got := codes(a.try(w))
		if len(got) != 1 || got[0] != a.want {
			t.Errorf("%s tries to %s: %v, want %s", a.who, a.what, got, a.want)
		}
		fmt.Fprintf(&table, "| %s | %s | `%s` |\n", a.who, a.what, a.want)
	}
	if w.ledger.Config() != config {
		t.Error("an attempt has changed the configuration")
	}
	if got := w.phase(1); got != contract.Active {
		t.Errorf("an attempt has moved a record: %s", got)
	}
	holdTable(t, "../docs/security.md", table.String())
}

const tableBegins, tableEnds = "<!-- attempts -->\n", "<!-- end -->\n"

func holdTable(t *testing.T, path, table string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(string(b), tableBegins)
	shown, tail, ended := strings.Cut(rest, tableEnds)
	if !found || !ended {
		t.Fatalf("%s has no place for the table", path)
	}
	if shown == table {
		return
	}
	if !*writeAttempts {
		t.Fatalf("%s shows another table; go test ./ledger -run TestAttempts -update-attempts writes it", path)
	}
	if err := os.WriteFile(path, []byte(head+tableBegins+table+tableEnds+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestAuthorityHoldsNoBody: bodies go to members that run a node, and the authority runs
// none; one that names a node in its entry holds none either.
func TestAuthorityHoldsNoBody(t *testing.T) {
	w := newWorld(t)
	a := *w.member(authority)
	a.Node = strings.Repeat("c", 40)
	for p := contract.Draft; p <= contract.Annulled; p++ {
		if w.view().Config.MayHold(&a, p, court) || w.view().Config.MayHold(w.member(authority), p, court) {
			t.Errorf("the authority may hold a body in phase %s", p)
		}
	}
	g := testGenesis()
	g.Members[authority-1].Node = a.Node
	if err := g.Check(); !fault.Is(err, fault.BadConfig) {
		t.Errorf("a genesis in which the authority runs a node: %v", err)
	}
}
