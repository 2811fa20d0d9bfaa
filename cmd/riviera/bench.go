package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/bench"
	"github.com/riviera-ledger/riviera/fault"
)

// benching are the flags that measurements share.
type benching struct {
	*app
	bench.Options
	nodes string
	ruler bool
}

// bench is riviera bench: what a network costs on this machine.
func (a *app) bench() *cobra.Command {
	return a.group("bench", a.benchWrite(), a.benchExits(), a.benchErase(), a.benchQuery(), a.benchVerify(), a.benchSync(), a.benchJoin(), a.benchLimits(), a.benchRuler(), a.benchTable())
}

func (a *app) benchWrite() *cobra.Command {
	b := &benching{app: a}
	var trial string
	c := b.command("write", func(ctx context.Context, o bench.Options) (any, error) {
		if trial != "" {
			return bench.RunTrial(ctx, trial, o)
		}
		return bench.RunWrite(ctx, o)
	})
	b.load(c)
	f := c.Flags()
	f.BoolVar(&b.ruler, "ruler", false, a.text("bench.flag.ruler"))
	f.Float64Var(&b.Rate, "rate", 0, a.text("bench.flag.rate"))
	f.IntVar(&b.Preload, "records", 0, a.text("bench.flag.records"))
	f.StringVar(&trial, "trial", "", a.text("bench.flag.trial"))
	a.complete(c, "trial", bench.StopOne, bench.Overload, bench.Ramp)
	return c
}

func (a *app) benchExits() *cobra.Command {
	b := &benching{app: a}
	n := 0
	c := b.command("exits", func(ctx context.Context, o bench.Options) (any, error) { return bench.RunExits(ctx, n, o) })
	b.batch(c)
	b.site(c)
	c.Flags().IntVar(&n, "records", 20_000, a.text("bench.flag.due"))
	c.Flags().DurationVar(&b.TrainingDay, "training-day", 0, a.text("bench.flag.day"))
	return c
}

func (a *app) benchErase() *cobra.Command {
	b := &benching{app: a}
	n := 0
	c := b.command("erase", func(ctx context.Context, o bench.Options) (any, error) { return bench.RunErase(ctx, n, o) })
	b.batch(c)
	b.site(c)
	c.Flags().IntVar(&n, "records", 10_000, a.text("bench.flag.forgotten"))
	c.Flags().DurationVar(&b.TrainingDay, "training-day", 0, a.text("bench.flag.day"))
	return c
}

func (a *app) benchQuery() *cobra.Command {
	b := &benching{app: a}
	c := b.command("query", func(ctx context.Context, o bench.Options) (any, error) { return bench.RunQuery(ctx, o) })
	b.load(c)
	c.Flags().IntVar(&b.Preload, "records", 10_000, a.text("bench.flag.records"))
	return c
}

func (a *app) benchVerify() *cobra.Command {
	b := &benching{app: a}
	c := b.command("verify", func(ctx context.Context, o bench.Options) (any, error) { return bench.RunVerify(ctx, o) })
	b.timing(c)
	b.site(c)
	return c
}

func (a *app) benchSync() *cobra.Command {
	b := &benching{app: a}
	c := b.command("sync", func(ctx context.Context, o bench.Options) (any, error) { return bench.RunSync(ctx, o) })
	b.batch(c)
	b.site(c)
	c.Flags().IntVar(&b.Preload, "records", 10_000, a.text("bench.flag.records"))
	return c
}

func (a *app) benchJoin() *cobra.Command {
	b := &benching{app: a}
	c := b.command("join", func(ctx context.Context, o bench.Options) (any, error) { return bench.RunJoin(ctx, o) })
	b.site(c)
	c.Flags().IntVar(&b.Preload, "records", 10_000, a.text("bench.flag.records"))
	return c
}

func (a *app) benchLimits() *cobra.Command {
	b := &benching{app: a}
	c := b.command("limits", func(ctx context.Context, o bench.Options) (any, error) { return bench.RunLimits(ctx, o.Duration) })
	c.Flags().DurationVar(&b.Duration, "duration", 4*time.Second, a.text("bench.flag.duration"))
	return c
}

