package web

import (
	"net/http"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
)

// homeContent is the first page's own part.
type homeContent struct {
	Members  []client.Member
	Form     lookupForm
	Purposes []string
	State    *page // the live part, as it is at first
}

// stateContent is the part of the first page that refreshes itself.
type stateContent struct {
	Chart  chart
	Phases []phaseRow
	Known  bool // the node told its state
}

// phaseRow is one phase with its share of the largest, for a bar.
type phaseRow struct {
	Phase string
	Count uint64
	Width int // of barWidth
}

const barWidth = 240

func (s *site) home(w http.ResponseWriter, r *http.Request) {
	s.renderHome(w, r, http.StatusOK, lookupForm{})
}

// renderHome shows the first page, with what was entered when the form comes back.
func (s *site) renderHome(w http.ResponseWriter, r *http.Request, status int, f lookupForm) {
	p := s.newPage(w, r, "home.title", "home")
	p.Path = "/"
	m, _ := s.backend.Members(r.Context())
	p.Content = homeContent{Members: m.Members, Form: f, Purposes: purposes(p), State: p.state()}
	s.render(w, status, "home", p)
}

// live is the state alone, for the script that keeps it fresh.
func (s *site) live(w http.ResponseWriter, r *http.Request) {
	p := s.newPage(w, r, "home.title", "home")
	if p.Status.Height == 0 {
		http.Error(w, fault.NotReady.String(), http.StatusServiceUnavailable)
		return
	}
	s.render(w, http.StatusOK, "live", p.state())
}

// state is the page with the state as its content.
func (p *page) state() *page {
	q := *p
	q.Content = stateContent{
		Chart:  newChart(p.Status.Blocks),
		Phases: phaseRows(p.Status.Phases),
		Known:  p.Status.Height > 0,
	}
	return &q
}

func phaseRows(counts []client.Count) []phaseRow {
	var most uint64
	for _, c := range counts {
		most = max(most, c.Count)
	}
	var rows []phaseRow
	for _, c := range counts {
		row := phaseRow{Phase: c.Phase, Count: c.Count}
		if c.Count > 0 {
			row.Width = max(2, int(float64(c.Count)/float64(most)*barWidth))
		}
		rows = append(rows, row)
	}
	return rows
}

func purposes(p *page) []string {
	var all []string
	for _, key := range [...]string{"contract", "tender", "credit", "employment", "self"} {
		all = append(all, p.T("purpose."+key))
	}
	return all
}
