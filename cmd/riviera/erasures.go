package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
)

// erasures shows the public's report on erasing. Anyone may ask, at any node.
func (a *app) erasures() *cobra.Command {
	var late bool
	c := a.command("erasures", "erasures", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		address, err := a.askedNode()
		if err != nil {
			return err
		}
		node := client.New(baseURL(address), "")
		a.dress(node)
		report, err := node.Erasures(c.Context())
		if err != nil {
			return err
		}
		if late {
			report = lateOnly(report)
		}
		if a.json {
			return a.object(report)
		}
		a.printErasures(report)
		return nil
	})
	c.Flags().BoolVar(&late, "late", false, a.text("erasures.flag.late"))
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

// lateOnly keeps what is not confirmed in time.
func lateOnly(r client.ErasureReport) client.ErasureReport {
	kept := []client.ErasureOfMember{}
	for _, x := range r.Institutions {
		if x.LateSince == "" {
			continue
		}
		days := []client.ErasureDay{}
		for _, d := range x.Days {
			if d.State == "late" {
				days = append(days, d)
			}
		}
		x.Days = days
		kept = append(kept, x)
	}
	r.Institutions = kept
	return r
}

func (a *app) printErasures(r client.ErasureReport) {
	if len(r.Institutions) == 0 {
		a.say("erasures.nothing")
	} else {
		rows := [][]string{{a.text("erasures.field.institution"), a.text("erasures.field.confirmed"), a.text("erasures.field.at"), a.text("erasures.field.since")}}
		days := [][]string{{a.text("erasures.field.institution"), a.text("erasures.field.day"), a.text("erasures.field.ended"), a.text("erasures.field.state")}}
		for _, x := range r.Institutions {
			name := a.pick(x.NameZH, x.NameEN)
			rows = append(rows, []string{name, strconv.FormatInt(x.Watermark, 10), minute(x.At), minute(x.LateSince)})
			for _, d := range x.Days {
				days = append(days, []string{name, d.Date, a.floored(d.Floored), a.text("erasures.state." + d.State)})
			}
		}
		table(a.out, rows)
		if len(days) > 1 {
			table(a.out, days)
		}
	}
	if len(r.Holds) == 0 {
		a.say("erasures.no-holds")
	} else {
		rows := [][]string{{a.text("erasures.field.institution"), a.text("erasures.field.kind"), a.text("erasures.field.held")}}
		for _, h := range r.Holds {
			rows = append(rows, []string{a.pick(h.NameZH, h.NameEN), a.pick(h.KindZH, h.KindEN), a.floored(h.Floored)})
		}
		table(a.out, rows)
	}
	a.training(r.Clock)
}

// floored is a count as it may be told.
func (a *app) floored(f client.Floored) string {
	if f.FewerThan > 0 {
		return a.text("erasures.fewer", f.FewerThan)
	}
	return strconv.FormatUint(f.Count, 10)
}
