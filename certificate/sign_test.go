package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
)

// TestW3CSignatures reproduces the signatures of the W3C vectors byte by byte.
func TestW3CSignatures(t *testing.T) {
	for _, v := range []struct{ signed, keys, secret string }{
		{"eddsa-jcs-2022/signedJCS.json", "eddsa-jcs-2022/keyPair.json", "privateKeyMultibase"},
		{"ecdsa-jcs-2019-p256/signedJCSECDSAP256.json", "ecdsa-jcs-2019-p256/p256KeyPair.json", "secretKeyMultibase"},
	} {
		t.Run(v.signed, func(t *testing.T) {
			var doc map[string]any
			readVector(t, v.signed, &doc)
			proof := doc["proof"].(map[string]any)
			want := proof["proofValue"]
			delete(proof, "proofValue")
			unsigned, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			var keys map[string]string
			readVector(t, v.keys, &keys)
			got, err := signIntegrity(unsigned, secretKey(t, keys[v.secret]))
			if err != nil || got != want {
				t.Errorf("%v %s, want %s", err, got, want)
			}
		})
	}
}

func readVector(t testing.TB, name string, v any) {
	t.Helper()
	b, err := os.ReadFile("../verify/testdata/w3c/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// secretKey reads a secret key in Multikey form: two bytes of prefix, then the key.
func secretKey(t testing.TB, multibase string) crypto.Signer {
	t.Helper()
	b, err := verify.DecodeMultibase(multibase)
	if err != nil || len(b) != 34 {
		t.Fatalf("%v, %d bytes", err, len(b))
	}
	if b[0] == 0x80 { // ed25519-priv
		return ed25519.NewKeyFromSeed(b[2:])
	}
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), b[2:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSignRefusesOtherKeys(t *testing.T) {
	k, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signIntegrity([]byte(`{"@context":[],"proof":{}}`), k); !fault.Is(err, fault.BadConfig) {
		t.Errorf("P-384: %v", err)
	}
}

// TestDeterministic: the same input, the same file. Nothing in a certificate hangs on
// chance or on the order of a map.
func TestDeterministic(t *testing.T) {
	w := newWorld(t, sampleBody())
	first := w.issue(t)
	for range 3 {
		if string(w.issue(t)) != string(first) {
			t.Fatal("two files of one input")
		}
	}
	if !strings.HasPrefix(string(first), "%PDF-1.7\n") {
		t.Error("no PDF")
	}
}
