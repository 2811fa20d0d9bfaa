package api

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
)

// Every code that a backend returns reaches the client as the same code, over HTTP.
func TestEveryCodeCrossesTheWire(t *testing.T) {
	b := newBench(t, nil)
	s := httptest.NewServer(b.handler)
	defer s.Close()
	c := client.New(s.URL, token)
	for _, code := range fault.All() {
		if code == fault.OK {
			continue
		}
		b.node.err = fault.Newf(code, "operation 3", "detail of %d", code)
		_, err := c.Status(t.Context())
		if fault.Of(err) != code {
			t.Errorf("%s came as %v", code, err)
			continue
		}
		r, ok := errors.AsType[*client.Refused](err)
		if !ok || r.Status != client.HTTPStatus(code) {
			t.Errorf("%s: %+v", code, r)
		}
		if code.Temporary() && r.After == 0 {
			t.Errorf("%s: temporary without Retry-After", code)
		}
		if _, again := client.Retry(err); again != (code.Temporary() || code == fault.NotReady || code == fault.StaleNode || code == fault.QuotaExceeded) {
			t.Errorf("%s: retry %v", code, again)
		}
	}
}

func TestProblemTexts(t *testing.T) {
	b := newBench(t, nil)
	b.node.err = fault.Newf(fault.StaleNode, "height", "lag 20m")
	zh := b.do("GET", "/v1/status", "", header{"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
	en := b.do("GET", "/v1/status", "", header{"Accept-Language": "en-GB"})
	pz, pe := problemOf(t, zh), problemOf(t, en)
	if pz.Code != pe.Code || pz.Status != 503 || pz.Where != "height" || pz.Type != "/problems/stale-node" {
		t.Errorf("%+v", pz)
	}
	if zh.Header().Get("Retry-After") != "30" {
		t.Errorf("Retry-After %q", zh.Header().Get("Retry-After"))
	}
	if pz.Detail != "" {
		t.Error("the public reads a technical detail")
	}
	if op := problemOf(t, b.do("GET", "/v1/status", "", bearerOf(token))); op.Detail != "lag 20m" {
		t.Errorf("the operator reads %q", op.Detail)
	}
}

// An error that is no fault tells the caller nothing and the log what it was.
func TestInternalErrorsStayInside(t *testing.T) {
	b := newBench(t, nil)
	b.node.err = errors.New("disk path /var/lib")
	w := b.do("GET", "/v1/status", "", bearerOf(token))
	if p := problemOf(t, w); p.Status != 500 || strings.Contains(w.Body.String(), "/var/lib") {
		t.Errorf("%+v", p)
	}
	if !strings.Contains(b.log.String(), "/var/lib") {
		t.Error("the log does not say what failed")
	}
}

func TestTimeout(t *testing.T) {
	b := newBench(t, nil)
	b.node.err = nil
	r := httptest.NewRequest("POST", "/v1/standing", strings.NewReader(standingBody(orgCode, "x")))
	ctx, cancel := contextWith(r, 20*time.Millisecond)
	defer cancel()
	b.node.hang = true
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r.WithContext(ctx))
	if p := problemOf(t, w); p.Code != "not-ready" || p.Status != 503 {
		t.Errorf("%+v", p)
	}
}

func TestNoEcho(t *testing.T) {
	const secret = "张三丰110105"
	bodies := map[string]string{
		"not JSON":         secret,
		"half JSON":        `{"code":"` + secret,
		"wrong type":       `{"code":["` + secret + `"],"name":{"` + secret + `":1},"purpose":3}`,
		"unknown property": `{"code":"c","name":"n","purpose":"p","` + secret + `":"` + secret + `"}`,
		"too long":         `{"code":"` + strings.Repeat(secret, 9) + `","name":"n","purpose":"p"}`,
		"missing":          `{"name":"` + secret + `","purpose":"p"}`,
		"proof, no truth":  `{"code":"c","name":"n","purpose":"p","proof":"` + secret + `"}`,
		"proof, twice":     `{"proof":true,"code":"c","name":"n","purpose":"p","proof":false}`,
		"an array":         `["` + secret + `"]`,
		"null":             `null`,
		"too large":        `{"code":"` + strings.Repeat(secret, 2000) + `"}`,
		"trailing":         standingBody(orgCode, secret) + secret,
	}
	b := newBench(t, nil)
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			w := b.do("POST", "/v1/standing", body, bearerOf(token))
			p := problemOf(t, w)
			if w.Code < 400 || w.Code > 422 || p.Code == "" {
				t.Errorf("%d %+v", w.Code, p)
			}
			for part := range strings.SplitSeq("张三丰 110105 三", " ") {
				if strings.Contains(w.Body.String(), part) {
					t.Errorf("the answer repeats the input: %s", w.Body)
				}
			}
		})
	}
	for _, path := range []string{"/v1/changes?limit=" + "%E5%BC%A0", "/v1/changes?after=-%E5%BC%A0", "/v1/records/" + strings.Repeat("x", 65)} {
		w := b.do("GET", path, "", bearerOf(token))
		if w.Code != 422 || strings.Contains(w.Body.String(), "张") || strings.Contains(w.Body.String(), "xxx") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := b.do("POST", "/v1/standing", "code="+orgCode, header{"Content-Type": "application/x-www-form-urlencoded"}); w.Code != 415 {
		t.Errorf("a form was taken for JSON: %d", w.Code)
	}
}

