package certificate

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
)

// forge signs a credential after change, as a dishonest member could, and draws it.
func (w *world) forge(t testing.TB, change func(*verify.Credential)) []byte {
	t.Helper()
	c, err := Credential(w.input)
	if err != nil {
		t.Fatal(err)
	}
	change(c)
	if err := signCredential(c, w.input.Issuer.CredentialKey); err != nil {
		t.Fatal(err)
	}
	pdf, _, err := Draw(c, w.input.Issuer)
	if err != nil { // nothing that could be drawn: the credential alone
		return must(c.Canonical())
	}
	return pdf
}

type refusal struct {
	name    string
	make    func(testing.TB, *world) []byte
	verdict verify.Verdict
	sub     string
	reason  string
}

func credentialRefusals() []refusal {
	forged := func(name, reason, sub string, change func(*verify.Credential)) refusal {
		return refusal{name, func(t testing.TB, w *world) []byte { return w.forge(t, change) }, verify.Failed, sub, reason}
	}
	return []refusal{
		forged("another name", "subject", verify.FormatFailure, func(c *verify.Credential) { n := "另一公司"; c.Subject.Disclosed.Name = &n }),
		forged("an earlier end", "subject", verify.FormatFailure, func(c *verify.Credential) { c.Subject.Effective = "2020-01-01T00:00:00+08:00" }),
		forged("a field that is not disclosed", "subject", verify.FormatFailure, func(c *verify.Credential) { n := "1"; c.Subject.Disclosed.Amount = &n }),
		forged("another outcome", "subject", verify.FormatFailure, func(c *verify.Credential) { c.Subject.Outcome = "annulled" }),
		forged("another type", "credential-form", verify.FormatFailure, func(c *verify.Credential) { c.Type[1] = verify.TypeCorrection }),
		forged("another id", "credential-form", verify.FormatFailure, func(c *verify.Credential) { c.ID = c.ID[:len(c.ID)-1] + "x" }),
		forged("another layout", "credential-form", verify.FormatFailure, func(c *verify.Credential) { c.Render.Type = "RivieraPage3" }),
		forged("the first layout", "credential-form", verify.FormatFailure, func(c *verify.Credential) { c.Render.Type = verify.PageOne }),
		forged("a language twice", "credential-form", verify.FormatFailure, func(c *verify.Credential) { c.Render.Language = "en en" }),
		forged("a recipient too long", "credential-form", verify.FormatFailure, func(c *verify.Credential) {
			c.Statement.Recipient = strings.Repeat("某", verify.MaxRecipient+1)
		}),
		forged("ways out of what has ended", "credential-form", verify.FormatFailure, func(c *verify.Credential) {
			c.Statement.Exits = []verify.Exit{{Title: verify.Bilingual("某", "x"), How: "date"}}
		}),
		forged("attestations beside a ledger proof", "credential-form", verify.FormatFailure, func(c *verify.Credential) {
			c.Evidence.Attestations = []verify.Attestation{{Member: 1, Name: verify.Bilingual("某", "x")}}
		}),
		forged("the former evidence", "credential-form", verify.FormatFailure, func(c *verify.Credential) { c.Evidence.Type = verify.LedgerProofUnbound }),
		forged("another language", "credential-form", verify.FormatFailure, func(c *verify.Credential) { c.Render.Language = "fr" }),
		forged("a time that is none", "credential-form", verify.FormatFailure, func(c *verify.Credential) { c.ValidFrom = "2026-11-22" }),
		forged("names in other languages", "credential-form", verify.FormatFailure, func(c *verify.Credential) { c.Issuer.Name[0].Language = "de" }),
		forged("another salt", "opening", verify.HashFailure, func(c *verify.Credential) { c.Evidence.Opening.Opened[0].Salt[0] ^= 1 }),
		forged("another leaf", "opening", verify.HashFailure, func(c *verify.Credential) { c.Evidence.Opening.Leaves[8][0] ^= 1 }),
		forged("a leaf too few", "credential-form", verify.FormatFailure, func(c *verify.Credential) { c.Evidence.Opening.Leaves = c.Evidence.Opening.Leaves[:8] }),
		forged("a unit twice", "credential-form", verify.FormatFailure, func(c *verify.Credential) {
			c.Evidence.Opening.Opened = append(c.Evidence.Opening.Opened, c.Evidence.Opening.Opened[0])
		}),
		forged("an event in force", "event", verify.FormatFailure, func(c *verify.Credential) {
			e, _ := c.Event()
			e.Phase = proof.PhaseExitDue
			c.Evidence.Event = e.Encode()
		}),
		forged("no event", "event", verify.FormatFailure, func(c *verify.Credential) { c.Evidence.Event = []byte{0} }),
		forged("another path", "path", verify.HashFailure, func(c *verify.Credential) { c.Evidence.Log.Path[0][0] ^= 1 }),
		forged("another index", "path", verify.HashFailure, func(c *verify.Credential) { c.Evidence.Log.Index++ }),
		forged("another size", "path", verify.HashFailure, func(c *verify.Credential) { c.Evidence.Log.Size = 4 }),
		forged("another state root", "path", verify.HashFailure, func(c *verify.Credential) { c.Evidence.StateRoot[0] ^= 1 }),
		forged("no block", "block", verify.FormatFailure, func(c *verify.Credential) { c.Evidence.LightBlock = []byte{1} }),
		{"an exit after its block", func(t testing.TB, w *world) []byte {
			app := proof.AppHash(w.log.root(t), w.input.Ledger.StateRoot)
			early := w.chain.lightBlock(exitHeight, blockTime, app, w.chain)
			return w.forge(t, func(c *verify.Credential) { c.Evidence.LightBlock = early })
		}, verify.Failed, verify.FormatFailure, "height"},
		{"a block of others that only looks like the network's", func(t testing.TB, w *world) []byte {
			other := newFakeChain(w.chain.id, 4, "impostor")
			app := proof.AppHash(w.log.root(t), w.input.Ledger.StateRoot)
			w.trust.Epochs = append(w.trust.Epochs, verify.NewTrustEpoch(500, w.chain.validators()))
			w.input.Ledger.LightBlock = other.lightBlock(exitHeight+1, blockTime, app, other)
			return w.issue(t)
		}, verify.Failed, verify.SigCryptoFailure, "commit"},
	}
}

