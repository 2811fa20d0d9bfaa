package api

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
)

func TestNewKey(t *testing.T) {
	text, k, err := NewKey("某银行", "授信审批", 5, 100, at)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkKeyText(text); err != nil {
		t.Error(err)
	}
	if k.ID != k.Hash[:8] || k.Hash != hashKey(text) || strings.Contains(k.Hash, text) {
		t.Errorf("%+v", k)
	}
	if again, _, _ := NewKey("某银行", "授信审批", 5, 100, at); again == text {
		t.Error("two keys are the same")
	}
	// Every single mistyped character is noticed before the store is asked.
	for i := range text {
		wrong := []byte(text)
		wrong[i] = 'a'
		if text[i] == 'a' {
			wrong[i] = 'b'
		}
		if checkKeyText(string(wrong)) == nil {
			t.Errorf("character %d: not noticed", i)
		}
	}
	for _, c := range []struct {
		name, purpose string
		quota         int
		want          fault.Code
	}{
		{"", "p", 1, fault.FieldMissing}, {"n", " ", 1, fault.FieldMissing},
		{strings.Repeat("名", 101), "p", 1, fault.FieldTooLong}, {"n", "p", 0, fault.FieldInvalid},
	} {
		if _, _, err := NewKey(c.name, c.purpose, 1, c.quota, at); fault.Of(err) != c.want {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestDailyQuota(t *testing.T) {
	b := newBench(t, nil)
	ask := func() *httptest.ResponseRecorder {
		return b.do("POST", "/v1/standing", standingBody(orgCode, "在列公司"), bearerOf(b.key))
	}
	for i := range 3 {
		if w := ask(); w.Code != 200 {
			t.Fatalf("query %d: %d %s", i, w.Code, w.Body)
		}
	}
	w := ask()
	if p := problemOf(t, w); p.Code != "quota-exceeded" || p.Where != "day" || w.Code != 429 {
		t.Errorf("%+v", p)
	}
	// 16:00 in UTC+8: eight hours to the new day.
	if got := w.Header().Get("Retry-After"); got != "28800" {
		t.Errorf("Retry-After %s", got)
	}
	if w := b.do("GET", "/v1/status", "", bearerOf(b.key)); w.Code != 200 {
		t.Errorf("other reads count too: %d", w.Code)
	}
	*b.now = at.Add(8 * time.Hour)
	if w := ask(); w.Code != 200 {
		t.Errorf("the new day: %d", w.Code)
	}
}

func TestQuotaSurvivesRestart(t *testing.T) {
	b := newBench(t, nil)
	for range 3 {
		b.do("POST", "/v1/standing", standingBody(orgCode, "x"), bearerOf(b.key))
	}
	if err := b.keys.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := openKeys(b.dir, func() time.Time { return *b.now })
	if err != nil {
		t.Fatal(err)
	}
	if err := again.take(hashKey(b.key)[:keyIDLen]); fault.Of(err) != fault.QuotaExceeded {
		t.Errorf("after a restart: %v", err)
	}
	for _, name := range []string{KeyFile, usageFile} {
		if i, err := os.Stat(filepath.Join(b.dir, name)); err != nil || i.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, i.Mode(), err)
		}
		if c, _ := os.ReadFile(filepath.Join(b.dir, name)); strings.Contains(string(c), b.key) {
			t.Errorf("%s holds the key itself", name)
		}
	}
}

func TestKeyFileIsReadAgain(t *testing.T) {
	b := newBench(t, nil)
	status := func() int { return b.do("GET", "/v1/status", "", bearerOf(b.key)).Code }
	if got := status(); got != 200 {
		t.Fatal(got)
	}
	if err := DisableKey(b.dir, hashKey(b.key)[:keyIDLen]); err != nil {
		t.Fatal(err)
	}
	*b.now = b.now.Add(2 * recheckEvery)
	if got := status(); got != 401 {
		t.Errorf("disabled: %d", got)
	}
	// A file that is being edited does not lock everyone out, nor open anything.
	if err := os.WriteFile(filepath.Join(b.dir, KeyFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	*b.now = b.now.Add(2 * recheckEvery)
	if got := status(); got != 401 {
		t.Errorf("broken file: %d", got)
	}
	if _, err := OpenKeys(b.dir); fault.Of(err) != fault.BadConfig {
		t.Errorf("opening a broken file: %v", err)
	}
}

func TestKeyBurst(t *testing.T) {
	b := newBench(t, nil)
	refused := 0
	for range 30 {
		if w := b.do("GET", "/v1/status", "", bearerOf(b.key)); w.Code == 429 {
			refused++
			if p := problemOf(t, w); p.Where != "rate" {
				t.Fatalf("%+v", p)
			}
		}
	}
	if refused != 10 { // 10 a second, 20 at once
		t.Errorf("%d of 30 refused", refused)
	}
}

func TestEditKeys(t *testing.T) {
	dir := t.TempDir()
	_, k, _ := NewKey("n", "p", 1, 1, at)
	if err := AddKey(dir, k); err != nil {
		t.Fatal(err)
	}
	if err := AddKey(dir, k); err == nil {
		t.Error("added twice")
	}
	if err := DisableKey(dir, "00000000"); fault.Of(err) != fault.NotFound {
		t.Errorf("disabled a key that is not there: %v", err)
	}
	if err := DisableKey(dir, k.ID); err != nil {
		t.Fatal(err)
	}
	if ks, err := Keys(dir); err != nil || len(ks) != 1 || !ks[0].Disabled {
		t.Errorf("%+v %v", ks, err)
	}
}

func TestPublicQuota(t *testing.T) {
	q := NewPublicQuota(2)
	now := at
	q.now = func() time.Time { return now }
	b := newBench(t, func(o *Options) { o.PublicQuota = q })
	ask := func(from string) int {
		r := httptest.NewRequest("POST", "/v1/standing", strings.NewReader(standingBody(orgCode, "x")))
		r.RemoteAddr = from
		r.Header.Set("X-Forwarded-For", "198.51.100.77") // nobody is believed
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, r)
		return w.Code
	}
	for i, c := range []struct {
		from string
		want int
	}{
		{"203.0.113.9:1", 200}, {"203.0.113.9:2", 200}, {"203.0.113.9:3", 429},
		{"203.0.113.10:1", 200},
		{"[2001:db8::1]:1", 200}, {"[2001:db8::2]:1", 200}, {"[2001:db8::3]:1", 429}, // one /64
		{"[2001:db8:0:1::1]:1", 200},
	} {
		if got := ask(c.from); got != c.want {
			t.Errorf("%d %s: %d, want %d", i, c.from, got, c.want)
		}
	}
	now = now.Add(24 * time.Hour)
	if got := ask("203.0.113.9:1"); got != 200 {
		t.Errorf("next day: %d", got)
	}
}

func TestPublicQuotaForgets(t *testing.T) {
	q := NewPublicQuota(2)
	now := at
	q.now = func() time.Time { return now }
	r := &http.Request{RemoteAddr: "203.0.113.9:1", Header: http.Header{}}
	if err := q.Take(r); err != nil {
		t.Fatal(err)
	}
	secret := q.secret
	now = now.Add(24 * time.Hour)
	if err := q.take("198.51.100.1"); err != nil {
		t.Fatal(err)
	}
	if len(q.visitors) != 1 || q.secret == secret {
		t.Errorf("yesterday's visitors: %d, key kept: %v", len(q.visitors), q.secret == secret)
	}
	for i := range maxVisitors + 10 {
		q.mu.Lock()
		q.visit(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String())
		q.mu.Unlock()
	}
	if len(q.visitors) > maxVisitors {
		t.Errorf("%d visitors held", len(q.visitors))
	}
}

func TestBelievedProxy(t *testing.T) {
	q := NewPublicQuota(2, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"))
	for _, c := range []struct{ remote, forwarded, want string }{
		{"127.0.0.1:9", "198.51.100.7", "198.51.100.7"},
		{"127.0.0.1:9", "1.2.3.4, 198.51.100.7, 10.1.1.1", "198.51.100.7"}, // the first is the caller's own claim
		{"203.0.113.9:9", "198.51.100.7", "203.0.113.9"},
		{"127.0.0.1:9", "rubbish", "127.0.0.1"},
		{"127.0.0.1:9", "", "127.0.0.1"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": {c.forwarded}}}
		if got := q.address(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
