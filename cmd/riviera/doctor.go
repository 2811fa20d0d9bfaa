package main

import (
	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/node"
)

// finding is one line of `doctor --json`.
type finding struct {
	node.Finding
	Message string `json:"message"`
	Next    string `json:"next"`
}

// diagnosis is what `doctor --json` prints.
type diagnosis struct {
	Home     string    `json:"home"`
	Findings []finding `json:"findings"`
}

// doctor looks at a home and its node. Its exit status is 1 where something is wrong, 2
// where something could not be looked at and nothing else is wrong.
func (a *app) doctor() *cobra.Command {
	c := a.command("doctor", "doctor --home DIR", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		d := diagnosis{Home: a.home, Findings: []finding{}}
		s, err := a.session()
		if err != nil {
			return err
		}
		wrong, unsure := false, false
		for _, f := range node.Examine(c.Context(), s.home, s.client) {
			what, next := a.diagnose(f.Code)
			d.Findings = append(d.Findings, finding{f, what, next})
			wrong, unsure = wrong || !f.Unknown, unsure || f.Unknown
		}
		if a.json {
			if err := a.object(d); err != nil {
				return err
			}
		} else {
			a.printDiagnosis(d)
		}
		switch {
		case wrong:
			return status(exitFailed)
		case unsure:
			return status(exitIndeterminate)
		}
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

// diagnose words a finding: in the doctor's own words, or else those of a code.
func (a *app) diagnose(code string) (what, next string) {
	if a.lang.Has("doctor." + code) {
		return a.lang.Text("doctor." + code), a.lang.Text("doctor." + code + ".next")
	}
	c, _ := client.ParseCode(code)
	return a.lang.Fault(c)
}

func (a *app) printDiagnosis(d diagnosis) {
	if len(d.Findings) == 0 {
		a.say("doctor.nothing", d.Home)
		return
	}
	for _, f := range d.Findings {
		what := f.Message
		if f.Where != "" {
			what = a.text("error.where", what, f.Where)
		}
		key := "doctor.problem"
		if f.Unknown {
			key = "doctor.unknown"
		}
		a.say(key, f.Code, what)
		if f.Detail != "" {
			a.say("doctor.detail", f.Detail)
		}
		a.say("doctor.next", f.Next)
	}
}
