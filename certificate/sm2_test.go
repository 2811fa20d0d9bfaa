package certificate

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
)

// TestParallelSignature signs a certificate with SM2 beside its own signature, and lets
// OpenSSL verify what was signed.
func TestParallelSignature(t *testing.T) {
	w := newWorld(t, sampleBody())
	pdf := w.issue(t)
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := verify.CredentialID(w.input.Event)
	parallel, err := SignParallel(pdf, id, 3, key)
	if err != nil {
		t.Fatal(err)
	}
	got, err := CheckParallel(parallel, pdf)
	if err != nil || got.ID != id || got.Member != 3 {
		t.Fatal(err, got)
	}
	opensslSM2(t, got, pdf)
	w.expect(t, pdf, verify.Passed, "", "") // with it or without

	changed := bytes.Clone(pdf)
	changed[len(changed)/2] ^= 1
	for name, c := range map[string]struct {
		parallel, file []byte
		want           fault.Code
	}{
		"another file":     {parallel, changed, fault.BadSignature},
		"another key":      {bytes.Replace(parallel, []byte(`"publicKey": "B`), []byte(`"publicKey": "C`), 1), pdf, fault.Malformed},
		"another type":     {bytes.Replace(parallel, []byte("SM2Signature1"), []byte("SM2Signature2"), 1), pdf, fault.Malformed},
		"no signature":     {[]byte("{}"), pdf, fault.Malformed},
		"a file too large": {bytes.Repeat([]byte(" "), MaxParallel+1), pdf, fault.TooLarge},
	} {
		if _, err := CheckParallel(c.parallel, c.file); !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := SignParallel(pdf, id, 3, p256("not SM2")); !fault.Is(err, fault.KeyUnfit) {
		t.Errorf("a P-256 key: %v", err)
	}
}

// opensslSM2 verifies with OpenSSL, which knows the curve as SM2.
func opensslSM2(t *testing.T, p *Parallel, file []byte) {
	t.Helper()
	prefix, err := hex.DecodeString("3059301306072a8648ce3d020106082a811ccf5501822d034200") // SubjectPublicKeyInfo on the SM2 curve
	if err != nil {
		t.Fatal(err)
	}
	out := tool(t, "openssl", "pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678", "-pubin", "-keyform", "DER",
		"-inkey", write(t, "sm2.der", append(prefix, p.PublicKey...)), "-in", write(t, "file", file), "-sigfile", write(t, "sig", p.Signature))
	if !strings.Contains(out, "Verified Successfully") {
		t.Error(out)
	}
}
