package store

import (
	"bytes"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/riviera-ledger/riviera/fault"
)

func openSlots(t *testing.T, fs vfs.FS) *Slots {
	t.Helper()
	s, err := OpenSlots(testDir, Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func slotOf(i int) (s Slot) {
	copy(s[:], bytes.Repeat([]byte{byte(i), byte(i >> 8), 1, 2}, SlotSize/4))
	return s
}

func TestSlots(t *testing.T) {
	fs := vfs.NewMem()
	s := openSlots(t, fs)
	if _, err := OpenSlots(testDir, Options{FS: fs}); !fault.Is(err, fault.HomeLocked) {
		t.Errorf("opened twice: %v", err)
	}
	for want := uint32(0); want < 2*growth; want += growth {
		if first, n, err := s.Grow(); first != want || n != growth || err != nil {
			t.Fatalf("grew %d at %d: %v", n, first, err)
		}
	}
	var changes []Change
	for _, i := range rand.New(rand.NewPCG(1, 1)).Perm(500) {
		changes = append(changes, Change{uint32(i) * 3, slotOf(i)}, Change{uint32(i)*3 + 1, slotOf(i + 1000)})
	}
	if err := s.Put(changes); err != nil {
		t.Fatal(err)
	}
	if err := s.Zero([]uint32{9, 3, 4}); err != nil {
		t.Fatal(err)
	}
	raw, err := read(fs, testDir+"/slots")
	if err != nil || len(raw) != 2*growth*SlotSize {
		t.Fatalf("%d bytes, %v", len(raw), err)
	}
	for _, gone := range []Slot{slotOf(1), slotOf(1001), slotOf(3)} {
		if bytes.Contains(raw, gone[:]) {
			t.Error("a zeroed slot is still in the file")
		}
	}
	if err := s.Put([]Change{{2 * growth, Slot{}}}); err == nil {
		t.Error("wrote past the end")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	slotsHold(t, openSlots(t, fs))
}

// slotsHold checks the content of TestSlots through both ways of reading.
func slotsHold(t *testing.T, s *Slots) {
	t.Helper()
	want := func(n uint32) (w Slot) {
		switch {
		case n >= 1500 || n%3 == 2 || n == 3 || n == 4 || n == 9:
		case n%3 == 0:
			w = slotOf(int(n / 3))
		default:
			w = slotOf(int(n/3) + 1000)
		}
		return w
	}
	seen := uint32(0)
	err := s.Each(func(n uint32, got *Slot) bool {
		if single, err := s.Get(n); err != nil || single != *got || *got != want(n) || n != seen {
			t.Errorf("slot %d differs: %v", n, err)
			return false
		}
		seen++
		return true
	})
	if err != nil || seen != s.Len() || seen != 2*growth {
		t.Errorf("saw %d of %d: %v", seen, s.Len(), err)
	}
	if _, err := s.Get(seen); err == nil {
		t.Error("read past the end")
	}
	s.Close()
	if _, err := s.Get(0); !fault.Is(err, fault.NotReady) {
		t.Errorf("read after Close: %v", err)
	}
}

// TestSlotsSurviveCrash holds that Put is durable and Zero final when they return, and
// that neighbours of an unfinished write keep their content.
func TestSlotsSurviveCrash(t *testing.T) {
	fs := vfs.NewCrashableMem()
	s := openSlots(t, fs)
	if _, _, err := s.Grow(); err != nil {
		t.Fatal(err)
	}
	if err := s.Put([]Change{{1, slotOf(1)}, {2, slotOf(2)}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Zero([]uint32{1}); err != nil {
		t.Fatal(err)
	}
	after := openSlots(t, fs.CrashClone(vfs.CrashCloneCfg{}))
	for n, want := range []Slot{{}, {}, slotOf(2)} {
		if got, err := after.Get(uint32(n)); got != want || err != nil {
			t.Errorf("slot %d after the crash: %v", n, err)
		}
	}
}

// TestSlotsFail lets a sync, then a growth, fail.
func TestSlotsFail(t *testing.T) {
	toggle := &errorfs.Toggle{Injector: errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			return syscall.ENOSPC
		}
		return nil
	})}
	fatal := make(chan error, 1)
	s, err := OpenSlots(testDir, Options{FS: errorfs.Wrap(vfs.NewMem(), toggle), OnFatal: func(err error) { fatal <- err }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, _, err := s.Grow(); err != nil {
		t.Fatal(err)
	}
	toggle.On()
	if _, _, err := s.Grow(); !fault.Is(err, fault.DiskFull) {
		t.Errorf("growth on a full disk: %v", err)
	}
	toggle.Off()
	if err := s.Put([]Change{{1, slotOf(1)}}); err != nil {
		t.Errorf("a failed growth spoilt the file: %v", err)
	}
	toggle.On()
	if err := s.Put([]Change{{2, slotOf(2)}}); !fault.Is(err, fault.DiskFull) {
		t.Errorf("a failed write: %v", err)
	}
	toggle.Off()
	if err := s.Put([]Change{{3, slotOf(3)}}); err == nil {
		t.Error("acknowledged a write after a failed one")
	}
	if got, err := s.Get(1); got != slotOf(1) || err != nil {
		t.Errorf("reading after the failure: %v", err)
	}
	if err := <-fatal; !fault.Is(err, fault.DiskFull) {
		t.Errorf("OnFatal got %v", err)
	}
}

// TestSlotsReadWhileSyncing: nobody who reads waits for the disk on account of a change.
func TestSlotsReadWhileSyncing(t *testing.T) {
	var s *Slots
	armed, waits := false, 0
	s = openSlots(t, errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if !armed || op.Kind != errorfs.OpFileSyncData {
			return nil
		}
		waits++
		if !s.mu.TryRLock() {
			t.Error("a reader would wait")
			return nil
		}
		s.mu.RUnlock()
		if got, err := s.Get(1); got != slotOf(1) || err != nil {
			t.Errorf("the reader saw something else than what was written: %v", err)
		}
		return nil
	})))
	if _, _, err := s.Grow(); err != nil {
		t.Fatal(err)
	}
	armed = true
	if err := s.Put([]Change{{2, slotOf(2)}, {1, slotOf(1)}}); err != nil {
		t.Fatal(err)
	}
	if waits != 1 {
		t.Errorf("%d waits for the disk", waits)
	}
}
