package network

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
	"github.com/riviera-ledger/riviera/verify"
)

// TestDocuments takes every document about one party from a running network: clear before
// it is listed, the notice, none once its body has been replaced, the certificate
// as it chooses, its own copy, and clear again.
func TestDocuments(t *testing.T) {
	t.Parallel()
	n := start(t, shape{recorders: 4, contributors: 1, day: time.Second, sm2: true})
	l := &life{testNetwork: n}
	today := n.today()
	body := markedBody(t, 7, today.AddDays(-40))
	body.PublishedOn = today.AddDays(-30)
	ask := client.ClearRequest{Code: body.SubjectCode, Name: body.SubjectName, Purpose: "test", Languages: "en", Recipient: "a bank"}

	before := n.clear(4, ask)
	f := l.create(0, 0, clerk.Migrate, body)
	n.answers(body.SubjectCode, body.SubjectName, client.Listed)
	if _, err := n.client(4).Clear(t.Context(), ask); !fault.Is(err, fault.NotClear) {
		t.Errorf("a listed party: %v", err)
	}
	id := f.record.String()
	notice := n.document(1, id, client.DocumentRequest{Kind: client.DocumentNotice})
	if notice.Kind != verify.TypeNotice || len(notice.Credential.Statement.Exits) == 0 {
		t.Errorf("%s with %d ways out", notice.Kind, len(notice.Credential.Statement.Exits))
	}
	if _, err := n.client(1).Document(t.Context(), id, client.DocumentRequest{}); !fault.Is(err, fault.GuardNotMet) {
		t.Errorf("a certificate of a record in force: %v", err)
	}
	n.eventually("the copy that the recorder keeps", func() error {
		_, err := n.client(0).OwnCopy(t.Context(), id, client.DocumentNotice)
		return err
	})
	n.act(n.clerk(0), clerk.ActSpec{Record: f.record, Event: "pay", Kind: credit.JudgmentDefaulter, Amend: clerk.Pay(f.body.Amount-100, "")})
	n.eventually("the replaced body is gone, and with it the notice", func() error {
		_, err := n.client(0).Document(t.Context(), id, client.DocumentRequest{Kind: client.DocumentNotice, Disclose: []string{credit.UnitAmount}})
		if fault.Is(err, fault.BodyMissing) { // an existing decision that was entered: nothing is copied ahead for it
			return nil
		}
		return fmt.Errorf("still answered: %v", err)
	})

	n.act(n.clerk(0), clerk.ActSpec{Record: f.record, Event: "performed", Kind: credit.JudgmentDefaulter})
	n.eventually("the exit", func() error {
		_, err := n.client(3).Document(t.Context(), id, client.DocumentRequest{})
		return err
	})
	exit := n.document(3, id, client.DocumentRequest{Disclose: []string{credit.UnitName}, Languages: "en", Recipient: "a bank"})
	if d := exit.Credential.Subject.Disclosed; *d.Name != body.SubjectName || d.Code != nil || exit.Credential.Statement.Recipient != "a bank" {
		t.Errorf("%+v", d)
	}
	n.held(id)
	n.drawnAhead(id)
	n.reversed(f.record)

	after := n.clear(4, ask)
	if a, b := shapeOf(t, before), shapeOf(t, after); a != b {
		t.Errorf("never listed and released do not look the same:\n%s\n%s", a, b)
	}
}

// drawnAhead: soon after the day of the end its own institution hands out one file, which
// passes; drawn on request, no two are the same.
func (n *testNetwork) drawnAhead(id string) {
	n.t.Helper()
	n.eventually("the file that was drawn ahead", func() error {
		var files [2][]byte
		for i := range files {
			var err error
			if files[i], err = n.client(0).Document(n.t.Context(), id, client.DocumentRequest{}); err != nil {
				return err
			}
		}
		if !bytes.Equal(files[0], files[1]) {
			return fmt.Errorf("drawn on request")
		}
		n.passes(files[0])
		return nil
	})
}

// clear gets a certificate of clear standing from node i.
func (n *testNetwork) clear(i int, q client.ClearRequest) verify.Report {
	n.t.Helper()
	var pdf []byte
	n.eventually("a certificate of clear standing", func() (err error) {
		pdf, err = n.client(i).Clear(n.t.Context(), q)
		return err
	})
	r := n.passes(pdf)
	if r.Kind != verify.TypeClear || r.Support.Signers < 2 || *r.Credential.Subject.Disclosed.Name != q.Name {
		n.t.Errorf("%s, %+v", r.Kind, r.Support)
	}
	return r
}

func (n *testNetwork) document(i int, id string, q client.DocumentRequest) verify.Report {
	n.t.Helper()
	pdf, err := n.client(i).Document(n.t.Context(), id, q)
	if err != nil {
		n.t.Fatal(err)
	}
	return n.passes(pdf)
}

