package certificate

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/verify"
)

// TestPinnedAuthority: whoever pins an authority, or who issued its certificate, gets a time
// stamp by it or INDETERMINATE; without a pin the report says that nobody vouches for it; a
// time that cannot be is worth nothing, whoever states it.
func TestPinnedAuthority(t *testing.T) {
	a := newAuthority(t, true)
	w := newWorld(t, sampleBody())
	plain := w.issue(t)
	w.input.Issuer.Stamp = a.stamper(t)
	pdf := w.issue(t)
	pinned := func(name string) []*verify.X509 {
		b, err := os.ReadFile(filepath.Join(a.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		list, err := verify.ParseAuthorities(b)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	stranger := issueX509(t, "时间戳根", 1, nil, p256("another root of that name"), p256("another root of that name").Public(), p256("another root of that name"))
	other, err := verify.ParseAuthorities([]byte(EncodePEM(stranger)))
	if err != nil {
		t.Fatal(err)
	}
	leaf := pinned("tsa.pem") // no authority over others: it vouches for itself alone
	for name, tt := range map[string]struct {
		file    []byte
		pins    []*verify.X509
		now     time.Time
		verdict verify.Verdict
		state   string
	}{
		"no pin":              {pdf, nil, time.Now(), verify.Passed, verify.StampUnknown},
		"the root":            {pdf, pinned("root.pem"), time.Now(), verify.Passed, verify.StampPinned},
		"its own certificate": {pdf, leaf, time.Now(), verify.Passed, verify.StampPinned},
		"one of two":          {pdf, append(other, leaf...), time.Now(), verify.Passed, verify.StampPinned},
		"another root":        {pdf, other, time.Now(), verify.Indeterminate, verify.StampUnknown},
		"no stamp":            {plain, leaf, time.Now(), verify.Indeterminate, ""},
		"from the future":     {pdf, leaf, time.Now().Add(-20 * time.Minute), verify.Indeterminate, verify.StampContradicts},
	} {
		r := verify.Verify(tt.file, w.parsedTrust(t), verify.Options{Now: tt.now, Authorities: tt.pins})
		state := ""
		if r.Timestamp != nil {
			state = r.Timestamp.State
		}
		if r.Verdict != tt.verdict || state != tt.state || tt.verdict == verify.Indeterminate && r.Reason != "no-timestamp" {
			t.Errorf("%s: %s %s %q", name, r.Verdict, r.Reason, state)
		}
	}
	w.input.Now = time.Now().Add(time.Hour) // dated after its own stamp
	if r := verify.Verify(w.issue(t), w.parsedTrust(t), verify.Options{Now: time.Now().Add(2 * time.Hour), Authorities: leaf}); r.Timestamp.State != verify.StampContradicts || r.Reason != "no-timestamp" {
		t.Errorf("dated after its stamp: %s %s %+v", r.Verdict, r.Reason, r.Timestamp)
	}
	for name, b := range map[string]string{"nothing": "", "a key": string(pemKey([]byte{1})), "no certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		if _, err := verify.ParseAuthorities([]byte(b)); err == nil {
			t.Errorf("%s is an authority", name)
		}
	}
}
