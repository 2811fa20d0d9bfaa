package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
)

func (a *app) contractDiff() *cobra.Command {
	var home string
	c := a.command("contract.diff", "diff OLD NEW [--against HOME]", a.between(2, 2), func(_ *cobra.Command, names []string) error {
		older, err := a.compiled(names[0])
		if err != nil {
			return err
		}
		newer, err := a.compiled(names[1])
		if err != nil {
			return err
		}
		out := contractDifference{Old: older.Ref(), New: newer.Ref(), Changes: contract.Diff(older, newer)}
		if home != "" {
			if out.Against, err = replayHome(home, older, newer); err != nil {
				return err
			}
		}
		if a.json {
			if out.Changes == nil {
				out.Changes = []contract.Change{}
			}
			return a.object(out)
		}
		a.printDifference(out, older, newer)
		return nil
	})
	c.Flags().StringVar(&home, "against", "", a.text("contract.flag.against"))
	a.jsonFlag(c)
	c.ValidArgsFunction = yamlFiles
	if err := c.MarkFlagDirname("against"); err != nil {
		panic("riviera: " + err.Error()) // a flag that does not exist: a broken build
	}
	return c
}

// contractDifference is the answer as JSON.
type contractDifference struct {
	Old     contract.Ref      `json:"old"`
	New     contract.Ref      `json:"new"`
	Changes []contract.Change `json:"changes"`
	Against *replayed         `json:"against,omitempty"`
}

func (a *app) printDifference(d contractDifference, older, newer *contract.Contract) {
	a.say("diff.head", older.Title(a.lang), d.Old.Version, newer.Title(a.lang), d.New.Version)
	section := ""
	for _, x := range d.Changes {
		if x.Section != section {
			section = x.Section
			fmt.Fprintln(a.out, "\n"+a.text("diff.section."+section))
		}
		switch {
		case x.Attribute != "":
			fmt.Fprintf(a.out, "  ~ %s  %s\n      - %s\n      + %s\n", x.Name, x.Attribute, orNothing(x.Old), orNothing(x.New))
		case x.Old == "":
			fmt.Fprintf(a.out, "  + %s  %s\n", x.Name, x.New)
		default:
			fmt.Fprintf(a.out, "  - %s  %s\n", x.Name, x.Old)
		}
	}
	if len(d.Changes) > 0 {
		fmt.Fprintln(a.out)
	}
	a.say("diff.count", len(d.Changes))
	if d.Against != nil {
		a.printReplay(d.Against)
	}
}

// printReplay lists the records whose exit the newer document would move.
func (a *app) printReplay(r *replayed) {
	fmt.Fprintln(a.out)
	if r.Foreign > 0 {
		a.say("diff.foreign", r.Foreign)
	}
	rows := [][]string{{a.text("diff.record"), a.text("diff.old"), a.text("diff.new"), ""}}
	for _, m := range r.Moved {
		key := "diff.earlier"
		if m.Later {
			key = "diff.later"
		}
		rows = append(rows, []string{m.Record, a.day(m.Old), a.day(m.New), a.text(key)})
	}
	if len(r.Moved) > 0 {
		table(a.out, rows)
		fmt.Fprintln(a.out)
	}
	a.say("diff.replayed", r.Records, r.Earlier, r.Later, r.Same)
	if r.Later > 0 {
		a.say("diff.never-binds")
	}
}

// day writes a date, or a dash where there is none.
func (a *app) day(d credit.Date) string {
	if d == 0 {
		return "–"
	}
	return d.String()
}
