//go:build pkcs11

package certificate

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// softToken is a token in software, fresh for this test.
func softToken(t *testing.T) *custody.Token {
	t.Helper()
	tool, err := exec.LookPath("softhsm2-util")
	if err != nil {
		t.Fatal("softhsm2-util is needed: make tools")
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "softhsm2.conf")
	if err := os.WriteFile(conf, []byte("directories.tokendir = "+dir+"\nobjectstore.backend = file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", conf)
	if out, err := exec.Command(tool, "--init-token", "--free", "--label", "riviera", "--pin", "1234567890", "--so-pin", "0987654321").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, module := range []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"} {
		if _, err := os.Stat(module); err == nil {
			return &custody.Token{Module: module, Label: "riviera", PIN: []byte("1234567890")}
		}
	}
	t.Fatal("libsofthsm2.so is not where it is looked for")
	return nil
}

// TestKeysOnAToken: operator, credential and document keys lie on a security token, and
// whoever checks their signatures sees no difference.
func TestKeysOnAToken(t *testing.T) {
	token := softToken(t)
	made := map[string]crypto.Signer{}
	for _, name := range []string{"operator", "credential", "document"} {
		if _, err := token.Generate(name); err != nil {
			t.Fatal(err)
		}
		s, err := token.Key(name) // as after a restart
		if err != nil {
			t.Fatal(err)
		}
		made[name] = s
	}
	if _, err := token.Generate("operator"); !fault.Is(err, fault.HomeExists) {
		t.Errorf("over a key that is there: %v", err)
	}
	if _, err := token.Key("another"); !fault.Is(err, fault.TokenFailed) {
		t.Errorf("a key that is not there: %v", err)
	}

	// An envelope.
	algorithm, public, err := ledger.AlgorithmOf(made["operator"].Public())
	if err != nil || algorithm != ledger.P256 {
		t.Fatal(algorithm, err)
	}
	hash := wire.Hash{7}
	raw, err := ledger.Seal(rand.Reader, hash, ledger.Content{Member: 1, Key: 1, NotAfter: 9, Ops: []ledger.Operation{(&ledger.Succession{Of: 1}).Operation()}}, made["operator"], nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ledger.ParseEnvelope(hash, raw)
	if err != nil {
		t.Fatal(err)
	}
	m := &ledger.Member{ID: 1, Keys: []ledger.Key{{ID: 1, Purpose: ledger.Operate, Algorithm: ledger.P256, Public: public, Operator: "o"}}}
	if err := e.VerifyFirst(m, 1); err != nil {
		t.Errorf("the operator's signature: %v", err)
	}

	// A certificate: ecdsa-jcs-2019 in the credential, PAdES around it.
	w := newWorld(t, sampleBody())
	by := &w.input.Issuer
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: by.NameZH}, NotBefore: issueTime.AddDate(-1, 0, 0),
		NotAfter: issueTime.AddDate(9, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment}
	der, err := x509.CreateCertificate(rand.Reader, template, template, made["document"].Public(), made["document"])
	if err != nil {
		t.Fatal(err)
	}
	own, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	by.CredentialKey, by.DocumentKey, by.Certificate = made["credential"], made["document"], []*x509.Certificate{own}
	w.trust.Keys = trustKeys(*by)
	if r := w.verify(t, w.issue(t)); r.Verdict != verify.Passed {
		t.Errorf("%s %s %s", r.Verdict, r.Sub, r.Reason)
	}
}
