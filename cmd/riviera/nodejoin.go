package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
	"github.com/riviera-ledger/riviera/verify"
)

// joinNode makes the home of an institution that joins a running network, or prepares one
// that exists, so that its node begins with a snapshot of the ledger. The trust file alone
// is believed: everything that comes from other nodes is held to it.
func (a *app) joinNode() *cobra.Command {
	var p applicant
	var trustFile, genesis string
	c := a.command("node.join", "join --trust FILE --out DIR --role ROLE…", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		raw, err := readInput(trustFile)
		if err != nil {
			return err
		}
		trust, err := verify.ParseTrust(raw)
		if err != nil {
			return err
		}
		if a.home != "" && p.Out == "" {
			return a.joinAgain(raw, trust)
		}
		if err := a.joinWants(c, genesis); err != nil {
			return err
		}
		if p.Genesis, err = a.foundingDocument(c.Context(), genesis, p.from, trust); err != nil {
			return err
		}
		m, err := a.apply(c.Context(), &p)
		if err != nil {
			return err
		}
		if err := writeTrust(p.Out, raw); err != nil {
			return err
		}
		if a.json {
			return a.object(m)
		}
		a.say("node.join.made", p.Out, m.ID, filepath.Join(p.Out, node.MemberFile), p.Out)
		return nil
	})
	a.applicantFlags(c, &p)
	c.Flags().StringVar(&trustFile, "trust", "", a.text("node.flag.trust"))
	c.Flags().StringVar(&genesis, "genesis", "", a.text("node.flag.genesis"))
	c.Flags().StringVar(&a.home, "home", "", a.text("node.flag.join-home"))
	a.require(c, "trust")
	a.jsonFlag(c)
	return c
}

// joinWants names the first flag that a new home lacks.
func (a *app) joinWants(c *cobra.Command, genesis string) error {
	wanted := []string{"out", "role", "name-zh", "name-en", "code", "contact", "peer"}
	if genesis == "" {
		wanted = append(wanted, "api")
	}
	for _, name := range wanted {
		if !c.Flags().Changed(name) {
			return usage(a.text("usage.flag-required", "--"+name))
		}
	}
	return nil
}

// joinAgain prepares a home that has no blocks: it gets the trust file.
func (a *app) joinAgain(raw []byte, trust *verify.Trust) error {
	h, err := node.OpenHome(a.home)
	if err != nil {
		return err
	}
	if err := node.CheckTrust(trust, h.Genesis); err != nil {
		return err
	}
	if _, err := os.Stat(h.Data("engine")); err == nil {
		return fault.Newf(fault.HomeExists, h.Data("engine"), "this node has blocks, and goes on from them")
	}
	if err := writeTrust(h.Dir, raw); err != nil {
		return err
	}
	if a.json {
		return a.object(struct {
			Home string `json:"home"`
		}{h.Dir})
	}
	a.say("node.join.prepared", h.Dir)
	return nil
}

// foundingDocument reads the genesis document from a file, or gets it from a member's
// node, and holds it to the trust file.
func (a *app) foundingDocument(ctx context.Context, file, from string, trust *verify.Trust) (*ledger.Genesis, error) {
	var b []byte
	var err error
	if file != "" {
		b, err = readInput(file)
	} else {
		b, err = a.at(from).Genesis(ctx)
	}
	if err != nil {
		return nil, err
	}
	g, err := ledger.ParseGenesis(b)
	if err != nil {
		return nil, err
	}
	return g, node.CheckTrust(trust, g)
}

func writeTrust(home string, b []byte) error {
	path := filepath.Join(home, node.TrustFile)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		return fault.Wrap(fault.DiskFull, path, err)
	}
	return nil
}
