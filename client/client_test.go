package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
)

// seen is what a node received.
type seen struct {
	line, body, auth, lang string
}

// node answers every request with one answer and remembers the last.
func node(t *testing.T, status int, h map[string]string, body string) (*Client, *seen) {
	t.Helper()
	var s seen
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		s = seen{r.Method + " " + r.URL.RequestURI(), string(b), r.Header.Get("Authorization"), r.Header.Get("Accept-Language")}
		for k, v := range h {
			w.Header().Set(k, v)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	return New(srv.URL+"/", "secret"), &s
}

func TestRequests(t *testing.T) {
	c, s := node(t, 200, nil, "{}")
	c.Lang = message.Chinese
	ctx := t.Context()
	do := func(_ any, err error) error { return err }
	for want, call := range map[string]func() error{
		"GET /livez":                                       func() error { return c.Live(ctx) },
		"GET /readyz":                                      func() error { return c.Ready(ctx) },
		"GET /v1/status":                                   func() error { return do(c.Status(ctx)) },
		"POST /v1/standing":                                func() error { return do(c.Standing(ctx, StandingRequest{})) },
		"GET /v1/records/a%2Fb":                            func() error { return do(c.Record(ctx, "a/b")) },
		"GET /v1/records/ab/explain":                       func() error { return do(c.Explain(ctx, "ab")) },
		"GET /v1/records/ab/certificate?lang=en":           func() error { return do(c.Certificate(ctx, "ab", message.English)) },
		"GET /v1/records/ab/packet":                        func() error { return do(c.Packet(ctx, "ab")) },
		"GET /v1/changes?after=7&limit=50":                 func() error { return do(c.Changes(ctx, 7, 50)) },
		"GET /v1/changes":                                  func() error { return do(c.Changes(ctx, 0, 0)) },
		"GET /v1/checkpoint":                               func() error { return do(c.Checkpoint(ctx, 0, 0)) },
		"GET /v1/checkpoint?size=9&witnesses=2":            func() error { return do(c.Checkpoint(ctx, 9, 2)) },
		"GET /v1/log/consistency?older=4&size=9":           func() error { return do(c.Consistency(ctx, 4, 9)) },
		"POST /v1/checkpoint":                              func() error { return do(c.Cosign(ctx, []byte("note"))) },
		"GET /v1/log/events/7/path":                        func() error { return do(c.LogPath(ctx, 7)) },
		"POST /v1/certificates/verify?require_status=true": func() error { return do(c.Verify(ctx, []byte("%PDF"), true)) },
		"GET /v1/members":                                  func() error { return do(c.Members(ctx)) },
		"GET /v1/trust":                                    func() error { return do(c.Trust(ctx)) },
		"POST /v1/acts":                                    func() error { return do(c.HandIn(ctx, Act{Envelope: []byte{1}})) },
		"GET /v1/governance":                               func() error { return do(c.Governance(ctx)) },
		"POST /v1/envelopes":                               func() error { return do(c.Submit(ctx, Submission{Envelope: []byte{1}})) },
		"GET /v1/own/records?after=3&limit=5&phase=active": func() error {
			return do(c.OwnRecords(ctx, "active", 3, 5))
		},
	} {
		if err := call(); err != nil || s.line != want {
			t.Errorf("%s: %v, sent %s", want, err, s.line)
		}
		if s.auth != "Bearer secret" || s.lang != "zh-CN" {
			t.Errorf("%s: %+v", want, s)
		}
	}
}

func TestNothingPersonalInAddresses(t *testing.T) {
	c, s := node(t, 200, nil, "{}")
	q := StandingRequest{Code: "91110000600037341L", Name: "某公司", Purpose: "签约"}
	if _, err := c.Standing(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if s.line != "POST /v1/standing" || !strings.Contains(s.body, q.Code) {
		t.Errorf("%+v", s)
	}
	// A node that cannot be reached: the error names the address, and nothing asked.
	gone := New("http://127.0.0.1:1", "secret")
	_, err := gone.Standing(t.Context(), q)
	if fault.Of(err) != fault.NotReady {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{q.Code, q.Name, q.Purpose, "secret"} {
		if strings.Contains(err.Error(), bad) {
			t.Errorf("the error holds %q: %v", bad, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	problem := map[string]string{"Content-Type": "application/problem+json; charset=utf-8", "Retry-After": "30"}
	for name, c := range map[string]struct {
		status int
		header map[string]string
		body   string
		code   fault.Code
		where  string
		wait   time.Duration // 0: no retry
	}{
		"stale":         {503, problem, `{"code":"stale-node","where":"height"}`, fault.StaleNode, "height", 30 * time.Second},
		"pool full":     {503, map[string]string{"Content-Type": "application/problem+json"}, `{"code":"pool-full"}`, fault.PoolFull, "", time.Second},
		"foreign":       {403, problem, `{"code":"foreign-recorder","where":"operation 3"}`, fault.ForeignRecorder, "operation 3", 0},
		"newer code":    {429, problem, `{"code":"made-tomorrow"}`, fault.QuotaExceeded, "", 30 * time.Second},
		"ok is no code": {409, problem, `{"code":"ok"}`, fault.Internal, "", 0},
		"proxy":         {502, map[string]string{"Content-Type": "text/html"}, `<html>{"code":"stale-node"}`, fault.NotReady, "", time.Second},
		"not JSON":      {400, problem, `{`, fault.Internal, "", 0},
		"other service": {404, nil, `nope`, fault.NotFound, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			cl, _ := node(t, c.status, c.header, c.body)
			_, err := cl.Status(t.Context())
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || f.Code != c.code || f.Where != c.where {
				t.Fatalf("%v", err)
			}
			if r, ok := errors.AsType[*Refused](err); !ok || r.Status != c.status {
				t.Errorf("%+v", r)
			}
			if wait, again := Retry(err); wait != c.wait || again != (c.wait > 0) {
				t.Errorf("retry %v in %v", again, wait)
			}
		})
	}
}

func TestNoRedirect(t *testing.T) {
	reached := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	c, _ := node(t, 307, map[string]string{"Location": other.URL}, "")
	if _, err := c.Standing(t.Context(), StandingRequest{Name: "某公司"}); err == nil || reached {
		t.Errorf("followed: %v, %v", reached, err)
	}
}

func TestCancelled(t *testing.T) {
	c, _ := node(t, 200, nil, "{}")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Status(ctx)
	if _, again := Retry(err); !errors.Is(err, context.Canceled) || again {
		t.Errorf("%v", err)
	}
	if _, again := Retry(nil); again {
		t.Error("success is no reason to ask again")
	}
}

func TestLanguage(t *testing.T) {
	for accept, want := range map[string]message.Lang{
		"zh-CN,zh;q=0.9,en;q=0.8": message.Chinese,
		"en-GB, zh;q=0.5":         message.English,
		"fr-FR,fr;q=0.9,zh;q=0.1": message.Chinese,
		"ZH-hant":                 message.Chinese,
	} {
		if got, ok := Language(accept); got != want || !ok {
			t.Errorf("%s: %s", accept, got)
		}
	}
	for _, accept := range []string{"", "fr", "*", "zhx", ",,;q"} {
		if got, ok := Language(accept); ok || got != message.English {
			t.Errorf("%q: %s", accept, got)
		}
	}
}

// FuzzRefusal: whatever a server answers becomes an error with a code of the set.
func FuzzRefusal(f *testing.F) {
	f.Add(503, "application/problem+json", "3", `{"code":"stale-node","status":200}`)
	f.Add(500, "application/problem+json;;", "-1", `[]`)
	f.Fuzz(func(t *testing.T, status int, contentType, after, body string) {
		res := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}, "Retry-After": {after}}}
		err := refusal(res, []byte(body))
		r, ok := errors.AsType[*Refused](err)
		if !ok || fault.Of(err) == fault.OK || r.After < 0 || r.Status != status {
			t.Fatalf("%v", err)
		}
	})
}
