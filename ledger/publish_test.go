package ledger

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// version is the law's own document of a kind as its version n, with changes: pairs of
// what stands there and what stands there instead.
func version(t *testing.T, kind string, n int, changes ...string) []byte {
	t.Helper()
	for _, d := range law.Contracts() {
		if d.File != kind+".yaml" {
			continue
		}
		s := strings.Replace(string(d.Source), "\nversion: 1\n", "\nversion: "+strconv.Itoa(n)+"\n", 1)
		for i := 0; i < len(changes); i += 2 {
			if !strings.Contains(s, changes[i]) {
				t.Fatalf("%q is not in %s", changes[i], d.File)
			}
			s = strings.ReplaceAll(s, changes[i], changes[i+1])
		}
		return []byte(s)
	}
	t.Fatalf("no document for %s", kind)
	return nil
}

const defaulter = "judgment-defaulter"

// oneYear is a change of the judgment defaulters' document: a term of one year, not two.
var oneYear = []string{"en: Statutory term, value: 24", "en: Statutory term, value: 12"}

func propose(source []byte) Operation { return (&ContractProposal{Source: source}).Operation() }

func voteFor(source []byte, approve bool) Operation {
	return (&ContractVote{Proposal: contract.HashOf(source), Approve: approve}).Operation()
}

// publish brings a document into force: proposed by the first recorder, approved by two
// more, and the waiting time over.
func (w *world) publish(source []byte) {
	w.t.Helper()
	w.adopt(source)
	w.to(w.view().Moment.Date().AddDays(standardWaiting + 1))
	w.block()
	if got, _ := w.view().Proposals(); len(got) != 0 {
		w.t.Fatalf("%d proposals left", len(got))
	}
}

func (w *world) adopt(source []byte) {
	w.t.Helper()
	w.want(w.block(w.seal(1, true, propose(source))), fault.OK)
	w.want(w.block(w.seal(2, true, voteFor(source, true))), fault.OK)
	w.want(w.block(w.seal(3, true, voteFor(source, true))), fault.OK)
}

