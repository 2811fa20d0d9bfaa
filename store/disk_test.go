package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/riviera-ledger/riviera/fault"
)

func value(i int) []byte { return bytes.Repeat([]byte(fmt.Sprintf("%06d ", i)), 100) }

func TestLocked(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	if os.Getenv("RIVIERA_STORE_LOCK") != "" {
		dir = os.Getenv("RIVIERA_STORE_LOCK")
	}
	db, err := Open(dir, Options{})
	if os.Getenv("RIVIERA_STORE_LOCK") != "" { // the other process
		if !fault.Is(err, fault.HomeLocked) {
			t.Fatalf("another process: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !fault.Is(err, fault.HomeLocked) {
		t.Errorf("same process: %v", err)
	}
	other := exec.Command(os.Args[0], "-test.run=^TestLocked$")
	other.Env = append(os.Environ(), "RIVIERA_STORE_LOCK="+dir)
	if out, err := other.CombinedOutput(); err != nil {
		t.Errorf("another process: %v\n%s", err, out)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = Open(dir, Options{}); err != nil {
		t.Fatalf("after Close: %v", err)
	}
	db.Close()
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestClosed(t *testing.T) {
	db := open(t, Options{ReserveBytes: -1})
	b := db.NewBatch()
	b.Set([]byte("a"), nil)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, getErr := db.Get([]byte("a"))
	_, snapErr := db.Snapshot()
	for what, err := range map[string]error{
		"get": getErr, "snapshot": snapErr, "batch": b.Commit(true), "new batch": db.Set([]byte("a"), nil),
		"scan": db.Scan(nil, nil, nil), "flush": db.Flush(), "compact": db.Compact(context.Background(), nil, nil),
	} {
		if !fault.Is(err, fault.NotReady) {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestNewerFormat(t *testing.T) {
	fs := vfs.NewMem()
	open(t, Options{FS: fs}).Close()
	names, _ := fs.List(testDir)
	for _, n := range names {
		if strings.HasPrefix(n, "marker.format-version") {
			parts := strings.Split(n, ".") // marker.format-version.<iteration>.<version>
			parts[3] = "999"
			if err := fs.Rename(testDir+"/"+n, testDir+"/"+strings.Join(parts, ".")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := Open(testDir, Options{FS: fs}); !fault.Is(err, fault.VersionMismatch) {
		t.Errorf("got %v", err)
	}
}

// TestAcknowledgedSurvivesCrash cuts the power at random points under concurrent
// writers: what Commit(true) acknowledged is there, and no batch is there in part.
func TestAcknowledgedSurvivesCrash(t *testing.T) {
	for seed := range uint64(6) {
		fs := vfs.NewCrashableMem()
		db := open(t, Options{FS: fs, MemTableBytes: 256 << 10, ReserveBytes: -1})
		var mu sync.Mutex
		acked := map[int]bool{}
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for i := w; i < 400; i += 4 {
					b := db.NewBatch()
					b.Set([]byte(fmt.Sprintf("a%04d", i)), value(i))
					b.Set([]byte(fmt.Sprintf("b%04d", i)), value(i))
					if b.Commit(i%3 != 0) == nil && i%3 != 0 {
						mu.Lock()
						acked[i] = true
						mu.Unlock()
					}
				}
			})
		}
		time.Sleep(time.Duration(seed) * 3 * time.Millisecond)
		mu.Lock()
		sure := make(map[int]bool, len(acked))
		for i := range acked {
			sure[i] = true
		}
		mu.Unlock()
		after := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: int(seed) * 15, RNG: rand.New(rand.NewPCG(seed, 0))})
		wg.Wait()
		check(t, after, sure)
	}
}

func check(t *testing.T, fs vfs.FS, sure map[int]bool) {
	t.Helper()
	db, err := Open(testDir, Options{FS: fs, ReserveBytes: -1})
	if err != nil {
		t.Fatalf("after the crash: %v", err)
	}
	defer db.Close()
	for i := range 400 {
		a, err := db.Get([]byte(fmt.Sprintf("a%04d", i)))
		if err != nil {
			t.Fatal(err)
		}
		b, _ := db.Get([]byte(fmt.Sprintf("b%04d", i)))
		if sure[i] && !bytes.Equal(a, value(i)) {
			t.Fatalf("acknowledged batch %d is lost", i)
		}
		if !bytes.Equal(a, b) {
			t.Fatalf("batch %d is there in part", i)
		}
	}
}

// TestEveryWriteFailsOnce lets the n-th write to the disk fail, for every n until a run
// passes unharmed, with "no space" and with an I/O error: the call returns, the error
// says what happened, nothing is acknowledged afterwards, reads still answer, and a
// second opening finds everything acknowledged before.
func TestEveryWriteFailsOnce(t *testing.T) {
	for _, cause := range []error{syscall.ENOSPC, syscall.EIO} {
		unharmed := false
		for n := int64(0); n < 10_000 && !unharmed; n += 1 + n/100 {
			unharmed = failAt(t, n, cause)
		}
		if !unharmed {
			t.Error("no run came through: the counter does not reach the end")
		}
	}
}

func failAt(t *testing.T, n int64, cause error) (unharmed bool) {
	t.Helper()
	mem := vfs.NewCrashableMem()
	var mu sync.Mutex
	left, hit := n, false
	inject := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() != errorfs.OpIsWrite || strings.HasSuffix(op.Path, "LOCK") {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if left--; left < 0 {
			hit = true
			return cause
		}
		return nil
	})
	// After a failure a flush may go on in the background for a moment, against a disk that
	// takes nothing any more.
	wasHit := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return hit
	}
	fatal := make(chan error, 1)
	db, err := Open(testDir, Options{FS: errorfs.Wrap(mem, inject), MemTableBytes: 64 << 10, ReserveBytes: -1, OnFatal: func(err error) { fatal <- err }})
	if err != nil {
		if !wasHit() {
			t.Fatal(err)
		}
		reopen(t, mem, 0)
		return false
	}
	acked := 0
	for ; acked < 160 && err == nil; acked += 4 {
		for i := range 4 { // most without waiting, as a ledger does; the fourth covers them
			if err = db.set([]byte(fmt.Sprintf("k%04d", acked+i)), value(acked+i), i == 3); err != nil {
				acked -= 4
				break
			}
		}
	}
	if err == nil {
		err = db.Flush()
	}
	if err != nil {
		failed(t, db, err, cause, acked, fatal)
	}
	closed := db.Close()
	if wasHit() && closed == nil && err != nil {
		t.Error("Close forgot the failure")
	}
	reopen(t, mem.CrashClone(vfs.CrashCloneCfg{}), acked)
	reopen(t, mem, acked)
	return !wasHit()
}

func failed(t *testing.T, db *DB, err, cause error, acked int, fatal chan error) {
	t.Helper()
	if want := map[error]fault.Code{syscall.ENOSPC: fault.DiskFull, syscall.EIO: fault.Internal}[cause]; !fault.Is(err, want) {
		t.Fatalf("%v became %v", cause, err)
	}
	if err := db.SetSync([]byte("later"), nil); err == nil {
		t.Fatal("a write after the failure was acknowledged")
	}
	if acked > 0 {
		if v, err := db.Get([]byte("k0000")); err != nil || !bytes.Equal(v, value(0)) {
			t.Fatalf("reading after the failure: %v", err)
		}
	}
	select {
	case <-fatal:
	case <-time.After(10 * time.Second):
		t.Fatal("OnFatal was not called")
	}
}

func reopen(t *testing.T, fs vfs.FS, acked int) {
	t.Helper()
	db, err := Open(testDir, Options{FS: fs, ReserveBytes: -1})
	if err != nil {
		t.Fatalf("reopening: %v", err)
	}
	defer db.Close()
	for i := range acked {
		if v, err := db.Get([]byte(fmt.Sprintf("k%04d", i))); err != nil || !bytes.Equal(v, value(i)) {
			t.Fatalf("acknowledged write %d of %d is lost: %v", i, acked, err)
		}
	}
}

// TestNothingIsWrittenAfterFailure holds that every kind of change stops at the door.
func TestNothingIsWrittenAfterFailure(t *testing.T) {
	mem := vfs.NewMem()
	changes := 0
	counting := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			changes++
		}
		return nil
	}))
	g := &guardedFS{FS: counting, fail: newFailure()}
	f, err := g.OpenReadWrite("file", vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	g.fail.set(syscall.EIO)
	changes = 0
	for what, change := range map[string]func() error{
		"create":     func() error { _, err := g.Create("new", vfs.WriteCategoryUnspecified); return err },
		"open":       func() error { _, err := g.OpenReadWrite("new", vfs.WriteCategoryUnspecified); return err },
		"reuse":      func() error { _, err := g.ReuseForWrite("file", "new", vfs.WriteCategoryUnspecified); return err },
		"remove":     func() error { return g.Remove("file") },
		"remove all": func() error { return g.RemoveAll("file") },
		"rename":     func() error { return g.Rename("file", "new") },
		"link":       func() error { return g.Link("file", "new") },
		"mkdir":      func() error { return g.MkdirAll("dir", 0o700) },
		"lock":       func() error { _, err := g.Lock("LOCK"); return err },
		"write":      func() error { _, err := f.Write([]byte("x")); return err },
		"write at":   func() error { _, err := f.WriteAt([]byte("x"), 0); return err },
		"sync":       f.Sync, "sync data": f.SyncData,
		"sync to":     func() error { _, err := f.SyncTo(1); return err },
		"preallocate": func() error { return f.Preallocate(0, 1) },
	} {
		if err := change(); !errors.Is(err, syscall.EIO) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if changes != 0 {
		t.Errorf("%d changes reached the disk", changes)
	}
}

// TestReserve holds that an ordinary write is refused while space is low, an urgent one
// and a deletion are not, and that writing resumes by itself.
func TestReserve(t *testing.T) {
	fs := vfs.NewMem()
	space := func(free uint64) { fs.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: free, TotalBytes: 1 << 40}) }
	space(1 << 30)
	fatal := make(chan error, 1)
	db := open(t, Options{FS: fs, ReserveBytes: 64 << 20, OnFatal: func(err error) { fatal <- err }})
	if err := db.SetSync([]byte("a"), value(1)); err != nil {
		t.Fatal(err)
	}
	space(10 << 20)
	var err error
	for i := 0; i < 2*lookEvery/commitWeight && err == nil; i++ {
		err = db.Set([]byte("b"), value(i))
	}
	if !fault.Is(err, fault.DiskFull) {
		t.Fatalf("with 10 MiB left: %v", err)
	}
	if err := db.DeleteSync([]byte("a")); err != nil {
		t.Errorf("a deletion: %v", err)
	}
	urgent := db.NewBatch()
	urgent.Set([]byte("u"), nil)
	urgent.Urgent()
	if err := urgent.Commit(true); err != nil {
		t.Errorf("an urgent batch: %v", err)
	}
	b := db.NewBatch()
	b.Set([]byte("c"), nil)
	if err := b.Commit(true); !fault.Is(err, fault.DiskFull) {
		t.Errorf("still low: %v", err)
	}
	space(1 << 30)
	if err := b.Commit(true); err != nil {
		t.Errorf("the same batch with space again: %v", err)
	}
	if db.fail.get() != nil || len(fatal) > 0 {
		t.Error("low space made the store fail")
	}
}

