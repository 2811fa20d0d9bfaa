package main

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
)

// exportedChain is what `network export --json` and `network succeed --json` print.
type exportedChain struct {
	File        string `json:"file"`
	Bytes       int64  `json:"bytes"`
	Digest      string `json:"digest"` // of the export; the same from every node
	ChainID     string `json:"chain_id"`
	Height      int64  `json:"height"` // last block of the chain
	AppHash     string `json:"app_hash"`
	Seal        string `json:"seal"` // header hash of the block after it
	Records     uint64 `json:"records"`
	Events      uint64 `json:"events"`
	Successor   string `json:"successor,omitempty"`              // chain id of the next one
	GenesisHash string `json:"successor_genesis_hash,omitempty"` // compared between institutions
	Home        string `json:"home,omitempty"`                   // that was carried over
}

func shownExport(file string, e consensus.Exported) exportedChain {
	p, s := e.Head.Ended, e.Head.Summary
	return exportedChain{File: file, Bytes: e.Bytes, Digest: hex.EncodeToString(e.Digest[:]), ChainID: p.ChainID, Height: p.Height,
		AppHash: hex.EncodeToString(p.AppHash[:]), Seal: hex.EncodeToString(p.Seal[:]), Records: s.Count, Events: s.Events}
}

// networkExport writes the state of an ended chain, from the home of a stopped node of it.
func (a *app) networkExport() *cobra.Command {
	var out string
	c := a.command("network.export", "export --home DIR --out FILE", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		h, err := a.openHome()
		if err != nil {
			return err
		}
		e, err := a.writeExport(c.Context(), h, out)
		if err != nil {
			return err
		}
		shown := shownExport(out, e)
		if a.json {
			return a.object(shown)
		}
		a.say("network.exported", shown.ChainID, shown.Height, shown.Records, out, shown.Digest)
		return nil
	})
	a.onlyHome(c)
	c.Flags().StringVar(&out, "out", "", a.text("network.flag.export"))
	a.require(c, "out")
	a.jsonFlag(c)
	return c
}

// onlyHome are the flags of a command that reads a home and asks no node.
func (a *app) onlyHome(c *cobra.Command) {
	c.Flags().StringVar(&a.home, "home", a.env(homeVariable), a.text("flag.home", homeVariable))
	a.passphraseFlags(c)
}

// writeExport gives an export its name once it has been read back.
func (a *app) writeExport(ctx context.Context, h *node.Home, out string) (e consensus.Exported, err error) {
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		return e, fault.New(fault.HomeExists, out)
	}
	partial := out + ".partial"
	f, err := os.OpenFile(partial, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return e, fault.Wrap(fault.BadConfig, out, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(partial))
		}
	}()
	bar := a.bytesBar("network.export.bar", 0)
	written, err := node.Export(ctx, h, bar.writer(f))
	bar.close()
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err == nil {
		e, err = consensus.ReadExport(f, nil, nil)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return e, err
	}
	if e.Digest != written.Digest {
		return e, fault.New(fault.ExportDamaged, partial)
	}
	if err = os.Rename(partial, out); err != nil {
		return e, fault.Wrap(fault.BadConfig, out, err)
	}
	return e, nil
}

// networkSucceed makes the genesis document of a successor chain, or carries a home over.
func (a *app) networkSucceed() *cobra.Command {
	var chainID, out, genesis string
	c := a.command("network.succeed", "succeed EXPORT", a.between(1, 1), func(_ *cobra.Command, args []string) error {
		making, carrying := chainID != "" && out != "", genesis != ""
		if making == carrying || (chainID != "") != (out != "") {
			return usage(a.text("network.succeed.ways"))
		}
		f, err := os.Open(args[0])
		if err != nil {
			return fault.Newf(fault.FileMissing, args[0], "no such file")
		}
		defer f.Close()
		if making {
			return a.makeSuccessor(f, args[0], chainID, out)
		}
		return a.carryOver(f, args[0], genesis)
	})
	a.onlyHome(c)
	c.Flags().StringVar(&chainID, "chain-id", "", a.text("network.flag.chain-id"))
	c.Flags().StringVar(&out, "out", "", a.text("network.flag.successor"))
	c.Flags().StringVar(&genesis, "genesis", "", a.text("network.flag.genesis"))
	a.jsonFlag(c)
	return c
}

func (a *app) makeSuccessor(export io.Reader, file, chainID, out string) error {
	b, e, err := node.SuccessorGenesis(export, chainID)
	if err != nil {
		return err
	}
	g, err := ledger.ParseGenesis(b)
	if err != nil {
		return err
	}
	if err := custody.Create(out, b); err != nil {
		return err
	}
	hash := g.Hash()
	shown := shownExport(file, e)
	shown.Successor, shown.GenesisHash = chainID, hex.EncodeToString(hash[:])
	if a.json {
		return a.object(shown)
	}
	a.say("network.succeeds", chainID, shown.ChainID, shown.Height, out, shown.GenesisHash)
	return nil
}

func (a *app) carryOver(export io.Reader, file, genesis string) error {
	h, err := a.openHome()
	if err != nil {
		return err
	}
	b, err := readInput(genesis)
	if err != nil {
		return err
	}
	if err := node.Succeed(h, b, export); err != nil {
		return err
	}
	g, err := ledger.ParseGenesis(b)
	if err != nil {
		return err
	}
	p, hash := g.Predecessor(), g.Hash()
	if a.json {
		return a.object(exportedChain{File: file, ChainID: p.ChainID, Height: p.Height, AppHash: hex.EncodeToString(p.AppHash[:]),
			Seal: hex.EncodeToString(p.Seal[:]), Successor: g.ChainID, GenesisHash: hex.EncodeToString(hash[:]), Home: h.Dir})
	}
	a.say("network.carried", h.Dir, g.ChainID, p.Height+2)
	return nil
}
