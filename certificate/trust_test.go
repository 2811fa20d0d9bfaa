package certificate

import (
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
)

// TestTrustDecides leaves the certificate alone and changes what the verifier knows.
func TestTrustDecides(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(testing.TB, *world)
		verdict verify.Verdict
		sub     string
		reason  string
	}{
		{"another network's genesis", func(_ testing.TB, w *world) { w.trust.Genesis[0] ^= 1 }, verify.Indeterminate, verify.NoCertificateChain, "other-network"},
		{"another chain", func(_ testing.TB, w *world) { w.trust.ChainID += "x" }, verify.Indeterminate, verify.NoCertificateChain, "other-network"},
		{"a trust file with a real clock", func(_ testing.TB, w *world) { w.input.TrainingDay = time.Second }, verify.Indeterminate, verify.ChainConstraints, "training-clock"},
		{"a trust file with a training clock", func(_ testing.TB, w *world) { w.trust.TrainingDay = "1s" }, verify.Indeterminate, verify.ChainConstraints, "training-clock"},
		{"no credential key", func(_ testing.TB, w *world) { w.trust.Keys = w.trust.Keys[1:] }, verify.Indeterminate, verify.NoCertificateChain, "issuer-unknown"},
		{"a credential key out of use", func(_ testing.TB, w *world) { w.trust.Keys[0].ToHeight = exitHeight }, verify.Indeterminate, verify.OutOfBounds, "issuer-period"},
		{"another member's key", func(_ testing.TB, w *world) { w.trust.Keys[0].Member = 9 }, verify.Indeterminate, verify.SigConstraints, "issuer-name"},
		{"another name", func(_ testing.TB, w *world) { w.trust.Keys[0].NameZH = "某银行" }, verify.Indeterminate, verify.SigConstraints, "issuer-name"},
		{"no document key", func(_ testing.TB, w *world) { w.trust.Keys = w.trust.Keys[:1] }, verify.Indeterminate, verify.NoCertificateChain, "seal-unknown"},
		{"a document key out of use", func(_ testing.TB, w *world) { w.trust.Keys[1].ToHeight = exitHeight }, verify.Indeterminate, verify.OutOfBounds, "seal-period"},
		{"a certificate that has run out", func(_ testing.TB, w *world) { w.input.Now = issueTime.AddDate(5, 0, 0) }, verify.Indeterminate, verify.OutOfBounds, "seal-period"},
		{"another member's document key", func(_ testing.TB, w *world) { w.trust.Keys[1].Member = 9 }, verify.Indeterminate, verify.SigConstraints, "seal-member"},
		{"recorders unknown", func(_ testing.TB, w *world) {
			w.trust.Epochs[0] = verify.NewTrustEpoch(1, newFakeChain(w.chain.id, 4, "other").validators())
		}, verify.Indeterminate, verify.NoCertificateChain, "validators-unknown"},
		{"an old trust file, a newer certificate", func(_ testing.TB, w *world) {
			w.trust.Height, w.trust.IssuedAt, w.trust.Roots = exitHeight-1, issueTime.AddDate(-3, 0, -2), nil
		}, verify.Indeterminate, verify.TryLater, "trust-age"},
		{"a fresh trust file, a newer certificate", func(_ testing.TB, w *world) {
			w.trust.Height, w.trust.IssuedAt, w.trust.Roots = exitHeight-1, blockTime.AddDate(-3, 0, 7), nil
		}, verify.Passed, "", ""},
		{"an old trust file, an older certificate under a daily root", func(_ testing.TB, w *world) { w.after(10) }, verify.Passed, "", ""},
		{"the same without the root", func(_ testing.TB, w *world) { w.after(10); w.trust.Roots = nil }, verify.Indeterminate, verify.NoProofOfExistence, "no-witness"},
		{"a fresh trust file, an older certificate without the root", func(_ testing.TB, w *world) { w.trust.Roots = nil }, verify.Passed, "", ""},
		{"recorders that have handed over", func(_ testing.TB, w *world) { w.handOver(); w.trust.Roots = nil }, verify.Indeterminate, verify.NoProofOfExistence, "retired-keys"},
		{"the same, under a daily root", func(_ testing.TB, w *world) { w.handOver() }, verify.Passed, "", ""},
		{"a trust file that claims to be older than the block before it", func(_ testing.TB, w *world) {
			w.trust.IssuedAt, w.trust.Roots = blockTime.Add(-time.Second), nil
		}, verify.Failed, verify.FormatFailure, "times"},
		{"a trust file that claims to be newer than the block after it", func(_ testing.TB, w *world) {
			w.trust.Height = exitHeight
		}, verify.Failed, verify.FormatFailure, "times"},
		{"issued before its block", func(_ testing.TB, w *world) { w.input.Now = blockTime.Add(-time.Hour) }, verify.Failed, verify.FormatFailure, "times"},
		{"issued a little before its block, by another clock", func(_ testing.TB, w *world) { w.input.Now = blockTime.Add(-time.Minute) }, verify.Passed, "", ""},
		{"an event recorded after its block", func(t testing.TB, w *world) {
			w.reevent(t, func(e *proof.Event) { e.Recorded = credit.Moment(blockTime.Unix() + 1) })
		}, verify.Failed, verify.FormatFailure, "times"},
		{"from the future", func(_ testing.TB, w *world) { w.input.Now = issueTime.Add(3 * time.Hour) }, verify.Indeterminate, verify.TryLater, "future"},
		{"a daily root of another history", func(_ testing.TB, w *world) {
			w.trust.Roots = []verify.DailyRoot{{Day: "2026-11-20", Size: uint64(w.log.n), Root: verify.Hex{1}}}
		}, verify.Failed, verify.HashFailure, "daily-root"},
		{"reversed by a court", func(_ testing.TB, w *world) { w.reverse() }, verify.Failed, verify.Revoked, "reversed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, sampleBody())
			c.change(t, w)
			w.expect(t, w.issue(t), c.verdict, c.sub, c.reason)
		})
	}
}

