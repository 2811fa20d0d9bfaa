package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/client"
)

func contextWith(r *http.Request, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), d)
}

var clockFields = regexp.MustCompile(`"(height|block_time|ledger_time|ledger_date|expires)":("[^"]*"|\d+)`)

// "clear" is the same bytes and headers for every reason, for every kind of caller.
func TestClearIsUniform(t *testing.T) {
	b := newBench(t, nil)
	seen := map[string][]string{}
	for i, name := range []string{"从未在列公司", "已退出公司", "名称不符公司"} {
		b.node.height = int64(7 + 93*i)
		w := b.do("POST", "/v1/standing", standingBody(orgCode, name), header{"Accept-Language": "zh", "Accept": "text/html"})
		if w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		h := w.Header().Clone()
		head, _ := json.Marshal(h)
		form := string(head) + clockFields.ReplaceAllString(w.Body.String(), `"$1":0`)
		seen[form] = append(seen[form], name)
	}
	if len(seen) != 1 {
		t.Errorf("%d forms of one answer: %v", len(seen), seen)
	}
	for form := range seen {
		if !strings.Contains(form, `"answer":"clear"`) || strings.Contains(form, "records") || strings.Contains(form, "released") {
			t.Error(form)
		}
	}
}

func TestStandingAnswers(t *testing.T) {
	b := newBench(t, nil)
	for name, want := range map[string]string{"在列公司": client.Listed, "别的公司": client.Clear, "未知公司": client.TryLater} {
		for lang, note := range map[string]string{"zh-CN": "，", "en": " "} {
			var a client.StandingAnswer
			w := b.do("POST", "/v1/standing", standingBody(orgCode, name), header{"Accept-Language": lang})
			if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
				t.Fatal(err)
			}
			if a.Answer != want || !strings.Contains(a.Note, note) || strings.HasPrefix(a.Note, "[") {
				t.Errorf("%s %s: %+v", name, lang, a)
			}
			if (want == client.Listed) != (len(a.Records) == 1) {
				t.Errorf("%s: %d records", name, len(a.Records))
			}
		}
	}
}

// A listed answer carries the proof that was asked for, as it is; no other answer has one.
func TestProofOfAnswer(t *testing.T) {
	b := newBench(t, nil)
	for _, c := range []struct {
		name, ask, want string
	}{{"在列公司", `,"proof":true`, `{"version":1}`}, {"在列公司", `,"proof":false`, ""}, {"在列公司", "", ""}, {"已退出公司", `,"proof":true`, ""}} {
		w := b.do("POST", "/v1/standing", strings.TrimSuffix(standingBody(orgCode, c.name), "}")+c.ask+"}", nil)
		var a client.StandingAnswer
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != 200 || string(a.Proof) != c.want {
			t.Errorf("%s %s: %d %s (%v)", c.name, c.ask, w.Code, w.Body, err)
		}
	}
}

func TestPublicAsksOrganisationsOnly(t *testing.T) {
	b := newBench(t, nil)
	for _, code := range []string{personCode, "110105194912310021", "110105491231002"} { // valid, mistyped, old
		p := problemOf(t, b.do("POST", "/v1/standing", standingBody(code, "张三"), nil))
		if p.Code != "role-not-allowed" || p.Status != 403 || p.Where != "code" {
			t.Errorf("public: %+v", p)
		}
	}
	if b.node.asked.Code != "" {
		t.Error("the node was asked all the same")
	}
	if w := b.do("POST", "/v1/standing", standingBody(personCode, "张三"), bearerOf(b.key)); w.Code != 200 {
		t.Errorf("querier: %d %s", w.Code, w.Body)
	}
	if want := (Caller{Kind: Querier, Name: "某银行", Member: 5, Key: b.node.by.Key}); b.node.by != want || len(want.Key) != keyIDLen {
		t.Errorf("asked by %+v", b.node.by)
	}
}

func TestAccessLogHoldsNoIdentifier(t *testing.T) {
	b := newBench(t, func(o *Options) { o.PublicQuota = NewPublicQuota(9) })
	for _, h := range []header{nil, bearerOf(b.key), bearerOf(token)} {
		b.do("POST", "/v1/standing?code="+orgCode, standingBody(personCode, "张三"), h)
		b.do("POST", "/v1/standing", standingBody(orgCode, "在列公司"), h)
		b.do("GET", "/v1/records/"+personCode, "", h)
		b.do("GET", "/v1/"+personCode, "", h)
		b.do(personCode, "/v1/status", "", h)
	}
	for _, bad := range []string{orgCode, personCode, "张三", "在列公司", "203.0.113.9", "签约", b.key, token, recordID} {
		if strings.Contains(b.log.String(), bad) {
			t.Errorf("the log holds %q:\n%s", bad, b.log)
		}
	}
	if line := "route=/v1/records/{id}"; !strings.Contains(b.log.String(), line) {
		t.Errorf("no line with %s:\n%s", line, b.log)
	}
}

func TestPanicIsAnswered(t *testing.T) {
	pages := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("张三") })
	b := newBench(t, func(o *Options) { o.Pages = pages })
	w := b.do("GET", "/", "", nil)
	if p := problemOf(t, w); p.Status != 500 || strings.Contains(w.Body.String()+b.log.String(), "张三") {
		t.Errorf("%+v\n%s", p, b.log)
	}
	if !strings.Contains(b.log.String(), "TestPanicIsAnswered") {
		t.Errorf("the log does not say where:\n%s", b.log)
	}
}

func TestInFlightLimit(t *testing.T) {
	b := newBench(t, func(o *Options) { o.MaxInFlight = 1 })
	b.node.hang = true
	r := httptest.NewRequest("POST", "/v1/standing", strings.NewReader(standingBody(orgCode, "x")))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	entered := make(chan struct{})
	go func() {
		defer close(done)
		close(entered)
		b.handler.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
	}()
	<-entered
	refused := false
	for range 200 {
		if w := b.do("GET", "/v1/status", "", nil); w.Code == 503 && w.Header().Get("Retry-After") != "" {
			refused = true
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if !refused {
		t.Error("a second request was served beside the first")
	}
	if w := b.do("GET", "/livez", "", nil); w.Code != 200 {
		t.Errorf("livez waits in the queue: %d", w.Code)
	}
	cancel()
	<-done
}

// FuzzStandingBody: whatever is sent, the answer is JSON of the API, and an error
// never repeats a run of what was sent.
func FuzzStandingBody(f *testing.F) {
	for _, s := range []string{standingBody(orgCode, "在列公司"), `{}`, `[`, `{"code":1}`, `{"code":"\ud800"}`, "null", `{"张三":"张三"}`} {
		f.Add(s)
	}
	node := &fake{height: 7}
	h := New(node, Options{})
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest("POST", "/v1/standing", strings.NewReader("Zq"+body))
		if strings.HasPrefix(body, "{") {
			r = httptest.NewRequest("POST", "/v1/standing", strings.NewReader(`{"Zqx7Zq":"Zqx7Zq",`+body[1:]))
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var any map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &any); err != nil {
			t.Fatalf("%d %q", w.Code, w.Body)
		}
		if w.Code == 200 || w.Code >= 500 {
			t.Fatalf("%d for a body that nobody may send", w.Code)
		}
		if strings.Contains(w.Body.String(), "Zq") {
			t.Fatalf("repeated: %s", w.Body)
		}
	})
}
