package clerk

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
)

// body is a valid judgment defaulter's; n tells cases apart.
func body(t *testing.T, n int) *credit.Body {
	t.Helper()
	code, err := credit.MakeOrgCode("91", "330100", "MA0CCCC1")
	if err != nil {
		t.Fatal(err)
	}
	grounds, _ := credit.NewGrounds(1)
	return &credit.Body{Kind: credit.JudgmentDefaulter, SubjectType: credit.Org, SubjectName: "示例有限公司", SubjectCode: string(code),
		CaseNo: "（2026）示执" + string('0'+rune(n)) + "号", DecidingOffice: "示例机构1", LegalBasis: "法释〔2017〕7号第一条", Grounds: grounds, Amount: 100_00,
		FiledOn: credit.NewDate(2026, 1, 5), DecidedOn: credit.NewDate(2026, 3, 1), PublishedOn: credit.NewDate(2026, 3, 2), Measures: []string{"I-04", "I-01"}[1:]}
}

func draft(t *testing.T, c *Clerk, b *credit.Body) Draft {
	t.Helper()
	id, err := c.NewRecordID()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := c.NewSecret()
	if err != nil {
		t.Fatal(err)
	}
	return Draft{Record: id, Secret: secret, Recorder: court, Body: b}
}

func create(t *testing.T, c *Clerk, event string, bodies ...*credit.Body) []Entry {
	t.Helper()
	var es []Entry
	for _, b := range bodies {
		e, err := c.Create(event, draft(t, c, b))
		if err != nil {
			t.Fatal(err)
		}
		es = append(es, e)
	}
	return es
}

func send(t *testing.T, c *Clerk, es ...Entry) *Outcome {
	t.Helper()
	out, err := c.Send(t.Context(), es)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// lifeOf lists a proposal of the bureau's as the court does.
func lifeOf(t *testing.T, n *chain) ledger.RecordID {
	t.Helper()
	e := create(t, n.clerk(bureau), Propose, body(t, 1))[0]
	if err := send(t, n.clerk(bureau), e).First(); err != nil {
		t.Fatal(err)
	}
	c := n.clerk(court)
	for _, step := range []struct {
		event string
		args  contract.Args
		days  int
	}{{Notice, contract.Args{"served": 1}, 30}, {List, contract.Args{"exclusions_checked": 1}, 0}} {
		a, err := c.Act(t.Context(), ActSpec{Record: e.Record, Event: step.event, Args: step.args})
		if err != nil {
			t.Fatal(err)
		}
		if err := send(t, c, a).First(); err != nil {
			t.Fatalf("%s: %v", step.event, err)
		}
		n.pass(step.days)
	}
	return e.Record
}

func phase(t *testing.T, n *chain, id ledger.RecordID) string {
	t.Helper()
	r, err := n.Record(t.Context(), id.String())
	if err != nil {
		t.Fatal(err)
	}
	return r.Phase
}

func TestProposedToListed(t *testing.T) {
	n := newChain(t)
	if got := phase(t, n, lifeOf(t, n)); got != contract.Active.String() {
		t.Errorf("phase %s", got)
	}
}

func TestMigrated(t *testing.T) {
	n := newChain(t)
	c := n.clerk(court)
	es := create(t, c, Migrate, body(t, 1), body(t, 2), body(t, 1))
	out := send(t, c, es...)
	want := []fault.Code{fault.OK, fault.OK, fault.DuplicateCase}
	if diff := cmp.Diff(want, out.Codes); diff != "" {
		t.Error(diff)
	}
	if got := phase(t, n, es[0].Record); got != contract.Active.String() {
		t.Errorf("phase %s", got)
	}
}

func TestCreationFollowsTheContract(t *testing.T) {
	b := body(t, 1)
	spec := contract.EventSpec{Name: Propose, Args: []contract.ArgSpec{
		{Name: "grounds", Type: contract.Set, Required: true}, {Name: "decided_on", Type: contract.Date},
		{Name: "filed_on", Type: contract.Date}, {Name: "extra_months", Type: contract.Int}}}
	got, err := creationArgs(spec, b, contract.Args{"extra_months": 12})
	want := contract.Args{"grounds": int64(b.Grounds), "decided_on": int64(b.DecidedOn), "filed_on": int64(b.FiledOn), "extra_months": 12}
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v, %s", err, cmp.Diff(want, got))
	}
	spec.Args = append(spec.Args, contract.ArgSpec{Name: "published_on", Type: contract.Date, Required: true})
	b.PublishedOn = 0
	if _, err := creationArgs(spec, b, nil); !fault.Is(err, fault.FieldMissing) {
		t.Errorf("a required argument that the body lacks: %v", err)
	}
	if _, err := creationArgs(contract.EventSpec{}, b, contract.Args{"colour": 1}); !fault.Is(err, fault.BadArgument) {
		t.Errorf("an argument that the contract does not declare: %v", err)
	}
}

