package api

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
)

// Every endpoint answers an operator, with its media type and the headers that hold
// for all.
func TestEndpoints(t *testing.T) {
	tests := []struct{ method, path, body, mediaType, holds string }{
		{"GET", "/livez", "", plainText, "ok"},
		{"GET", "/readyz", "", plainText, "ok"},
		{"GET", "/metrics", "", "", "riviera_height"},
		{"GET", "/openapi.json", "", openapiType, `"openapi":"3.1.0"`},
		{"GET", "/v1/status", "", "application/json", `"network":"test"`},
		{"POST", "/v1/standing", standingBody(orgCode, "在列公司"), "application/json", `"answer":"listed"`},
		{"GET", "/v1/records/" + recordID, "", "application/json", `"subject_name":"在列公司"`},
		{"GET", "/v1/records/" + recordID + "/explain", "", "application/json", `{`},
		{"GET", "/v1/records/" + recordID + "/certificate", "", "application/pdf", "%PDF"},
		{"GET", "/v1/records/" + recordID + "/packet", "", "application/cbor", "\xa1"},
		{"GET", "/v1/changes?after=41&limit=7", "", "application/json", `"index":41`},
		{"GET", "/v1/checkpoint", "", plainText, "riviera.example/test\n7\n"},
		{"GET", "/v1/checkpoint?size=9&witnesses=2", "", plainText, "riviera.example/test\n9\n"},
		{"POST", "/v1/checkpoint", "note", "application/json", `{"size":4,"witnesses":["w1"]}`},
		{"GET", "/v1/log/consistency?older=4&size=9", "", "application/json", `{"older":4,"size":9,"path":[]}`},
		{"GET", "/v1/members", "", "application/json", "某法院"},
		{"GET", "/v1/trust", "", "application/json", `{"genesis":"00"}`},
		{"GET", "/v1/genesis", "", "application/json", `{"format":"x"}`},
		{"GET", "/v1/log/events/7/path", "", "application/json", `"size":8`},
		{"POST", "/v1/certificates/verify?require_status=true", "%PDF-1.7", "application/json", `{"bytes":8,"require":true}`},
		{"POST", "/v1/envelopes", `{"envelope":"oQEC","packets":["oQED"],"wait":true}`, "application/json", `"id":"e1"`},
		{"POST", "/v1/subject/document", `{"record":"` + recordID + `","code":"x","document":{}}`, "application/pdf", ""},
		{"POST", "/v1/subject/copy", `{"record":"` + recordID + `","code":"x","document":{"kind":"notice"}}`, "application/json", "{}"},
		{"POST", "/v1/subject/view", `{"record":"` + recordID + `","code":"x"}`, "application/json", recordID},
		{"POST", "/v1/subject/paper", `{"record":"` + recordID + `","code":"x","commitment":"ab"}`, "application/json", `"commitment":"ab"`},
		{"POST", "/v1/subject/file", `{"record":"` + recordID + `","code":"x","event":"object","text":"不服"}`, "application/json", `"serial":0`},
		{"POST", "/v1/subject/receipts", `{"record":"` + recordID + `","code":"x"}`, "application/json", `"serial":0`},
		{"POST", "/v1/filings", `{"filing":"oQEC"}`, "application/json", `"serial":0`},
		{"GET", "/v1/own/queries?limit=5", "", "application/json", `"by":"querier"`},
		{"GET", "/v1/records/" + recordID + "/papers", "", "application/json", `"papers":[{`},
		{"GET", "/v1/corrections", "", "application/json", `"id":"c1"`},
		{"POST", "/v1/corrections/acknowledge", `{"ids":["c1"]}`, "application/json", `"ok":true`},
		{"GET", "/v1/measures", "", "application/json", `"code":"I-01"`},
		{"GET", "/v1/records/" + recordID + "/erasure", "", "application/json", `"state":"late"`},
		{"GET", "/v1/erasures", "", "application/json", `"fewer_than":5`},
		{"GET", "/v1/measures/overdue", "", "application/json", `"overdue_stops":2`},
		{"GET", "/v1/own/orders?state=stop-ordered&after=3", "", "application/json", "在列公司"},
		{"GET", "/v1/own/orders/" + recordID + "/I-01", "", "application/json", `"suggest":"continues"`},
		{"GET", "/v1/own/records?phase=active&after=3", "", "application/json", recordID},
		{"GET", "/v1/own/expiring?at=2030-01-01", "", "application/json", `"items":[]`},
	}
	b := newBench(t, nil)
	for _, c := range tests {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			w := b.do(c.method, c.path, c.body, bearerOf(token))
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), c.holds) {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			if ct := w.Header().Get("Content-Type"); c.mediaType != "" && ct != c.mediaType {
				t.Errorf("content type %q, want %q", ct, c.mediaType)
			}
			if strings.Contains(w.Body.String(), "$schema") || w.Header().Get("Link") != "" {
				t.Error("a schema link follows the Host header")
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
				"X-Frame-Options": "DENY", "Access-Control-Allow-Origin": "",
			} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if strings.HasPrefix(c.path, "/v1/") && w.Header().Get("Cache-Control") != "no-store" {
				t.Error("an answer may be cached")
			}
		})
	}
	if string(b.node.submit.Envelope) != "\xa1\x01\x02" || len(b.node.submit.Packets) != 1 || !b.node.submit.Wait {
		t.Errorf("the submission arrived as %+v", b.node.submit)
	}
	if b.node.page != [2]uint64{3, 100} {
		t.Errorf("the page arrived as %v", b.node.page)
	}
}

