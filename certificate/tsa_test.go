package certificate

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
)

// authority is a time-stamp authority that OpenSSL runs, with a root and a signing
// certificate of its own.
type authority struct {
	dir  string
	root string
}

const stampConfig = `[tsa]
default_tsa = tsa1
[tsa1]
serial = DIR/serial
signer_cert = DIR/tsa.pem
signer_key = DIR/tsa.key
certs = DIR/root.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = CHAIN
ess_cert_id_alg = sha256
`

// newAuthority makes an authority whose signing key is RSA or ECDSA.
func newAuthority(t testing.TB, rsaKey bool) *authority {
	t.Helper()
	a := &authority{dir: t.TempDir()}
	rootKey := p256("root of the time-stamp authority")
	root := issueX509(t, "时间戳根", 1, nil, rootKey, rootKey.Public(), rootKey)
	var public any
	var der []byte
	var err error
	if rsaKey {
		key, e := rsa.GenerateKey(rand.Reader, 2048)
		if e != nil {
			t.Fatal(e)
		}
		public = key.Public()
		der, err = x509.MarshalPKCS8PrivateKey(key)
	} else {
		key := p256("key of the time-stamp authority")
		public = key.Public()
		der, err = x509.MarshalPKCS8PrivateKey(key)
	}
	if err != nil {
		t.Fatal(err)
	}
	signer := issueX509(t, "示例时间戳服务", 2, root, rootKey, public, rootKey)
	a.root = a.write(t, "root.pem", []byte(EncodePEM(root)))
	a.write(t, "tsa.pem", []byte(EncodePEM(signer)))
	a.write(t, "tsa.key", pemKey(der))
	a.write(t, "serial", []byte("01\n"))
	chain := "no"
	if rsaKey {
		chain = "yes"
	}
	a.write(t, "tsa.cnf", []byte(strings.NewReplacer("DIR", a.dir, "CHAIN", chain).Replace(stampConfig)))
	return a
}

func pemKey(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func (a *authority) write(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(a.dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// issueX509 makes a root (parent nil) or a certificate for time stamps.
func issueX509(t testing.TB, name string, serial int64, parent *x509.Certificate, key *ecdsa.PrivateKey, public any, by *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name, Country: []string{"CN"}},
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(9, 0, 0), BasicConstraintsValid: true}
	if parent == nil {
		template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
		parent = template
	} else {
		template.KeyUsage = x509.KeyUsageDigitalSignature
		uses, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
		if err != nil {
			t.Fatal(err)
		}
		template.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: uses}}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, by)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// reply answers a request as the authority does.