func fileRefusals() []refusal {
	pdf := func(name, reason, sub string, change func([]byte) []byte) refusal {
		return refusal{name, func(t testing.TB, w *world) []byte { return change(w.issue(t)) }, verify.Failed, sub, reason}
	}
	at := func(b []byte, mark string) int { return bytes.Index(b, []byte(mark)) + len(mark) }
	return []refusal{
		pdf("nothing", "unknown-file", verify.FormatFailure, func([]byte) []byte { return nil }),
		pdf("a picture", "unknown-file", verify.FormatFailure, func([]byte) []byte { return []byte("\x89PNG\r\n") }),
		pdf("a PDF of someone else", "structure", verify.FormatFailure, func([]byte) []byte { return []byte("%PDF-1.7\n1 0 obj\n<< >>\nendobj\n%%EOF\n") }),
		pdf("cut short", "structure", verify.FormatFailure, func(b []byte) []byte { return b[:len(b)-7] }),
		pdf("a byte behind", "appended", verify.FormatFailure, func(b []byte) []byte { return append(b, '\n') }),
		pdf("a font byte", "altered", verify.HashFailure, func(b []byte) []byte { b[at(b, "/Length1")+200] ^= 1; return b }),
		pdf("data behind the signature", "padding", verify.FormatFailure, func(b []byte) []byte {
			i := at(b, "/Contents <") + 2*verify.SignatureRoom - 2
			copy(b[i:], "ff")
			return b
		}),
		pdf("capital digits", "signature-form", verify.FormatFailure, func(b []byte) []byte {
			i := at(b, "/Contents <")
			copy(b[i:i+200], bytes.ToUpper(b[i:i+200]))
			return b
		}),
		pdf("no signature", "signature-form", verify.FormatFailure, func(b []byte) []byte {
			i := at(b, "/Contents <")
			copy(b[i:i+2*verify.SignatureRoom], bytes.Repeat([]byte("0"), 2*verify.SignatureRoom))
			return b
		}),
		{"a credential with a number", func(t testing.TB, w *world) []byte {
			return []byte(strings.Replace(string(w.document(t)), `"height":"480"`, `"height":480`, 1))
		}, verify.Failed, verify.FormatFailure, "credential-form"},
		{"a credential with a member twice", func(t testing.TB, w *world) []byte {
			return []byte(strings.Replace(string(w.document(t)), `"height":"480"`, `"height":"480","height":"480"`, 1))
		}, verify.Failed, verify.FormatFailure, "credential-form"},
		{"a credential with a member more", func(t testing.TB, w *world) []byte {
			return []byte(strings.Replace(string(w.document(t)), `"height":"480"`, `"height":"480","grade":"A"`, 1))
		}, verify.Failed, verify.FormatFailure, "credential-form"},
		{"a credential with a member in another case", func(t testing.TB, w *world) []byte {
			return []byte(strings.Replace(string(w.document(t)), `"chain":`, `"Chain":`, 1))
		}, verify.Failed, verify.FormatFailure, "credential-form"},
		{"a credential with another statement", func(t testing.TB, w *world) []byte {
			return []byte(strings.Replace(string(w.document(t)), "义务已履行完毕", "义务尚未履行完", 1))
		}, verify.Failed, verify.SigCryptoFailure, "credential-signature"},
		{"a credential in the name of another key", func(t testing.TB, w *world) []byte {
			c, err := Credential(w.input)
			if err != nil {
				t.Fatal(err)
			}
			c.Issuer.ID = "did:key:" + verify.Multikey(ed("other").Public())
			c.Proof.Method = c.Issuer.ID + "#" + strings.TrimPrefix(c.Issuer.ID, "did:key:")
			return must(c.Canonical())
		}, verify.Failed, verify.SigCryptoFailure, "credential-signature"},
	}
}