func TestOperatorOnly(t *testing.T) {
	b := newBench(t, nil)
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/v1/envelopes", `{"envelope":"oQEC"}`},
		{"GET", "/v1/own/records", ""},
		{"GET", "/v1/own/orders", ""},
		{"GET", "/v1/own/backup", ""},
		{"GET", "/v1/own/expiring", ""},
		{"GET", "/v1/own/orders/" + recordID + "/I-01", ""},
		{"GET", "/v1/records/" + recordID + "/packet", ""},
		{"GET", "/v1/records/" + recordID + "/certificate", ""},
	} {
		if w := b.do(c.method, c.path, c.body, nil); w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("public: %s %s: %d", c.method, c.path, w.Code)
		}
		if w := b.do(c.method, c.path, c.body, bearerOf(b.key)); w.Code != 403 {
			t.Errorf("querier: %s %s: %d", c.method, c.path, w.Code)
		}
		if w := b.do(c.method, c.path, c.body, bearerOf(token)); w.Code != 200 {
			t.Errorf("operator: %s %s: %d", c.method, c.path, w.Code)
		}
	}
	if b.node.submit.Envelope == nil {
		t.Error("the operator's envelope did not arrive")
	}
	// Nobody else's body is even read.
	for _, h := range []header{nil, bearerOf(b.key)} {
		if w := b.do("POST", "/v1/envelopes", strings.Repeat("x", maxEnvelope), h); w.Code != 401 && w.Code != 403 {
			t.Errorf("%d", w.Code)
		}
	}
}

