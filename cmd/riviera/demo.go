package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/network"
	"github.com/riviera-ledger/riviera/offline"
)

// demonstration are the flags of riviera demo.
type demonstration struct {
	*app
	dir   string
	nodes string
	day   time.Duration
	port  int
	once  bool
}

// Ways of running the nodes of a demonstration.
const (
	asProcesses  = "processes"
	asGoroutines = "goroutines"
)

const (
	demoRecorders    = 4
	demoContributors = 1
	readyWithin      = 60 * time.Second
	storyWithin      = 4 * time.Minute
)

// demo is riviera demo: a record's whole life on a network of five nodes.
func (a *app) demo() *cobra.Command {
	d := &demonstration{app: a}
	c := a.command("demo", "demo", a.between(0, 0), func(c *cobra.Command, _ []string) error { return d.run(c.Context()) })
	f := c.Flags()
	f.StringVar(&d.dir, "dir", "", a.text("flag.demo-dir"))
	f.StringVar(&d.nodes, "nodes-as", asGoroutines, a.text("flag.nodes-as"))
	f.DurationVar(&d.day, "training-day", time.Second, a.text("flag.training-day"))
	f.IntVar(&d.port, "port", 0, a.text("flag.demo-port"))
	f.BoolVar(&d.once, "once", false, a.text("flag.once"))
	a.complete(c, "nodes-as", asProcesses, asGoroutines)
	return c
}

func (d *demonstration) run(ctx context.Context) (err error) {
	if d.nodes != asProcesses && d.nodes != asGoroutines {
		return usage(d.text("usage.flag-choice", "--nodes-as", asProcesses+", "+asGoroutines))
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	made := d.dir == ""
	if made {
		if d.dir, err = os.MkdirTemp("", "riviera-demo-"); err != nil {
			return fault.Wrap(fault.DiskFull, "demo", err)
		}
	}
	err = d.perform(ctx)
	interrupted := ctx.Err() != nil
	if err != nil && !interrupted {
		return err // the files stay: they may tell why
	}
	if made {
		os.RemoveAll(d.dir)
	}
	switch {
	case made:
		fmt.Fprintln(d.out, d.lang.Text("demo.goodbye-removed"))
	case interrupted:
		fmt.Fprintln(d.out, d.lang.Text("demo.goodbye-kept", d.dir))
	}
	if err != nil && interrupted {
		return status(exitFailed)
	}
	return err
}

// perform starts the network, tells the story and stays until it is told to end.
func (d *demonstration) perform(ctx context.Context) (err error) {
	running, err := d.start(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if stopped := running.Stop(); err == nil {
			err = stopped
		}
	}()
	limited, cancel := context.WithTimeout(ctx, storyWithin)
	defer cancel()
	if !d.once {
		go d.putVerifier(ctx)
	}
	s := &story{ctx: limited, out: d.out, lang: d.lang, net: running, dir: d.dir, app: d.app}
	if err := s.tell(); err != nil {
		return err
	}
	s.say("end", running.URL(s.contributor), running.URL(s.contributor)+"/openapi.json", d.dir)
	if d.once {
		return nil
	}
	s.say("stays")
	<-ctx.Done()
	fmt.Fprintln(d.out)
	return nil
}

// putVerifier builds the offline verifier beside the story and lays it into the homes, where a
// program that was built without it ("go run") lets its nodes find it. Without sources
// or Go the pages say how to get one.
func (d *demonstration) putVerifier(ctx context.Context) {
	if _, err := offline.Page(); err == nil {
		return
	}
	page, err := offline.Build(ctx, ".")
	if err != nil {
		return
	}
	homes, err := filepath.Glob(filepath.Join(d.dir, "network", "*", "riviera.toml"))
	if err != nil {
		return
	}
	for _, h := range homes {
		if os.WriteFile(filepath.Join(filepath.Dir(h), offline.PageName), page, 0o644) != nil {
			return // its pages say that there is none
		}
	}
}

// start makes the network and waits until it decides blocks.
func (d *demonstration) start(ctx context.Context) (*network.Running, error) {
	fmt.Fprintln(d.out, d.lang.Text("demo.title"))
	fmt.Fprintln(d.out, d.lang.Text("demo.starting", demoRecorders+demoContributors, d.spell(d.day.String())))
	base := d.port
	if base == 0 {
		free, err := network.FreePorts(2 * (demoRecorders + demoContributors))
		if err != nil {
			return nil, err
		}
		base = free
	}
	n, err := d.create(base)
	if err != nil {
		return nil, err
	}
	o := network.RunOptions{}
	if d.nodes == asProcesses {
		if o.Program, err = os.Executable(); err != nil {
			return nil, fault.Wrap(fault.Internal, "program", err)
		}
	}
	running, err := n.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	ready, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	if err := running.Ready(ready); err != nil {
		running.Stop()
		return nil, err
	}
	return running, nil
}

// create makes the homes of the demonstration's network.
func (d *demonstration) create(base int) (*network.Network, error) {
	return network.Create(network.Options{Out: filepath.Join(d.dir, "network"), Name: d.lang.Text("demo.network"),
		Recorders: demoRecorders, Contributors: demoContributors, TrainingDay: d.day, BasePort: base, Now: time.Now()})
}
