package main

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/witness"
)

func (a *app) witness() *cobra.Command {
	return a.group("witness", a.initWitness(), a.cosignWitness(), a.witnessStatus())
}

func (a *app) witnessDir(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "dir", "", a.text("witness.flag.dir"))
	a.require(c, "dir")
	a.passphraseFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = noFiles
}

func (a *app) initWitness() *cobra.Command {
	var dir, name, trust string
	c := a.command("witness.init", "init --dir DIR --name NAME --trust FILE", a.between(0, 0), func(*cobra.Command, []string) error {
		b, err := readBounded(trust, "--trust", verify.MaxTrust)
		if err != nil {
			return err
		}
		t, err := verify.ParseTrust(b)
		if err != nil {
			return err
		}
		passphrase, err := a.witnessPassphrase(t)
		if err != nil {
			return err
		}
		w, err := witness.Create(dir, name, b, passphrase)
		if err != nil {
			return err
		}
		if a.json {
			return a.object(struct {
				Key string `json:"key"`
			}{w.Key.String()})
		}
		a.say("witness.made", dir, w.Key)
		return nil
	})
	a.witnessDir(c, &dir)
	c.Flags().StringVar(&name, "name", "", a.text("witness.flag.name"))
	c.Flags().StringVar(&trust, "trust", "", a.text("witness.flag.trust"))
	a.require(c, "name", "trust")
	return c
}

// witnessPassphrase is under which a witness's key is sealed: that of a file, or one that is
// asked for. Only for a training network may the key be in the clear.
func (a *app) witnessPassphrase(t *verify.Trust) ([]byte, error) {
	var r custody.Ring
	if err := a.unlocksRing(&r); err != nil {
		return nil, err
	}
	if p := r.Passphrase(); p != nil || t.TrainingDay != "" {
		return p, nil
	}
	return a.newPassphrase()
}

// cosigning is what witness cosign was told.
type cosigning struct {
	dir, api, trust string
	to              []string
	keep            bool
	every           time.Duration
}

func (a *app) cosignWitness() *cobra.Command {
	var o cosigning
	c := a.command("witness.cosign", "cosign --dir DIR --api ADDRESS", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		if c.Flags().Changed("every") && o.every < time.Second {
			return usage(a.text("usage.flag-invalid", "--every", "30s"))
		}
		w, err := witness.Open(o.dir)
		if err != nil {
			return err
		}
		if err := a.unlocksRing(&w.Ring); err != nil {
			return err
		}
		if o.trust != "" {
			b, err := readBounded(o.trust, "--trust", verify.MaxTrust)
			if err == nil {
				err = w.Renew(b)
			}
			if err != nil {
				return err
			}
		}
		return a.cosignAgain(c.Context(), w, o)
	})
	a.witnessDir(c, &o.dir)
	c.Flags().StringVar(&o.api, "api", "", a.text("witness.flag.api"))
	c.Flags().StringArrayVar(&o.to, "to", nil, a.text("witness.flag.to"))
	c.Flags().BoolVar(&o.keep, "keep", false, a.text("witness.flag.keep"))
	c.Flags().StringVar(&o.trust, "trust", "", a.text("witness.flag.renew"))
	c.Flags().DurationVar(&o.every, "every", 0, a.text("witness.flag.every"))
	a.require(c, "api")
	return c
}

// cosignAgain signs once, or again and again until it is stopped or shown a fork.
func (a *app) cosignAgain(ctx context.Context, w *witness.Witness, o cosigning) error {
	for {
		err := a.cosignOnce(ctx, w, o)
		if o.every == 0 || fault.Is(err, fault.CheckpointForked) {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		var told status
		if err != nil && !errors.As(err, &told) {
			a.report(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(o.every):
		}
	}
}

// shownSigned is what has been signed, and which nodes have it.
type shownSigned struct {
	Size    uint64     `json:"size"`
	Before  uint64     `json:"before"`
	Root    string     `json:"root"`
	Height  int64      `json:"height"`
	Members []uint32   `json:"members"`
	Taken   []tookNote `json:"taken"`
	Note    string     `json:"note"`
}

type tookNote struct {
	Node      string   `json:"node"`
	Witnesses []string `json:"witnesses,omitempty"`
	Refused   string   `json:"refused,omitempty"` // name of the code
}

func (a *app) cosignOnce(ctx context.Context, w *witness.Witness, o cosigning) error {
	s, err := w.Cosign(ctx, a.at(o.api))
	switch {
	case fault.Is(err, fault.NotReady), fault.Is(err, fault.StaleNode), fault.Is(err, fault.NotFound):
		return a.undetermined(err)
	case err != nil:
		return err
	}
	shown := shownSigned{Size: s.Size, Before: s.Before, Root: hex.EncodeToString(s.Root[:]), Height: s.Height, Members: s.Members, Taken: []tookNote{}, Note: string(s.Note)}
	if !a.json {
		a.say("witness.signed", s.Size, s.Before, shown.Root, s.Height)
	}
	nodes := append([]string{o.api}, o.to...)
	if o.keep {
		nodes = o.to
	}
	for _, address := range nodes {
		took := tookNote{Node: address}
		out, failed := a.at(address).Cosign(ctx, s.Note)
		if failed != nil {
			err, took.Refused = failed, fault.Of(failed).String()
			a.report(fault.Wrap(fault.Of(failed), address, failed))
		} else if took.Witnesses = out.Witnesses; !a.json {
			a.say("witness.taken", address, strings.Join(out.Witnesses, ", "))
		}
		shown.Taken = append(shown.Taken, took)
	}
	if a.json {
		if err := a.line(shown); err != nil {
			return err
		}
	}
	if err != nil {
		return status(exitFailed)
	}
	return nil
}

func (a *app) witnessStatus() *cobra.Command {
	var dir string
	c := a.command("witness.status", "status --dir DIR", a.between(0, 0), func(*cobra.Command, []string) error {
		w, err := witness.Open(dir)
		if err != nil {
			return err
		}
		seen, signed, err := w.Seen()
		if err != nil {
			return err
		}
		forks, err := w.Forks()
		if err != nil {
			return err
		}
		if a.json {
			shown := struct {
				Key   string     `json:"key"`
				Size  uint64     `json:"size"`
				Root  string     `json:"root,omitempty"`
				Time  *time.Time `json:"time,omitempty"`
				Forks int        `json:"forks"`
			}{Key: w.Key.String(), Forks: forks}
			if seen != nil {
				shown.Size, shown.Root, shown.Time = seen.Size, hex.EncodeToString(seen.Root[:]), &signed.Time
			}
			return a.object(shown)
		}
		a.say("witness.key", w.Key)
		if seen == nil {
			a.say("witness.never")
		} else {
			a.say("witness.seen", seen.Size, hex.EncodeToString(seen.Root[:]), signed.Time.Format(time.RFC3339))
		}
		if forks > 0 {
			a.say("witness.fork", forks)
		}
		return nil
	})
	a.witnessDir(c, &dir)
	return c
}
