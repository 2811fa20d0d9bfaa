//go:build unix

package intake

import (
	"os"
	"path/filepath"
	"syscall"

	"github.com/riviera-ledger/riviera/fault"
)

// lock holds a file for this process; the system lets go when the process ends, in
// whatever way.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// syncDir makes a new or removed name durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return disk("imports", err)
	}
	defer d.Close()
	return disk("imports", d.Sync())
}

// writeFile replaces a file by a complete and durable one.
func writeFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return disk("imports", err)
	}
	defer os.Remove(f.Name()) // gone already where all went well
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return disk("imports", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fault.Wrap(fault.BadConfig, "imports", err)
	}
	return syncDir(filepath.Dir(path))
}
