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
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
)

// TestDocuments takes every document about one party from a running network: clear before
// it is listed, the notice, none once its body has been replaced, the certificate
// as it chooses, its own copy, and clear again.
func TestDocuments(t *testing.T) {
	t.Parallel()
	n := start(t, shape{recorders: 4, contributors: 1, day: time.Second})
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

	after := n.clear(4, ask)
	if a, b := shapeOf(t, before), shapeOf(t, after); a != b {
		t.Errorf("never listed and released do not look the same:\n%s\n%s", a, b)
	}
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
	b, err := n.client(2).Trust(n.t.Context())
	if err != nil {
		n.t.Fatal(err)
	}
	trust, err := verify.ParseTrust(b)
	if err != nil {
		n.t.Fatal(err)
	}
	r := verify.Verify(pdf, trust, verify.Options{Now: time.Now()})
	if r.Verdict != verify.Passed {
		n.t.Fatalf("%s %s %s", r.Verdict, r.Sub, r.Reason)
	}
	return r
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
