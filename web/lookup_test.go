package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
)

func TestLookup(t *testing.T) {
	f := &fake{}
	h := New(f, Options{})
	w := ask(h, " 9111 0000-60003734１l ", " 海河建设工程有限公司 ", "签约", "Accept-Language", en)
	if w.Code != 200 || f.asked.Code != orgCode || f.asked.Name != "海河建设工程有限公司" {
		t.Fatalf("%d, asked %+v", w.Code, f.asked)
	}
	for _, want := range []string{"Listed", "Judgment defaulter", "Binhai Intermediate", "2024-12-06", "2026-12-11", "I-03", "2026-11-23 16:00:05", "/records/" + recordID, "disputed"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the answer does not say %q", want)
		}
	}
}

func TestClearPageIsUniform(t *testing.T) {
	h := New(&fake{}, Options{})
	seen := map[string]bool{}
	for _, name := range []string{"甲公司", "已退出公司", "乙公司"} {
		w := ask(h, orgCode, name, "签约")
		if w.Code != http.StatusOK {
			t.Fatal(w.Code)
		}
		seen[strings.ReplaceAll(w.Body.String(), name, "")] = true
	}
	if len(seen) != 1 {
		t.Errorf("%d forms of one answer", len(seen))
	}
}

// The answer is the response: no redirect, no address, no cookie, nothing kept.
func TestLookupLeavesNoTrace(t *testing.T) {
	w := ask(New(&fake{}, Options{}), orgCode, "海河建设工程有限公司", "签约")
	if w.Code != 200 || w.Header().Get("Location") != "" || w.Header().Get("Set-Cookie") != "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	for attr := range strings.SplitSeq(w.Body.String(), `href="`) {
		link, _, _ := strings.Cut(attr, `"`)
		if strings.Contains(link, orgCode) {
			t.Errorf("a link with the code: %s", link)
		}
	}
	if w := get(New(&fake{}, Options{}), "/lookup?code="+orgCode); w.Code != 303 || w.Header().Get("Location") != "/" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func TestPersonsAreRefused(t *testing.T) {
	f := &fake{}
	h := New(f, Options{})
	for _, code := range []string{personCode, "110105194912310021", strings.ToLower(personCode)} {
		w := ask(h, code, "张三", "签约", "Accept-Language", en)
		if w.Code != 422 || !strings.Contains(w.Body.String(), "organisations only") {
			t.Errorf("%d", w.Code)
		}
		if strings.Contains(w.Body.String(), code[:10]) {
			t.Error("the number is shown back")
		}
	}
	if f.asked.Code != "" {
		t.Error("the node was asked")
	}
}

func TestWrongForm(t *testing.T) {
	f := &fake{}
	h := New(f, Options{})
	for _, c := range []struct{ code, name, purpose, field string }{
		{"", "n", "p", "code"},
		{"91110000600037342L", "n", "p", "code"},
		{"9111000060003734", "n", "p", "code"},
		{orgCode, " ", "p", "name"},
		{orgCode, strings.Repeat("名", 201), "p", "name"},
		{orgCode, "\xff", "p", "name"},
		{orgCode, "n", "", "purpose"},
	} {
		w := ask(h, c.code, c.name, c.purpose)
		mark := `aria-describedby="` + c.field + `-help" aria-invalid="true"`
		if w.Code != 422 || strings.Count(w.Body.String(), `aria-invalid="true"`) != 1 || !strings.Contains(w.Body.String(), mark) {
			t.Errorf("%+v: %d", c, w.Code)
		}
	}
	if f.asked.Code != "" {
		t.Error("the node was asked")
	}
	// What was entered comes back, as text.
	w := ask(h, "x", `"><script>alert(1)</script>`, "p")
	if strings.Contains(w.Body.String(), "<script>alert") || !strings.Contains(w.Body.String(), "&lt;script&gt;") {
		t.Error("the name is not escaped")
	}
}

func TestRefusedLookups(t *testing.T) {
	for name, c := range map[string]struct {
		f      *fake
		o      Options
		header []string
		status int
		code   string
	}{
		"quota":        {&fake{}, Options{Allow: func(*http.Request) error { return fault.New(fault.QuotaExceeded, "day") }}, nil, 429, "quota-exceeded"},
		"another site": {&fake{}, Options{}, []string{"Sec-Fetch-Site", "cross-site"}, 403, "role-not-allowed"},
		"stale":        {&fake{err: fault.New(fault.StaleNode, "height")}, Options{}, []string{"Accept-Language", en}, 503, "must not be held against it"},
		"broken":       {&fake{err: errors.New("disk /var/lib")}, Options{}, nil, 500, "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(New(c.f, c.o), orgCode, "海河建设工程有限公司", "签约", c.header...)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.code) {
				t.Errorf("%d", w.Code)
			}
			if strings.Contains(w.Body.String(), "/var/lib") || strings.Contains(w.Body.String(), "Judgment defaulter") {
				t.Error("the page says too much")
			}
			checkPage(t, w)
		})
	}
	big := httptest.NewRequest("POST", "/lookup", strings.NewReader("name="+strings.Repeat("x", maxForm)))
	big.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if w := do(New(&fake{}, Options{}), big); w.Code != 400 {
		t.Errorf("a huge form: %d", w.Code)
	}
}

func TestRecordPage(t *testing.T) {
	h := New(&fake{}, Options{})
	body := get(h, "/records/"+recordID+"?lang=en").Body.String()
	for _, want := range []string{
		"Judgment defaulter", "Binhai Intermediate People", "2026-12-11", "Not met: ", "Met: ", "12 days missing",
		"deciding body or superior body", "art. 10", "Listed by decision", "Member 9", "a-new-word",
		"2024-12-06 15:30:00", "effective 2024-12-06 00:00:00", "Objection",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(body, "海河建设") {
		t.Error("the page names the subject")
	}
	for from, to := range map[string]string{"/records": "/", "/records?id=+0F+": "/records/0f", "/records?id=a/../b": "/records/a%2F..%2Fb"} {
		if w := get(h, from); w.Code != 303 || w.Header().Get("Location") != to {
			t.Errorf("%s: %d to %s", from, w.Code, w.Header().Get("Location"))
		}
	}
}

func FuzzLookup(f *testing.F) {
	f.Add(orgCode, "海河建设工程有限公司", "签约")
	f.Add(personCode, "<b>", "\x00")
	f.Fuzz(func(t *testing.T, code, name, purpose string) {
		w := ask(New(&fake{}, Options{}), code, name, purpose)
		if w.Code >= 500 || w.Code == 0 {
			t.Fatal(w.Code)
		}
	})
}