// TestNewerKeysIssue: an institution that has changed its keys issues documents of what was
// before with the keys of today.
func TestNewerKeysIssue(t *testing.T) {
	w := newWorld(t, sampleBody())
	w.trust.Keys[0].FromHeight, w.trust.Keys[1].FromHeight = exitHeight+2, exitHeight+2
	if r := w.verify(t, w.issue(t)); r.Verdict != verify.Passed {
		t.Fatalf("%s %s", r.Verdict, r.Reason)
	}
}

// refresh makes the refresh file that any node would give, for the log as it is now.
func (w *world) refresh(t testing.TB) *verify.Refresh {
	t.Helper()
	c, err := verify.ParseCredential(w.document(t))
	if err != nil {
		t.Fatal(err)
	}
	index := int64(c.Evidence.Log.Index)
	r, err := verify.NewRefresh(c, "2026-11-21", uint64(w.log.n), w.log.root(t), w.log.path(t, index))
	if err != nil {
		t.Fatal(err)
	}
	if r, err = verify.ParseRefresh(must(r.Encode())); err != nil {
		t.Fatal(err)
	}
	return r
}

// after lets years pass before the certificate is verified.
func (w *world) after(years int) { w.years = years }

// reverse lets a court reverse the exit: the issuer, who is a recorder.
func (w *world) reverse() {
	w.trust.Epochs[0].Validators[1].Member = w.input.Issuer.MemberID
	r, err := Reverse(w.trust.Genesis, verify.CredentialID(w.input.Event), "2026-11-21", 590, w.input.Issuer)
	if err != nil {
		panic(err) // values of this test
	}
	w.trust.Reversals = []verify.Reversal{r}
}

