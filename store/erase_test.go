package store

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// graveyard is a file system that keeps what a file held when it was unlinked, as the
// blocks of a real disk do.
type graveyard struct {
	vfs.FS
	mu     sync.Mutex
	graves map[string][]byte
}

func newGraveyard() *graveyard { return &graveyard{FS: vfs.NewMem(), graves: map[string][]byte{}} }

func (g *graveyard) Remove(name string) error {
	if b, err := read(g.FS, name); err == nil {
		g.mu.Lock()
		g.graves[name+" (unlinked)"] = b
		g.mu.Unlock()
	}
	return g.FS.Remove(name)
}

func (g *graveyard) Unwrap() vfs.FS { return g.FS }

func read(fs vfs.FS, name string) ([]byte, error) {
	f, err := fs.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// find names the files, living and unlinked, that hold the marker.
func (g *graveyard) find(t *testing.T, dir string, marker []byte) (in []string) {
	t.Helper()
	names, err := g.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if b, err := read(g.FS, g.PathJoin(dir, n)); err == nil && bytes.Contains(b, marker) {
			in = append(in, n)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for n, b := range g.graves {
		if bytes.Contains(b, marker) {
			in = append(in, n)
		}
	}
	slices.Sort(in)
	return in
}

var marker = []byte("MARKER 失信人张三")

// TestPurgeLeavesNothing deletes a value and looks for it in every file and in every
// file that was unlinked. The same with one guard removed finds it.
func TestPurgeLeavesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*DB, *pebble.Options)
		purge bool
		clean bool
	}{
		"whole":        {func(*DB, *pebble.Options) {}, true, true},
		"recycled log": {func(_ *DB, o *pebble.Options) { o.Cleaner = pebble.DeleteCleaner{} }, true, false},
		"no overwrite": {func(db *DB, _ *pebble.Options) { db.fs.erasing = false }, true, false},
		"no purge":     {func(*DB, *pebble.Options) {}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGraveyard()
			db := openSpoilt(t, g, c.spoil)
			fill(t, db)
			if len(g.find(t, testDir, marker)) == 0 {
				t.Fatal("the marker was never written: this test cannot fail")
			}
			if err := db.DeleteSync([]byte("k-marker")); err != nil {
				t.Fatal(err)
			}
			if c.purge {
				ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
				defer cancel()
				if err := db.Purge(ctx, []byte("k-marker"), []byte("k-marker\x00")); err != nil && c.clean {
					t.Fatal(err)
				}
			}
			if in := g.find(t, testDir, marker); (len(in) == 0) != c.clean {
				t.Errorf("found in %q", in)
			}
			if v, err := db.Get([]byte("k0001")); err != nil || len(v) == 0 {
				t.Errorf("a neighbour is gone: %v", err)
			}
		})
	}
}

// openSpoilt opens a store as Open does, with a chance to take a guard out.
func openSpoilt(t *testing.T, g *graveyard, spoil func(*DB, *pebble.Options)) *DB {
	t.Helper()
	o := Options{FS: g, Erasing: true, ReserveBytes: -1, MemTableBytes: 256 << 10}.withDefaults()
	fail := newFailure()
	db := &DB{dir: testDir, opts: o, fail: fail, fs: &guardedFS{FS: g, fail: fail, erasing: true}}
	po := pebbleOptions(o, db.fs, fail)
	spoil(db, po)
	if err := db.fs.makeDir(testDir); err != nil {
		t.Fatal(err)
	}
	var err error
	if db.p, err = pebble.Open(testDir, po); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// fill writes the marker among enough other values for several tables and logs.
func fill(t *testing.T, db *DB) {
	t.Helper()
	for i := range 2000 {
		if err := db.Set([]byte(fmt.Sprintf("k%04d", i)), noise(i)); err != nil {
			t.Fatal(err)
		}
		if i == 1000 {
			if err := db.SetSync([]byte("k-marker"), marker); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := db.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := db.SetSync([]byte("k-marker"), append([]byte("second "), marker...)); err != nil {
		t.Fatal(err)
	}
}

// TestLogIsNotRecycled looks at the names: Pebble gives a recycled log's blocks to the
// next log, so with recycling on an old log stays in the directory.
func TestLogIsNotRecycled(t *testing.T) {
	for recycle, want := range map[bool]int{false: 1, true: 2} {
		g := newGraveyard()
		db := openSpoilt(t, g, func(_ *DB, o *pebble.Options) {
			if recycle {
				o.Cleaner = pebble.DeleteCleaner{}
			}
		})
		for range 4 {
			if err := db.SetSync([]byte("k"), []byte("v")); err != nil {
				t.Fatal(err)
			}
			if err := db.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		var logs []string
		for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			if logs, _ = db.logs(); len(logs) <= want {
				break
			}
		}
		if len(logs) != want {
			t.Errorf("recycling %v: logs %s", recycle, strings.Join(logs, " "))
		}
	}
}

func TestPurgeNeedsErasing(t *testing.T) {
	db := open(t, Options{ReserveBytes: -1})
	if err := db.Purge(context.Background(), nil, nil); err == nil {
		t.Error("a store that does not erase claimed to purge")
	}
}

// TestPurgeUnderWrites purges while others write and tables come and go.
func TestPurgeUnderWrites(t *testing.T) {
	db := open(t, Options{Erasing: true, ReserveBytes: -1, MemTableBytes: 64 << 10})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Microsecond):
				if err := db.Set([]byte(fmt.Sprintf("w%05d", i*7919%10007)), noise(i)); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for range 15 {
		if err := db.Purge(ctx, []byte("w"), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	wg.Wait()
}
