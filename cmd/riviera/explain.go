package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
)

func (a *app) explainRecord() *cobra.Command {
	c := a.command("record.explain", "explain ID", a.between(1, 1), func(c *cobra.Command, args []string) error {
		if _, err := ledger.ParseRecordID(args[0]); err != nil {
			return err
		}
		s, err := a.session()
		if err != nil {
			return err
		}
		x, err := s.client.Explain(c.Context(), args[0])
		if err != nil {
			return err
		}
		if a.json {
			return a.object(x)
		}
		printExplanation(a.out, a.lang, x)
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = a.completeRecords()
	return c
}

// printExplanation draws each way out of a record as a tree: what is met, what is
// missing, who can change it and when it ends by itself.
func printExplanation(w io.Writer, lang message.Lang, x contract.Explanation) {
	p := explainer{w, lang}
	p.line("", "explain.head", x.Title.In(lang), x.Contract.Version, x.StateTitle.In(lang), x.At.Date())
	p.line("", "explain.force."+force(x.Status))
	for _, b := range x.Beside {
		p.line("", "explain.beside", b.Title.In(lang), b.State.In(lang))
	}
	if x.Released != 0 {
		p.line("", "explain.released", x.Released)
	}
	if len(x.Ways) > 0 {
		fmt.Fprintln(w)
		p.line("", "explain.ways")
	}
	for i, way := range x.Ways {
		p.way(way, i == len(x.Ways)-1)
	}
	if len(x.Automatic) > 0 {
		fmt.Fprintln(w)
		p.line("", "explain.automatic")
	}
	for i, f := range x.Automatic {
		branch, _ := branches(i == len(x.Automatic)-1)
		p.line(branch, "explain.forecast", f.On, f.Title.In(lang), f.ToTitle.In(lang), p.cite(f.Cite))
	}
	for _, n := range x.Newer {
		p.newer(n)
	}
}

// newer tells the ways out of a newer version that runs beside the record's own.
func (p explainer) newer(x contract.Explanation) {
	fmt.Fprintln(p.w)
	p.line("", "explain.newer", x.Contract.Version)
	if x.Released != 0 {
		p.line("", "explain.newer-released", x.Released)
	}
	for i, way := range x.Ways {
		p.way(way, i == len(x.Ways)-1)
	}
}

func force(s contract.Status) string {
	switch {
	case s.Final || !s.InForce:
		return "no"
	case s.Hidden || s.Quarantined:
		return "hidden"
	}
	return "yes"
}

// explainer prints one explanation.
type explainer struct {
	w    io.Writer
	lang message.Lang
}

func (p explainer) line(indent, key string, args ...any) {
	fmt.Fprintln(p.w, strings.TrimRight(indent+p.lang.Text("cmd."+key, args...), " "))
}

func branches(last bool) (branch, below string) {
	if last {
		return "└─ ", "   "
	}
	return "├─ ", "│  "
}

func (p explainer) way(way contract.Way, last bool) {
	branch, below := branches(last)
	p.line(branch, "explain.way", p.tick(way.Open, true), way.Title.In(p.lang), way.ToTitle.In(p.lang), p.cite(way.Cite))
	switch {
	case way.Due != 0:
		p.line(below+"   ", "explain.by-date", way.Due)
	case way.Sender != nil:
		p.line(below+"   ", "explain.by-event", p.sender(*way.Sender))
	}
	for i, t := range way.Conditions {
		twig, under := branches(i == len(way.Conditions)-1)
		key := "explain.condition"
		if t.Absent {
			key = "explain.condition-not"
		}
		p.line(below+twig, key, p.tick(t.Met, t.Known), t.Title.In(p.lang), p.cite(t.Cite))
		if t.Gap != 0 && !t.Met {
			p.line(below+under+"   ", "explain.gap", t.Gap, t.Unit)
		}
		for _, s := range t.Senders {
			p.line(below+under+"   ", "explain.sender", p.sender(s))
		}
	}
}

func (p explainer) tick(met, known bool) string {
	switch {
	case !known:
		return "?"
	case met:
		return "✓"
	}
	return "✗"
}

func (p explainer) sender(s contract.Sender) string {
	var by []string
	for _, role := range s.By {
		by = append(by, p.lang.Text("cmd.role."+role))
	}
	return p.lang.Text("cmd.explain.who", strings.Join(by, p.lang.Text("cmd.explain.or")), s.Title.In(p.lang), s.Event)
}

func (p explainer) cite(articles []contract.Article) string {
	var texts []string
	for _, a := range articles {
		texts = append(texts, a.Text.In(p.lang))
	}
	if len(texts) == 0 {
		return ""
	}
	return p.lang.Text("cmd.explain.cite", strings.Join(texts, p.lang.Text("cmd.explain.and")))
}
