package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/checkpoint"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
)

// auditCheckpoint prints a node's checkpoint, or verifies one.
func (a *app) auditCheckpoint() *cobra.Command {
	var size uint64
	var witnesses, require int
	var out, file, trust string
	var vkeys []string
	c := a.command("audit.checkpoint", "checkpoint [--verify FILE --trust TRUST]", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		if file == "" && trust == "" {
			return a.fetchCheckpoint(c, size, witnesses, out)
		}
		for _, name := range []string{"home", "api", "size", "witnesses"} {
			if file == "" || trust == "" || c.Flags().Changed(name) {
				return usage(a.text("usage.audit-verify"))
			}
		}
		keys, err := parseWitnesses(vkeys)
		if err != nil {
			return err
		}
		if require > len(keys) {
			return usage(a.text("usage.audit-require"))
		}
		b, err := readBounded(file, "--verify", checkpoint.MaxNote)
		if err != nil {
			return err
		}
		t, err := readTrust(trust)
		if err != nil {
			return err
		}
		return a.verifyCheckpoint(b, t, keys, require)
	})
	a.homeFlags(c)
	c.Flags().Uint64Var(&size, "size", 0, a.text("audit.flag.size"))
	c.Flags().IntVar(&witnesses, "witnesses", 0, a.text("audit.flag.witnesses"))
	c.Flags().StringVar(&out, "out", "-", a.text("audit.flag.note"))
	c.Flags().StringVar(&file, "verify", "", a.text("audit.flag.verify"))
	c.Flags().StringVar(&trust, "trust", "", a.text("certificate.flag.trust"))
	c.Flags().StringArrayVar(&vkeys, "witness", nil, a.text("audit.flag.witness"))
	c.Flags().IntVar(&require, "require", 0, a.text("audit.flag.require"))
	a.jsonFlag(c)
	return c
}

func parseWitnesses(vkeys []string) ([]checkpoint.Witness, error) {
	var out []checkpoint.Witness
	for _, v := range vkeys {
		w, err := checkpoint.ParseWitness(strings.TrimSpace(v))
		if err != nil {
			return nil, fault.Wrap(fault.Of(err), "--witness", err)
		}
		for _, o := range out {
			if o.String() == w.String() {
				return nil, fault.Newf(fault.CheckpointInvalid, "--witness", "%s stands there twice", w.Witness)
			}
		}
		out = append(out, w)
	}
	return out, nil
}

func (a *app) fetchCheckpoint(c *cobra.Command, size uint64, witnesses int, out string) error {
	api, err := a.reading()
	if err != nil {
		return err
	}
	b, err := api.Checkpoint(c.Context(), size, witnesses)
	if err != nil {
		return a.undetermined(err)
	}
	if a.json && out == "-" {
		return a.object(struct {
			Note string `json:"note"`
		}{string(b)})
	}
	if err := a.toFile(out, func(w io.Writer) error { _, err := w.Write(b); return failed(err) }); err != nil {
		return err
	}
	if a.json {
		return a.object(writtenFile{File: out, Bytes: len(b)})
	}
	return nil
}

// shownCheckpoint is what a verified checkpoint shows.
type shownCheckpoint struct {
	Origin  string          `json:"origin"`
	Size    uint64          `json:"size"`
	Root    string          `json:"root"`
	Members []uint32        `json:"members"`
	Signed  []shownCosigner `json:"witnesses"`
	Unknown int             `json:"unknown_signatures"`
}

type shownCosigner struct {
	Name string    `json:"name"`
	Time time.Time `json:"time"`
}

func (a *app) verifyCheckpoint(b []byte, t *verify.Trust, keys []checkpoint.Witness, require int) error {
	o, err := checkpoint.Open(b, t, keys)
	if err != nil {
		return err
	}
	shown := shownCheckpoint{Origin: o.Origin, Size: o.Size, Root: hex.EncodeToString(o.Root[:]), Members: o.Members, Signed: []shownCosigner{}, Unknown: o.Unknown}
	for _, s := range o.Cosigned {
		shown.Signed = append(shown.Signed, shownCosigner{s.Witness, s.Time})
	}
	if a.json {
		if err := a.object(shown); err != nil {
			return err
		}
	} else {
		a.say("audit.checkpoint-holds", o.Size, shown.Root, numbers(o.Members))
		for _, s := range shown.Signed {
			a.say("audit.checkpoint-cosigned", s.Name, s.Time.Format(time.RFC3339))
		}
		if o.Unknown > 0 {
			a.say("audit.checkpoint-unknown", o.Unknown)
		}
	}
	if len(o.Cosigned) < require {
		return a.undetermined(fault.Newf(fault.TooFewWitnesses, "--require", "%d of %d", len(o.Cosigned), require))
	}
	return nil
}

// numbers writes members' numbers for people.
func numbers(members []uint32) string {
	return strings.Trim(fmt.Sprint(members), "[]")
}
