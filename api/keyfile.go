package api

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/riviera-ledger/riviera/fault"
)

type keyFile struct {
	Version int   `json:"version"`
	Keys    []Key `json:"keys"`
}

type fileStamp struct {
	size  int64
	mtime time.Time
}

// Keys returns the keys of a node's home, for the command line.
func Keys(dir string) ([]Key, error) {
	f, err := readKeys(filepath.Join(dir, KeyFile))
	return f.Keys, err
}

// AddKey writes a key into a node's home; a running node takes it up within seconds.
func AddKey(dir string, k Key) error {
	return edit(dir, func(keys []Key) ([]Key, error) {
		for _, old := range keys {
			if old.ID == k.ID {
				return nil, fault.Newf(fault.BadArgument, "id", "a key with this id exists")
			}
		}
		return append(keys, k), nil
	})
}

// DisableKey ends the use of a key. An unknown id is fault.NotFound.
func DisableKey(dir, id string) error {
	return edit(dir, func(keys []Key) ([]Key, error) {
		for i := range keys {
			if keys[i].ID == id {
				keys[i].Disabled = true
				return keys, nil
			}
		}
		return nil, fault.New(fault.NotFound, "id")
	})
}

func edit(dir string, change func([]Key) ([]Key, error)) error {
	path := filepath.Join(dir, KeyFile)
	f, err := readKeys(path)
	if err != nil {
		return err
	}
	if f.Keys, err = change(f.Keys); err != nil {
		return err
	}
	return writeJSON(path, f)
}

func readKeys(path string) (keyFile, error) {
	f := keyFile{Version: 1}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, fault.Wrap(fault.BadConfig, KeyFile, err)
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return f, fault.Newf(fault.BadConfig, KeyFile, "not valid JSON")
	}
	if f.Version != 1 {
		return f, fault.New(fault.VersionMismatch, KeyFile)
	}
	return f, nil
}

// writeJSON replaces a file whole, so that a reader never sees half of it.
func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, filepath.Base(path), err)
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return fault.Wrap(fault.DiskFull, filepath.Base(path), err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fault.Wrap(fault.DiskFull, filepath.Base(path), err)
	}
	return nil
}

func stampOf(path string) fileStamp {
	i, err := os.Stat(path)
	if err != nil {
		return fileStamp{}
	}
	return fileStamp{size: i.Size(), mtime: i.ModTime()}
}
