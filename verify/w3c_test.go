package verify

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
)

func vector(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/w3c/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestW3CVectors(t *testing.T) {
	for _, v := range []struct{ name, signed, canonDoc, canonOptions, combined, key string }{
		{"eddsa-jcs-2022", "signedJCS.json", "canonDocJCS.txt", "proofCanonJCS.txt", "combinedHashJCS.txt", "keyPair.json"},
		{"ecdsa-jcs-2019-p256", "signedJCSECDSAP256.json", "canonDocJCSECDSAP256.txt", "proofCanonJCSECDSAP256.txt", "combinedHashJCSECDSAP256.txt", "p256KeyPair.json"},
	} {
		t.Run(v.name, func(t *testing.T) {
			signed := vector(t, v.name+"/"+v.signed)
			hash, err := IntegrityHash(signed)
			if err != nil || hex.EncodeToString(hash) != strings.TrimSpace(string(vector(t, v.name+"/"+v.combined))) {
				t.Errorf("hash %x (%v)", hash, err)
			}
			var doc map[string]json.RawMessage
			if err := json.Unmarshal(signed, &doc); err != nil {
				t.Fatal(err)
			}
			delete(doc, "proof")
			got, err := canonical(doc)
			if err != nil || string(got) != strings.TrimSpace(string(vector(t, v.name+"/"+v.canonDoc))) {
				t.Errorf("canonical document %s (%v)", got, err)
			}
			var keys struct{ PublicKeyMultibase string }
			if err := json.Unmarshal(vector(t, v.name+"/"+v.key), &keys); err != nil {
				t.Fatal(err)
			}
			multikey, err := VerifyIntegrity(signed)
			if err != nil || multikey != keys.PublicKeyMultibase {
				t.Errorf("key %s (%v)", multikey, err)
			}
			key, err := ParseMultikey(multikey)
			if err != nil || Multikey(key) != multikey || SuiteOf(key) != strings.TrimSuffix(v.name, "-p256") {
				t.Errorf("the key does not survive: %v", err)
			}
			refuseChanges(t, string(signed))
		})
	}
}

func refuseChanges(t *testing.T, signed string) {
	t.Helper()
	for name, c := range map[string]struct {
		old, new string
		want     fault.Code
	}{
		"content":   {"The School of Examples", "The School of Example", fault.BadSignature},
		"created":   {"2023-02-24T23:36:38Z", "2023-02-24T23:36:39Z", fault.BadSignature},
		"purpose":   {"assertionMethod", "authentication", fault.Malformed},
		"type":      {"DataIntegrityProof", "Ed25519Signature2020", fault.Malformed},
		"context":   {`"https://www.w3.org/ns/credentials/examples/v2"`, `"https://example.org/v2"`, fault.Malformed},
		"suite":     {"-jcs-20", "-rdfc-20", fault.BadSignature},
		"method":    {"did:key:", "did:web:", fault.Malformed},
		"duplicate": {`"id": "urn:uuid`, `"name": "x", "id": "urn:uuid`, fault.Malformed},
	} {
		changed := strings.Replace(signed, c.old, c.new, 1)
		if changed == signed {
			t.Errorf("%s: nothing to change", name)
		}
		if _, err := VerifyIntegrity([]byte(changed)); !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestMultibase(t *testing.T) {
	for _, b := range [][]byte{{0}, {0, 0, 1}, {255, 254, 0}, []byte("a longer one, of some thirty bytes")} {
		got, err := DecodeMultibase(EncodeMultibase(b))
		if err != nil || string(got) != string(b) {
			t.Errorf("%x becomes %x (%v)", b, got, err)
		}
	}
	for _, s := range []string{"", "z", "x11", "z0", "zI", "zé", "z" + strings.Repeat("1", 200)} {
		if _, err := DecodeMultibase(s); !fault.Is(err, fault.Malformed) {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"z1", EncodeMultibase(make([]byte, 34)), EncodeMultibase(append([]byte{0x80, 0x24}, make([]byte, 33)...)), EncodeMultibase([]byte{0xed, 1, 2})} {
		if _, err := ParseMultikey(s); !fault.Is(err, fault.Malformed) {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"did:key:z1", "did:key:z1#z2", "key:z1#z1"} {
		if _, err := ParseKeyURL(s); !fault.Is(err, fault.Malformed) {
			t.Errorf("%q: %v", s, err)
		}
	}
}