func TestRefusedBeforeSending(t *testing.T) {
	n := newChain(t)
	for name, tc := range map[string]struct {
		change func(*credit.Body)
		event  string
		want   fault.Code
	}{
		"bad code":          {func(b *credit.Body) { b.SubjectCode = b.SubjectCode[:17] }, Propose, fault.CodeLength},
		"no measure":        {func(b *credit.Body) { b.Measures = nil }, Propose, fault.FieldMissing},
		"unknown measure":   {func(b *credit.Body) { b.Measures = []string{"IX-99"} }, Propose, fault.UnknownMeasure},
		"no publication":    {func(b *credit.Body) { b.PublishedOn = 0 }, Migrate, fault.FieldMissing},
		"no creating event": {func(*credit.Body) {}, "performed", fault.UnknownEvent},
	} {
		c := n.clerk(court)
		b := body(t, 1)
		tc.change(b)
		if _, err := c.Create(tc.event, draft(t, c, b)); !fault.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n.sent != 0 {
		t.Error("something was sent")
	}
}

// TestNoContract holds that a network which has no contract for a kind says so.
func TestNoContract(t *testing.T) {
	g := *newChain(t).clerk(court).Genesis
	g.Contracts = nil
	book, err := OpenBook(&g)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := book.Contract(credit.JudgmentDefaulter); !fault.Is(err, fault.UnknownContract) {
		t.Errorf("%v", err)
	}
}

func TestLostReceipt(t *testing.T) {
	n := newChain(t)
	n.after = func(i int) error {
		if i == 1 {
			return fault.Wrap(fault.NotReady, "node", errors.New("connection reset"))
		}
		return nil
	}
	c := n.clerk(court)
	es := create(t, c, Migrate, body(t, 1), body(t, 2))
	out := send(t, c, es...)
	if !out.Unsure {
		t.Error("the outcome does not say that an answer was lost")
	}
	for i, code := range out.Codes {
		if code != fault.DuplicateRecord {
			t.Errorf("operation %d: %v", i, code)
		}
	}
	if got := n.ledger.Head().Records; got != 2 {
		t.Errorf("%d records", got)
	}
}

func TestNotNowIsTriedAgain(t *testing.T) {
	n := newChain(t)
	n.before = func(i int) error {
		if i < 4 {
			return spoken(fault.New(fault.PoolFull, "pool"))
		}
		return nil
	}
	c := n.clerk(court)
	pauses := 0
	c.Retry = func(fault.Code, time.Duration) { pauses++ }
	if out := send(t, c, create(t, c, Migrate, body(t, 1))...); !out.Applied() || out.Unsure {
		t.Errorf("%+v", out)
	}
	if pauses != 3 {
		t.Errorf("%d pauses", pauses)
	}
}

func TestPatienceRunsOut(t *testing.T) {
	n := newChain(t)
	n.before = func(int) error { return spoken(fault.New(fault.PoolFull, "pool")) }
	c := n.clerk(court)
	c.Patience = time.Millisecond
	if _, err := c.Send(t.Context(), create(t, c, Migrate, body(t, 1))); !fault.Is(err, fault.PoolFull) {
		t.Errorf("%v", err)
	}
}

func TestExpiredGoesIntoAnother(t *testing.T) {
	n := newChain(t)
	n.before = func(i int) error {
		if i == 1 {
			return spoken(fault.New(fault.Expired, "envelope"))
		}
		return nil
	}
	c := n.clerk(court)
	if out := send(t, c, create(t, c, Migrate, body(t, 1))...); !out.Applied() {
		t.Errorf("%+v", out)
	}
}

// TestNextCalendar has another year adopted, so that the clerk's edition is outdated.
func TestNextCalendar(t *testing.T) {
	n := newChain(t)
	year := credit.Year{Year: 2027, Notice: "国办发明电〔2026〕0号"}
	for m := court; m <= 3; m++ {
		c := n.clerk(m)
		vote := ledger.CalendarVote{Calendar: year}
		if err := send(t, c, Entry{Operation: vote.Operation()}).First(); err != nil {
			t.Fatal(err)
		}
	}
	if got := n.ledger.Config().Calendar.Edition(); got != 2 {
		t.Fatalf("edition %d", got)
	}
	c := n.clerk(court)
	if err := send(t, c, create(t, c, Migrate, body(t, 1))...).First(); err != nil {
		t.Error(err)
	}
	if c.CalendarEdition() != 2 {
		t.Errorf("the clerk does not remember: %d", c.CalendarEdition())
	}
}

func TestOneRefusedOthersGoOn(t *testing.T) {
	n := newChain(t)
	n.before = func(i int) error {
		if i == 1 {
			return spoken(fault.New(fault.Minor, "operation 1: subject_code"))
		}
		return nil
	}
	c := n.clerk(court)
	out := send(t, c, create(t, c, Migrate, body(t, 1), body(t, 2), body(t, 3))...)
	if diff := cmp.Diff([]fault.Code{fault.OK, fault.Minor, fault.OK}, out.Codes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"", "subject_code", ""}, out.Wheres); diff != "" {
		t.Error(diff)
	}
	if got := n.ledger.Head().Records; got != 2 {
		t.Errorf("%d records", got)
	}
}

