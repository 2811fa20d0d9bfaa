package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/offline"
)

// TestVerifierRunsUnderItsOwnPolicy: the page comes as it was built, allowed nothing but
// its own script and style.
func TestVerifierRunsUnderItsOwnPolicy(t *testing.T) {
	page, err := offline.Assemble([]byte("\x00asm"), []byte("// runtime"))
	if err != nil {
		t.Fatal(err)
	}
	h := New(&fake{}, Options{Verifier: func() ([]byte, error) { return page, nil }})
	ask := func(path, etag string) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest("GET", path, nil), httptest.NewRecorder()
		r.Header.Set("If-None-Match", etag)
		h.ServeHTTP(w, r)
		return w
	}
	w := ask("/verifier", "")
	policy := w.Header().Get("Content-Security-Policy")
	if w.Code != http.StatusOK || w.Body.String() != string(page) || policy != offline.Policy(page)+"; frame-ancestors 'none'" {
		t.Errorf("%d, policy %q", w.Code, policy)
	}
	if strings.Contains(policy, "'self'") || strings.Contains(policy, "connect-src") || !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
	if again := ask("/verifier", w.Header().Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("asked again: %d", again.Code)
	}
	if d := ask("/verifier?download", "").Header().Get("Content-Disposition"); d != `attachment; filename="verifier.html"` {
		t.Errorf("download: %q", d)
	}
}

func TestVerifierAbsent(t *testing.T) {
	for name, c := range map[string]struct {
		page func() ([]byte, error)
		want int
	}{
		"not built":        {func() ([]byte, error) { return nil, fault.New(fault.NotFound, "") }, http.StatusServiceUnavailable},
		"without a policy": {func() ([]byte, error) { return []byte("<html>"), nil }, http.StatusInternalServerError},
	} {
		w := httptest.NewRecorder()
		New(&fake{}, Options{Verifier: c.page}).ServeHTTP(w, httptest.NewRequest("GET", "/verifier", nil))
		if w.Code != c.want || !strings.Contains(w.Body.String(), "</html>") || strings.Contains(w.Body.String(), "[web.") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
