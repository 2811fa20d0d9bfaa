package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/client"
)

const accessCode = "0MN4-YX4S-QVHG-GBAJ-EYEC-3SGB-61FE"

func accessBody(record string) string {
	j, _ := json.Marshal(client.SubjectAccess{Record: record, Code: accessCode})
	return string(j)
}

// TestRefusedAccessIsUniform: two records that do not open are answered with the same
// bytes and headers.
func TestRefusedAccessIsUniform(t *testing.T) {
	b := newBench(t, nil)
	one := b.do("POST", "/v1/subject/view", accessBody(strings.Repeat("0", 32)), nil)
	two := b.do("POST", "/v1/subject/view", accessBody(strings.Repeat("f", 32)), nil)
	if one.Code != http.StatusForbidden || problemOf(t, one).Code != "access-refused" {
		t.Fatalf("%d %s", one.Code, one.Body)
	}
	if one.Body.String() != two.Body.String() || len(one.Header()) != len(two.Header()) {
		t.Errorf("%s\n%s", one.Body, two.Body)
	}
	for k, v := range one.Header() {
		if strings.Join(v, ",") != strings.Join(two.Header()[k], ",") {
			t.Errorf("header %s: %v and %v", k, v, two.Header()[k])
		}
	}
	if strings.Contains(b.log.String(), accessCode) || strings.Contains(b.log.String(), strings.Repeat("f", 32)) {
		t.Error("the log holds what was sent")
	}
	if w := b.do("GET", "/v1/subject/view?record="+recordID+"&code="+accessCode, "", nil); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("a code in an address: %d", w.Code)
	}
}

// TestDeskLimits: an address gets thirty requests at once, whatever their answer, another
// one its own, the node's own people as many as they need.
func TestDeskLimits(t *testing.T) {
	b := newBench(t, func(o *Options) { o.PublicQuota = NewPublicQuota(1000) })
	got := 0
	for range 40 {
		if w := b.do("POST", "/v1/subject/view", accessBody(recordID), nil); w.Code == http.StatusTooManyRequests {
			got++
			if w.Header().Get("Retry-After") == "" {
				t.Fatal("not told when to come again")
			}
		}
	}
	if got != 10 {
		t.Errorf("%d of 40 refused", got)
	}
	if w := b.do("POST", "/v1/filings", `{"filing":"oQEC"}`, nil); w.Code != http.StatusTooManyRequests {
		t.Errorf("filings have a limit of their own: %d", w.Code)
	}
	for range 40 {
		if w := b.do("POST", "/v1/subject/view", accessBody(recordID), bearerOf(token)); w.Code != http.StatusOK {
			t.Fatalf("the counter: %d", w.Code)
		}
	}
}

func TestFilingIsBounded(t *testing.T) {
	b := newBench(t, nil)
	j, _ := json.Marshal(client.Filing{SubjectAccess: client.SubjectAccess{Record: recordID, Code: accessCode}, Event: "object",
		Files: []client.PaperFile{{Name: "a.pdf", Data: make([]byte, 512<<10)}}})
	if w := b.do("POST", "/v1/subject/file", string(j), nil); w.Code != http.StatusOK || len(b.node.filed.Files) != 1 {
		t.Errorf("the largest: %d %s", w.Code, w.Body)
	}
	if w := b.do("POST", "/v1/subject/file", strings.Repeat(" ", 1<<20)+string(j), nil); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("beyond: %d", w.Code)
	}
}

func TestCallersReadTheirOwn(t *testing.T) {
	b := newBench(t, nil)
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/v1/own/queries", ""}, {"GET", "/v1/corrections", ""}, {"POST", "/v1/corrections/acknowledge", `{"ids":["c1"]}`},
	} {
		if w := b.do(c.method, c.path, c.body, nil); w.Code != http.StatusUnauthorized {
			t.Errorf("the public: %s %d", c.path, w.Code)
		}
		if w := b.do(c.method, c.path, c.body, bearerOf(b.key)); w.Code != http.StatusOK || b.node.by.Kind != Querier || b.node.by.Key == "" {
			t.Errorf("a querier: %s %d, asked by %+v", c.path, w.Code, b.node.by)
		}
	}
	if len(b.node.read) != 1 || b.node.read[0] != "c1" {
		t.Errorf("acknowledged %v", b.node.read)
	}
}
