package main

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/intake"
	"github.com/riviera-ledger/riviera/ledger"
)

type importQuestion struct {
	as       string
	recorder uint32
	batch    int
	flight   int
	declared bool
	quiet    bool
	strict   bool
}

func (a *app) importing() *cobra.Command {
	var q importQuestion
	c := a.command("import", "import FILE", a.between(1, 1), func(c *cobra.Command, args []string) error {
		return a.importFile(c.Context(), q, args[0])
	})
	f := c.Flags()
	f.StringVar(&q.as, "as", "", a.text("import.flag.as"))
	f.Uint32Var(&q.recorder, "recorder", 0, a.text("import.flag.recorder"))
	f.IntVar(&q.batch, "batch", intake.DefaultBatch, a.text("import.flag.batch"))
	f.IntVar(&q.flight, "in-flight", intake.DefaultInFlight, a.text("import.flag.in-flight"))
	f.BoolVar(&q.declared, "declare", false, a.text("import.flag.declare"))
	f.BoolVar(&q.quiet, "quiet", false, a.text("import.flag.quiet"))
	f.BoolVar(&q.strict, "strict", false, a.text("import.flag.strict"))
	a.complete(c, "as", string(intake.Propose), string(intake.List), string(intake.Migrate))
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

// begun reports whether a run that failed had sent anything.
func begun(r *intake.Report) bool {
	return slices.ContainsFunc(r.Stages, func(t intake.StageTally) bool { return t.Accepted+t.Already > 0 })
}

func (a *app) importFile(ctx context.Context, q importQuestion, file string) error {
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return usage(a.text("file.unreadable", file))
	}
	s, err := a.signing()
	if err != nil {
		return err
	}
	mode, err := a.importMode(q.as, s.home.Member)
	if err != nil {
		return err
	}
	if mode == intake.List && !q.declared {
		if err := a.confirm(false, "--declare", a.text("confirm.declare")); err != nil {
			return err
		}
	}
	o := intake.Options{File: file, Imports: s.home.Imports(), Mode: mode, Recorder: ledger.MemberID(q.recorder),
		Batch: q.batch, InFlight: q.flight, Declared: true, Clerk: s.clerk, Lang: a.lang}
	var shown *progress
	if !q.quiet {
		shown = a.progress(a.errs)
		o.Progress = shown.tell
	}
	report, err := intake.Run(ctx, o)
	if shown != nil {
		shown.close()
	}
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, context.Canceled) {
			a.note("import.stopped")
			return status(exitFailed)
		}
		if begun(report) {
			a.note("import.go-on")
		}
		return err
	}
	if err := a.printImport(report, s.home.Genesis); err != nil {
		return err
	}
	if report.Waiting {
		return status(exitIndeterminate)
	}
	if q.strict && report.Rejected > 0 {
		return status(exitFailed)
	}
	return nil
}

// importMode is the mode asked for, or the one that fits the institution's role.
func (a *app) importMode(as string, m *ledger.Member) (intake.Mode, error) {
	switch mode := intake.Mode(as); mode {
	case intake.Propose, intake.List, intake.Migrate:
		return mode, nil
	case "":
		if m.Has(ledger.Recorder) {
			return intake.List, nil
		}
		if m.Has(ledger.Contributor) {
			return intake.Propose, nil
		}
		return "", fault.New(fault.RoleNotAllowed, "member")
	}
	return "", usage(a.text("usage.flag-choice", "--as", "propose, list, migrate"))
}

func (a *app) printImport(r *intake.Report, g *ledger.Genesis) error {
	if a.json {
		return a.object(r)
	}
	if r.Before {
		a.say("import.before", r.Rows, r.Already, r.Rejected)
		return nil
	}
	for _, column := range r.Unknown {
		a.note("import.unknown", column)
	}
	for _, t := range r.Stages {
		if t.Stage == intake.StageWindow {
			a.say("import.waited", t.Seconds)
			continue
		}
		perSecond := 0.0
		if t.Seconds > 0 {
			perSecond = float64(t.Accepted) / t.Seconds
		}
		a.say("import.stage-done", pad(a.text("import.stage."+string(t.Stage)), 10), t.Accepted, t.Already, t.Rejected, t.Seconds, perSecond)
	}
	a.say("import.done", r.Rows, r.Accepted, r.Already, r.Rejected)
	if r.RejectsFile != "" {
		a.say("import.rejects", r.RejectsFile)
	}
	if r.ForeignOffices > 0 {
		a.say("import.foreign", r.ForeignOffices)
		for i := range g.Members {
			if m := &g.Members[i]; m.Has(ledger.Recorder) {
				a.say("import.recorder", m.ID, a.pick(m.NameZH, m.NameEN))
			}
		}
	}
	if r.Waiting {
		a.say("import.waiting")
	}
	return nil
}