// must is for values that a test has made itself.
func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func (w *world) document(t testing.TB) []byte {
	t.Helper()
	c, err := Credential(w.input)
	if err != nil {
		t.Fatal(err)
	}
	return must(c.Canonical())
}

func TestRefusals(t *testing.T) {
	for _, c := range append(credentialRefusals(), fileRefusals()...) {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, sampleBody())
			w.expect(t, c.make(t, w), c.verdict, c.sub, c.reason)
		})
	}
}

// expect verifies file and compares the outcome; every outcome has its texts.
func (w *world) expect(t testing.TB, file []byte, verdict verify.Verdict, sub, reason string) {
	t.Helper()
	r := w.verify(t, file)
	if r.Verdict != verdict || r.Sub != sub || r.Reason != reason {
		t.Errorf("%s %s %q, want %s %s %q", r.Verdict, r.Sub, r.Reason, verdict, sub, reason)
	}
	if r.Text.ZH == "" || r.Next.EN == "" || strings.Contains(r.Text.EN+r.Next.ZH, "[verify") {
		t.Errorf("texts: %q, %q", r.Text, r.Next)
	}
	if r.Integrity.Verdict != verify.Passed && r.Credential != nil {
		t.Error("shows a credential that has not passed")
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

// TestPageMustAgree lets a member sign a file that shows something else than the
// credential inside says.
func TestPageMustAgree(t *testing.T) {
	w := newWorld(t, sampleBody())
	fonts, err := loadFonts()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Credential(w.input)
	if err != nil {
		t.Fatal(err)
	}
	name := "海州市云帆智能装备有限公同"
	lie := *c
	lie.Subject.Disclosed.Name = &name
	lie.Issuer.Name[0].Value = "最高人民法院"
	for _, v := range []struct {
		name   string
		change func(honest, lying *verify.Layout)
		reason string
	}{
		{"another page", func(h, l *verify.Layout) { h.Pages = l.Pages }, "page"},
		{"another issuer in the seal", func(h, l *verify.Layout) { h.Seal = l.Seal }, "page"},
		{"a line more", func(h, _ *verify.Layout) { h.Pages[0] = append(h.Pages[0], "0 0 m\n"...) }, "page"},
		{"a page more", func(h, _ *verify.Layout) { h.Pages = append(h.Pages, h.Pages[0]) }, "page"},
		{"a seal elsewhere", func(h, _ *verify.Layout) { h.SealRect[0]++; h.SealRect[2]++ }, "structure"},
		{"nothing", func(_, _ *verify.Layout) {}, ""},
	} {
		t.Run(v.name, func(t *testing.T) {
			face := newTypesetter(fonts)
			honest, err := verify.NewLayout(c, face)
			if err != nil {
				t.Fatal(err)
			}
			lying, err := verify.NewLayout(&lie, face)
			if err != nil {
				t.Fatal(err)
			}
			v.change(&honest, &lying)
			pdf, _, err := seal(c, honest, face, w.input.Issuer)
			if err != nil {
				t.Fatal(err)
			}
			if v.reason == "" {
				w.expect(t, pdf, verify.Passed, "", "")
			} else {
				w.expect(t, pdf, verify.Failed, verify.FormatFailure, v.reason)
			}
		})
	}
}

// TestAppendedUpdateFails appends incremental updates, which many readers accept as
// "valid, with changes".
func TestAppendedUpdateFails(t *testing.T) {
	w := newWorld(t, sampleBody())
	pdf := w.issue(t)
	update := "30 0 obj\n<< /Type /Annot >>\nendobj\nxref\n30 1\n0000000000 00000 n \ntrailer\n<< /Size 31 /Root 1 0 R /Prev 1 >>\nstartxref\n1\n%%EOF\n"
	for name, more := range map[string]string{"an update": update, "a space": " ", "a zero": "\x00", "the end twice": "%%EOF\n", "a second file": string(pdf)} {
		t.Run(name, func(t *testing.T) {
			w.expect(t, append(bytes.Clone(pdf), more...), verify.Failed, verify.FormatFailure, "appended")
		})
	}
	w.expect(t, append([]byte("\n"), pdf...), verify.Failed, verify.FormatFailure, "unknown-file")
}

// TestCredentialFieldByField removes and changes each member of the credential, at any
// depth: nothing may pass.
func TestCredentialFieldByField(t *testing.T) {
	w := newWorld(t, sampleBody())
	trust := w.parsedTrust(t)
	var doc any
	if err := json.Unmarshal(w.document(t), &doc); err != nil {
		t.Fatal(err)
	}
	tried := 0
	try := func(where string) {
		tried++
		if r := verify.Verify(must(json.Marshal(doc)), trust, verify.Options{Now: issueTime}); r.Verdict == verify.Passed {
			t.Errorf("%s: passes", where)
		}
	}
	var walk func(where string, v any)
	walk = func(where string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, was := range v {
				delete(v, k)
				try(where + "." + k + " removed")
				if s, is := was.(string); is {
					v[k] = s + "0"
					try(where + "." + k + " changed")
				}
				v[k] = was
				walk(where+"."+k, was)
			}
		case []any:
			for i, was := range v {
				v[i] = "0"
				try(where + "[] changed")
				v[i] = was
				walk(where+"[]", was)
			}
		}
	}
	walk("", doc)
	if tried < 100 {
		t.Errorf("only %d changes tried", tried)
	}
	if r := verify.Verify(must(json.MarshalIndent(doc, "", "\t")), trust, verify.Options{Now: issueTime}); r.Verdict != verify.Passed {
		t.Errorf("the credential itself, indented: %s %s", r.Verdict, r.Reason)
	}
}
