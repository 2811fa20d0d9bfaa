package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

func post(h http.Handler, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return do(h, r, header...)
}

func mineForm(record, code string) url.Values {
	return url.Values{"record": {record}, "code": {code}}
}

// TestMine: the form, the record, a refusal and a receipt are whole pages in both
// languages; the code is in none of them.
func TestMine(t *testing.T) {
	f := &fake{}
	h := New(f, Options{})
	for _, l := range []string{zh, en} {
		checkPage(t, get(h, "/mine?lang="+l))
		w := post(h, "/mine", mineForm(" 0F1E-2D3C 4b5a69788796a5b4c3d2e1f0 ", mineCode), "Accept-Language", l)
		checkPage(t, w)
		for _, want := range []string{"海河建设工程有限公司", "12,345.67", "凭证.pdf", "某银行", `name="event" value="object" required="required" disabled="disabled"`} {
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: %d, %q is not shown", l, w.Code, want)
			}
		}
		if strings.Contains(w.Body.String(), mineCode) || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Location") != "" {
			t.Error("the page holds the code, may be kept, or leads on")
		}
		if dir := os.Getenv("RIVIERA_PAGES"); dir != "" { // to be looked at
			if err := os.WriteFile(dir+"/mine-"+l+".html", w.Body.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		filed := file(t, h, map[string]string{"record": recordID, "code": mineCode, "event": "claim", "arg.claim.fact_on": "2026-04-01", "arg.object.x": "1", "text": "已履行"}, "凭证.pdf", "%PDF-1", "Accept-Language", l)
		checkPage(t, filed)
		if filed.Code != http.StatusOK || len(f.filed.Files) != 1 || len(f.filed.Args) != 1 || f.filed.Args[0] != "fact_on=2026-04-01" || strings.Contains(filed.Body.String(), mineCode) {
			t.Errorf("%d, filed %+v", filed.Code, f.filed)
		}
	}
}

// TestMineSealed: a sealed copy is kept with the code, given back with nothing but the code,
// and refused alike for any other; no page holds the code.
func TestMineSealed(t *testing.T) {
	h := New(&fake{}, Options{})
	for _, l := range []string{zh, en} {
		w := post(h, "/mine/seal", mineForm(recordID, mineCode), "Accept-Language", l)
		checkPage(t, w)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "2036-11-20") || strings.Contains(w.Body.String(), mineCode) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if w := post(h, "/mine/open", mineForm("", mineCode)); w.Code != http.StatusOK || w.Body.String() != `{"own":"copy"}` || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	other := credit.NewAccessCode([17]byte{9}).Text()
	if w := post(h, "/mine/open", mineForm("", other)); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), other) {
		t.Errorf("another code: %d", w.Code)
	}
	for _, path := range []string{"/mine/seal", "/mine/open"} {
		if w := post(h, path, mineForm(recordID, mineCode), "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
			t.Errorf("%s from another site: %d", path, w.Code)
		}
	}
}

func file(t *testing.T, h http.Handler, fields map[string]string, name, data string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, v := range fields {
		if err := m.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	part, err := m.CreateFormFile("files", name)
	if err == nil {
		_, err = part.Write([]byte(data))
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/mine/file", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return do(h, r, header...)
}

// TestMineRefuses: what does not open looks alike but for what was typed; wrong forms,
// other sites and crowds are kept out.
func TestMineRefuses(t *testing.T) {
	h := New(&fake{}, Options{})
	other := "A3C5-HR4R-BV67-YR21-HAQG-SHDB-B1G9"
	unknown := post(h, "/mine", mineForm(strings.Repeat("0", 32), mineCode))
	wrong := post(h, "/mine", mineForm(recordID, other))
	checkPage(t, unknown)
	same := strings.ReplaceAll(wrong.Body.String(), recordID, strings.Repeat("0", 32))
	if unknown.Code != http.StatusForbidden || wrong.Code != unknown.Code || same != unknown.Body.String() {
		t.Errorf("%d and %d differ", unknown.Code, wrong.Code)
	}
	if w := post(h, "/mine", mineForm(recordID, "abc")); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a code that is none: %d", w.Code)
	}
	if w := post(h, "/mine", mineForm(recordID, mineCode), "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("from another site: %d", w.Code)
	}
	crowd := New(&fake{}, Options{AllowDesk: func(*http.Request) error { return fault.New(fault.QuotaExceeded, "rate") }})
	for _, path := range []string{"/mine", "/mine/paper", "/mine/file"} {
		if w := post(crowd, path, mineForm(recordID, mineCode)); w.Code != http.StatusTooManyRequests {
			t.Errorf("%s in a crowd: %d", path, w.Code)
		}
	}
	if w := get(h, "/mine/file"); w.Code != http.StatusSeeOther {
		t.Errorf("a reloaded receipt: %d", w.Code)
	}
}

// TestMinePaper: the file of a paper comes as a download in which nothing runs, for the
// ticket that the page holds.
func TestMinePaper(t *testing.T) {
	h := New(&fake{}, Options{})
	page := post(h, "/mine", mineForm(recordID, mineCode)).Body.String()
	m := regexp.MustCompile(`name="ticket" value="([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatal("no ticket on the page")
	}
	form := url.Values{"record": {recordID}, "ticket": {m[1]}, "paper": {"ab"}, "file": {"0"}}
	w := post(h, "/mine/paper", form)
	if w.Code != http.StatusOK || w.Body.String() != "%PDF-" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") ||
		!strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	form.Set("file", "1")
	if w := post(h, "/mine/paper", form); w.Code != http.StatusNotFound {
		t.Errorf("no such file: %d", w.Code)
	}
	form.Set("ticket", "x")
	if w := post(h, "/mine/paper", form); w.Code != http.StatusForbidden {
		t.Errorf("no ticket: %d", w.Code)
	}
}
