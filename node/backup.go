package node

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/riviera-ledger/riviera/backup"
	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/register"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/vault"
)

// A backup holds what a node cannot fetch again and may keep: the blocks, the ledger, which
// records have been erased, who asked, and the home's files. It holds no private key, no
// content of a record and no key of one: those that are alive come from the other members,
// those that are erased come from nowhere. Nor does it hold what a recorder signed last:
// that is out of date the moment it is written (consensus.Restored).

// Parts of a backup, and the home's files in it.
const (
	partLedger   = "ledger"
	partErased   = "erased"
	partRegister = "register"
	partEngine   = "engine-" // with the name of the engine's store
)

var backedUp = []string{ConfigFile, GenesisFile, MemberFile, apiKeysFile}

const freezeTime = time.Minute // to wait for the end of a block

// Backup writes a backup of the running node to w. Blocks go on meanwhile; what is deleted
// of the ledger and the register stays on disk until it is through.
func (n *Node) Backup(ctx context.Context, w io.Writer) error {
	within, cancel := context.WithTimeout(ctx, freezeTime)
	defer cancel()
	f, err := n.engine.Freeze(within)
	if err != nil {
		return err
	}
	defer f.Close()
	return n.home.writeBackup(w, f, n.vault.EachErased, n.register.Copy)
}

// BackupStopped writes a backup of a home whose node is stopped; fault.HomeLocked where one
// runs.
func BackupStopped(h *Home, w io.Writer) (err error) {
	if _, err := os.Stat(h.Data(partLedger)); err != nil {
		return fault.Newf(fault.HomeMissing, h.Data(partLedger), "no node has run here")
	}
	var open []io.Closer
	defer func() {
		for i := len(open) - 1; i >= 0; i-- {
			err = errors.Join(err, open[i].Close())
		}
	}()
	stopped := func(dir string, erasing bool) (*store.DB, error) {
		db, err := store.Open(dir, store.Options{FS: h.Disk, Erasing: erasing})
		if err == nil {
			open = append(open, db)
		}
		return db, err
	}
	state, err := stopped(h.Data(partLedger), false)
	if err != nil {
		return err
	}
	f, err := consensus.Stopped(h.Data(""), state, h.Genesis)
	if err != nil {
		return err
	}
	open = append(open, f)
	bodies, err := stopped(vault.Bodies(h.Data("vault")), true)
	if err != nil {
		return err
	}
	asked, err := stopped(h.Data(partRegister), true)
	if err != nil {
		return err
	}
	return h.writeBackup(w, f, func(fn func(k, v []byte) bool) error { return vault.ErasedIn(bodies, fn) },
		func(fn func(k, v []byte) bool) error { return asked.Scan(nil, nil, fn) })
}

type scan = func(fn func(key, value []byte) bool) error

func (h *Home) writeBackup(w io.Writer, f *consensus.Frozen, erased, asked scan) error {
	genesis := h.Genesis.Hash()
	head := backup.Head{Format: backup.Format, Program: Version, Network: h.Genesis.Network, Genesis: hex.EncodeToString(genesis[:]),
		Member: uint32(h.Member.ID), Height: f.Head.Height, Time: f.Head.Time, AppHash: hex.EncodeToString(f.Head.AppHash[:]),
		LogSize: f.Head.LogSize, Records: f.Head.Records}
	var files []backup.File
	for _, name := range backedUp {
		b, err := os.ReadFile(h.path(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fault.Wrap(fault.BadConfig, name, err)
		}
		files = append(files, backup.File{Name: name, Data: b})
	}
	whole := func(r store.Reader) scan {
		return func(fn func(k, v []byte) bool) error { return r.Scan(nil, nil, fn) }
	}
	parts := []backup.Part{{Name: partLedger, Scan: whole(f.Ledger)}}
	for _, name := range consensus.EngineParts() {
		parts = append(parts, backup.Part{Name: partEngine + name, Scan: whole(f.Engine[name])})
	}
	parts = append(parts, backup.Part{Name: partErased, Scan: erased}, backup.Part{Name: partRegister, Scan: asked})
	return backup.Write(w, head, files, parts)
}

// partDir is where a part lies under a data directory; "" for one that is not known.
func partDir(data, part string) string {
	switch part {
	case partLedger, partRegister:
		return filepath.Join(data, part)
	case partErased:
		return vault.Bodies(filepath.Join(data, "vault"))
	}
	for _, name := range consensus.EngineParts() {
		if part == partEngine+name {
			return consensus.EnginePart(data, name)
		}
	}
	return ""
}

// checkRestored opens what was restored once, as a node would.
func checkRestored(h *Home, data string, head backup.Head) error {
	key, err := h.VaultKey()
	if err != nil {
		return err
	}
	asked, err := register.Open(filepath.Join(data, partRegister), key, store.Options{FS: h.Disk})
	if err != nil {
		return err
	}
	if err := errors.Join(asked.Restored(), asked.Close()); err != nil {
		return err
	}
	state, err := store.Open(filepath.Join(data, partLedger), store.Options{FS: h.Disk})
	if err != nil {
		return err
	}
	f, err := consensus.Stopped(data, state, h.Genesis)
	if err != nil {
		return errors.Join(err, state.Close())
	}
	got := f.Head
	if err := errors.Join(f.Close(), state.Close()); err != nil {
		return err
	}
	if got.Height != head.Height || hex.EncodeToString(got.AppHash[:]) != head.AppHash {
		return fault.Newf(fault.BackupDamaged, partLedger, "the state is at height %d with root %x", got.Height, got.AppHash[:4])
	}
	return nil
}
