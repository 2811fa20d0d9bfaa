package custody

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/riviera-ledger/riviera/fault"
)

// Create writes a new file for its owner alone, synced, and never over one that exists:
// that is fault.HomeExists. The directory is made where it is missing.
func Create(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fault.Wrap(fault.BadConfig, filepath.Dir(path), err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.Wrap(fault.HomeExists, filepath.Base(path), err)
	}
	return written(f, b)
}

// Replace puts a file in the place of another in one step, synced, for its owner alone:
// whoever opens the path finds the old bytes or the new ones. The old bytes are overwritten
// before they go.
func Replace(path string, b []byte) error {
	temporary := path + ".new"
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fault.Wrap(fault.DiskFull, filepath.Base(path), err)
	}
	if err := written(f, b); err != nil {
		return err
	}
	old, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.DiskFull, filepath.Base(path), err)
	}
	if old != nil {
		defer old.Close() // nothing is left to lose then
	}
	if err := os.Rename(temporary, path); err != nil {
		return fault.Wrap(fault.DiskFull, filepath.Base(path), err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil || old == nil {
		return err
	}
	return overwrite(old)
}

// Remove overwrites a file and removes it.
func Remove(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = overwrite(f)
		f.Close()
	}
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil {
		return fault.Wrap(fault.DiskFull, filepath.Base(path), err)
	}
	return syncDir(filepath.Dir(path))
}

func written(f *os.File, b []byte) error {
	_, err := f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fault.Wrap(fault.DiskFull, filepath.Base(f.Name()), err)
	}
	return nil
}

func overwrite(f *os.File) error {
	info, err := f.Stat()
	if err == nil {
		_, err = f.WriteAt(make([]byte, info.Size()), 0)
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return fault.Wrap(fault.DiskFull, filepath.Base(f.Name()), err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err == nil {
		err = d.Sync()
		d.Close()
	}
	if err != nil {
		return fault.Wrap(fault.DiskFull, filepath.Base(dir), err)
	}
	return nil
}
