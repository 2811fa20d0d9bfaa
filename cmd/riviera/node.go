package main

import (
	"context"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/node"
)

func (a *app) node() *cobra.Command {
	return a.group("node", a.joinNode(), a.startNode(), a.nodeStatus(), a.rotateNode(), a.backupNode(), a.restoreNode())
}

func (a *app) startNode() *cobra.Command {
	var level, format string
	var attached bool
	c := a.command("node.start", "start --home DIR", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		h, err := a.openHome()
		if err != nil {
			return err
		}
		log, err := a.logger(h.Config.Log.Level, level, format)
		if err != nil {
			return err
		}
		n, err := node.Start(c.Context(), h, log)
		if err != nil {
			return err
		}
		a.say("node.started", a.pick(h.Member.NameZH, h.Member.NameEN), "http://"+n.Addr())
		ctx := c.Context()
		if attached {
			ctx = a.whileInputLasts(ctx)
		}
		return a.untilStopped(ctx, n)
	})
	c.Flags().StringVar(&a.home, "home", a.env(homeVariable), a.text("flag.home", homeVariable))
	a.passphraseFlags(c)
	c.Flags().StringVar(&level, "log-level", "", a.text("node.flag.log-level"))
	c.Flags().StringVar(&format, "log-format", "text", a.text("node.flag.log-format"))
	c.Flags().BoolVar(&attached, "attached", false, a.text("node.flag.attached"))
	a.complete(c, "log-level", "debug", "info", "warn", "error")
	a.complete(c, "log-format", "text", "json")
	return c
}

// whileInputLasts returns a context that ends with standard input: a node that another
// program has started then ends with that program, however it ended.
func (a *app) whileInputLasts(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		io.Copy(io.Discard, a.in) // ends with the input, or its error
		cancel()
	}()
	return ctx
}

// untilStopped runs a node until the program is told to end, or the node ends by itself.
func (a *app) untilStopped(ctx context.Context, n *node.Node) error {
	ended := make(chan error, 1)
	go func() { ended <- n.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		a.note("node.stopping")
		return n.Stop()
	}
}

// logger writes to standard error, at the level of the flag or else the home's.
func (a *app) logger(configured, level, format string) (*slog.Logger, error) {
	if level == "" {
		level = configured
	}
	var l slog.Level
	if level != "" {
		if err := l.UnmarshalText([]byte(level)); err != nil {
			return nil, fault.Newf(fault.Usage, "--log-level", "%s", a.text("usage.flag-choice", "--log-level", "debug, info, warn, error"))
		}
	}
	o := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(a.errs, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(a.errs, o)), nil
	}
	return nil, usage(a.text("usage.flag-choice", "--log-format", "text, json"))
}

// whyNotReady words the code with which a node says that it does not answer yet.
func (a *app) whyNotReady(code string) string {
	c, known := client.ParseCode(code)
	if !known {
		c = fault.NotReady
	}
	what, _ := a.lang.Fault(c)
	return what
}

func (a *app) nodeStatus() *cobra.Command {
	c := a.command("node.status", "status", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		s, err := a.session()
		if err != nil {
			return err
		}
		st, err := s.client.Status(c.Context())
		if err != nil {
			return err
		}
		ready := a.text("node.ready")
		if !st.Ready {
			ready = a.whyNotReady(st.NotReady)
		}
		if a.json {
			if err := a.object(st); err != nil {
				return err
			}
		} else {
			a.say("node.status", st.Network, a.pick(st.MemberZH, st.MemberEN), ready, st.Height, st.LedgerTime, st.Records, st.LogSize, st.Peers, st.Missing)
			for _, p := range st.Phases {
				if p.Count > 0 {
					a.say("node.phase", a.text("phase."+p.Phase), p.Count)
				}
			}
			a.training(st.Clock)
		}
		if !st.Ready {
			return status(exitFailed)
		}
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}