func (w *world) get(n uint64) *Record {
	w.t.Helper()
	r, err := w.view().Record(recordID(n))
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func types(r *Result) []string {
	var out []string
	for _, e := range r.Events {
		out = append(out, e.Type)
	}
	return out
}

func TestContractIsPublished(t *testing.T) {
	w := newWorld(t)
	source := version(t, defaulter, 2, oneYear...)
	number := uint32(len(w.genesis.Contracts)) + 1
	w.active(1)
	res := w.block(w.seal(1, true, propose(source)))
	w.want(res, fault.OK)
	if got := types(res); !slices.Equal(got, []string{proof.TypeContractProposed}) {
		t.Fatalf("events %v", got)
	}
	w.want(w.block(w.seal(2, true, voteFor(source, true))), fault.OK)
	w.want(w.block(w.seal(2, true, voteFor(source, true))), fault.OK) // voting twice counts once
	w.reopen()
	if got, _ := w.view().Proposals(); len(got) != 1 || got[0].Adopted != 0 || len(got[0].Ballots) != 2 {
		t.Fatalf("proposals %+v", got)
	}
	res = w.block(w.seal(4, true, voteFor(source, true)))
	if got := types(res); !slices.Equal(got, []string{proof.TypeContractVote, proof.TypeContractAdopted}) {
		t.Fatalf("events %v", got)
	}
	adopted := w.view().Moment.Date()
	if got, _ := w.view().Proposals(); got[0].Active != adopted.AddDays(standardWaiting).End() {
		t.Fatalf("active from %s", got[0].Active)
	}
	w.time = int64(adopted.AddDays(standardWaiting).End()-2) * 1e9
	w.want(w.block(w.seal(court, true, w.migrate(2, 1, genesisDate))), fault.OK)
	if w.contractOf(credit.JudgmentDefaulter) == number {
		t.Fatal("in force a second too early")
	}
	w.reopen()
	old := w.seal(court, true, w.migrate(3, 1, genesisDate))
	res = w.block(old) // the first block whose time has reached the moment
	w.want(res, fault.ContractRetired)
	if got := types(res); !slices.Equal(got, []string{proof.TypeContractActive}) || w.contractOf(credit.JudgmentDefaulter) != number {
		t.Fatalf("events %v", got)
	}
	w.want(w.block(w.seal(court, true, w.migrate(3, 1, genesisDate))), fault.OK)
	if got := w.get(3).Contract; got != number {
		t.Fatalf("a new record under contract %d", got)
	}
	for _, n := range []uint64{1, 2} {
		if r := w.get(n); r.Contract == number || len(r.Beside) != 1 || r.Beside[0].Contract != number {
			t.Errorf("record %d under %d, beside it %+v", n, r.Contract, r.Beside)
		}
	}
	w.reopen()
	if w.contractOf(credit.JudgmentDefaulter) != number || w.view().Config.Contract(number).Ref().Version != 2 {
		t.Fatal("gone after a restart")
	}
	if b, err := w.view().ContractSource(contract.HashOf(source)); err != nil || string(b) != string(source) {
		t.Fatalf("the text is gone: %v", err)
	}
	w.checkRoots()
}

func TestEachRefusalOfAContract(t *testing.T) {
	g := testGenesis()
	g.Measures = slices.DeleteFunc(g.Measures, func(m Measure) bool { return m.Code == "I-06" })
	w := worldOf(t, g)
	good := version(t, "wage-arrears", 2)
	w.want(w.block(w.seal(1, true, propose(good))), fault.OK)
	zero := wire.Hash{}
	for name, tt := range map[string]struct {
		raw  []byte
		want fault.Code
	}{
		"one person":          {w.seal(1, false, propose(version(t, "major-tax", 2))), fault.ApproverMissing},
		"no recorder":         {w.seal(contributor, true, propose(version(t, "major-tax", 2))), fault.RoleNotAllowed},
		"the authority":       {w.seal(authority, true, propose(version(t, "major-tax", 2))), fault.RoleNotAllowed},
		"the authority votes": {w.seal(authority, true, voteFor(good, true)), fault.RoleNotAllowed},
		"approved by one":     {w.seal(2, false, voteFor(good, true)), fault.ApproverMissing},
		"no such proposal":    {w.seal(2, true, voteFor([]byte("x"), true)), fault.UnknownProposal},
		"open already":        {w.seal(2, true, propose(good)), fault.ProposalOpen},
		"another of its kind": {w.seal(2, true, propose(append(good, "\n# another"...))), fault.ProposalOpen},
		"in force already":    {w.seal(1, true, propose(version(t, "major-tax", 1))), fault.VersionExists},
		"a version too far":   {w.seal(1, true, propose(version(t, "major-tax", 3))), fault.VersionNotNext},
		"another kind":        {w.seal(1, true, propose(version(t, "major-tax", 2, "\nkind: major-tax", "\nkind: wage-arrears"))), fault.KindChanged},
		"another id":          {w.seal(1, true, propose(version(t, "major-tax", 2, "id: cn.major-tax", "id: cn.tax"))), fault.KindChanged},
		"measure unknown":     {w.seal(1, true, propose(version(t, defaulter, 2))), fault.UnknownMeasure},
		"not YAML":            {w.seal(1, true, propose([]byte("riviera: ["))), fault.Malformed},
		"no way out":          {w.seal(1, true, propose(version(t, "major-tax", 2, "\nterm:", "\nterms:"))), fault.Malformed},
		"too long":            {w.seal(1, true, propose(append(version(t, "major-tax", 2), strings.Repeat("#\n", MaxContract/2)...))), fault.TooLarge},
		"empty":               {w.seal(1, true, propose(nil)), fault.Malformed},
		"paper of zeros":      {w.seal(2, true, (&ContractVote{Proposal: contract.HashOf(good), Approve: true, Paper: &zero}).Operation()), fault.Malformed},
	} {
		size := w.view().LogSize
		if got := codes(w.block(tt.raw)); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s: %v, want %s", name, got, tt.want)
		}
		if w.view().LogSize != size {
			t.Errorf("%s: a refused operation left a trace", name)
		}
	}
	// A block compiles two documents, whatever becomes of them.
	bad := []byte("riviera: [")
	w.want(w.block(w.seal(1, true, propose(bad), propose(bad), propose(version(t, "major-tax", 2)))), fault.Malformed, fault.Malformed, fault.ProposalsBusy)
	w.checkRoots()
}