// TestStrangersReadTheOpenPartAlone: whatever the document does not open to anyone, a stranger
// does not get, with no key and with one that is none.
func TestStrangersReadTheOpenPartAlone(t *testing.T) {
	b := newBench(t, nil)
	var doc struct {
		Paths map[string]map[string]struct{ Security []map[string][]string }
	}
	if err := json.Unmarshal(b.do("GET", "/openapi.json", "", nil).Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	closed := 0
	for path, methods := range doc.Paths {
		for method, op := range methods {
			if slices.ContainsFunc(op.Security, func(s map[string][]string) bool { return len(s) == 0 }) {
				continue
			}
			closed++
			to := strings.NewReplacer("{id}", recordID, "{hash}", strings.Repeat("0", 64), "{measure}", "I-01", "{commitment}", strings.Repeat("0", 64)).Replace(path)
			for who, h := range map[string]header{"nobody": nil, "a guess": bearerOf("guess")} {
				if w := b.do(strings.ToUpper(method), to, "{}", h); w.Code != 401 {
					t.Errorf("%s: %s %s: %d", who, method, to, w.Code)
				}
			}
		}
	}
	if closed < 12 {
		t.Errorf("only %d operations are closed", closed)
	}
}

// A body is held back from all but the operator, even where the backend gives it.
func TestBodyIsTheOperators(t *testing.T) {
	b := newBench(t, nil)
	for _, h := range []header{nil, bearerOf(b.key)} {
		if w := b.do("GET", "/v1/records/"+recordID, "", h); w.Code != 200 || strings.Contains(w.Body.String(), "在列公司") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

func TestCredentials(t *testing.T) {
	b := newBench(t, nil)
	for name, h := range map[string]header{
		"unknown token": bearerOf("guess"),
		"empty":         bearerOf(""),
		"basic":         {"Authorization": "Basic b3BlcmF0b3I6eA=="},
		"mistyped key":  bearerOf(b.key[:len(b.key)-1] + "?"),
		"unknown key":   bearerOf(otherKey(t)),
	} {
		w := b.do("GET", "/v1/status", "", h)
		if p := problemOf(t, w); w.Code != 401 || p.Code != fault.NotAuthenticated.String() {
			t.Errorf("%s: %d %s", name, w.Code, p.Code)
		}
	}
	// Without an operator's token an empty one opens nothing.
	open := newBench(t, func(o *Options) { o.OperatorToken = "" })
	if w := open.do("GET", "/v1/own/records", "", bearerOf("")); w.Code != 401 {
		t.Errorf("no operator configured: %d", w.Code)
	}
}

func otherKey(t *testing.T) string {
	text, _, err := NewKey("x", "y", 1, 1, at)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestNoSuchRoute(t *testing.T) {
	b := newBench(t, nil)
	if p := problemOf(t, b.do("GET", "/v1/"+orgCode, "", nil)); p.Code != "not-found" || p.Status != 404 {
		t.Errorf("%+v", p)
	}
	w := b.do("GET", "/v1/standing?code="+orgCode, "", nil)
	if p := problemOf(t, w); p.Status != 405 || w.Header().Get("Allow") != "POST" {
		t.Errorf("%+v, Allow %q", p, w.Header().Get("Allow"))
	}
	for _, path := range []string{"/docs", "/openapi.yaml", "/schemas/Status.json", "/"} {
		if w := b.do("GET", path, "", nil); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestPagesServeTheRest(t *testing.T) {
	pages := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("page " + r.URL.Path)) })
	b := newBench(t, func(o *Options) { o.Pages = pages })
	if w := b.do("GET", "/about", "", nil); w.Body.String() != "page /about" || w.Header().Get("X-Frame-Options") != "DENY" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := b.do("GET", "/v1/nothing", "", nil); w.Code != 404 {
		t.Errorf("a page answers for the API: %d", w.Code)
	}
}

func TestOpenAPIDocument(t *testing.T) {
	b := newBench(t, nil)
	var doc struct {
		OpenAPI string
		Info    struct{ Title, Version, Description string }
		Paths   map[string]map[string]struct {
			OperationID string
			Summary     string
			Responses   map[string]struct {
				Content map[string]struct{ Schema map[string]any }
			}
			Security []map[string][]string
		}
		Components struct{ Schemas map[string]any }
	}
	w := b.do("GET", "/openapi.json", "", nil)
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	routes := map[string]string{
		"/livez": "get", "/readyz": "get", "/metrics": "get", "/openapi.json": "get",
		"/v1/status": "get", "/v1/standing": "post", "/v1/records/{id}": "get",
		"/v1/records/{id}/explain": "get", "/v1/records/{id}/certificate": "get",
		"/v1/records/{id}/packet": "get", "/v1/changes": "get", "/v1/checkpoint": "get", "/v1/log/consistency": "get",
		"/v1/members": "get", "/v1/trust": "get", "/v1/genesis": "get", "/v1/log/events/{index}/path": "get", "/v1/log/proof": "get", "/v1/certificates/verify": "post", "/v1/envelopes": "post", "/v1/own/records": "get", "/v1/own/backup": "get", "/v1/own/expiring": "get",
		"/v1/records/{id}/document": "post", "/v1/records/{id}/copy": "get", "/v1/clear": "post",
		"/v1/subject/document": "post", "/v1/subject/copy": "post",
		"/v1/records/{id}/papers": "get", "/v1/subject/view": "post", "/v1/subject/paper": "post", "/v1/subject/file": "post", "/v1/subject/receipts": "post", "/v1/subject/seal": "post", "/v1/subject/sealed": "post",
		"/v1/filings": "post", "/v1/own/queries": "get", "/v1/corrections": "get", "/v1/corrections/acknowledge": "post",
		"/v1/acts": "post", "/v1/governance": "get",
		"/v1/measures": "get", "/v1/measures/overdue": "get", "/v1/records/{id}/erasure": "get", "/v1/erasures": "get", "/v1/own/orders": "get", "/v1/own/orders/{id}/{measure}": "get",
		"/v1/contracts": "get", "/v1/contracts/{number}": "get", "/v1/contracts/proposals": "get", "/v1/contracts/proposals/{hash}": "get",
		"/v1/own/contracts/{hash}/effect": "get",
	}
	for path, method := range routes {
		op, ok := doc.Paths[path][method]
		if !ok {
			t.Errorf("%s %s is not in the document", method, path)
			continue
		}
		if op.Summary == "" || strings.HasPrefix(op.Summary, "[") {
			t.Errorf("%s: summary %q", path, op.Summary)
		}
		if _, ok := op.Responses["default"].Content[problemType]; !ok {
			t.Errorf("%s: no problem document", path)
		}
	}
	if len(doc.Paths) != len(routes) {
		t.Errorf("%d paths, want %d", len(doc.Paths), len(routes))
	}
	for _, name := range []string{"Problem", "Status", "StandingAnswer", "Receipt"} {
		if doc.Components.Schemas[name] == nil {
			t.Errorf("no schema %s", name)
		}
	}
	if doc.Components.Schemas["ErrorModel"] != nil {
		t.Error("the document describes an error that no answer carries")
	}
	if strings.Contains(w.Body.String(), "ErrorModel") {
		t.Error("a reference to a shape that is not there")
	}
}

// What the contract explains arrives whole: dates, phases and gaps in their own forms.
func TestExplanationCrossesTheWire(t *testing.T) {
	b := newBench(t, nil)
	srv := httptest.NewServer(b.handler)
	defer srv.Close()
	got, err := client.New(srv.URL, "").Explain(t.Context(), recordID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(explanation, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// A submission that waits for its block outlives the time limit for reading its body.
func TestSubmitWaitsForItsBlock(t *testing.T) {
	s := newServer(&fake{height: 7, block: 400 * time.Millisecond}, Options{OperatorToken: token})
	s.bodyTime = 100 * time.Millisecond
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = NewServer(s.handler(), slog.New(slog.DiscardHandler))
	srv.Start()
	defer srv.Close()
	r, err := client.New(srv.URL, token).Submit(t.Context(), client.Submission{Envelope: []byte{1}, Wait: true})
	if err != nil || r.Height != 8 {
		t.Errorf("%+v %v", r, err)
	}
}

func TestSizes(t *testing.T) {
	b := newBench(t, nil)
	envelope := func(n int) string { return `{"envelope":"` + strings.Repeat("AAAA", n/4) + `"}` }
	for _, c := range []struct {
		path, body string
		want       int
	}{
		{"/v1/standing", `{"code":"` + strings.Repeat("x", maxStanding) + `"}`, 413},
		{"/v1/envelopes", envelope(4 << 20), 200},
		{"/v1/envelopes", envelope(maxEnvelope), 413},
	} {
		if w := b.do("POST", c.path, c.body, bearerOf(token)); w.Code != c.want {
			t.Errorf("%s, %d bytes: %d, want %d", c.path, len(c.body), w.Code, c.want)
		}
	}
}

func BenchmarkStanding(b *testing.B) {
	h := New(&fake{height: 7}, Options{})
	body := standingBody(orgCode, "在列公司")
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("POST", "/v1/standing", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
