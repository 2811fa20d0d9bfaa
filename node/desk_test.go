package node

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// desk is one network through which everything below goes in turn.
type desk struct {
	*nodes
	id      ledger.RecordID
	body    credit.Body
	code    credit.AccessCode
	receipt json.RawMessage
	paper   wire.Hash
	alike   map[string][3]uint64 // reads, see clearAlike
	secrets []byte               // the market's key store before the erasure
}

var bank = api.Caller{Kind: api.Querier, Name: "某银行", Member: 3, Key: "0badcafe"}

const story = "已于四月一日履行完毕，凭证见附件。"

// TestDesk takes one listed record through the subject's desk on five nodes: who asks is
// logged and anchored, an objection is filed through a contributor, its paper reaches those
// who judge it and nobody else, the annulment reaches who was told, and after the erasure
// nothing opens or is left.
func TestDesk(t *testing.T) {
	t.Parallel()
	d := &desk{nodes: startNodes(t)}
	for i := range d.late {
		d.late[i].Store(-3600) // questions are asked in an hour that is over
	}
	d.id, d.body, d.code = d.listed(1)
	for _, step := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"asked", d.asked}, {"clear reads alike", d.clearAlike}, {"refused alike", d.refused}, {"filed", d.filed}, {"papers", d.papers}, {"seen", d.seen},
		{"anchored", d.anchored}, {"annulled", d.annulled}, {"reads of the released", d.clearAlike}, {"sealed", d.sealed}, {"erased", d.erased}, {"reads of the erased", d.clearAlike},
		{"opened", d.opened}, {"confirmed", d.confirmed}, {"brought back", d.broughtBack},
	} {
		if !t.Run(step.name, func(t *testing.T) { d.t = t; step.run(t) }) {
			t.FailNow()
		}
	}
	d.t = t
}

func (d *desk) access() client.SubjectAccess {
	return client.SubjectAccess{Record: d.id.String(), Code: d.code.Text()}
}

func (d *desk) asked(t *testing.T) {
	q := client.StandingRequest{Code: d.body.SubjectCode, Name: d.body.SubjectName, Purpose: "授信审批", Proof: true}
	for _, by := range []struct {
		node   int
		caller api.Caller
	}{{market, bank}, {tax, api.Caller{Kind: api.Public, Name: "public"}}, {court, api.Caller{Kind: api.Operator, Name: "operator"}}} {
		// Block time is ahead of these clocks, which is no reason not to answer.
		a, err := d.all[by.node].Standing(t.Context(), by.caller, q)
		if err != nil || a.Answer != client.Listed {
			t.Fatalf("node %d: %s %v", by.node, a.Answer, err)
		}
		d.proved(t, a)
	}
	q.Name = "别的名称"
	if a, err := d.all[market].Standing(t.Context(), bank, q); err != nil || a.Answer != client.Clear {
		t.Fatalf("%s %v", a.Answer, err)
	}
	own, err := d.all[market].OwnQueries(t.Context(), bank, 10)
	if err != nil || len(own.Queries) != 2 || own.Queries[0].Listed || !own.Queries[1].Listed || own.Queries[1].Purpose != "授信审批" {
		t.Errorf("the bank reads back %+v %v", own, err)
	}
	if _, err := d.all[market].OwnQueries(t.Context(), api.Caller{Kind: api.Public}, 10); !fault.Is(err, fault.NotAuthenticated) {
		t.Errorf("the public reads back: %v", err)
	}
}

