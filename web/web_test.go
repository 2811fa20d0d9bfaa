package web

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
)

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	return do(h, httptest.NewRequest("GET", path, nil), header...)
}

func do(h http.Handler, r *http.Request, header ...string) *httptest.ResponseRecorder {
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// ask sends the lookup form.
func ask(h http.Handler, code, name, purpose string, header ...string) *httptest.ResponseRecorder {
	body := url.Values{"code": {code}, "name": {name}, "purpose": {purpose}}.Encode()
	r := httptest.NewRequest("POST", "/lookup", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return do(h, r, header...)
}

const zh, en = "zh-CN", "en"

// checkPage parses a page: tags balanced, ids unique, labels and references that lead
// somewhere, every text from the catalogue.
func checkPage(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if ct := w.Header().Get("Content-Type"); ct != "text/html; charset=utf-8" {
		t.Fatalf("content type %q: %s", ct, w.Body)
	}
	body := w.Body.String()
	if i := strings.Index(body, "[web."); i >= 0 {
		t.Errorf("not in the catalogue: %.60s", body[i:])
	}
	for _, bad := range []string{"%!", "<no value>", "ZgotmplZ"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	ids, refs, headings := map[string]int{}, []string{}, 0
	d := xml.NewDecoder(strings.NewReader(body))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if e.Name.Local == "h1" {
			headings++
		}
		for _, a := range e.Attr {
			switch a.Name.Local {
			case "id":
				ids[a.Value]++
			case "for", "aria-labelledby", "aria-describedby", "list":
				refs = append(refs, a.Value)
			case "style", "onclick", "onload":
				t.Errorf("inline %s on %s", a.Name.Local, e.Name.Local)
			case "href", "src", "action":
				if !strings.HasPrefix(a.Value, "/") && !strings.HasPrefix(a.Value, "#") || strings.HasPrefix(a.Value, "//") {
					t.Errorf("%s leads elsewhere: %s", e.Name.Local, a.Value)
				}
			}
		}
		if e.Name.Local == "style" || e.Name.Local == "meta" && strings.Contains(body, "http-equiv") {
			t.Errorf("a page with %s", e.Name.Local)
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("id %s stands %d times", id, n)
		}
	}
	for _, r := range refs {
		if ids[r] == 0 {
			t.Errorf("a reference to %s, which is not there", r)
		}
	}
	if headings != 1 {
		t.Errorf("%d main headings", headings)
	}
}

// Every page in every state it can be in, in both languages.
func TestEveryPage(t *testing.T) {
	whole := New(&fake{}, Options{})
	training := New(&fake{training: "1s", waiting: true}, Options{})
	silent := New(&fake{silent: true, err: fault.New(fault.NotReady, "")}, Options{})
	pages := map[string]struct {
		get    func(lang string) *httptest.ResponseRecorder
		status int
	}{
		"home":           {func(l string) *httptest.ResponseRecorder { return get(whole, "/?lang="+l) }, 200},
		"home, training": {func(l string) *httptest.ResponseRecorder { return get(training, "/?lang="+l) }, 200},
		"home, silent":   {func(l string) *httptest.ResponseRecorder { return get(silent, "/?lang="+l) }, 200},
		"form, wrong":    {func(l string) *httptest.ResponseRecorder { return ask(whole, "x", "", "", "Accept-Language", l) }, 422},
		"listed": {func(l string) *httptest.ResponseRecorder {
			return ask(whole, orgCode, "海河建设工程有限公司", "签约", "Accept-Language", l)
		}, 200},
		"clear": {func(l string) *httptest.ResponseRecorder {
			return ask(whole, orgCode, "别的", "签约", "Accept-Language", l)
		}, 200},
		"try later": {func(l string) *httptest.ResponseRecorder {
			return ask(silent, orgCode, "别的", "签约", "Accept-Language", l)
		}, 503},
		"record":           {func(l string) *httptest.ResponseRecorder { return get(whole, "/records/"+recordID+"?lang="+l) }, 200},
		"no record":        {func(l string) *httptest.ResponseRecorder { return get(whole, "/records/00?lang="+l) }, 404},
		"measures":         {func(l string) *httptest.ResponseRecorder { return get(whole, "/measures?lang="+l) }, 200},
		"measures, silent": {func(l string) *httptest.ResponseRecorder { return get(silent, "/measures?lang="+l) }, 503},
		"erasures":         {func(l string) *httptest.ResponseRecorder { return get(whole, "/erasures?lang="+l) }, 200},
		"erasures, silent": {func(l string) *httptest.ResponseRecorder { return get(silent, "/erasures?lang="+l) }, 503},
		"record, erased": {func(l string) *httptest.ResponseRecorder {
			return get(New(&fake{erased: true}, Options{}), "/records/"+recordID+"?lang="+l)
		}, 200},
		"about":   {func(l string) *httptest.ResponseRecorder { return get(whole, "/about?lang="+l) }, 200},
		"problem": {func(l string) *httptest.ResponseRecorder { return get(whole, "/problems/stale-node?lang="+l) }, 200},
		"nowhere": {func(l string) *httptest.ResponseRecorder { return get(whole, "/wp-admin?lang="+l) }, 404},
	}
	for name, p := range pages {
		for _, l := range []string{zh, en} {
			t.Run(name+" "+l, func(t *testing.T) {
				w := p.get(l)
				if w.Code != p.status {
					t.Fatalf("%d, want %d", w.Code, p.status)
				}
				checkPage(t, w)
				if !strings.Contains(w.Body.String(), `<html lang="`+l+`">`) || w.Header().Get("Content-Language") != l {
					t.Error("in another language")
				}
			})
		}
	}
}

func TestPagesHoldNothingForeign(t *testing.T) {
	foreign := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9.-]+|url\(|@import|data:`)
	for name, a := range loadAssets() {
		for _, hit := range foreign.FindAllString(string(a.body), -1) {
			if hit != "http://www.w3.org" { // the name of SVG, fetched by nobody
				t.Errorf("%s: %s", name, hit)
			}
		}
	}
}

func TestPolicy(t *testing.T) {
	w := get(New(&fake{}, Options{}), "/")
	csp := w.Header().Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("no %s in %s", part, csp)
		}
	}
	if strings.Contains(csp, "unsafe") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%v", w.Header())
	}
}

func TestAssets(t *testing.T) {
	h := New(&fake{}, Options{})
	address := regexp.MustCompile(`href="(/static/style.css\?v=[0-9a-f]+)"`).FindStringSubmatch(get(h, "/").Body.String())
	if address == nil {
		t.Fatal("no style sheet")
	}
	w := get(h, address[1])
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := get(h, "/static/style.css?v=old"); w.Header().Get("Cache-Control") != "no-store" {
		t.Error("an address of another version is kept for ever")
	}
	for _, path := range []string{"/static/nothing.css", "/static/..%2fweb.go", "/static/"} {
		if w := get(h, path); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestLanguage(t *testing.T) {
	h := New(&fake{}, Options{})
	for _, c := range []struct {
		path   string
		header []string
		want   message.Lang
	}{
		{"/", nil, message.Chinese},
		{"/", []string{"Accept-Language", "en-GB,zh;q=0.5"}, message.English},
		{"/", []string{"Accept-Language", "fr"}, message.Chinese},
		{"/", []string{"Accept-Language", "en", "Cookie", "lang=zh-CN"}, message.Chinese},
		{"/?lang=en", []string{"Cookie", "lang=zh-CN"}, message.English},
	} {
		w := get(h, c.path, c.header...)
		if got := w.Header().Get("Content-Language"); got != string(c.want) {
			t.Errorf("%+v: %s", c, got)
		}
		if set := w.Header().Get("Set-Cookie"); (set != "") != strings.Contains(c.path, "lang=") {
			t.Errorf("%s sets %q", c.path, set)
		}
	}
	if body := get(h, "/about").Body.String(); !strings.Contains(body, `href="/about?lang=en"`) {
		t.Error("no way to the other language")
	}
}

func TestTrainingBanner(t *testing.T) {
	for training, want := range map[string]bool{"": false, "1s": true} {
		h := New(&fake{training: training}, Options{})
		for _, path := range []string{"/", "/about", "/members", "/records/" + recordID, "/problems/stale-node"} {
			body := get(h, path+"?lang=en").Body.String()
			if strings.Contains(body, "a ledger day lasts 1 s") != want {
				t.Errorf("training %q, %s: %v", training, path, !want)
			}
		}
	}
}

func TestHomeShowsTheState(t *testing.T) {
	body := get(New(&fake{}, Options{}), "/?lang=en").Body.String()
	for _, want := range []string{"18,427", "2026-11-22", "2026-11-22 16:00:05", "100,000", "412,907", "one every 0.9 s", "71,530", "Binhai Tax Service", "Recorder", "Blocks 18,380 to 18,427"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Count(body, "<rect") < 48 {
		t.Error("not every block is drawn")
	}
}

// The part that refreshes is the part of the page, and nothing when the node is silent.
func TestLive(t *testing.T) {
	whole := New(&fake{}, Options{})
	part := get(whole, "/live?lang=en")
	if part.Code != 200 || strings.Contains(part.Body.String(), "<html") {
		t.Fatalf("%d %.80s", part.Code, part.Body)
	}
	if !strings.Contains(get(whole, "/?lang=en").Body.String(), strings.TrimSpace(part.Body.String())) {
		t.Error("the fresh part differs from the first")
	}
	if w := get(New(&fake{silent: true}, Options{}), "/live"); w.Code != 503 {
		t.Errorf("a silent node: %d", w.Code)
	}
}

func TestProblemPages(t *testing.T) {
	h := New(&fake{}, Options{})
	for _, c := range fault.All() {
		if c == fault.OK {
			continue
		}
		if w := get(h, "/problems/"+c.String()); w.Code != 200 || !strings.Contains(w.Body.String(), c.String()) {
			t.Errorf("%s: %d", c, w.Code)
		}
	}
	w := get(h, "/problems/"+personCode)
	if w.Code != 404 || strings.Contains(w.Body.String(), personCode) {
		t.Errorf("%d: a made-up code is repeated", w.Code)
	}
}

// The page of late stops has the latest institution first, and names each once.
func TestMeasuresPage(t *testing.T) {
	body := get(New(&fake{}, Options{}), "/measures?lang=en").Body.String()
	bank, market := strings.Index(body, "Haihe Commercial Bank"), strings.Index(body, "Binhai Market Regulation")
	if bank < 0 || market < bank || strings.Count(body, "Binhai Market Regulation") != 1 {
		t.Errorf("at %d and %d", bank, market)
	}
	if !strings.Contains(body, `<strong class="alert">7</strong>`) {
		t.Error("seven late stops are not shown")
	}
}

// The page of erasures names who is late, and tells no count below the floor.
func TestErasuresPage(t *testing.T) {
	body := get(New(&fake{}, Options{}), "/erasures?lang=en").Body.String()
	for _, want := range []string{"Haihe Commercial Bank", "late since", "1,204", "fewer than 5", "no day is over yet", "Binhai Court"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not shown", want)
		}
	}
	if strings.Contains(body, ">4<") || strings.Contains(body, ">3<") {
		t.Error("a count below the floor is shown")
	}
	body = get(New(&fake{erased: true}, Options{}), "/records/"+recordID+"?lang=en").Body.String()
	if !strings.Contains(body, "1 of 2 institutions have confirmed") || !strings.Contains(body, "late since") {
		t.Error("the receipts of an erased record are not shown")
	}
}