func (a *authority) reply(t testing.TB, request []byte) []byte {
	t.Helper()
	in, out := a.write(t, "request.tsq", request), filepath.Join(a.dir, "reply.tsr")
	tool(t, "openssl", "ts", "-reply", "-config", filepath.Join(a.dir, "tsa.cnf"), "-queryfile", in, "-out", out)
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (a *authority) stamper(t testing.TB) Stamper {
	return func(imprint [32]byte) ([]byte, error) {
		request, err := StampRequest(imprint)
		if err != nil {
			return nil, err
		}
		return ReadStampResponse(a.reply(t, request), imprint)
	}
}

// TestTimestamp stamps certificates by two authorities. OpenSSL must verify the token as
// it stands in the file, without what was left out of it.
func TestTimestamp(t *testing.T) {
	for name, rsaKey := range map[string]bool{"ECDSA": false, "RSA, with the chain": true} {
		t.Run(name, func(t *testing.T) {
			a, w := newAuthority(t, rsaKey), newWorld(t, sampleBody())
			w.input.Issuer.Stamp = a.stamper(t)
			pdf, warnings, err := Issue(w.input)
			if err != nil || len(warnings) != 0 {
				t.Fatal(err, warnings)
			}
			w.expect(t, pdf, verify.Passed, "", "")
			r := w.verify(t, pdf)
			if r.Timestamp == nil || r.Timestamp.Authority != "示例时间戳服务" || time.Since(r.Timestamp.Time) > time.Minute {
				t.Fatalf("%+v", r.Timestamp)
			}
			cms := cmsOf(t, pdf)
			token := write(t, "token.der", cms.Timestamp)
			data := write(t, "signature", cms.Signature)
			out := tool(t, "openssl", "ts", "-verify", "-in", token, "-token_in", "-data", data, "-CAfile", a.root)
			if !strings.Contains(out, "Verification: OK") {
				t.Error(out)
			}
			if out := tool(t, "pdfsig", write(t, "stamped.pdf", pdf)); !strings.Contains(out, "Signature is Valid") || !strings.Contains(out, "Total document signed") {
				t.Error(out)
			}
			openssl(t, w, pdf)
			everyByteOfStamp(t, w, pdf, map[bool]int{false: 1, true: 7}[rsaKey])
		})
	}
}

// everyByteOfStamp changes bytes of the signature with its token.
func everyByteOfStamp(t *testing.T, w *world, pdf []byte, step int) {
	trust := w.parsedTrust(t)
	from := bytes.Index(pdf, []byte("/Contents <")) + len("/Contents <")
	used := len(bytes.TrimRight(pdf[from:from+2*verify.SignatureRoom], "0"))
	for i := from; i < from+used; i += step {
		pdf[i] ^= 1
		if r := verify.Verify(pdf, trust, verify.Options{Now: issueTime}); r.Verdict == verify.Passed {
			t.Errorf("byte %d of the signature changes and passes", i-from)
		}
		pdf[i] ^= 1
	}
}

func cmsOf(t testing.TB, pdf []byte) *verify.CMS {
	t.Helper()
	from := bytes.Index(pdf, []byte("/Contents <")) + len("/Contents <")
	der, err := hex.DecodeString(string(pdf[from : from+2*verify.SignatureRoom]))
	if err != nil {
		t.Fatal(err)
	}
	cms, _, err := verify.ParseCMS(der)
	if err != nil {
		t.Fatal(err)
	}
	return cms
}

// TestWithoutAuthority: no authority, no delay and no loss: the file is at level B-B, and
// the issuer is warned.
func TestWithoutAuthority(t *testing.T) {
	a := newAuthority(t, false)
	for name, s := range map[string]Stamper{
		"no answer": func([32]byte) ([]byte, error) { return nil, errors.New("refused") },
		"nonsense":  func([32]byte) ([]byte, error) { return []byte{0x30, 0}, nil },
		"a token over something else": func([32]byte) ([]byte, error) {
			imprint := sha256.Sum256([]byte("something else"))
			return a.stamper(t)(imprint)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sampleBody())
			w.input.Issuer.Stamp = s
			pdf, warnings, err := Issue(w.input)
			if err != nil || len(warnings) != 1 || warnings[0] != NoTimestamp {
				t.Fatal(err, warnings)
			}
			w.expect(t, pdf, verify.Passed, "", "")
		})
	}
	imprint := sha256.Sum256([]byte("x"))
	request, err := StampRequest(imprint)
	if err != nil {
		t.Fatal(err)
	}
	reply := a.reply(t, request)
	for name, bad := range map[string][]byte{"cut": reply[:len(reply)-1], "nothing": nil, "a refusal": {0x30, 5, 0x30, 3, 2, 1, 2}} {
		if _, err := ReadStampResponse(bad, imprint); !fault.Is(err, fault.NotReady) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadStampResponse(reply, [32]byte{1}); !fault.Is(err, fault.NotReady) {
		t.Errorf("another imprint: %v", err)
	}
}

// TestStolenTimestamp: the token of one certificate does not serve another.
func TestStolenTimestamp(t *testing.T) {
	a, w := newAuthority(t, false), newWorld(t, sampleBody())
	w.input.Issuer.Stamp = a.stamper(t)
	token := cmsOf(t, w.issue(t)).Timestamp
	w.input.Issuer.Stamp = nil
	w.input.Now = w.input.Now.Add(time.Hour)
	pdf := w.issue(t)
	cms := cmsOf(t, pdf)
	cms.Timestamp = token
	der, err := cms.Encode()
	if err != nil {
		t.Fatal(err)
	}
	from := bytes.Index(pdf, []byte("/Contents <")) + len("/Contents <")
	hex.Encode(pdf[from:], der)
	w.expect(t, pdf, verify.Failed, verify.SigCryptoFailure, "timestamp")
}

// TestRevocationLists carries a list of the signer's chain inside the signed revision.
func TestRevocationLists(t *testing.T) {
	w := newWorld(t, sampleBody())
	key := p256("root of a certification service")
	root := issueX509(t, "示例根", 1, nil, key, key.Public(), key)
	crl, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(7), ThisUpdate: issueTime,
		NextUpdate: issueTime.AddDate(0, 1, 0)}, root, key)
	if err != nil {
		t.Fatal(err)
	}
	w.input.Issuer.CRLs = [][]byte{crl}
	pdf := w.issue(t)
	w.expect(t, pdf, verify.Passed, "", "")
	path := write(t, "crl.pdf", pdf)
	if out := tool(t, "qpdf", "--check", path); !strings.Contains(out, "No syntax or stream encoding errors") {
		t.Error(out)
	}
	if out := tool(t, "pdfsig", path); !strings.Contains(out, "Total document signed") {
		t.Error(out)
	}
	if !bytes.Contains(pdf, []byte("/DSS << /Type /DSS /CRLs [ ")) {
		t.Error("no /DSS")
	}
}

func FuzzReadTimestamp(f *testing.F) {
	a := newAuthority(f, false)
	token, err := a.stamper(f)(sha256.Sum256([]byte("x")))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := verify.ReadTimestamp(b)
		if err != nil {
			return
		}
		if again, err := verify.ParseTimestamp(got.Encode()); err != nil || again.Time != got.Time {
			t.Errorf("what was read cannot be read again: %v", err)
		}
	})
}