func TestContractIsRejected(t *testing.T) {
	w := newWorld(t)
	source := version(t, defaulter, 2, oneYear...)
	reject := func(m MemberID) *Result { return w.block(w.seal(m, false, voteFor(source, false))) }
	closed := func(res *Result, reason int64) {
		t.Helper()
		last := res.Events[len(res.Events)-1]
		if got, _ := w.view().Proposals(); len(got) != 0 || last.Type != proof.TypeContractClosed || last.Args["reason"] != reason {
			t.Fatalf("%d proposals, last event %+v", len(got), last)
		}
		if _, err := w.view().ContractSource(contract.HashOf(source)); !fault.Is(err, fault.UnknownContract) {
			t.Fatalf("the text of a closed proposal is still there: %v", err)
		}
	}
	// More than a third of four are two.
	w.want(w.block(w.seal(1, true, propose(source))), fault.OK)
	reject(2)
	closed(reject(3), closedRejected)
	w.want(reject(4), fault.UnknownProposal)

	// A vote may be changed until the contract is in force: also while it waits.
	w.adopt(source)
	reject(2)
	w.want(w.block(w.seal(2, true, voteFor(source, true))), fault.OK)
	reject(4)
	closed(reject(3), closedRejected)
	w.to(w.view().Moment.Date().AddDays(30))
	if res := w.block(); len(res.Events) != 0 || len(w.view().Config.Contracts()) != len(w.genesis.Contracts) {
		t.Fatal("a rejected contract has come into force")
	}

	w.want(w.block(w.seal(1, true, propose(source))), fault.OK)
	w.to(w.view().Moment.Date().AddDays(standardOpen))
	w.block()
	if got, _ := w.view().Proposals(); len(got) != 1 {
		t.Fatal("lapsed a day early")
	}
	w.to(w.view().Moment.Date().AddDays(1))
	closed(w.block(), closedLapsed)
	w.reopen()
	w.checkRoots()
}

// TestContractAcrossConstituencies: two thirds of the recorders do not suffice where they
// come from less than half of the constituencies. Whom the authority suspends votes all the
// same; who is no recorder any more does not.
func TestContractAcrossConstituencies(t *testing.T) {
	recorders := func(names ...string) *Config {
		c := &Config{}
		for i, n := range names {
			c.Members = append(c.Members, Member{ID: MemberID(i + 1), Roles: []Role{Recorder}, Constituency: n})
		}
		return c
	}
	ballots := func(yes ...MemberID) *Proposal {
		p := &Proposal{}
		for _, m := range yes {
			p.cast(Ballot{Member: m, Approve: true})
		}
		return p
	}
	c := recorders("court", "court", "court", "court", "tax", "market")
	for _, tt := range []struct {
		yes  []MemberID
		want bool
	}{
		{[]MemberID{1, 2, 3, 4}, false}, // two thirds, one of three constituencies
		{[]MemberID{1, 2, 3, 5}, true},
		{[]MemberID{1, 5, 6}, false},
		{[]MemberID{1, 2, 3, 4, 5, 6}, true},
	} {
		if got := c.Tally(ballots(tt.yes...)); got.Adopted() != tt.want {
			t.Errorf("%v: %+v", tt.yes, got)
		}
	}
	c.Members[4].Suspended = true
	if got := c.Tally(ballots(1, 2, 3, 5)); !got.Adopted() {
		t.Errorf("the authority has silenced a recorder: %+v", got)
	}
	c.Members[4].Roles = nil
	if got := c.Tally(ballots(1, 2, 3, 5)); got.Adopted() || got.Recorders != 5 || got.Approvals != 3 {
		t.Errorf("a former recorder's vote counts: %+v", got)
	}
	if got := recorders("", "", "", "").Tally(ballots(1, 2, 3)); !got.Adopted() {
		t.Errorf("without constituencies: %+v", got)
	}
}
