package web

import (
	"net/http"
	"time"

	"github.com/riviera-ledger/riviera/client"
)

// membersContent is who belongs to the network, and what is under way between them.
type membersContent struct {
	Members []client.Member
	Client  client.Governance
}

// members shows the institutions with their roles and what is under notice.
func (s *site) members(w http.ResponseWriter, r *http.Request) {
	all, err := s.backend.Members(r.Context())
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	g, err := s.backend.Governance(r.Context())
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	p := s.newPage(w, r, "gate.title", "members")
	p.Content = membersContent{all.Members, g}
	s.render(w, http.StatusOK, "members", p)
}

// Name returns a member's name in the page's language.
func (c membersContent) Name(p *page, id uint32) string {
	for _, m := range c.Members {
		if m.ID == id {
			return p.In(m.NameZH, m.NameEN)
		}
	}
	return ""
}

// Real is a real time as people read it, in UTC+8.
func (membersContent) Real(t time.Time) string {
	return t.In(time.FixedZone("", 8*3600)).Format("2006-01-02 15:04:05")
}

// Role and State name what the catalogue has words for.
func (membersContent) Role(p *page, r string) string  { return p.T("gate.role." + r) }
func (membersContent) State(p *page, x string) string { return p.T("gate.state." + x) }
