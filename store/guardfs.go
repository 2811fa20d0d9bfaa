package store

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// guardedFS stands between Pebble and the disk. When a change fails, the store has
// failed, and the goroutine that asked for the change stays here for good: Pebble
// answers a failed log write by panicking, in places without the locks that its
// deferred calls then release, which ends the process beyond any recovery. So it never
// learns. The same holds for every change after the failure, so that nothing left
// behind inside Pebble can write beside the next one to open the directory. Whoever
// waits is released by failure.guard.
//
// When erasing, it overwrites what is about to go.
type guardedFS struct {
	vfs.FS
	fail    *failure
	erasing bool
	park    bool      // false: answer with the error instead of staying
	held    *heldLock // the directory's lock, once taken
}

// heldLock can be released twice: by Pebble when it closes, and by Close when Pebble
// no longer can.
type heldLock struct {
	once sync.Once
	c    io.Closer
}

func (l *heldLock) Close() (err error) {
	if l != nil {
		l.once.Do(func() { err = l.c.Close() })
	}
	return err
}

func (g *guardedFS) Lock(name string) (io.Closer, error) {
	if err := g.fail.get(); err != nil {
		return nil, err
	}
	c, err := g.FS.Lock(name)
	if err != nil {
		return nil, lockError(err)
	}
	g.held = &heldLock{c: c}
	return g.held, nil
}

// change does one change to the disk. path, if any, is overwritten first when erasing.
func (g *guardedFS) change(path string, do func() error) error {
	err := g.fail.get()
	if err == nil && g.erasing && path != "" {
		err = overwrite(g.FS, path)
	}
	if err == nil {
		err = do()
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) || !g.park {
		return err
	}
	g.fail.set(err)
	select {}
}

// Create overwrites a file that it would replace: the default file system unlinks it.
func (g *guardedFS) Create(name string, c vfs.DiskWriteCategory) (f vfs.File, err error) {
	err = g.change(name, func() error { f, err = g.FS.Create(name, c); return err })
	return g.wrap(f, err)
}

func (g *guardedFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (f vfs.File, err error) {
	err = g.change("", func() error { f, err = g.FS.OpenReadWrite(name, c, o...); return err })
	return g.wrap(f, err)
}

func (g *guardedFS) OpenDir(name string) (vfs.File, error) { return g.wrap(g.FS.OpenDir(name)) }

// ReuseForWrite is how Pebble recycles a log. When erasing there is none to reuse; were
// there one, the new log would start as an empty file, as vfs.FS allows.
func (g *guardedFS) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (f vfs.File, err error) {
	if g.erasing {
		if err := g.Remove(from); err != nil {
			return nil, err
		}
		return g.Create(to, c)
	}
	err = g.change("", func() error { f, err = g.FS.ReuseForWrite(from, to, c); return err })
	return g.wrap(f, err)
}

func (g *guardedFS) Remove(name string) error {
	return g.change(name, func() error { return g.FS.Remove(name) })
}

func (g *guardedFS) RemoveAll(name string) error {
	return g.change("", func() error { return g.FS.RemoveAll(name) })
}

// Rename replaces its target in one step, which overwriting the target first would
// undo. Pebble renames onto nothing but its own settings file.
func (g *guardedFS) Rename(from, to string) error {
	return g.change("", func() error { return g.FS.Rename(from, to) })
}

func (g *guardedFS) Link(from, to string) error {
	return g.change("", func() error { return g.FS.Link(from, to) })
}

func (g *guardedFS) MkdirAll(dir string, perm os.FileMode) error {
	return g.change("", func() error { return g.FS.MkdirAll(dir, perm) })
}

// makeDir makes a directory that only this user may enter, and its missing parents, and
// makes their names durable: a store whose directory a power failure takes away has
// acknowledged in vain.
func (g *guardedFS) makeDir(dir string) error {
	var above []string // from dir's parent up to the first that was there
	for d := dir; ; {
		if _, err := g.Stat(d); err == nil {
			break
		}
		parent := g.PathDir(d)
		if parent == d {
			break
		}
		above = append(above, parent)
		d = parent
	}
	if err := g.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, d := range above {
		if err := g.syncDir(d); err != nil {
			return err
		}
	}
	return nil
}

func (g *guardedFS) syncDir(dir string) error {
	f, err := g.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (g *guardedFS) Unwrap() vfs.FS { return g.FS }

func (g *guardedFS) wrap(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return &guardedFile{f, g}, nil
}

// guardedFile is a file whose changes are refused after the failure.
type guardedFile struct {
	vfs.File
	g *guardedFS
}

func (f *guardedFile) Write(b []byte) (n int, err error) {
	err = f.g.change("", func() error { n, err = f.File.Write(b); return err })
	return n, err
}

func (f *guardedFile) WriteAt(b []byte, at int64) (n int, err error) {
	err = f.g.change("", func() error { n, err = f.File.WriteAt(b, at); return err })
	return n, err
}

func (f *guardedFile) Sync() error     { return f.g.change("", f.File.Sync) }
func (f *guardedFile) SyncData() error { return f.g.change("", f.File.SyncData) }

func (f *guardedFile) SyncTo(length int64) (full bool, err error) {
	err = f.g.change("", func() error { full, err = f.File.SyncTo(length); return err })
	return full, err
}

// Preallocate is a wish: that it cannot be granted says nothing yet.
func (f *guardedFile) Preallocate(at, length int64) error {
	if err := f.g.fail.get(); err != nil {
		return err
	}
	return f.File.Preallocate(at, length)
}