// TestFullDisk fills a real file system of 24 MiB. It needs the right to mount one; a
// machine that does not give it runs TestEveryWriteFailsOnce, which covers the same
// paths on a file system in memory.
func TestFullDisk(t *testing.T) {
	for name, reserve := range map[string]int64{"reserve": 8 << 20, "to the last byte": -1} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := syscall.Mount("riviera-test", dir, "tmpfs", 0, "size=24m"); err != nil {
				t.Logf("not proven here, mounting is refused: %v", err)
				return
			}
			t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
			db, err := Open(dir, Options{MemTableBytes: 1 << 20, ReserveBytes: reserve, Incompressible: true})
			if err != nil {
				t.Fatal(err)
			}
			acked := 0
			for ; acked < 100_000; acked++ {
				if err = db.SetSync([]byte(fmt.Sprintf("k%06d", acked)), noise(acked)); err != nil {
					break
				}
			}
			if !fault.Is(err, fault.DiskFull) {
				t.Fatalf("after %d writes: %v", acked, err)
			}
			if db.fail.get() == nil != (reserve > 0) {
				t.Errorf("failed: %v", db.fail.get())
			}
			db.Close()
			if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=64m"); err != nil {
				t.Fatal(err)
			}
			if db, err = Open(dir, Options{ReserveBytes: -1}); err != nil {
				t.Fatalf("with space again: %v", err)
			}
			defer db.Close()
			for i := range acked {
				if v, err := db.Get([]byte(fmt.Sprintf("k%06d", i))); err != nil || !bytes.Equal(v, noise(i)) {
					t.Fatalf("acknowledged write %d of %d is lost: %v", i, acked, err)
				}
			}
		})
	}
}

func noise(i int) []byte {
	var seed [32]byte
	seed[0], seed[1], seed[2] = byte(i), byte(i>>8), byte(i>>16)
	b := make([]byte, 900)
	rand.NewChaCha8(seed).Read(b)
	return b
}

// TestPebblePinned names the settings that the package doc rests on.
func TestPebblePinned(t *testing.T) {
	o := pebbleOptions(Options{Erasing: true}.withDefaults(), vfs.NewMem(), newFailure())
	if o.FormatMajorVersion >= pebble.FormatValueSeparation {
		t.Error("a format with blob files, which keep deleted values")
	}
	if _, ok := o.Cleaner.(noRecycling); !ok {
		t.Error("an erasing store with another cleaner")
	}
}
