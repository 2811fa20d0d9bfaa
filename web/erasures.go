package web

import (
	"net/http"

	"github.com/riviera-ledger/riviera/client"
)

// erasuresContent is which institutions have erased what had to go, and whose records are
// held for litigation.
type erasuresContent struct {
	Report client.ErasureReport
	Late   int // institutions that are late
}

// Floored is a count as it may be told.
func (p *page) Floored(f client.Floored) string {
	if f.FewerThan > 0 {
		return p.T("erasures.fewer", f.FewerThan)
	}
	return p.Number(f.Count)
}

// erasures shows how the institutions stand. It counts from a floor on and names no party.
func (s *site) erasures(w http.ResponseWriter, r *http.Request) {
	report, err := s.backend.Erasures(r.Context())
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	c := erasuresContent{Report: report}
	for _, x := range report.Institutions {
		if x.LateSince != "" {
			c.Late++
		}
	}
	p := s.newPage(w, r, "erasures.title", "erasures")
	p.Content = c
	s.render(w, http.StatusOK, "erasures", p)
}
