package main

import (
	"context"
	"errors"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/audit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/node"
)

func (a *app) audit() *cobra.Command {
	return a.group("audit", a.auditReplay(), a.auditTrace(), a.auditConsistency(), a.auditCheck(), a.auditCheckpoint())
}

// site opens the data of a home on which no node runs.
func (a *app) site(dir string, withVault bool) (*audit.Site, error) {
	h, err := node.OpenHome(dir)
	if err != nil {
		return nil, err
	}
	p := audit.Place{Data: h.Data(""), Genesis: h.Genesis, Member: h.Config.Member}
	if withVault {
		if err := a.unlocks(h); err != nil {
			return nil, err
		}
		if p.VaultKey, err = h.VaultKey(); err != nil {
			return nil, err
		}
	}
	return audit.Open(p)
}

func (a *app) auditReplay() *cobra.Command {
	var against, scratch, export string
	var noVault bool
	c := a.command("audit.replay", "replay --home DIR", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		if a.home == "" {
			return usage(a.text("usage.home", homeVariable))
		}
		r, took, err := a.replay(c.Context(), against, scratch, export, !noVault)
		if err != nil {
			return a.undetermined(err)
		}
		if a.json {
			err = a.object(struct {
				*audit.Report
				replaySpeed
			}{r, speedOf(r, took)})
		} else {
			a.tellReplay(r, took)
		}
		if err == nil && !r.OK() {
			return status(exitFailed)
		}
		return err
	})
	c.Flags().StringVar(&a.home, "home", a.env(homeVariable), a.text("flag.home", homeVariable))
	c.Flags().StringVar(&against, "against", "", a.text("audit.flag.against"))
	c.Flags().StringVar(&export, "export", "", a.text("audit.flag.export"))
	c.Flags().StringVar(&scratch, "scratch", "", a.text("audit.flag.scratch"))
	c.Flags().BoolVar(&noVault, "no-vault", false, a.text("audit.flag.no-vault"))
	a.jsonFlag(c)
	return c
}

// undetermined reports an error that says nothing about what was to be looked at.
func (a *app) undetermined(err error) error {
	if fault.Is(err, fault.Usage) || errors.Is(err, context.Canceled) {
		return err
	}
	a.report(err)
	return status(exitIndeterminate)
}

// replay opens the homes and runs the replay. It returns the processor time that it took.
func (a *app) replay(ctx context.Context, against, scratch, export string, withVault bool) (*audit.Report, time.Duration, error) {
	site, err := a.site(a.home, withVault)
	if err != nil {
		return nil, 0, err
	}
	defer site.Close()
	o := audit.Options{Site: site}
	if against != "" {
		if o.Against, err = a.site(against, false); err != nil {
			return nil, 0, fault.Wrap(fault.Of(err), "--against", err)
		}
		defer o.Against.Close()
		if o.Against.Genesis.Hash() != site.Genesis.Hash() {
			return nil, 0, fault.New(fault.HomeForeign, "--against")
		}
	}
	if export != "" {
		f, err := os.Open(export)
		if err != nil {
			return nil, 0, fault.Newf(fault.FileMissing, export, "no such file")
		}
		defer f.Close()
		o.Export = f
	}
	if o.Scratch, err = os.MkdirTemp(scratch, "riviera-replay-"); err != nil {
		return nil, 0, fault.Wrap(fault.BadConfig, "--scratch", err)
	}
	b := a.bars(a.errs)
	defer b.close()
	o.Progress = func(step audit.Step, done, total int64) {
		stage := a.text("audit.step." + string(step))
		b.show(stage, done, total, func() string { return a.text("audit.progress", stage, done, total) })
	}
	before := processorTime()
	r, err := audit.Replay(ctx, o)
	return r, processorTime() - before, err
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// replaySpeed is how fast a replay was.
type replaySpeed struct {
	CPU     float64 `json:"cpu_seconds"`
	Records float64 `json:"records_per_cpu_second"`
	Blocks  float64 `json:"blocks_per_cpu_second"`
}

func speedOf(r *audit.Report, took time.Duration) replaySpeed {
	s := max(took.Seconds(), 0.001)
	return replaySpeed{CPU: took.Seconds(), Records: float64(r.Records) / s, Blocks: float64(r.Height) / s}
}

func (a *app) tellReplay(r *audit.Report, took time.Duration) {
	s := speedOf(r, took)
	a.say("audit.replayed", r.Network, r.Height, r.Signed, r.Executed, r.Acts, r.Records, r.LogSize)
	a.say("audit.compared", r.Values, r.AppHash)
	if r.Looked {
		a.say("audit.bodies", r.Bodies, r.Erased)
	}
	if r.Other != "" {
		a.say("audit.other", r.Other)
	}
	a.say("audit.speed", s.CPU, s.Records, s.Blocks)
	if len(r.Institutions) > 0 {
		a.say("audit.institutions")
		table(a.out, a.institutionRows(r))
		a.say("audit.indication")
	}
	if r.OK() {
		a.say("audit.same")
		return
	}
	a.say("audit.differs", len(r.Differences)+r.More)
	for _, d := range r.Differences {
		what, _ := a.lang.Fault(d.Code)
		a.say("audit.difference", d.Place, what, d.Detail)
	}
	if r.More > 0 {
		a.say("audit.more", r.More)
	}
}

func (a *app) institutionRows(r *audit.Report) [][]string {
	var head []string
	for _, name := range []string{"member", "blocks", "passed", "ended", "decided", "late", "awaiting", "silences", "stops", "told-late", "overdue", "receipts-late", "receipts-overdue"} {
		head = append(head, a.text("audit.column."+name))
	}
	rows := [][]string{head}
	for _, m := range r.Institutions {
		row := []string{a.pick(m.NameZH, m.NameEN)}
		for _, n := range []int{m.Proposed.Blocks, m.Proposed.Passed, m.Exits.Ended, m.Exits.Decided, m.Exits.Late, m.Exits.Awaiting, m.Silences,
			m.Measures.Stops, m.Measures.ToldLate, m.Measures.AckLate + m.Measures.StopLate,
			m.Receipts.Late, m.Receipts.Overdue} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	return rows
}
