package certificate

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
)

// tool runs a program that other people wrote. It is a failure, not a skip, if it is
// missing: Debian has them in poppler-utils, qpdf and openssl.
func tool(t testing.TB, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: install poppler-utils, qpdf and openssl", name)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func write(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestIndependentReaders(t *testing.T) {
	w := newWorld(t, sampleBody())
	w.input.Disclose = credit.Units[:]
	pdf := w.issue(t)
	path := write(t, "certificate.pdf", pdf)

	t.Run("poppler takes the signature", func(t *testing.T) {
		out := tool(t, "pdfsig", path)
		for _, want := range []string{"Signature is Valid", "Total document signed", "ETSI.CAdES.detached", "Hash Algorithm: SHA-256", w.input.Issuer.NameZH} {
			if !strings.Contains(out, want) {
				t.Errorf("pdfsig does not say %q:\n%s", want, out)
			}
		}
		bad := bytes.Clone(pdf)
		bad[bytes.Index(bad, []byte("dc:title"))] ^= 1
		if out := tool(t, "pdfsig", write(t, "bad.pdf", bad)); !strings.Contains(out, "Digest Mismatch") {
			t.Errorf("pdfsig takes a changed file:\n%s", out)
		}
	})
	t.Run("qpdf finds no fault", func(t *testing.T) {
		if out := tool(t, "qpdf", "--check", path); !strings.Contains(out, "No syntax or stream encoding errors") {
			t.Error(out)
		}
	})
	t.Run("OpenSSL takes the CMS", func(t *testing.T) { openssl(t, w, pdf) })
	t.Run("poppler reads the text", func(t *testing.T) {
		out := tool(t, "pdftotext", "-layout", path, "-")
		for _, want := range []string{"失信记录退出证明", w.input.Body.SubjectName, w.input.Body.SubjectCode, "¥ 1,284,500.75", "2026年11月20日10:00"} {
			if !strings.Contains(out, want) {
				t.Errorf("the text lacks %q", want)
			}
		}
		if out := tool(t, "pdffonts", path); !strings.Contains(out, "NotoSansSC") || strings.Contains(out, " no  ") {
			t.Errorf("fonts are not embedded:\n%s", out)
		}
	})
	t.Run("poppler takes the attachment out", func(t *testing.T) {
		to := filepath.Join(t.TempDir(), "out.json")
		tool(t, "pdfdetach", "-save", "1", "-o", to, path)
		got, err := os.ReadFile(to)
		if err != nil {
			t.Fatal(err)
		}
		if r := w.verify(t, got); r.Verdict != verify.Passed {
			t.Errorf("%s %s", r.Verdict, r.Reason)
		}
	})
}

// openssl verifies the CMS over the signed bytes, taken apart here by hand.
func openssl(t *testing.T, w *world, pdf []byte) {
	from := bytes.Index(pdf, []byte("/Contents <")) + len("/Contents <")
	to := from + bytes.IndexByte(pdf[from:], '>')
	der := make([]byte, (to-from)/2)
	if _, err := hex.Decode(der, pdf[from:to]); err != nil {
		t.Fatal(err)
	}
	content := append(bytes.Clone(pdf[:from-1]), pdf[to+1:]...)
	length := 4 + int(der[2])<<8 + int(der[3]) // SEQUENCE with two length bytes
	args := []string{"cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", write(t, "cms.der", der[:length]),
		"-content", write(t, "content", content), "-CAfile", write(t, "ca.pem", []byte(EncodePEM(w.input.Issuer.Certificate[0]))),
		"-purpose", "any", "-no_check_time", "-out", os.DevNull}
	if out := tool(t, "openssl", args...); !strings.Contains(out, "successful") {
		t.Error(out)
	}
}

// rareNames reach into every plane: Extension A to H, compatibility forms, a variation
// selector, a private-use and an unassigned character.
var rareNames = []string{"㛃", "𠀀", "𠮷", "𪚥", "𫍯", "𫝀", "𬀩", "𬸦", "𭘢", "𮨵", "𰀀", "𰻝", "𱍐", "乄", "﨑", "葛\U000E0100", "\uE500", "\U0003FFFF", "·", "ü", "Ḿ"}

// TestRareCharacters draws each name and lets poppler read it back: the character
// itself, or its code point with the note and a warning; never nothing, never a box.
func TestRareCharacters(t *testing.T) {
	spelled := 0
	for _, name := range rareNames {
		b := sampleBody()
		b.SubjectType, b.SubjectCode, b.SubjectName = credit.Person, "11010519491231002X", "欧阳"+name
		w := newWorld(t, b)
		pdf, warnings, err := Issue(w.input)
		if err != nil {
			t.Fatal(err)
		}
		if r := w.verify(t, pdf); r.Verdict != verify.Passed || *r.Credential.Subject.Disclosed.Name != b.SubjectName {
			t.Errorf("%+q: %s %s", name, r.Verdict, r.Reason)
		}
		text := tool(t, "pdftotext", "-layout", write(t, "rare.pdf", pdf), "-")
		for _, r := range name {
			shown := strings.ContainsRune(text, r)
			code := strings.Contains(text, verify.CodePoint(r))
			if shown == code {
				t.Errorf("%U: shown %v, spelled %v", r, shown, code)
			}
			if code != (len(warnings) == 1) && len([]rune(name)) == 1 {
				t.Errorf("%U: spelled %v, warnings %v", r, code, warnings)
			}
			if code {
				spelled++
			}
		}
		if len(warnings) == 1 != strings.Contains(text, "方括号中的 U+ 编码") {
			t.Errorf("%+q: warnings %v, note %v", name, warnings, !(len(warnings) == 1))
		}
	}
	if spelled < 3 || spelled > 12 { // both ways are tried
		t.Errorf("%d of the characters are spelled out", spelled)
	}
}

