package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/proof"
)

// The files of testdata are certificates as they were issued once, with their trust
// file, a directory for each form after the first. They stand for every certificate out
// there.

func golden(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func goldenTrust(t testing.TB) *Trust { return goldenTrustOf(t, "") }

func goldenTrustOf(t testing.TB, dir string) *Trust {
	t.Helper()
	trust, err := ParseTrust(golden(t, dir+"trust.json"))
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

func TestOldCertificatesStayValid(t *testing.T) {
	for _, name := range []string{"certificate.pdf", "credential.json", "2/certificate.pdf", "2/credential.json",
		"2/correction.json", "2/listed.json", "2/noticed.json", "2/clear.json", "2/held.json", "2/held.pdf"} {
		dir, _ := path.Split(name)
		for _, years := range []int{0, 10, 40} {
			now := time.Date(2026+years, 12, 1, 0, 0, 0, 0, time.UTC)
			trust := goldenTrustOf(t, dir)
			witness(t, trust, golden(t, name))
			r := Verify(golden(t, name), trust, Options{Now: now})
			if name == "2/clear.json" && years > 0 { // signatures alone: no root bears witness to them
				if r.Verdict != Indeterminate || r.Reason != string(reasonTrustAge) {
					t.Errorf("%s after %d years: %s %s", name, years, r.Verdict, r.Reason)
				}
			} else if r.Verdict != Passed {
				t.Errorf("%s after %d years: %s %s", name, years, r.Verdict, r.Reason)
			}
		}
	}
}

// witness puts the root of the certificate's own log into the trust file: the documents
// of testdata are each of a ledger of their own.
func witness(t *testing.T, trust *Trust, file []byte) {
	t.Helper()
	c := Verify(file, nil, Options{}).Credential
	if c == nil || len(c.Evidence.Log.Path) == 0 {
		return
	}
	l := c.Evidence.Log
	root, err := proof.RootFromPath(c.Evidence.Event, uint64(l.Index), uint64(l.Size), hashesOf(l.Path))
	if err != nil {
		t.Fatal(err)
	}
	trust.Roots = []DailyRoot{{Day: "2026-11-20", Size: uint64(l.Size), Root: Hex(root)}}
}

// TestLayoutIsFrozen: see TestPageOneIsFrozen. The ruler stands for the fonts.
func TestLayoutIsFrozen(t *testing.T) {
	for _, v := range []struct {
		want      string
		documents []string
		languages []string
	}{
		{"7e8e177b185d127f4e9ec6100eb6b5e006eae62a4508d7a021b83b365f852ba7", []string{"credential.json"}, []string{"zh-CN", "en"}},
		{"13121b31a7fd2bc9edd77008285a4ba27bbc797f1750d25d31fed07c39233df7", []string{"2/credential.json", "2/correction.json", "2/listed.json", "2/noticed.json", "2/clear.json", "2/held.json"},
			[]string{"zh-CN", "en", "zh-CN en", "en zh-CN"}},
	} {
		h := sha256.New()
		for _, name := range v.documents {
			for _, language := range v.languages {
				l := rulerLayout(t, golden(t, name), language)
				for _, p := range l.Pages {
					h.Write(p)
				}
				h.Write(l.Seal)
			}
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != v.want {
			t.Errorf("the layout of %s has changed: %s", v.documents[0], got)
		}
	}
}

func rulerLayout(t testing.TB, document []byte, language string) Layout {
	t.Helper()
	var l Layout
	if isPresentation(document) {
		p, err := ParsePresentation(document)
		if err != nil {
			t.Fatal(err)
		}
		p.Language = language
		if l, err = NewHeldLayout(p, ruler{}); err != nil {
			t.Fatal(err)
		}
		return l
	}
	c, err := ParseCredential(document)
	if err != nil {
		t.Fatal(err)
	}
	c.Render.Language = language
	if l, err = NewLayout(c, ruler{}); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestReportSpeaksBothLanguages(t *testing.T) {
	r := Verify(golden(t, "certificate.pdf"), goldenTrust(t), Options{Now: time.Unix(1_800_000_000, 0)})
	if r.Text.In("zh-CN") == r.Text.In("en") || r.Text.In("zh-CN") != r.Text.ZH {
		t.Errorf("%+v", r.Text)
	}
	if r.IssuerName == nil || r.Support == nil || r.Support.Signers != 3 || r.Support.Validators != 4 {
		t.Errorf("issuer %v, support %v", r.IssuerName, r.Support)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(golden(f, "certificate.pdf"))
	f.Add(golden(f, "2/clear.json"))
	f.Add(golden(f, "2/held.json"))
	f.Add(golden(f, "credential.json"))
	f.Add([]byte("%PDF-1.7\n"))
	trust := goldenTrust(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r := Verify(b, trust, Options{Now: time.Unix(1_800_000_000, 0)})
		if r.Verdict == Passed && string(b) != string(golden(t, "certificate.pdf")) && r.Format == "pdf" {
			t.Error("another file passes")
		}
	})
}

func FuzzParseCredential(f *testing.F) {
	f.Add(golden(f, "credential.json"))
	f.Add(golden(f, "2/clear.json"))
	f.Add(golden(f, "2/listed.json"))
	f.Add([]byte(`{"@context":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseCredential(b)
		if err != nil {
			return
		}
		first, err := c.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseCredential(first)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := again.Canonical(); err != nil || string(second) != string(first) {
			t.Errorf("two canonical forms (%v)", err)
		}
		c.check()
		if _, err := NewLayout(c, ruler{}); err != nil {
			t.Log(err)
		}
	})
}

func FuzzParseTrust(f *testing.F) {
	f.Add(golden(f, "trust.json"))
	f.Fuzz(func(t *testing.T, b []byte) {
		trust, err := ParseTrust(b)
		if err != nil {
			return
		}
		first, err := trust.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseTrust(first)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := again.Encode(); err != nil || string(second) != string(first) {
			t.Errorf("two forms (%v)", err)
		}
	})
}

func FuzzParsePDF(f *testing.F) {
	f.Add(golden(f, "certificate.pdf"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, err := disassemble(b); err == nil && d.inflate() == nil {
			d.compare(b)
		}
	})
}

func FuzzParseCMS(f *testing.F) {
	pdf := golden(f, "certificate.pdf")
	d, err := disassemble(pdf)
	if err != nil {
		f.Fatal(err)
	}
	der, err := hex.DecodeString(string(pdf[d.at : d.at+2*SignatureRoom]))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, rest, err := ParseCMS(b)
		if err != nil {
			return
		}
		again, err := c.Encode()
		if err != nil || string(again) != string(b[:len(b)-len(rest)]) {
			t.Errorf("encodes to other bytes (%v)", err)
		}
	})
}

func FuzzParsePresentation(f *testing.F) {
	f.Add(golden(f, "2/held.json"))
	f.Add([]byte(`{"verifiableCredential":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParsePresentation(b)
		if err != nil {
			return
		}
		first, err := p.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParsePresentation(first)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := again.Canonical(); err != nil || string(second) != string(first) {
			t.Errorf("two canonical forms (%v)", err)
		}
		p.check()
		if _, err := NewHeldLayout(p, ruler{}); err != nil {
			t.Log(err)
		}
	})
}
