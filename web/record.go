package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
)

// recordContent is a record's page: the ledger's side and the contract's explanation.
type recordContent struct {
	Record  client.Record
	Explain contract.Explanation
	Groups  []wayGroup
	Ahead   []contract.Forecast
	History []historyView   // newest first
	Erasure *client.Erasure // of a record that has come to its end
	members map[uint32]client.Member
}

// wayGroup holds the ways out that are set in motion in the same manner.
type wayGroup struct {
	How  contract.How
	Ways []wayView
}

// wayView is one way out as the page tells it.
type wayView struct {
	contract.Way
	Ticks []tickView
}

// tickView is a condition with its mark: met, open or unknown.
type tickView struct {
	contract.Tick
	Mark string
}

// historyView is one event of the record with the name of who acted.
type historyView struct {
	client.Change
	Title string
	By    string
}

// findRecord leads from a typed record id, which is random and names nobody, to its
// page.
func (s *site) findRecord(w http.ResponseWriter, r *http.Request) {
	id := strings.ToLower(strings.TrimSpace(r.URL.Query().Get("id")))
	if id == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	http.Redirect(w, r, "/records/"+url.PathEscape(id), http.StatusSeeOther)
}

func (s *site) record(w http.ResponseWriter, r *http.Request) {
	rec, err := s.backend.Record(r.Context(), r.PathValue("id"))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	rec.Body = nil
	e, err := s.backend.Explain(r.Context(), rec.ID)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	all, err := s.backend.Members(r.Context())
	if err != nil {
		s.refuse(w, r, fault.New(fault.NotReady, ""))
		return
	}
	p := s.newPage(w, r, "record.title", "")
	c := recordContent{Record: rec, Explain: e, Ahead: e.Automatic, members: map[uint32]client.Member{}}
	for _, m := range all.Members {
		c.members[m.ID] = m
	}
	c.Groups = groupWays(e.Ways)
	if rec.Phase == contract.Erased.String() || rec.Phase == contract.Rejected.String() {
		erasure, err := s.backend.Erasure(r.Context(), rec.ID)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		c.Erasure = &erasure
	}
	for _, h := range slices.Backward(rec.History) {
		c.History = append(c.History, historyView{h, p.event(h), c.actor(p, h.Member)})
	}
	p.Content = c
	s.render(w, http.StatusOK, "record", p)
}

// groupWays puts first what needs no decision: conditions, then dates, then acts.
func groupWays(ways []contract.Way) []wayGroup {
	var groups []wayGroup
	for _, how := range [...]contract.How{contract.ByCondition, contract.ByDate, contract.ByEvent} {
		g := wayGroup{How: how}
		for _, w := range ways {
			if w.How == how {
				g.Ways = append(g.Ways, viewWay(w))
			}
		}
		if len(g.Ways) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

func viewWay(w contract.Way) wayView {
	v := wayView{Way: w}
	for _, t := range w.Conditions {
		mark := "open"
		switch {
		case !t.Known:
			mark = "unknown"
		case t.Met:
			mark = "met"
		}
		v.Ticks = append(v.Ticks, tickView{t, mark})
	}
	return v
}

// Recorder and Proposer are names of institutions, which the ledger keeps for ever.
func (c recordContent) Recorder(p *page) string { return c.actor(p, c.Record.Recorder) }
func (c recordContent) Proposer(p *page) string { return c.actor(p, c.Record.Proposer) }

// actor names a member; 0 is the contract itself.
func (c recordContent) actor(p *page, id uint32) string {
	if id == 0 {
		return p.T("record.contract-itself")
	}
	if m, ok := c.members[id]; ok {
		return p.In(m.NameZH, m.NameEN)
	}
	return p.T("member", id)
}

// event names what happened, in the contract's words where the node gives them.
func (p *page) event(h client.Change) string {
	if t := p.In(h.TitleZH, h.TitleEN); t != "" {
		return t
	}
	if h.Event != "" {
		return p.word("event.", h.Event)
	}
	return p.word("event.", h.Transition)
}

// Text picks the page's language of a contract's text.
func (p *page) Text(t contract.Text) string { return p.In(t.ZH, t.EN) }

// Senders says who can do what, e.g. "deciding body, or the recorder".
func (p *page) Senders(by []string) string {
	names := make([]string, len(by))
	for i, role := range by {
		names[i] = p.word("part.", role)
	}
	return strings.Join(names, p.T("or"))
}

// Articles lists provisions, each once.
func (p *page) Articles(cite []contract.Article) string {
	var texts []string
	for _, a := range cite {
		if t := p.Text(a.Text); !slices.Contains(texts, t) {
			texts = append(texts, t)
		}
	}
	return strings.Join(texts, p.T("semicolon"))
}

// Gap says how much a condition lacks.
func (p *page) Gap(t tickView) string {
	key := "web.gap." + t.Unit
	if t.Gap == 0 || !p.Lang.Has(key) {
		return ""
	}
	return p.Lang.Text(key, t.Gap)
}
