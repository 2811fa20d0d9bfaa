package certificate

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
	"time"

	gmsm "github.com/emmansun/gmsm/sm2"

	"github.com/riviera-ledger/riviera/sm2"
	"github.com/riviera-ledger/riviera/verify"
)

// parallel gives the world's issuer an SM2 key and names it in the trust file.
func (w *world) parallel(t testing.TB) *gmsm.PrivateKey {
	t.Helper()
	key, err := gmsm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.input.Issuer.ParallelKey = key
	by := w.input.Issuer
	w.trust.Keys = append(w.trust.Keys, verify.TrustKey{Member: by.MemberID, NameZH: by.NameZH, NameEN: by.NameEN, Algorithm: verify.AlgorithmSM2,
		PublicKey: verify.SM2Multikey(compressed(&key.PublicKey)), FromHeight: 1})
	if _, err := w.trust.Encode(); err != nil {
		t.Fatal(err)
	}
	return key
}

// TestParallelSignature: a certificate of a member with an SM2 key bears an SM2 signature
// beside its own; OpenSSL takes it; the verdict is the same with it and without; a wrong one
// fails, an unknown key is reported, and who demands one gets it or INDETERMINATE.
func TestParallelSignature(t *testing.T) {
	w := newWorld(t, sampleBody())
	demand := options()
	demand.RequireSM2 = true
	if r := verify.Verify(w.issue(t), w.parsedTrust(t), demand); r.Verdict != verify.Indeterminate || r.Reason != "no-parallel" || r.Parallel != nil {
		t.Fatalf("without one: %s %s", r.Verdict, r.Reason)
	}
	key := w.parallel(t)
	pdf := w.issue(t)
	r := w.verify(t, pdf)
	if r.Verdict != verify.Passed {
		t.Fatalf("%s %s", r.Verdict, r.Reason)
	}
	p := r.Credential.Parallel
	if p == nil || r.Parallel == nil || r.Parallel.State != verify.ParallelVerified {
		t.Fatalf("%+v %+v", p, r.Parallel)
	}
	if r := verify.Verify(pdf, w.parsedTrust(t), demand); r.Verdict != verify.Passed {
		t.Errorf("demanded: %s %s", r.Verdict, r.Reason)
	}
	document, err := r.Credential.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	message, err := verify.ParallelMessage(document)
	if err != nil || bytes.Contains(message, []byte(`"proof"`)) {
		t.Fatal(err)
	}
	opensslSM2(t, &key.PublicKey, message, p.Signature)

	w.trust.Keys[len(w.trust.Keys)-1].ToHeight = 1 // long before
	if r := verify.Verify(pdf, w.parsedTrust(t), options()); r.Verdict != verify.Passed || r.Parallel.State != verify.ParallelUnknown {
		t.Errorf("a key that has ended: %s %+v", r.Verdict, r.Parallel)
	}
	if r := verify.Verify(pdf, w.parsedTrust(t), demand); r.Verdict != verify.Indeterminate || r.Reason != "no-parallel" {
		t.Errorf("a key that has ended, demanded: %s %s", r.Verdict, r.Reason)
	}
	if r := verify.Verify(pdf, nil, options()); r.Verdict != verify.Indeterminate || r.Parallel.State != verify.ParallelUnknown {
		t.Errorf("no trust file: %s %+v", r.Verdict, r.Parallel)
	}
}