// proved: a listed answer carries the record's last event, led to a signed header, which
// another node's trust file is enough to check.
func (d *desk) proved(t *testing.T, a client.StandingAnswer) {
	t.Helper()
	p, err := verify.ParseLogProof(a.Proof)
	if err != nil {
		t.Fatal(err)
	}
	file, err := d.all[province].Trust(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	trust, err := verify.ParseTrust(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Verify(trust)
	if err != nil || len(r.Events) != 1 || r.Events[0].Record != d.id || contract.Phase(r.Events[0].Phase) != contract.Active {
		t.Fatalf("%+v (%v)", r, err)
	}
	p.Events[0].Path[0][0] ^= 1
	if _, err := p.Verify(trust); !fault.Is(err, fault.LogUnproved) {
		t.Errorf("another path: %v", err)
	}
}

// refused: whatever does not open is told the same, with the same reads of the state, and
// wrong codes keep nobody with the right one out.
func (d *desk) refused(t *testing.T) {
	n := d.all[province]
	other := credit.NewAccessCode([17]byte{9})
	unknown := ledger.RecordID{1, 2, 3}
	want, err := n.SubjectView(t.Context(), client.SubjectAccess{Record: unknown.String(), Code: d.code.Text()})
	_, got := n.SubjectView(t.Context(), client.SubjectAccess{Record: d.id.String(), Code: other.Text()})
	if !fault.Is(err, fault.AccessRefused) || got == nil || got.Error() != err.Error() || want.Record.ID != "" {
		t.Errorf("%v and %v", err, got)
	}
	for _, bad := range []struct {
		access client.SubjectAccess
		want   fault.Code
	}{
		{client.SubjectAccess{Record: d.id.String(), Code: "ABC"}, fault.AccessCodeLength},
		{client.SubjectAccess{Record: d.id.String()}, fault.AccessCodeLength},
		{client.SubjectAccess{Record: "zz", Code: d.code.Text()}, fault.BadRequest},
		{client.SubjectAccess{Record: d.id.String(), Ticket: &client.SubjectTicket{Issued: time.Now().Unix()}}, fault.AccessRefused},
	} {
		if _, err := n.SubjectView(t.Context(), bad.access); !fault.Is(err, bad.want) {
			t.Errorf("%v, want %s", err, bad.want)
		}
	}
	limited := 0
	for range 2 * doorTries {
		if _, err := n.SubjectReceipts(t.Context(), client.SubjectAccess{Record: d.id.String(), Code: other.Text()}); fault.Is(err, fault.QuotaExceeded) {
			limited++
		}
	}
	if limited < doorTries {
		t.Errorf("%d of %d tries refused for their number", limited, 2*doorTries)
	}
	if _, err := n.SubjectReceipts(t.Context(), d.access()); err != nil {
		t.Errorf("the holder is locked out by others: %v", err)
	}
}

func (d *desk) filed(t *testing.T) {
	f := client.Filing{SubjectAccess: d.access(), Event: "object", Text: story, Files: []client.PaperFile{{Name: "凭证.pdf", Data: []byte("%PDF-1.4 凭证")}}}
	var err error
	if d.receipt, err = d.all[bureau].SubjectFile(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	trust, err := d.all[court].Trust(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := verify.ParseTrust(trust)
	if err != nil {
		t.Fatal(err)
	}
	report := verify.VerifyReceipt(d.receipt, parsed)
	if report.Verdict != verify.Passed || report.Receipt.Height == 0 || report.Receipt.Member != bureau+1 || report.Receipt.Record != d.id.String() {
		t.Fatalf("%+v", report)
	}
	b, err := hex.DecodeString(report.Receipt.Paper)
	if err != nil {
		t.Fatal(err)
	}
	d.paper = wire.Hash(b)
	changed := bytes.Replace(d.receipt, []byte(`"object"`), []byte(`"claim"`), 1)
	if r := verify.VerifyReceipt(changed, parsed); r.Verdict != verify.Failed {
		t.Errorf("a changed receipt: %+v", r)
	}
	if r := verify.VerifyReceipt(d.receipt, nil); r.Verdict != verify.Indeterminate {
		t.Errorf("without a trust file: %+v", r)
	}
	_, err = d.all[tax].SubjectFile(t.Context(), f)
	if !fault.Is(err, fault.EventNotAccepted) {
		t.Errorf("a second objection: %v", err)
	}
	o := ledger.Filing{Record: d.id, Event: "claim", Serial: 1}
	o.Sign(d.homes[0].Genesis.Hash(), credit.NewAccessCode([17]byte{9}).SigningKey())
	if _, err := d.all[tax].FileSigned(t.Context(), client.SignedFiling{Filing: wire.Encode(o)}); !fault.Is(err, fault.AccessRefused) {
		t.Errorf("a stranger's filing: %v", err)
	}
	o.Sign(d.homes[0].Genesis.Hash(), d.code.SigningKey())
	r, err := d.all[tax].FileSigned(t.Context(), client.SignedFiling{Filing: wire.Encode(o)})
	if err != nil || verify.VerifyReceipt(r, parsed).Verdict != verify.Passed {
		t.Errorf("a filing signed elsewhere: %v", err)
	}
	kept, err := d.all[bureau].SubjectReceipts(t.Context(), d.access())
	if err != nil || len(kept.Receipts) != 1 || !bytes.Equal(kept.Receipts[0], d.receipt) {
		t.Errorf("kept receipts: %d %v", len(kept.Receipts), err)
	}
}

// papers: the deciding body and the one above it come by the evidence; the others do not,
// and are not given it when they ask.
func (d *desk) papers(t *testing.T) {
	for _, i := range []int{court, province, bureau} {
		d.eventually(fmt.Sprintf("the paper on node %d", i), func() error {
			p, err := d.all[i].paper(d.id, d.paper)
			if err == nil && p == nil {
				err = errors.New("not here")
			}
			if err == nil && (p.Text != story || string(p.Files[0].Data) != "%PDF-1.4 凭证") {
				t.Fatalf("%+v", p)
			}
			return err
		})
	}
	for i, want := range map[int]int{court: 1, province: 1, bureau: 1, market: 0} {
		got, err := d.all[i].Papers(t.Context(), api.Caller{Kind: api.Operator}, d.id.String())
		if err != nil || len(got.Papers) != want || want == 1 && string(got.Papers[0].Files[0].Data) != "%PDF-1.4 凭证" {
			t.Errorf("people of node %d read %+v %v", i, got, err)
		}
	}
	request := wire.Encode(askedPaper{d.id, d.paper})
	for _, i := range []int{market, tax} {
		if p, err := d.all[i].paper(d.id, d.paper); err != nil || p != nil {
			t.Errorf("node %d has the paper: %v", i, err)
		}
		if b, err := d.all[i].engine.Ask(t.Context(), 1, topicPaper, request); !fault.Is(err, fault.NotFound) || b != nil {
			t.Errorf("node %d was given it: %v", i, err)
		}
	}
	if b, err := d.all[province].engine.Ask(t.Context(), 5, topicPaper, request); err != nil || len(b) == 0 {
		t.Errorf("the superior is refused: %v", err)
	}
}

// seen: the holder sees the content, its filings, the paper where it is, and who asked at
// every node; a node that is away is named.
func (d *desk) seen(t *testing.T) {
	v, err := d.all[bureau].SubjectView(t.Context(), d.access())
	if err != nil {
		t.Fatal(err)
	}
	if body, ok := v.Record.Body.(*credit.Body); !ok || body.SubjectName != d.body.SubjectName {
		t.Errorf("content %+v", v.Record.Body)
	}
	if len(v.Filings) != 2 || v.Filings[0].Change.Event != "object" || v.Filings[0].Carrier != bureau+1 || v.Serial != 2 || len(v.Papers) != 1 || v.Papers[0].Text != story {
		t.Errorf("filings %+v, papers %+v", v.Filings, v.Papers)
	}
	if diff := cmp.Diff([]uint32{1, 5, 2}, v.Papers[0].Audience); diff != "" {
		t.Error(diff)
	}
	by := map[uint32]client.QueriesOfNode{}
	for _, q := range v.Queries {
		by[q.Member] = q
		if !q.Answered {
			t.Errorf("member %d did not answer", q.Member)
		}
	}
	if len(v.Queries) != nodesCount || v.Queries[0].Member != bureau+1 {
		t.Errorf("asked %+v", v.Queries)
	}
	if got := by[market+1].Queries; len(got) != 1 || got[0].Name != "某银行" || got[0].Member != 3 || got[0].Purpose != "授信审批" || !got[0].Listed || got[0].Anchored != "open" {
		t.Errorf("at the market's node: %+v", got)
	}
	if got := by[tax+1].Queries; len(got) != 1 || got[0].By != "public" {
		t.Errorf("at the tax office's node: %+v", got)
	}
	again, err := d.all[tax].SubjectView(t.Context(), d.access())
	if err != nil || again.Papers[0].Here || again.Papers[0].Text != "" {
		t.Errorf("another node shows a paper that it may not have: %+v %v", again.Papers, err)
	}
	for _, q := range again.Queries {
		if q.Member == bureau+1 && (len(q.Queries) != 2 || q.Queries[0].By != "subject") {
			t.Errorf("the use of the code is not shown: %+v", q)
		}
	}
	ticket := credit.NewTicket(d.homes[0].Genesis.Hash(), d.id, d.homes[tax].now(), d.code.SigningKey())
	withTicket := client.SubjectAccess{Record: d.id.String(), Ticket: &client.SubjectTicket{Issued: ticket.Issued, Signature: ticket.Signature}}
	if _, err := d.all[tax].SubjectView(t.Context(), withTicket); err != nil {
		t.Errorf("by ticket: %v", err)
	}
	if _, err := d.all[tax].SubjectFile(t.Context(), client.Filing{SubjectAccess: withTicket, Event: "claim"}); !fault.Is(err, fault.AccessCodeLength) {
		t.Errorf("a ticket files: %v", err)
	}
	p, err := d.all[court].SubjectPaper(t.Context(), client.PaperRequest{SubjectAccess: d.access(), Commitment: hex.EncodeToString(d.paper[:])})
	if err != nil || len(p.Files) != 1 || string(p.Files[0].Data) != "%PDF-1.4 凭证" {
		t.Errorf("the paper with its file: %+v %v", p, err)
	}
}

// anchored: when the hour is over its root is on the ledger, every entry opens against it,
// and one that a node leaves out or changes is found.
func (d *desk) anchored(t *testing.T) {
	for i := range d.late {
		d.late[i].Store(0)
		wake(d.all[i].hours)
	}
	hour := d.homes[market].now().Add(-time.Hour).Unix() / 3600
	for i := range d.all {
		d.eventually("every node knows the root of the market's hour", func() error {
			_, _, ok, err := d.all[i].register.Anchored(market+1, hour)
			if err == nil && !ok {
				err = errors.New("not yet")
			}
			return err
		})
	}
	v, err := d.all[province].SubjectView(t.Context(), d.access())
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, of := range v.Queries {
		for _, q := range of.Queries {
			if of.Member == market+1 {
				seen++
				if q.Anchored != "yes" {
					t.Errorf("%+v", q)
				}
			}
		}
	}
	if seen != 1 {
		t.Errorf("%d entries at the market's node", seen)
	}
	a, err := d.all[market].ownQueries(d.id)
	if err != nil || len(a.Entries) != 1 {
		t.Fatalf("%+v %v", a, err)
	}
	forged := a.Entries[0]
	forged.Query.Name = "另一家银行"
	if got := d.all[tax].anchored(market+1, &forged); got != "broken" {
		t.Errorf("a changed entry is %s", got)
	}
	forged = a.Entries[0]
	forged.Hour -= 5
	if got := d.all[tax].anchored(market+1, &forged); got != "missing" {
		t.Errorf("an entry of an hour without a root is %s", got)
	}
}

// annul has the court take the listing back, with its reasons.
func (d *desk) annul() {
	d.t.Helper()
	reasons := credit.Paper{Record: d.id, Salt: wire.Hash{3}, Kind: credit.Reasons, Author: 1, Text: "经复核，列入有误。"}
	if err := d.all[court].keepPaper(&reasons); err != nil {
		d.t.Fatal(err)
	}
	c := reasons.Commitment()
	o := ledger.Act{Record: d.id, Event: "annul", Paper: &c}
	d.send(court, clerk.Entry{Record: d.id, Event: "annul", Adverse: true, Operation: o.Operation()})
	d.eventually("the reasons, where the subject filed", func() error {
		p, err := d.all[bureau].paper(d.id, c)
		if err == nil && p == nil {
			err = errors.New("not here")
		}
		return err
	})
}

// annulled: who was told "listed" gets the correction once, also over a restart, and can
// put it away.
func (d *desk) annulled(t *testing.T) {
	d.annul()
	d.drawn(t)
	var got client.Corrections
	d.eventually("the correction", func() (err error) {
		got, err = d.all[market].Corrections(t.Context(), bank)
		if err == nil && len(got.Corrections) == 0 {
			err = errors.New("none yet")
		}
		return err
	})
	if c := got.Corrections[0]; len(got.Corrections) != 1 || c.Record != d.id.String() || !c.Annulled || c.Told != 1 {
		t.Errorf("%+v", got)
	}
	if err := d.all[market].Stop(); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.secrets, err = os.ReadFile(d.slots()); err != nil {
		t.Fatal(err)
	}
	d.start(market)
	if again, err := d.all[market].Corrections(t.Context(), bank); err != nil || !cmp.Equal(got, again) {
		t.Errorf("after a restart: %+v %v", again, err)
	}
	if all, err := d.all[court].Corrections(t.Context(), api.Caller{Kind: api.Operator}); err != nil || len(all.Corrections) != 1 || all.Corrections[0].Caller != own {
		t.Errorf("the court's own people: %+v %v", all, err)
	}
	if err := d.all[market].Acknowledge(t.Context(), bank, []string{got.Corrections[0].ID}); err != nil {
		t.Fatal(err)
	}
	if left, err := d.all[market].Corrections(t.Context(), bank); err != nil || len(left.Corrections) != 0 {
		t.Errorf("put away and still there: %+v %v", left, err)
	}
	if none, err := d.all[tax].Corrections(t.Context(), bank); err != nil || len(none.Corrections) != 0 {
		t.Errorf("another node has one too: %+v %v", none, err)
	}
}

// erased: after the retention the code opens nothing, and no node has a paper, a receipt or
// an entry left.
func (d *desk) erased(t *testing.T) {
	for i := range d.all {
		d.eventually("the erasure", func() error {
			entries, err := d.all[i].register.OfRecord(d.id, 10)
			if err == nil && len(entries) > 0 {
				err = fmt.Errorf("node %d has %d entries", i, len(entries))
			}
			return err
		})
		_, err := d.all[i].SubjectView(t.Context(), d.access())
		_, unknown := d.all[i].SubjectView(t.Context(), client.SubjectAccess{Record: ledger.RecordID{7}.String(), Code: d.code.Text()})
		if !fault.Is(err, fault.AccessRefused) || err.Error() != unknown.Error() {
			t.Errorf("node %d: %v, and of no record %v", i, err, unknown)
		}
		for _, name := range []string{paperName(d.paper), "receipt/0000000000", "receipt/0000000001"} {
			if _, here, err := d.all[i].vault.Attached(d.id, name); here || err != nil {
				t.Errorf("node %d still has %s", i, name)
			}
		}
	}
	d.drawnGone(t)
	if b, err := d.all[province].engine.Ask(t.Context(), 5, topicPaper, wire.Encode(askedPaper{d.id, d.paper})); err == nil {
		t.Errorf("an erased paper is given out: %d bytes", len(b))
	}
}

// slots is the market's key store.
func (d *desk) slots() string { return d.homes[market].Data("vault/keys/slots") }

// confirmed: every node says so by a watermark above the record's end, nobody asks for it,
// and whoever has the record's number sees it. A record that is kept has no receipts.
func (d *desk) confirmed(t *testing.T) {
	d.eventually("n of n", func() error {
		e, err := d.all[province].Erasure(t.Context(), d.id.String())
		if err == nil && !e.Complete() {
			err = fmt.Errorf("%d of %d: %+v", e.Confirmed, e.Of, e.Receipts)
		}
		return err
	})
	e, err := d.all[tax].Erasure(t.Context(), d.id.String())
	if err != nil || e.Of != nodesCount || e.Recorded == "" || e.Receipts[bureau].NameEN == "" {
		t.Errorf("%+v %v", e, err)
	}
	for _, r := range e.Receipts {
		if r.State == "confirmed" && (r.Watermark < e.Height || r.At == "") {
			t.Errorf("%+v", r)
		}
	}
	other, _, _ := d.listed(2)
	if e, err := d.all[court].Erasure(t.Context(), other.String()); err != nil || e.State != client.Kept || e.Due == "" || e.Complete() {
		t.Errorf("a record in force: %+v %v", e, err)
	}
	if _, err := d.all[court].Erasure(t.Context(), ledger.RecordID{7}.String()); !fault.Is(err, fault.UnknownRecord) {
		t.Errorf("no record: %v", err)
	}
}

// broughtBack: a key store from before the erasure, put in the place of the present one,
// keeps the node from confirming until what it holds is erased once more.
func (d *desk) broughtBack(t *testing.T) {
	if err := d.all[market].Stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.slots(), d.secrets, 0o600); err != nil {
		t.Fatal(err)
	}
	d.start(market)
	n, before := d.all[market], d.all[court].engine.View().Height
	d.eventually("another watermark", func() error {
		mark, err := n.engine.View().Watermark(market + 1)
		if err == nil && mark.Height <= before {
			err = fmt.Errorf("at %d, not above %d", mark.Height, before)
		}
		return err
	})
	held, _, err := n.vault.Held(0)
	for _, h := range held {
		if h.Record == d.id {
			t.Errorf("confirmed, and still there: %+v", h)
		}
	}
	families, failed := n.metrics.registry.Gather()
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	for _, f := range families {
		if f.GetName() == "riviera_erased_again_total" && f.Metric[0].Counter.GetValue() == 0 {
			t.Error("nothing was brought back: this step cannot fail")
		}
	}
}