// passes verifies with the trust file of another node.
func (n *testNetwork) passes(pdf []byte) verify.Report {
	n.t.Helper()
	r := n.verified(pdf)
	if r.Verdict != verify.Passed {
		n.t.Fatalf("%s %s %s", r.Verdict, r.Sub, r.Reason)
	}
	if r.Parallel == nil || r.Parallel.State != verify.ParallelVerified {
		n.t.Fatalf("no SM2 signature: %+v", r.Parallel)
	}
	return r
}

func (n *testNetwork) verified(pdf []byte) verify.Report {
	n.t.Helper()
	b, err := n.client(2).Trust(n.t.Context())
	if err != nil {
		n.t.Fatal(err)
	}
	trust, err := verify.ParseTrust(b)
	if err != nil {
		n.t.Fatal(err)
	}
	return verify.Verify(pdf, trust, verify.Options{Now: time.Now()})
}

// reversed lets the court reverse the end of a record and lift that again: certificates
// taken before fail and pass, and the party is not listed by it.
func (n *testNetwork) reversed(record ledger.RecordID) {
	n.t.Helper()
	pdf, err := n.client(1).Document(n.t.Context(), record.String(), client.DocumentRequest{})
	if err != nil {
		n.t.Fatal(err)
	}
	key, err := n.Home(0).Person(node.CredentialKey)
	if err != nil {
		n.t.Fatal(err)
	}
	e, err := n.clerk(0).Reverse(n.t.Context(), clerk.ReversalSpec{Record: record, DecidedOn: n.today(), Article: "fs7-10-1",
		Reasons: &credit.Paper{Text: "the payment was returned"}, Credential: key})
	if err != nil {
		n.t.Fatal(err)
	}
	n.sends(0, e)
	n.eventually("a trust file that says so", func() error {
		r := n.verified(pdf)
		if r.Verdict == verify.Failed && r.Sub == verify.Revoked && r.Status.Reversed != nil && r.Status.Reversed.By.EN == n.Home(0).Member.NameEN {
			return nil
		}
		return fmt.Errorf("%s %s, %s", r.Verdict, r.Reason, r.Status.State)
	})
	if r, err := n.client(3).Record(n.t.Context(), record.String()); err != nil || r.InForce || r.Phase != contract.Exited.String() {
		n.t.Errorf("a reversal has moved the record: %s (%v)", r.Phase, err)
	}
	lift, err := n.clerk(0).Lift(n.t.Context(), record)
	if err != nil {
		n.t.Fatal(err)
	}
	n.sends(0, lift)
	n.eventually("a trust file without it", func() error {
		if r := n.verified(pdf); r.Verdict != verify.Passed || r.Status.State != verify.StateStanding {
			return fmt.Errorf("%s, %s", r.Verdict, r.Status.State)
		}
		return nil
	})
}

// sends has an institution send one entry, which is to be applied.
func (n *testNetwork) sends(i int, e clerk.Entry) {
	n.t.Helper()
	out, err := n.clerk(i).Send(n.t.Context(), []clerk.Entry{e})
	if err == nil {
		err = out.First()
	}
	if err != nil {
		n.t.Fatal(err)
	}
}

// held takes the holder's own copy and presents it without any node.
func (n *testNetwork) held(id string) {
	n.t.Helper()
	b, err := n.client(1).OwnCopy(n.t.Context(), id, client.DocumentCertificate)
	if err != nil {
		n.t.Fatal(err)
	}
	own, err := verify.ParsePresentation(b)
	if err != nil {
		n.t.Fatal(err)
	}
	chosen, err := own.Choose([]string{credit.UnitCase}, "a landlord", "en zh-CN")
	if err != nil {
		n.t.Fatal(err)
	}
	pdf, _, err := certificate.DrawHeld(chosen)
	if err != nil {
		n.t.Fatal(err)
	}
	if r := n.passes(pdf); r.Format != verify.FormatHeld || r.Credential.Subject.Disclosed.Name != nil || r.Credential.Subject.Disclosed.Case == nil {
		n.t.Errorf("%s %+v", r.Format, r.Credential.Subject.Disclosed)
	}
}

// shapeOf is a credential with its values blanked: two with one shape tell nothing apart.
func shapeOf(t testing.TB, r verify.Report) string {
	t.Helper()
	c := *r.Credential
	c.Evidence.Attestations = c.Evidence.Attestations[:1] // who answered first is chance
	b, err := json.Marshal(&c)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			keys, _ := json.Marshal(sortedKeys(v))
			out.Write(keys)
			for _, k := range sortedKeys(v) {
				walk(v[k])
			}
		case []any:
			out.WriteByte('[')
			for _, x := range v {
				walk(x)
			}
			out.WriteByte(']')
		}
	}
	walk(doc)
	return out.String()
}

func sortedKeys(m map[string]any) []string {
	return slices.Sorted(maps.Keys(m))
}
