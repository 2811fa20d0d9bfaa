package web

import (
	"net/http"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
)

func (s *site) about(w http.ResponseWriter, r *http.Request) {
	s.render(w, http.StatusOK, "about", s.newPage(w, r, "about.title", "about"))
}

// problemContent explains one kind of problem.
type problemContent struct {
	Code string
	formError
}

// problem is the page to which a problem document's type points.
func (s *site) problem(w http.ResponseWriter, r *http.Request) {
	code, ok := client.ParseCode(r.PathValue("code"))
	if !ok {
		s.notFound(w, r)
		return
	}
	p := s.newPage(w, r, "problem.title", "")
	p.Content = problemContent{code.String(), textOf(p.Lang, code)}
	s.render(w, http.StatusOK, "problem", p)
}

func (s *site) notFound(w http.ResponseWriter, r *http.Request) {
	s.refuse(w, r, fault.New(fault.NotFound, ""))
}

// refuse shows why a page is not there, by the fault's code alone.
func (s *site) refuse(w http.ResponseWriter, r *http.Request, err error) {
	code := fault.Of(err)
	p := s.newPage(w, r, "problem.title", "")
	if code == fault.NotFound {
		p.Path = "" // an address that does not exist is not linked to
	}
	p.Content = problemContent{code.String(), textOf(p.Lang, code)}
	s.render(w, client.HTTPStatus(code), "problem", p)
}
