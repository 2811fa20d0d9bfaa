package node

import (
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/riviera-ledger/riviera/backup"
	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
)

// RestoreOptions say how a home comes back.
type RestoreOptions struct {
	Dir  string // the home: new, or without data
	Keys string // directory with the home's keys; empty where they lie in Dir/keys
	// VoteAfter lets a recorder vote above a height without waiting; 0 is to wait
	// (consensus.Restored).
	VoteAfter int64
	Now       int64 // Unix nanoseconds
	// Open opens the home, with the passphrase of its keys; nil is OpenHome.
	Open func(dir string) (*Home, error)
}

const restoring = "data.restoring"

// Restore makes a home from a backup and the keys that were kept apart from it. Nothing is
// changed before the whole stream has been read and agrees with its digest, its genesis and
// the root of its state; a home that holds data is fault.HomeHoldsData.
func Restore(r io.Reader, o RestoreOptions) (backup.Head, error) {
	t := &restore{options: o, data: filepath.Join(o.Dir, restoring), stores: map[string]*pouring{}}
	err := t.run(r)
	if err != nil {
		err = errors.Join(err, t.close(), os.RemoveAll(t.data))
	}
	return t.head, err
}

type restore struct {
	options RestoreOptions
	data    string
	head    backup.Head
	files   []backup.File
	stores  map[string]*pouring
}

func (t *restore) run(r io.Reader) error {
	if left, err := os.ReadDir(filepath.Join(t.options.Dir, "data")); err == nil && len(left) > 0 {
		return fault.New(fault.HomeHoldsData, filepath.Join(t.options.Dir, "data"))
	}
	keys := t.options.Keys
	if keys == "" {
		keys = filepath.Join(t.options.Dir, keysDir)
	}
	if _, err := os.Stat(filepath.Join(keys, "vault.key")); err != nil {
		return fault.Newf(fault.FileMissing, filepath.Join(keys, "vault.key"), "a backup holds no keys; they are kept apart from it")
	}
	if err := os.RemoveAll(t.data); err != nil { // of a restore that was cut short
		return fault.Wrap(fault.BadConfig, t.data, err)
	}
	if err := os.MkdirAll(t.data, 0o700); err != nil {
		return fault.Wrap(fault.BadConfig, t.options.Dir, err)
	}
	if err := backup.Read(r, t); err != nil {
		return err
	}
	if err := t.close(); err != nil {
		return err
	}
	return t.settle()
}

// Head implements backup.Taker.
func (t *restore) Head(h backup.Head) error { t.head = h; return nil }

// File implements backup.Taker.
func (t *restore) File(f backup.File) error {
	if !slices.Contains(backedUp, f.Name) {
		return fault.Newf(fault.BackupDamaged, f.Name, "no file of a home")
	}
	t.files = append(t.files, f)
	return nil
}

// pouring is a store that is being filled.
type pouring struct {
	db *store.DB
	b  store.Batch
}

const pourBytes = 4 << 20

// Pair implements backup.Taker.
func (t *restore) Pair(part string, key, value []byte) error {
	p := t.stores[part]
	if p == nil {
		dir := partDir(t.data, part)
		if dir == "" {
			return fault.Newf(fault.BackupDamaged, part, "no store of a home")
		}
		db, err := store.Open(dir, store.Options{Erasing: part == partErased || part == partRegister})
		if err != nil {
			return err
		}
		p = &pouring{db: db, b: db.NewBatch()}
		t.stores[part] = p
	}
	if p.b.Set(key, value); p.b.Size() < pourBytes {
		return nil
	}
	err := p.b.Commit(false)
	p.b = p.db.NewBatch()
	return err
}

// close writes what is left and closes the stores; again it does nothing.
func (t *restore) close() error {
	var errs []error
	for _, p := range t.stores { // order does not matter
		errs = append(errs, p.b.Commit(true), p.db.Flush(), p.db.Close())
	}
	clear(t.stores)
	return errors.Join(errs...)
}

// settle puts files, keys and data in their places.
func (t *restore) settle() error {
	h := &Home{Dir: t.options.Dir}
	if err := t.checkFiles(h); err != nil {
		return err
	}
	var made []string
	undo := func(err error) error {
		for _, name := range made {
			err = errors.Join(err, os.Remove(name))
		}
		return err
	}
	for _, f := range t.files {
		name := h.path(f.Name)
		if _, err := os.Stat(name); err == nil {
			continue // the home's own: the operator may have changed addresses
		}
		if err := os.WriteFile(name, f.Data, 0o600); err != nil {
			return undo(fault.Wrap(fault.BadConfig, name, err))
		}
		made = append(made, name)
	}
	if t.options.Keys != "" {
		names, err := h.takeKeys(t.options.Keys)
		if made = append(made, names...); err != nil {
			return undo(err)
		}
	}
	if err := t.finish(); err != nil {
		return undo(err)
	}
	return nil
}

// checkFiles holds that the genesis document is the one of the backup, and of the home where
// it has one.
func (t *restore) checkFiles(h *Home) error {
	i := slices.IndexFunc(t.files, func(f backup.File) bool { return f.Name == GenesisFile })
	if i < 0 {
		return fault.Newf(fault.BackupDamaged, GenesisFile, "not in the backup")
	}
	documents := [][]byte{t.files[i].Data}
	own, err := os.ReadFile(h.path(GenesisFile))
	if err == nil {
		documents = append(documents, own)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.BadConfig, GenesisFile, err)
	}
	for _, b := range documents {
		g, err := ledger.ParseGenesis(b)
		if err != nil {
			return err
		}
		if hash := g.Hash(); hex.EncodeToString(hash[:]) != t.head.Genesis {
			return fault.Newf(fault.HomeForeign, GenesisFile, "the backup is of another network")
		}
	}
	return nil
}

// finish checks the restored home as a whole and gives the data their place.
func (t *restore) finish() error {
	open := t.options.Open
	if open == nil {
		open = OpenHome
	}
	h, err := open(t.options.Dir)
	if err != nil {
		return err
	}
	if uint32(h.Member.ID) != t.head.Member {
		return fault.Newf(fault.HomeForeign, ConfigFile, "member %d; the backup is of member %d", h.Member.ID, t.head.Member)
	}
	if err := checkRestored(h, t.data, t.head); err != nil {
		return err
	}
	if err := consensus.MarkRestored(t.data, consensus.Restored{At: max(t.options.Now, t.head.Time), After: t.options.VoteAfter}); err != nil {
		return err
	}
	if err := os.Remove(h.Data("")); err != nil && !errors.Is(err, fs.ErrNotExist) { // empty
		return fault.Wrap(fault.HomeHoldsData, h.Data(""), err)
	}
	if err := os.Rename(t.data, h.Data("")); err != nil {
		return fault.Wrap(fault.BadConfig, h.Data(""), err)
	}
	return nil
}

// takeKeys copies the files of a directory of keys, none over one that exists.
func (h *Home) takeKeys(from string) (made []string, err error) {
	entries, err := os.ReadDir(from)
	if err != nil {
		return nil, fault.Wrap(fault.FileMissing, from, err)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		b, err := readFile(filepath.Join(from, e.Name()))
		if err == nil {
			err = h.WriteSecret(e.Name(), b)
		}
		if err != nil {
			return made, err
		}
		made = append(made, h.path(keysDir, e.Name()))
	}
	return made, nil
}
