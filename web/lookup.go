package web

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
)

const (
	maxForm    = 16 << 10 // bytes
	maxName    = 200      // characters
	maxPurpose = 200
)

// lookupForm is what a visitor entered, and what is wrong with it by field.
type lookupForm struct {
	Code, Name, Purpose                string
	CodeError, NameError, PurposeError formError
}

// formError is what is wrong with a field and what to do; the zero value is nothing.
type formError struct{ Text, Next string }

// OK reports whether nothing is wrong with the form.
func (f lookupForm) OK() bool {
	return f.CodeError.Text == "" && f.NameError.Text == "" && f.PurposeError.Text == ""
}

// answerContent is the answer page's own part. It holds the answer and what was asked,
// nothing of the reason.
type answerContent struct {
	Answer     client.StandingAnswer
	Code, Name string
	Purpose    string
	Refusal    formError // instead of an answer: why there is none
}

func (s *site) lookup(w http.ResponseWriter, r *http.Request) {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		s.refuse(w, r, fault.New(fault.RoleNotAllowed, ""))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		s.refuse(w, r, fault.New(fault.BadRequest, ""))
		return
	}
	l := language(w, r)
	f := lookupForm{
		Code:    cleanCode(r.PostForm.Get("code")),
		Name:    strings.TrimSpace(r.PostForm.Get("name")),
		Purpose: strings.TrimSpace(r.PostForm.Get("purpose")),
	}
	if f.check(l); !f.OK() {
		s.renderHome(w, r, http.StatusUnprocessableEntity, f)
		return
	}
	if err := s.options.Allow(r); err != nil {
		s.refuse(w, r, err)
		return
	}
	a, err := s.backend.Standing(r.Context(), client.StandingRequest{Code: f.Code, Name: f.Name, Purpose: f.Purpose})
	s.answer(w, r, f, a, err)
}

// answer shows one of the three answers. A node that cannot answer now shows "try
// later" and says not to hold it against the party.
func (s *site) answer(w http.ResponseWriter, r *http.Request, f lookupForm, a client.StandingAnswer, err error) {
	status := http.StatusOK
	switch code := fault.Of(err); {
	case code == fault.StaleNode, code == fault.NotReady, code.Temporary():
		a, status = client.StandingAnswer{Clock: a.Clock, Answer: client.TryLater}, http.StatusServiceUnavailable
	case err != nil:
		s.refuse(w, r, err)
		return
	}
	switch a.Answer {
	case client.Listed:
	case client.Clear:
		a.Records = nil
	default:
		a = client.StandingAnswer{Clock: a.Clock, Answer: client.TryLater}
	}
	p := s.newPage(w, r, "answer.title", "home")
	p.Content = answerContent{Answer: a, Code: f.Code, Name: f.Name, Purpose: f.Purpose}
	s.render(w, status, "answer", p)
}

// check says what is wrong with each field. The page looks up organisations: a person's
// number is not asked about here, and is not shown back.
func (f *lookupForm) check(l message.Lang) {
	switch kind, err := credit.CheckCode(f.Code); {
	case f.Code == "":
		f.CodeError = empty(l)
	case kind == credit.Person:
		f.Code = ""
		f.CodeError = formError{l.Text("web.lookup.person"), l.Text("web.lookup.person.next")}
	case err != nil:
		f.CodeError = textOf(l, fault.Of(err))
	}
	f.NameError = checkText(l, f.Name, maxName)
	f.PurposeError = checkText(l, f.Purpose, maxPurpose)
}

func checkText(l message.Lang, s string, limit int) formError {
	switch {
	case s == "":
		return empty(l)
	case utf8.RuneCountInString(s) > limit:
		return textOf(l, fault.FieldTooLong)
	case !utf8.ValidString(s):
		return textOf(l, fault.NameInvalid)
	}
	return formError{}
}

func empty(l message.Lang) formError { return formError{Text: l.Text("web.lookup.empty")} }

// textOf is the catalogue's text for a fault and the next step.
func textOf(l message.Lang, c fault.Code) formError {
	if !l.Has("fault." + c.String()) {
		return formError{Text: c.String()}
	}
	text, next := l.Fault(c)
	return formError{text, next}
}

// cleanCode makes a code as it is typed into one as the ledger has it: upper case, half
// width, without the spaces and hyphens that print sets between its parts.
func cleanCode(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		case r == '\u3000' || r == '\u00a0':
			return -1
		}
		switch {
		case r == ' ' || r == '-' || r == '\t':
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, s)
}