// command makes a measuring command that prints its report.
func (b *benching) command(name string, run func(context.Context, bench.Options) (any, error)) *cobra.Command {
	a := b.app
	c := a.command("bench."+name, name, a.between(0, 0), func(c *cobra.Command, _ []string) error {
		o, err := b.options()
		if err != nil {
			return err
		}
		r, err := run(c.Context(), o)
		if err != nil {
			return err
		}
		return b.report(r)
	})
	a.jsonFlag(c)
	return c
}

// load adds the flags of a load.
func (b *benching) load(c *cobra.Command) {
	b.batch(c)
	b.timing(c)
	c.Flags().DurationVar(&b.Slice, "slice", 0, b.text("bench.flag.slice"))
	b.site(c)
}

func (b *benching) batch(c *cobra.Command) {
	c.Flags().IntVar(&b.Batch, "batch", 100, b.text("bench.flag.batch"))
	c.Flags().IntVar(&b.Window, "window", 0, b.text("bench.flag.window"))
}

func (b *benching) timing(c *cobra.Command) {
	c.Flags().DurationVar(&b.Duration, "duration", 20*time.Second, b.text("bench.flag.duration"))
}

// site adds the flags of a network.
func (b *benching) site(c *cobra.Command) {
	a, f := b.app, c.Flags()
	f.StringVar(&b.Dir, "dir", "", a.text("bench.flag.dir"))
	f.IntVar(&b.Recorders, "recorders", 4, a.text("bench.flag.recorders"))
	f.IntVar(&b.Contributors, "contributors", 0, a.text("bench.flag.contributors"))
	f.StringVar(&b.nodes, "nodes-as", asGoroutines, a.text("flag.nodes-as"))
	f.StringVar(&b.Profile, "profile", "", a.text("bench.flag.profile"))
	a.complete(c, "nodes-as", asProcesses, asGoroutines)
}

func (b *benching) options() (bench.Options, error) {
	o := b.Options
	if b.nodes != "" && b.nodes != asProcesses && b.nodes != asGoroutines {
		return o, usage(b.text("usage.flag-choice", "--nodes-as", asProcesses+", "+asGoroutines))
	}
	program, err := os.Executable()
	if err != nil {
		return o, fault.Wrap(fault.Internal, "program", err)
	}
	if b.nodes == asProcesses {
		o.Program = program
	}
	if b.ruler {
		o.Ruler = program
	}
	o.Say = func(key string, args ...any) { b.note("bench.say."+key, args...) }
	return o, nil
}

// report prints a report: with --json as one object on the last line, else a figure a
// line.
func (b *benching) report(r any) error {
	if b.json {
		return b.line(r)
	}
	var rows [][]string
	for _, f := range bench.Fields(r) {
		rows = append(rows, []string{b.text("bench.row." + f.Name), fmt.Sprint(f.Value)})
	}
	table(b.out, rows)
	return nil
}

// benchRuler runs the ruler alone, or for another bench.
func (a *app) benchRuler() *cobra.Command {
	b := &benching{app: a}
	var serve bool
	c := b.command("ruler", nil)
	c.RunE = func(c *cobra.Command, _ []string) error {
		a.ran = true
		if serve {
			return bench.ServeRuler(c.Context(), a.in, a.out)
		}
		r, err := bench.RunRuler(c.Context(), b.Duration)
		if err != nil {
			return err
		}
		return b.report(r)
	}
	c.Flags().DurationVar(&b.Duration, "duration", 10*time.Second, a.text("bench.flag.duration"))
	c.Flags().BoolVar(&serve, "serve", false, a.text("bench.flag.serve"))
	return c
}

// benchTable makes the table of docs/performance.md out of reports on standard input.
func (a *app) benchTable() *cobra.Command {
	var into string
	c := a.command("bench.table", "table", a.between(0, 0), func(*cobra.Command, []string) error {
		table, err := bench.Table(a.in)
		if err != nil {
			return err
		}
		if into == "" {
			fmt.Fprint(a.out, table)
			return nil
		}
		document, err := os.ReadFile(into)
		if err != nil {
			return fault.Wrap(fault.FileMissing, "--into", err)
		}
		next, err := bench.Insert(string(document), table)
		if err != nil {
			return err
		}
		if err := os.WriteFile(into, []byte(next), 0o644); err != nil {
			return fault.Wrap(fault.DiskFull, "--into", err)
		}
		return nil
	})
	c.Flags().StringVar(&into, "into", "", a.text("bench.flag.into"))
	return c
}