// TestReversalsAreSigned: nobody makes one up, and who reversed stands in the report.
func TestReversalsAreSigned(t *testing.T) {
	w := newWorld(t, sampleBody())
	w.reverse()
	r := w.verify(t, w.issue(t))
	if d := r.Status.Reversed; r.Reason != "reversed" || d == nil || d.By.EN != "Haizhou District People's Court" || d.DecidedOn != "2026-11-21" {
		t.Fatalf("%s %+v", r.Reason, r.Status)
	}
	for name, change := range map[string]func(*verify.Trust, *verify.Reversal){
		"another certificate":      func(_ *verify.Trust, r *verify.Reversal) { r.Certificate = r.Certificate[:len(r.Certificate)-1] + "0" },
		"no certificate":           func(_ *verify.Trust, r *verify.Reversal) { r.Certificate = "urn:riviera:clear:" + r.Certificate[17:] },
		"another day":              func(_ *verify.Trust, r *verify.Reversal) { r.DecidedOn = "2026-11-20" },
		"no day":                   func(_ *verify.Trust, r *verify.Reversal) { r.DecidedOn = "2026-11-31" },
		"another signature":        func(_ *verify.Trust, r *verify.Reversal) { r.Signature[3] ^= 1 },
		"another member":           func(_ *verify.Trust, r *verify.Reversal) { r.Member++ },
		"another key":              func(_ *verify.Trust, r *verify.Reversal) { r.Key = verify.Multikey(ed("other").Public()) },
		"a height to come":         func(_ *verify.Trust, r *verify.Reversal) { r.Height = 601 },
		"no height":                func(_ *verify.Trust, r *verify.Reversal) { r.Height = 0 },
		"a key out of use":         func(t *verify.Trust, _ *verify.Reversal) { t.Keys[0].ToHeight = 500 },
		"a member without a vote":  func(t *verify.Trust, _ *verify.Reversal) { t.Epochs[0].Validators[1].Member = 2 },
		"signed for another place": func(t *verify.Trust, _ *verify.Reversal) { t.Genesis[0] ^= 1 },
	} {
		w := newWorld(t, sampleBody())
		w.reverse()
		change(&w.trust, &w.trust.Reversals[0])
		if _, err := w.trust.Encode(); !fault.Is(err, fault.Malformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// handOver lets other recorders take over after the exit.
func (w *world) handOver() {
	w.trust.Epochs = append(w.trust.Epochs, verify.NewTrustEpoch(500, newFakeChain(w.chain.id, 4, "successors").validators()))
}

func TestWithoutTrustNothingIsClaimed(t *testing.T) {
	w := newWorld(t, sampleBody())
	r := verify.Verify(w.issue(t), nil, verify.Options{Now: issueTime})
	if r.Verdict != verify.Indeterminate || r.Reason != "no-trust" || r.Integrity.Verdict != verify.Passed || r.Status.State != verify.StateUnknown {
		t.Errorf("%s %s, integrity %s, status %s", r.Verdict, r.Reason, r.Integrity.Verdict, r.Status.State)
	}
}

func TestStatus(t *testing.T) {
	w := newWorld(t, sampleBody())
	pdf := w.issue(t)
	if r := w.verify(t, pdf); r.Status.State != verify.StateStanding {
		t.Errorf("status %s", r.Status.State)
	}
	w.trust.Height, w.trust.IssuedAt, w.trust.Roots = exitHeight, blockTime.Add(-time.Minute), nil
	trust := w.parsedTrust(t)
	if r := verify.Verify(pdf, trust, verify.Options{Now: issueTime}); r.Verdict != verify.Passed || r.Status.State != verify.StateUnknown {
		t.Errorf("%s, status %s", r.Verdict, r.Status.State)
	}
	if r := verify.Verify(pdf, trust, verify.Options{Now: issueTime, RequireStatus: true}); r.Verdict != verify.Indeterminate || r.Reason != "status-unknown" {
		t.Errorf("required: %s %s", r.Verdict, r.Reason)
	}
}

// TestRetiredKeys lets recorders that have handed over sign a history that never was:
// their signatures are good, their power was enough, and it helps them nothing. The
// true certificate passes once it is refreshed.
func TestRetiredKeys(t *testing.T) {
	w := newWorld(t, sampleBody())
	w.handOver()
	for i := range 20 {
		w.log.add(t, proof.Event{Type: proof.TypeCreated, Height: 500 + int64(i)}.Encode())
	}
	w.trust.Roots = []verify.DailyRoot{{Day: "2026-11-21", Size: uint64(w.log.n), Root: verify.Hex(w.log.root(t))}}
	honest := w.issue(t)
	refresh := w.refresh(t)
	options := verify.Options{Now: issueTime, Refresh: refresh}
	if r := verify.Verify(honest, w.parsedTrust(t), options); r.Verdict != verify.Passed {
		t.Errorf("refreshed: %s %s", r.Verdict, r.Reason)
	}

	forger := newWorld(t, sampleBody())
	forger.trust = w.trust
	forger.reevent(t, func(e *proof.Event) { e.Effective -= 86_400 })
	pdf := forger.issue(t)
	if r := forger.verify(t, pdf); r.Verdict != verify.Indeterminate || r.Reason != "retired-keys" {
		t.Errorf("forged: %s %s", r.Verdict, r.Reason)
	}
	stolen := *refresh
	stolen.ID, stolen.Index = verify.CredentialID(forger.input.Event), verify.Count(forger.input.Ledger.LogIndex)
	if r := verify.Verify(pdf, w.parsedTrust(t), verify.Options{Now: issueTime, Refresh: &stolen}); r.Verdict != verify.Failed || r.Reason != "daily-root" {
		t.Errorf("forged, with a refresh: %s %s", r.Verdict, r.Reason)
	}
}