func TestProblemsNameTheField(t *testing.T) {
	b := newBench(t, nil)
	for body, want := range map[string]client.Problem{
		`{"name":"n","purpose":"p"}`:                                {Code: "field-missing", Where: "code", Status: 422},
		`{"code":"` + orgCode + `","name":" ","purpose":"p"}`:       {Code: "field-missing", Where: "name", Status: 422},
		`{"code":"1234567890123456789","name":"n","purpose":"p"}`:   {Code: "field-too-long", Where: "code", Status: 422},
		`{"code":1,"name":"n","purpose":"p"}`:                       {Code: "bad-request", Where: "code", Status: 422},
		`{"code":"x","name":"n","purpose":"p","anything else":"x"}`: {Code: "bad-request", Where: "body", Status: 422},
		`{"code":"x","code":"x","name":"n","purpose":"p"}`:          {Code: "bad-request", Where: "body", Status: 422},
		`{"Code":"x","name":"n","purpose":"p"}`:                     {Code: "bad-request", Where: "body", Status: 422},
		`{"code":"x","name":"n","purpose":null}`:                    {Code: "bad-request", Where: "purpose", Status: 422},
		`{"code":"x","name":"n","purpose":"p"}{`:                    {Code: "bad-request", Where: "body", Status: 400},
		`{`:                                                         {Code: "bad-request", Where: "body", Status: 400},
		``:                                                          {Code: "bad-request", Status: 400},
	} {
		p := problemOf(t, b.do("POST", "/v1/standing", body, nil))
		if p.Code != want.Code || p.Where != want.Where || p.Status != want.Status {
			t.Errorf("%s\n%+v\nwant %+v", body, p, want)
		}
	}
}

// TestSlowStrangersHoldNoPlaces: with every place taken by requests whose bodies never
// come, health checks and operators are still served, and the places are free again
// once the strangers' patience is over.
func TestSlowStrangersHoldNoPlaces(t *testing.T) {
	s := httptest.NewServer(New(&fake{}, Options{OperatorToken: "own-token", MaxInFlight: 2}))
	defer s.Close()
	for range 2 {
		c, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, "POST /v1/standing HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	}
	get := func(path, token string) int {
		r, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	for get("/v1/members", "") != http.StatusServiceUnavailable { // until both have taken their places
		time.Sleep(10 * time.Millisecond)
	}
	if got := get("/readyz", ""); got != http.StatusOK {
		t.Errorf("readyz %d", got)
	}
	if got := get("/v1/members", "own-token"); got != http.StatusOK {
		t.Errorf("operator %d", got)
	}
	for until := time.Now().Add(time.Minute); get("/v1/members", "") != http.StatusOK; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("the places are still held")
		}
	}
}