func TestApprover(t *testing.T) {
	n := newChain(t)
	c := n.clerk(court)
	send(t, c, create(t, c, Migrate, body(t, 1))...)
	send(t, n.clerk(bureau), create(t, n.clerk(bureau), Propose, body(t, 2))...)
	if n.seen[0].Approver != 2 || n.seen[1].Approver != 0 {
		t.Errorf("approvers %d and %d", n.seen[0].Approver, n.seen[1].Approver)
	}
	c = n.clerk(court)
	c.Approver = nil
	if _, err := c.Send(t.Context(), create(t, c, Migrate, body(t, 3))); !fault.Is(err, fault.ApproverMissing) {
		t.Errorf("%v", err)
	}
}

func TestAmendmentHasItsOwnSecret(t *testing.T) {
	n := newChain(t)
	id := lifeOf(t, n)
	c := n.clerk(court)
	secrets := map[[32]byte]bool{secretOf(t, n.packets[id]): true}
	for _, left := range []int64{80_00, 60_00} {
		a, err := c.Act(t.Context(), ActSpec{Record: id, Event: "pay", Amend: Pay(left, "部分履行")})
		if err != nil {
			t.Fatal(err)
		}
		if err := send(t, c, a).First(); err != nil {
			t.Fatal(err)
		}
		secrets[secretOf(t, n.packets[id])] = true
	}
	b, err := c.Body(t.Context(), id)
	if err != nil || b.Amount != 60_00 || b.Performance != "部分履行" {
		t.Errorf("%v, %+v", err, b)
	}
	if len(secrets) != 3 {
		t.Errorf("three bodies share %d secrets", len(secrets))
	}
	if _, err := c.Act(t.Context(), ActSpec{Record: id, Event: "pay", Amend: Pay(70_00, "")}); !fault.Is(err, fault.AmountRaised) {
		t.Errorf("a raised amount: %v", err)
	}
}

func TestBodyOnlyWhereTheEventBringsOne(t *testing.T) {
	n := newChain(t)
	id := lifeOf(t, n)
	for _, a := range []ActSpec{{Event: "performed", Amend: Pay(0, "")}, {Event: "pay"}} {
		a.Record = id
		if _, err := n.clerk(court).Act(t.Context(), a); !fault.Is(err, fault.BadArgument) {
			t.Errorf("%s: %v", a.Event, err)
		}
	}
}

func TestParseArgs(t *testing.T) {
	spec := contract.EventSpec{Name: "test", Args: []contract.ArgSpec{{Name: "n", Type: contract.Int, Required: true, Min: 1, Max: 36},
		{Name: "sure", Type: contract.Bool}, {Name: "on", Type: contract.Date}, {Name: "grounds", Type: contract.Set}}}
	got, err := ParseArgs(spec, []string{"n=3", "sure=是", "on=2026年4月1日", "grounds=1；3"})
	want := contract.Args{"n": 3, "sure": 1, "on": int64(credit.NewDate(2026, 4, 1)), "grounds": 5}
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v, %s", err, cmp.Diff(want, got))
	}
	for _, bad := range [][]string{{}, {"n"}, {"n=x"}, {"n=0"}, {"n=37"}, {"n=1", "n=2"}, {"n=1", "sure=maybe"}, {"n=1", "on=tomorrow"},
		{"n=1", "grounds=17"}, {"n=1", "grounds=a"}, {"n=1", "colour=red"}} {
		if _, err := ParseArgs(spec, bad); !fault.Is(err, fault.BadArgument) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzParseArgs(f *testing.F) {
	spec := contract.EventSpec{Args: []contract.ArgSpec{{Name: "n", Type: contract.Int, Max: 9}, {Name: "b", Type: contract.Bool},
		{Name: "d", Type: contract.Date}, {Name: "s", Type: contract.Set}}}
	for _, s := range []string{"n=1", "b=yes", "d=2026-04-01", "s=1;2", "=", "n==", "s=;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		args, err := ParseArgs(spec, []string{s})
		if (err == nil) == (len(args) == 0) {
			t.Errorf("%v, %v", args, err)
		}
	})
}

func TestOperationOf(t *testing.T) {
	for where, want := range map[string]int{"operation 0": 0, "operation 12": 12, "operation 3: subject_code": 3, "envelope": -1, "operation -1": -1, "operation x": -1} {
		n, _, ok := operationOf(where)
		if !ok {
			n = -1
		}
		if n != want {
			t.Errorf("%q: %d", where, n)
		}
	}
}

func secretOf(t *testing.T, raw []byte) [32]byte {
	t.Helper()
	p, err := vault.DecodePacket(raw)
	if err != nil {
		t.Fatal(err)
	}
	return p.Secret
}