func TestPersonalNumberIsMaskedOnPaper(t *testing.T) {
	w := newWorld(t, personBody())
	text := tool(t, "pdftotext", "-layout", write(t, "person.pdf", w.issue(t)), "-")
	if strings.Contains(text, "19491231") || !strings.Contains(text, "110105************") {
		t.Errorf("the page:\n%s", text)
	}
}

// TestReadersTakeEveryKind: each document in each language is a PDF without a fault, and
// wholly signed where it says that it is signed.
func TestReadersTakeEveryKind(t *testing.T) {
	for name, make := range kinds {
		for _, l := range pages {
			pdf := make(t, newWorld(t, sampleBody()), l)
			path := write(t, name+".pdf", pdf)
			if out := tool(t, "qpdf", "--check", path); !strings.Contains(out, "No syntax or stream encoding errors") {
				t.Errorf("%s %v: %s", name, l, out)
			}
			if name == "held" {
				if bytes.Contains(pdf, []byte("/Type /Sig")) {
					t.Error("a holder's page claims a signature")
				}
				continue
			}
			if out := tool(t, "pdfsig", path); !strings.Contains(out, "Signature is Valid") || !strings.Contains(out, "Total document signed") {
				t.Errorf("%s %v: %s", name, l, out)
			}
		}
	}
}

// TestLetterShowsTheCode: the letter shows the access code to whoever reads it, the
// credential in it does not hold it, and no verifier takes the letter for a certificate.
func TestLetterShowsTheCode(t *testing.T) {
	const code = "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV"
	w := newWorld(t, sampleBody())
	w.listing(t, proof.PhaseNoticed)
	c, err := Credential(w.input)
	if err != nil {
		t.Fatal(err)
	}
	pdf, _, err := Letter(c, code)
	if err != nil {
		t.Fatal(err)
	}
	if out := tool(t, "pdftotext", "-layout", write(t, "letter.pdf", pdf), "-"); !strings.Contains(out, code) || !strings.Contains(out, w.input.Body.SubjectName) {
		t.Errorf("the letter does not show the code:\n%s", out)
	}
	if bytes.Contains(attached(t, pdf), []byte(code)) {
		t.Error("the code is in the credential")
	}
	if r := w.verify(t, pdf); r.Verdict != verify.Failed {
		t.Errorf("a letter is taken for a certificate: %s", r.Verdict)
	}
	if _, _, err := Letter(must2(Credential(newWorld(t, sampleBody()).input)), code); !fault.Is(err, fault.GuardNotMet) {
		t.Errorf("a letter about an exit: %v", err)
	}
}

func must2(c *verify.Credential, err error) *verify.Credential {
	if err != nil {
		panic(err)
	}
	return c
}

// TestNamesWithByte28: names whose UTF-16 holds the byte 0x28, an opening bracket to a
// careless PDF writer, read back whole from the signature and the page.
func TestNamesWithByte28(t *testing.T) {
	b := sampleBody()
	b.SubjectName = "用⠨㐨丨䀨有限公司"
	w := newWorld(t, b)
	w.input.Issuer = testIssuer(t, 3, "用户信用中心（丨）", "User Credit (28)")
	w.trust.Keys = trustKeys(w.input.Issuer)
	pdf := w.issue(t)
	w.expect(t, pdf, verify.Passed, "", "")
	path := write(t, "28.pdf", pdf)
	if out := tool(t, "pdfsig", path); !strings.Contains(out, "用户信用中心（丨）") || !strings.Contains(out, "Signature is Valid") {
		t.Error(out)
	}
	if out := tool(t, "pdftotext", "-layout", path, "-"); !strings.Contains(out, "用") || !strings.Contains(out, "㐨丨䀨有限公司") {
		t.Error(out)
	}
}

// TestLetterKeepsRowsWhole: no page of a letter begins in the middle of a row.
func TestLetterKeepsRowsWhole(t *testing.T) {
	w := newWorld(t, sampleBody())
	w.listing(t, proof.PhaseNoticed)
	w.input.Exits = []Exit{{ZH: "履行完毕", EN: "performed in full", How: "condition", Conditions: [][2]string{{"全部履行", "performed in full"}}},
		{ZH: "期满", EN: "end of the term", How: "date", Due: "2028-11-20"}}
	pdf, _, err := Letter(must2(Credential(w.input)), "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV")
	if err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(tool(t, "pdftotext", "-layout", write(t, "letter.pdf", pdf), "-"), "\f")
	if first := strings.Fields(pages[1])[0]; regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(first) {
		t.Errorf("page 2 begins with the second line of a row: %s", first)
	}
}
