package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
)

// printAct says in both languages what a prepared act does, to whom and until when it can
// be done: the second person answers for it as the first does.
func (a *app) printAct(w *waiting, genesis time.Time) {
	for i, lang := range message.Langs {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		(&actPrinter{a, lang}).print(w, genesis)
	}
}

type actPrinter struct {
	*app
	lang message.Lang
}

func (p *actPrinter) line(key string, args ...any) {
	fmt.Fprintln(p.out, p.lang.Text("cmd.act."+key, args...))
}

func (p *actPrinter) print(w *waiting, genesis time.Time) {
	e := w.envelope
	p.line("by", pick(p.lang, w.member.NameZH, w.member.NameEN), operatorOf(w.member, e.Key), e.Key, operatorOf(w.member, e.Approver), e.Approver)
	if w.approved {
		p.line("is-approved")
	}
	for i, r := range w.reviewed {
		p.one(i+1, r)
	}
	if !w.asked {
		p.line("unchecked", e.NotAfter)
		return
	}
	switch blocks, about := w.left(genesis); {
	case blocks <= 0:
		p.line("late", e.NotAfter, w.now.Height)
	default:
		p.line("until", e.NotAfter, w.now.Height, about)
	}
}

func (p *actPrinter) one(n int, r clerk.Reviewed) {
	if r.Event == "" {
		p.line("other", n, r.Name(), string(r.Detail))
		return
	}
	title := pick(p.lang, r.Spec.Title.ZH, r.Spec.Title.EN)
	if title == "" {
		title = r.Event
	}
	p.line("what", n, title, r.Record.String())
	for _, name := range slices.Sorted(maps.Keys(r.Args)) {
		p.line("arg", p.argTitle(r, name), p.argValue(r, name))
	}
	if r.Body != nil {
		p.line("about")
		p.body(r.Body)
	}
	if r.Next != nil {
		p.line("next-body")
		p.body(r.Next)
	}
	if r.Paper != nil {
		p.line("paper", r.Paper.Text, len(r.Paper.Files))
	}
	switch {
	case r.Body == nil && r.Next == nil:
		p.line("no-body")
	case r.Body != nil && !r.Known:
		p.line("body-unchecked")
	}
}

func (p *actPrinter) body(b *credit.Body) {
	p.line("body", b.SubjectName, credit.Mask(b.SubjectCode), b.CaseNo, b.DecidingOffice, b.DecidedOn.String(), b.LegalBasis)
	if b.Amount != 0 {
		p.line("amount", fmt.Sprintf("%d.%02d", b.Amount/100, b.Amount%100))
	}
	if len(b.Measures) > 0 {
		p.line("measures", strings.Join(b.Measures, ", "))
	}
}

func (p *actPrinter) argTitle(r clerk.Reviewed, name string) string {
	for _, s := range r.Spec.Args {
		if s.Name == name {
			return pick(p.lang, s.Title.ZH, s.Title.EN)
		}
	}
	return name
}

func (p *actPrinter) argValue(r clerk.Reviewed, name string) string {
	v := r.Args[name]
	for _, s := range r.Spec.Args {
		if s.Name != name {
			continue
		}
		switch s.Type {
		case contract.Date:
			return credit.Date(v).String()
		case contract.Bool:
			return p.lang.Text(map[bool]string{true: "cmd.member.yes", false: "cmd.member.no"}[v != 0])
		case contract.Set:
			return fmt.Sprint(credit.Grounds(v))
		}
	}
	return fmt.Sprint(v)
}

// operatorOf is the id of a key's operator.
func operatorOf(m *ledger.Member, id ledger.KeyID) string {
	for _, k := range m.Keys {
		if k.ID == id {
			return k.Operator
		}
	}
	return "?"
}