// TestParallelIsCovered: nobody can take the SM2 signature out, put another in, or make one
// that is wrong pass.
func TestParallelIsCovered(t *testing.T) {
	w := newWorld(t, sampleBody())
	w.parallel(t)
	c, err := Credential(w.input)
	if err != nil {
		t.Fatal(err)
	}
	other, err := gmsm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(*verify.Credential)
		resign bool // by the issuer itself
		want   string
	}{
		"taken out":            {func(c *verify.Credential) { c.Parallel = nil }, false, "credential-signature"},
		"another's":            {func(c *verify.Credential) { c.Parallel = w.signedBy(t, c, other) }, false, "credential-signature"},
		"wrong from the first": {func(c *verify.Credential) { c.Parallel.Signature[7] ^= 1 }, true, "parallel"},
		"over something else":  {func(c *verify.Credential) { c.ValidFrom = "2026-04-01T00:00:00Z"; c.Proof.Created = c.ValidFrom }, true, "parallel"},
		"no key":               {func(c *verify.Credential) { c.Parallel.Key = c.Parallel.Key[:20] }, true, "credential-form"},
		"the credential's key": {func(c *verify.Credential) { c.Parallel.Key = strings.TrimPrefix(c.Issuer.ID, "did:key:") }, true, "credential-form"},
		"another type":         {func(c *verify.Credential) { c.Parallel.Type = "RivieraParallelSM3" }, true, "credential-form"},
		"short":                {func(c *verify.Credential) { c.Parallel.Signature = c.Parallel.Signature[:63] }, true, "credential-form"},
	} {
		changed := *c
		p := *c.Parallel
		p.Signature = bytes.Clone(p.Signature)
		changed.Parallel = &p
		tt.change(&changed)
		if tt.resign {
			if err := signCredential(&changed, w.input.Issuer.CredentialKey); err != nil {
				t.Fatal(err)
			}
		}
		b, err := changed.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		if r := verify.Verify(b, w.parsedTrust(t), options()); r.Verdict != verify.Failed || r.Reason != tt.want {
			t.Errorf("%s: %s %s, want %s", name, r.Verdict, r.Reason, tt.want)
		}
	}
	w.input.Issuer.ParallelKey = p256("not SM2")
	if _, err := Credential(w.input); err == nil {
		t.Error("a P-256 key signs as SM2")
	}
}

func options() verify.Options { return verify.Options{Now: issueTime.Add(2 * time.Hour)} }

func (w *world) signedBy(t *testing.T, c *verify.Credential, key *gmsm.PrivateKey) *verify.Parallel {
	t.Helper()
	b, err := c.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	p, err := signParallel(b, key)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestVerifyAgrees holds package sm2, which verifies on the standard library alone, to gmsm:
// right signatures of many keys and lengths, and wrong ones.
func TestVerifyAgrees(t *testing.T) {
	for i := range 24 {
		key, err := gmsm.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		k, ok := sm2.ParseKey(compressed(&key.PublicKey))
		if !ok {
			t.Fatalf("key %d is none", i)
		}
		message := bytes.Repeat([]byte{byte(i)}, 7*i+1)
		der, err := key.Sign(rand.Reader, message, gmsm.DefaultSM2SignerOpts)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := pair(der)
		if err != nil {
			t.Fatal(err)
		}
		if !k.Verify(message, raw) {
			t.Errorf("signature %d is refused", i)
		}
		message = append(message, 1)
		if k.Verify(message, raw) || gmsm.VerifyASN1WithSM2(&key.PublicKey, nil, message, der) {
			t.Errorf("signature %d is taken over another message", i)
		}
	}
}

// opensslSM2 verifies with OpenSSL, which knows the curve as SM2.
func opensslSM2(t *testing.T, key *ecdsa.PublicKey, message, raw []byte) {
	t.Helper()
	prefix, err := hex.DecodeString("3059301306072a8648ce3d020106082a811ccf5501822d034200") // SubjectPublicKeyInfo on the SM2 curve
	if err != nil {
		t.Fatal(err)
	}
	point := append(key.X.FillBytes(make([]byte, 32)), key.Y.FillBytes(make([]byte, 32))...)
	out := tool(t, "openssl", "pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678", "-pubin", "-keyform", "DER",
		"-inkey", write(t, "sm2.der", append(append(prefix, 4), point...)), "-in", write(t, "message", message), "-sigfile", write(t, "sig", asn1Pair(t, raw)))
	if !strings.Contains(out, "Verified Successfully") {
		t.Error(out)
	}
}

// asn1Pair writes r ‖ s as OpenSSL reads it.
func asn1Pair(t *testing.T, raw []byte) []byte {
	t.Helper()
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])})
	if err != nil {
		t.Fatal(err)
	}
	return der
}
