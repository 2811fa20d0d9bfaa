package node

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

func TestWarnings(t *testing.T) {
	now := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for hours, want := range map[int][2]int{-1: {-1, 0}, 1: {0, 7}, 24*7 - 1: {6, 7}, 24 * 7: {7, 30}, 24*30 - 1: {29, 30},
		24 * 30: {30, 90}, 24*90 - 1: {89, 90}, 24 * 90: {90, -1}} {
		e := client.Expiry{Ends: now.Add(time.Duration(hours) * time.Hour)}
		e.Set(now)
		if got := [2]int{e.Days, e.Within}; got != want {
			t.Errorf("in %d hours: %v, want %v", hours, got, want)
		}
	}
}

// documentKey is a registered document key with its private half.
func documentKey(t *testing.T, h *Home, file string, id ledger.KeyID, until time.Time) ledger.Key {
	t.Helper()
	signer, err := h.NewKeyOf(file, ledger.P256)
	if err != nil {
		t.Fatal(err)
	}
	_, public, err := ledger.AlgorithmOf(signer.Public())
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(int64(id)), Subject: pkix.Name{CommonName: "甲"}, NotBefore: until.AddDate(-1, 0, 0), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, c, c, signer.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Key{ID: id, Purpose: ledger.Document, Algorithm: ledger.P256, Public: public, Certificate: der, Operator: "document"}
}

// TestKeyEnds: what ends when is told as of any date, by certificate and by height.
func TestKeyEnds(t *testing.T) {
	now := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	h := &Home{Dir: t.TempDir()}
	m := &ledger.Member{ID: 1, Keys: []ledger.Key{
		{ID: 1, Purpose: ledger.Operate, Operator: "a", To: 1600}, // 600 blocks on, a minute each
		{ID: 2, Purpose: ledger.Operate, Operator: "b", To: 900},  // over
		{ID: 3, Purpose: ledger.Operate, Operator: "c"},
		documentKey(t, h, "document", 4, now.AddDate(0, 0, 40)),
		{ID: 5, Purpose: ledger.Operate, Operator: "a"},
	}}
	got := keyEnds(m, 1000, now, time.Minute, now)
	want := []client.Expiry{
		{What: "key", Name: "1", Ends: now.Add(10 * time.Hour), Days: 0, About: true, Within: 7, Replaced: true},
		{What: "certificate", Name: "4", Ends: now.AddDate(0, 0, 40), Days: 40, Within: 90},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	later := keyEnds(m, 1000, now, time.Minute, now.AddDate(0, 0, 41)) // a rehearsal
	if later[1].Within != 0 || later[1].Days != -1 {
		t.Errorf("as of a later day: %+v", later[1])
	}
}

// TestIssuerFollowsTheLedger: the key that signs documents is the newest one in force whose
// private half lies here, from one height to the next and without a restart; one that has
// been retired signs nothing from its height on.
func TestIssuerFollowsTheLedger(t *testing.T) {
	until := time.Now().AddDate(1, 0, 0)
	h := &Home{Dir: t.TempDir(), Sealing: []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}
	h.Ring.Add(h.Sealing)
	credential, err := h.NewKey(CredentialKey)
	if err != nil {
		t.Fatal(err)
	}
	_, public, err := ledger.AlgorithmOf(credential.Public())
	if err != nil {
		t.Fatal(err)
	}
	first := documentKey(t, h, "document", 4, until)
	m := &ledger.Member{ID: 1, Keys: []ledger.Key{{ID: 3, Purpose: ledger.Credential, Algorithm: ledger.Ed25519, Public: public}, first}}
	i, err := openIssuer(h)
	if err != nil {
		t.Fatal(err)
	}
	signs := func(height int64) *big.Int {
		t.Helper()
		s, err := i.at(m, height)
		if err != nil {
			t.Fatal(err)
		}
		if !s.chain[0].PublicKey.(*ecdsa.PublicKey).Equal(s.document.Public()) {
			t.Error("a certificate of another key")
		}
		return s.chain[0].SerialNumber
	}
	if signs(10).Int64() != 4 {
		t.Error("not the only key")
	}
	// A rotation: the new key from 20 on, the old one to 30.
	second := documentKey(t, h, "document-6", 6, until)
	second.From = 20
	m.Keys[1].To = 30
	m.Keys = append(m.Keys, second)
	for height, want := range map[int64]int64{19: 4, 20: 6, 30: 6, 31: 6} {
		if got := signs(height).Int64(); got != want {
			t.Errorf("at %d key %d, want %d", height, got, want)
		}
	}
	// A key that lies elsewhere leaves the work to the one before it, as long as that lasts.
	m.Keys[2].Public = bytes.Repeat([]byte{4}, 65)
	if signs(25).Int64() != 4 {
		t.Error("the old key does not stand in")
	}
	if _, err := i.at(m, 31); !fault.Is(err, fault.UnknownKey) {
		t.Errorf("past the end of the last key here: %v", err)
	}
}
