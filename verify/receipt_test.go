package verify

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
)

func exampleReceipt(t *testing.T, key crypto.Signer) *Receipt {
	t.Helper()
	r := &Receipt{Network: "test", Genesis: strings.Repeat("00", 31) + "01", Record: strings.Repeat("ab", 16), Event: "object", Serial: 1,
		Filing: strings.Repeat("cd", 32), Received: "2026-04-01T08:00:00Z", Envelope: strings.Repeat("ef", 32), Height: 7, Member: 2, NameZH: "某法院", NameEN: "Court"}
	if err := r.Sign(rand.Reader, key); err != nil {
		t.Fatal(err)
	}
	return r
}

func encodeReceipt(t *testing.T, r *Receipt) []byte {
	t.Helper()
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestReceipt: a receipt passes under the key of its member, in either algorithm; any
// change of it fails; what cannot be told is not called failed.
func TestReceipt(t *testing.T) {
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []crypto.Signer{ed, ec} {
		r := exampleReceipt(t, key)
		b := encodeReceipt(t, r)
		known := TrustKey{Member: 2, NameZH: "某法院", NameEN: "Court", PublicKey: Multikey(key.Public()), FromHeight: 1}
		trust := func(change func(*Trust)) *Trust {
			x := &Trust{Network: "test", Genesis: Hex{31: 1}, Keys: []TrustKey{known}}
			if change != nil {
				change(x)
			}
			return x
		}
		for name, tc := range map[string]struct {
			trust *Trust
			want  string
		}{
			"known":         {trust(nil), ""},
			"no trust file": {nil, "no-trust"},
			"network":       {trust(func(x *Trust) { x.Genesis[0] = 9 }), "network"},
			"no such key":   {trust(func(x *Trust) { x.Keys = nil }), "issuer"},
			"other member":  {trust(func(x *Trust) { x.Keys[0].Member = 3 }), "issuer"},
			"PDF key":       {trust(func(x *Trust) { x.Keys[0].Certificate = "x" }), "issuer"},
			"other name":    {trust(func(x *Trust) { x.Keys[0].NameEN = "Other" }), "name"},
			"retired":       {trust(func(x *Trust) { x.Keys[0].ToHeight = 6 }), "period"},
		} {
			got := VerifyReceipt(b, tc.trust)
			verdict := Indeterminate
			if tc.want == "" {
				verdict = Passed
			}
			if got.Reason != tc.want || got.Verdict != verdict || got.Receipt == nil || strings.HasPrefix(got.Text.EN, "[") {
				t.Errorf("%s: %+v", name, got)
			}
		}
		for _, change := range []func(*Receipt){
			func(r *Receipt) { r.Event = "claim" }, func(r *Receipt) { r.Serial++ }, func(r *Receipt) { r.Height = 0 }, func(r *Receipt) { r.Member++ },
			func(r *Receipt) { r.Received = "2026-04-01T08:00:01Z" }, func(r *Receipt) { r.Record = strings.Repeat("ac", 16) }, func(r *Receipt) { r.Network = "x" },
			func(r *Receipt) { r.Filing = strings.Repeat("ce", 32) }, func(r *Receipt) { r.Paper = strings.Repeat("01", 32) }, func(r *Receipt) { r.NameZH = "别的" },
			func(r *Receipt) { r.Envelope = strings.Repeat("ee", 32) }, func(r *Receipt) { r.Recorded = "x" }, func(r *Receipt) { r.Signature = "" },
		} {
			forged := *r
			change(&forged)
			if got := VerifyReceipt(encodeReceipt(t, &forged), trust(nil)); got.Verdict != Failed || got.Receipt != nil {
				t.Errorf("a changed receipt: %+v", got)
			}
		}
	}
}

func FuzzParseReceipt(f *testing.F) {
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	r := Receipt{Network: "n", Genesis: strings.Repeat("00", 32), Record: strings.Repeat("00", 16), Event: "e", Filing: strings.Repeat("00", 32),
		Received: "2026-04-01T08:00:00Z", Envelope: strings.Repeat("00", 32), Member: 1}
	if err := r.Sign(rand.Reader, key); err != nil {
		f.Fatal(err)
	}
	b, _ := json.Marshal(r)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseReceipt(b)
		if err != nil {
			return
		}
		again, _ := json.Marshal(r)
		if back, err := ParseReceipt(again); err != nil || *back != *r {
			t.Errorf("%v: %s", err, bytes.TrimSpace(again))
		}
	})
}
