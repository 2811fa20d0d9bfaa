package web

import (
	"net/http"
	"slices"

	"github.com/riviera-ledger/riviera/client"
)

// measuresContent is who carries out which measure, and who is late in stopping.
type measuresContent struct {
	Institutions []institutionView
	Late         uint64 // stops that are not confirmed in time
	Open         uint64
}

// institutionView is one institution with its measures; Width is the share of its late
// stops, of barWidth.
type institutionView struct {
	NameZH, NameEN string
	Measures       []client.Overdue
	Late, Open     uint64
	Width          int
}

// measures shows how the institutions stand. It counts and names no party.
func (s *site) measures(w http.ResponseWriter, r *http.Request) {
	report, err := s.backend.Overdue(r.Context())
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	p := s.newPage(w, r, "measures.title", "measures")
	p.Content = institutions(report.Institutions)
	s.render(w, http.StatusOK, "measures", p)
}

// institutions groups the counts by institution, those with the most late stops first.
func institutions(counts []client.Overdue) measuresContent {
	var c measuresContent
	var most uint64
	for _, o := range counts {
		n := len(c.Institutions)
		if n == 0 || c.Institutions[n-1].Measures[0].Member != o.Member {
			c.Institutions = append(c.Institutions, institutionView{NameZH: o.NameZH, NameEN: o.NameEN})
			n++
		}
		v := &c.Institutions[n-1]
		v.Measures = append(v.Measures, o)
		v.Late += o.LateStops
		v.Open += o.Stopping
		c.Late += o.LateStops
		c.Open += o.Stopping
		most = max(most, v.Late)
	}
	for i := range c.Institutions {
		if v := &c.Institutions[i]; v.Late > 0 {
			v.Width = max(2, int(v.Late*barWidth/most))
		}
	}
	slices.SortStableFunc(c.Institutions, func(a, b institutionView) int { return int(min(b.Late, 1<<30)) - int(min(a.Late, 1<<30)) })
	return c
}
