package node

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
)

// A home is carried over from a chain that has ended to its successor where it is: contents
// and their keys stay in their one place, so that what is erased is erased. State and engine
// data of the ended chain move to predecessors/, for audits; no node runs from there.
const (
	predecessorsDir = "predecessors"
	successorDir    = "data.successor" // made ready here, and moved to its place at the end
)

// Export writes the state of the ended chain of a home whose node is stopped; see
// consensus.Export. fault.HomeLocked where it runs.
func Export(ctx context.Context, h *Home, w io.Writer) (out consensus.Exported, err error) {
	db, err := h.stoppedState()
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return consensus.Export(ctx, h.Data(""), db, h.Genesis, w)
}

func (h *Home) stoppedState() (*store.DB, error) {
	if _, err := os.Stat(h.Data(partLedger)); err != nil {
		return nil, fault.Newf(fault.HomeMissing, h.Data(partLedger), "no node has run here")
	}
	return store.Open(h.Data(partLedger), store.Options{FS: h.Disk})
}

// SuccessorGenesis is the genesis document, JSON, of the chain that continues the one of an
// export under another name. It follows from the two alone: every institution that makes it
// makes the same.
func SuccessorGenesis(export io.Reader, chainID string) ([]byte, consensus.Exported, error) {
	e, err := consensus.ReadExport(export, nil, nil)
	if err != nil {
		return nil, e, err
	}
	g, err := e.Genesis.Successor(chainID, e.Head.Ended)
	if err != nil {
		return nil, e, err
	}
	b, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		return nil, e, fault.Wrap(fault.Internal, "genesis", err)
	}
	return append(b, '\n'), e, nil
}

// Succeed carries a home over to the successor of its chain. The export is held to this
// home's own last state and seal, and every root of it is computed anew. Nothing of the home
// is touched before all of it is ready; where it was cut short after that, the same call goes
// on, and until then no node starts. Codes: fault.HomeLocked, fault.ChainRunning,
// fault.ExportDamaged, fault.SuccessorMismatch.
func Succeed(h *Home, genesis []byte, export io.Reader) error {
	g, err := ledger.ParseGenesis(genesis)
	if err != nil {
		return located(genesis, err)
	}
	p := g.Predecessor()
	switch own := h.Genesis.Hash(); {
	case own == g.Hash():
		if _, err := os.Stat(h.path(successorDir)); err != nil {
			return fault.Newf(fault.NoEffect, h.Dir, "it belongs to this chain already")
		}
		return h.settleSuccessor(p)
	case p == nil || p.Genesis != own:
		return fault.New(fault.SuccessorMismatch, "genesis")
	}
	if err := h.prepareSuccessor(g, genesis, export); err != nil {
		return errors.Join(err, os.RemoveAll(h.path(successorDir)))
	}
	return h.settleSuccessor(p)
}

// prepareSuccessor makes state, signing records and genesis document ready beside the home's
// own.
func (h *Home) prepareSuccessor(g *ledger.Genesis, genesis []byte, export io.Reader) (err error) {
	own, err := h.stoppedState() // held until everything is ready: no node is to start meanwhile
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, own.Close()) }()
	ended, err := consensus.Ending(h.Data(""), own, h.Genesis)
	if err != nil {
		return err
	}
	if p := g.Predecessor(); ended.Seal != p.Seal || ended.AppHash != p.AppHash || ended.Height != p.Height {
		return fault.Newf(fault.SuccessorMismatch, "genesis", "this home's chain ended with block %d and root %x", ended.Height, ended.AppHash[:4])
	}
	ready := h.path(successorDir)
	if err := os.RemoveAll(ready); err != nil { // of a call that was cut short
		return fault.Wrap(fault.BadConfig, ready, err)
	}
	db, err := store.Open(filepath.Join(ready, partLedger), store.Options{FS: h.Disk})
	if err != nil {
		return err
	}
	_, err = consensus.Import(db, g, export)
	if err == nil {
		err = db.Flush()
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := consensus.CarrySigning(h.Data(""), ready); err != nil {
		return err
	}
	aside := h.aside(g.Predecessor())
	if err := os.MkdirAll(aside, 0o700); err != nil {
		return fault.Wrap(fault.BadConfig, aside, err)
	}
	for _, name := range []string{GenesisFile, TrustFile} { // the trust file speaks of the ended chain alone
		if err := copyFile(h.path(name), filepath.Join(aside, name)); err != nil {
			return err
		}
	}
	if err := writeWhole(filepath.Join(ready, GenesisFile), genesis); err != nil {
		return err
	}
	// From here on the home is the successor's, and no node starts before it is whole.
	return rename(filepath.Join(ready, GenesisFile), h.path(GenesisFile))
}

// settleSuccessor moves what has been made ready to its place, and the ended chain's out of
// it. Each step is left out that was done before.
func (h *Home) settleSuccessor(p *ledger.Predecessor) error {
	ready, aside := h.path(successorDir), h.aside(p)
	if err := os.Remove(h.path(TrustFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.BadConfig, TrustFile, err)
	}
	for _, part := range []string{partLedger, consensus.EngineDir} {
		next, place, old := filepath.Join(ready, part), h.Data(part), filepath.Join(aside, part)
		if _, err := os.Stat(next); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if _, err := os.Stat(old); errors.Is(err, fs.ErrNotExist) {
			if err := rename(place, old); err != nil {
				return err
			}
		}
		if err := os.RemoveAll(place); err != nil { // what a node that could not start has left
			return fault.Wrap(fault.BadConfig, place, err)
		}
		if err := rename(next, place); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(ready); err != nil {
		return fault.Wrap(fault.BadConfig, ready, err)
	}
	return nil
}

// aside is where the data of an ended chain lie.
func (h *Home) aside(p *ledger.Predecessor) string {
	return h.path(predecessorsDir, hex.EncodeToString(p.Genesis[:8]))
}

func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return fault.Wrap(fault.BadConfig, to, err)
	}
	return nil
}

// copyFile copies a file that may be missing.
func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault.Wrap(fault.BadConfig, from, err)
	}
	return writeWhole(to, b)
}

// writeWhole writes a file that is on the disk when it returns.
func writeWhole(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err == nil {
		_, err = f.Write(b)
		if err == nil {
			err = f.Sync()
		}
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fault.Wrap(fault.DiskFull, path, err)
	}
	return nil
}
