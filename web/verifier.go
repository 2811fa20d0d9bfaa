package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/offline"
)

// verifier serves the offline verifier: one file that needs nothing from this node, not
// even this node. It runs under the policy that it states for itself, which allows it no
// connection at all. With ?download it is saved instead of shown.
func (s *site) verifier(w http.ResponseWriter, r *http.Request) {
	page, err := s.options.Verifier()
	if err != nil {
		p := s.newPage(w, r, "verifier.title", "verifier")
		s.render(w, http.StatusServiceUnavailable, "verifier", p)
		return
	}
	policy := offline.Policy(page)
	if policy == "" {
		s.refuse(w, r, fault.New(fault.Internal, "verifier"))
		return
	}
	sum := sha256.Sum256(page)
	h := w.Header()
	h.Set("Content-Security-Policy", policy+"; frame-ancestors 'none'")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	if _, save := r.URL.Query()["download"]; save {
		h.Set("Content-Disposition", `attachment; filename="`+offline.PageName+`"`)
	}
	if strings.Contains(r.Header.Get("If-None-Match"), h.Get("ETag")) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(page)
}
