package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
)

// listPage is how many records are fetched at a time.
const listPage = 1000

type listing struct {
	phase   string
	kind    string
	limit   int
	yes     bool
	all     bool
	checked bool
	grace   int
}

// listRecords is two things that people call "list": without record ids it prints the
// institution's records, with them it signs the decision to list.
func (a *app) listRecords() *cobra.Command {
	var l listing
	c := a.command("record.list", "list [ID…]", nil, func(c *cobra.Command, args []string) error {
		if len(args) == 0 && !l.all {
			return a.printOwn(c.Context(), l)
		}
		return a.decide(c.Context(), l, args)
	})
	f := c.Flags()
	f.StringVar(&l.phase, "phase", "", a.text("record.flag.phase"))
	f.StringVar(&l.kind, "kind", "", a.text("record.flag.kind"))
	f.IntVar(&l.limit, "limit", 100, a.text("record.flag.limit"))
	f.BoolVar(&l.yes, "yes", false, a.text("record.flag.yes"))
	f.BoolVar(&l.all, "all-noticed", false, a.text("record.flag.all-noticed"))
	f.BoolVar(&l.checked, "exclusions-checked", false, a.text("record.flag.exclusions"))
	f.IntVar(&l.grace, "grace-months", 0, a.text("record.flag.grace"))
	a.prepareFlags(c)
	a.complete(c, "phase", phaseNames()...)
	a.complete(c, "kind", kindNames()...)
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = a.completeRecords(contract.Noticed.String())
	return c
}

func phaseNames() []string {
	var names []string
	for p := contract.Draft; p <= contract.Annulled; p++ {
		names = append(names, p.String())
	}
	return names
}

func kindNames() []string {
	var names []string
	for _, k := range []credit.Kind{credit.JudgmentDefaulter, credit.GeneralMinor, credit.GeneralGeneral, credit.GeneralSerious,
		credit.SeriousViolation, credit.AbnormalOperation, credit.MajorTax, credit.WageArrears} {
		names = append(names, string(k))
	}
	return names
}

// eachOwn visits the institution's records of a phase and kind until fn says stop.
func eachOwn(ctx context.Context, s *session, phase, kind string, fn func(client.Record) bool) error {
	for after := uint64(0); ; {
		page, err := s.client.OwnRecords(ctx, phase, after, listPage)
		if err != nil {
			return err
		}
		for _, r := range page.Records {
			if (kind == "" || r.Kind == kind) && !fn(r) {
				return nil
			}
		}
		if !page.More {
			return nil
		}
		after = page.Next
	}
}

func (a *app) printOwn(ctx context.Context, l listing) error {
	if l.phase != "" && !slices.Contains(phaseNames(), l.phase) {
		return usage(a.text("usage.flag-choice", "--phase", join(phaseNames())))
	}
	if l.kind != "" && !credit.Kind(l.kind).Valid() {
		return usage(a.text("usage.flag-choice", "--kind", join(kindNames())))
	}
	s, err := a.session()
	if err != nil {
		return err
	}
	rows := [][]string{{a.text("record.field.id"), a.text("record.field.kind"), a.text("record.field.phase"),
		a.text("record.field.created"), a.text("record.field.due")}}
	n, more := 0, false
	var wrong error
	err = eachOwn(ctx, s, l.phase, l.kind, func(r client.Record) bool {
		if more = n == l.limit; more {
			return false
		}
		n++
		if a.json {
			wrong = a.line(r)
			return wrong == nil
		}
		rows = append(rows, []string{r.ID, a.kindTerm(r.Kind), a.text("phase." + r.Phase), day(r.Created), day(r.Due)})
		return true
	})
	if err == nil {
		err = wrong
	}
	if err != nil || a.json {
		return err
	}
	if n == 0 {
		a.say("record.empty")
		return nil
	}
	table(a.out, rows)
	if more {
		a.note("record.more", l.limit)
	}
	return nil
}

// day is the date of a time as the API writes it.
func day(s string) string { return s[:min(len(s), 10)] }

// decide signs the listing of noticed drafts.
func (a *app) decide(ctx context.Context, l listing, ids []string) error {
	s, err := a.signing()
	if err != nil {
		return err
	}
	if l.all {
		err := eachOwn(ctx, s, contract.Noticed.String(), l.kind, func(r client.Record) bool {
			if r.Recorder == uint32(s.home.Member.ID) {
				ids = append(ids, r.ID)
			}
			return true
		})
		if err != nil {
			return err
		}
	}
	if len(ids) == 0 {
		a.say("record.empty")
		return nil
	}
	if !l.checked {
		return usage(a.text("usage.flag-required", "--exclusions-checked"))
	}
	if err := a.confirm(l.yes, "--yes", a.text("confirm.list", len(ids))); err != nil {
		return err
	}
	return a.send(ctx, s, clerk.List, l.statement, nil, ids)
}

// statement is what the decision says: that everything which the contract wants stated
// is so (--exclusions-checked), and the grace that is granted.
func (l listing) statement(spec contract.EventSpec) (contract.Args, error) {
	var pairs []string
	for _, arg := range spec.Args {
		if arg.Required && arg.Type == contract.Bool {
			pairs = append(pairs, arg.Name+"=yes")
		}
	}
	if l.grace > 0 {
		pairs = append(pairs, fmt.Sprintf("grace_months=%d", l.grace))
	}
	return clerk.ParseArgs(spec, pairs)
}
