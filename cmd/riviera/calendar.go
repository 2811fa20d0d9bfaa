package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
)

// maxDays bounds what may be added: a century.
const maxDays = 36600

func (a *app) calendar() *cobra.Command {
	var q dueQuestion
	due := a.command("calendar.due", "due --from DATE --add N --unit working|natural", a.between(0, 0),
		func(*cobra.Command, []string) error { return a.dueDate(q) })
	f := due.Flags()
	f.StringVar(&q.from, "from", "", a.text("calendar.flag.from"))
	f.IntVar(&q.add, "add", 0, a.text("calendar.flag.add"))
	f.StringVar(&q.unit, "unit", "working", a.text("calendar.flag.unit"))
	f.StringArrayVar(&q.files, "calendar", nil, a.text("calendar.flag.calendar"))
	a.complete(due, "unit", "working", "natural")
	a.require(due, "from", "add")
	a.jsonFlag(due)
	return a.group("calendar", due)
}

type dueQuestion struct {
	from  string
	add   int
	unit  string
	files []string
}

type dueAnswer struct {
	From    credit.Date `json:"from"`
	Add     int         `json:"add"`
	Unit    string      `json:"unit"`
	Due     credit.Date `json:"due"`
	Covered bool        `json:"covered"` // every day that counts lies in a known year
}

func (a *app) dueDate(q dueQuestion) error {
	from, err := credit.ParseDate(q.from)
	if err != nil {
		return fault.Wrap(fault.Of(err), "--from", err)
	}
	if q.add < 0 || q.add > maxDays {
		return usage(a.text("usage.flag-range", "--add", 0, maxDays))
	}
	calendar, err := openCalendar(q.files)
	if err != nil {
		return err
	}
	ans := dueAnswer{From: from, Add: q.add, Unit: q.unit}
	switch q.unit {
	case "working":
		ans.Due = calendar.AddWorkingDays(from, q.add)
		ans.Covered = calendar.Covers(from+1, ans.Due)
	case "natural":
		ans.Due = calendar.AddNaturalRolling(from, q.add)
		ans.Covered = calendar.Covers(from.AddDays(q.add), ans.Due)
	default:
		return usage(a.text("usage.flag-choice", "--unit", "working, natural"))
	}
	if a.json {
		return a.object(ans)
	}
	if !ans.Covered {
		a.note("calendar.uncovered")
	}
	_, err = fmt.Fprintln(a.out, ans.Due)
	return failed(err)
}

// openCalendar takes the years that come with the program, and those of files.
func openCalendar(files []string) (*credit.Calendar, error) {
	calendar := credit.NewCalendar()
	var documents [][]byte
	for _, s := range law.Calendars() {
		documents = append(documents, s.Source)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, fault.Wrap(fault.NotFound, "--calendar", err)
		}
		documents = append(documents, b)
	}
	for _, b := range documents {
		y, err := credit.ParseYear(b)
		if err != nil {
			return nil, err
		}
		calendar = calendar.With(y)
	}
	return calendar, nil
}

// require makes flags mandatory, with a message in the reader's language.
func (a *app) require(c *cobra.Command, names ...string) {
	before := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		for _, n := range names {
			if !c.Flags().Changed(n) {
				return usage(a.text("usage.flag-required", "--"+n))
			}
		}
		if before != nil {
			return before(c, args)
		}
		return nil
	}
}
