package store

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/riviera-ledger/riviera/fault"
)

// Slots is a file of fixed slots that are overwritten in place: where a value has to
// vanish at once, a log-structured store would have to rewrite every table that may
// hold it (a flush of scattered keys overlaps them all), whereas here it costs one
// write and one sync. Its methods may be called from any goroutine.
type Slots struct {
	fs    *guardedFS
	fail  *failure
	count atomic.Uint32 // slots in the file
	reads atomic.Uint64

	change sync.Mutex   // held through a change and its wait for the disk: one at a time; taken before mu
	mu     sync.RWMutex // for writing: while bytes change; nobody who reads waits for the disk
	file   vfs.File
	closed bool
}

// SlotSize is the length of a slot in bytes.
const SlotSize = 128

// Slot is the content of a slot; all zero is free.
type Slot [SlotSize]byte

// growth is how many slots the file grows by.
const growth = 8192

// maxSlots bounds the file to 64 GiB.
const maxSlots = 1 << 29

// OpenSlots opens the slots in dir and creates them where there are none. It fails as
// Open does. Of the options it heeds FS and OnFatal.
func OpenSlots(dir string, opts Options) (*Slots, error) {
	opts = opts.withDefaults()
	s := &Slots{fail: newFailure()}
	s.fs = &guardedFS{FS: opts.FS, fail: s.fail}
	if err := s.fs.makeDir(dir); err != nil {
		return nil, openError(err)
	}
	if _, err := s.fs.Lock(s.fs.PathJoin(dir, "LOCK")); err != nil {
		return nil, openError(err)
	}
	if err := s.open(dir); err != nil {
		return nil, errors.Join(openError(err), s.fs.held.Close())
	}
	s.fail.arm(opts.OnFatal)
	return s, nil
}

func (s *Slots) open(dir string) error {
	path := s.fs.PathJoin(dir, "slots")
	_, err := s.fs.Stat(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	if err != nil && !fresh {
		return err
	}
	if s.file, err = s.fs.OpenReadWrite(path, vfs.WriteCategoryUnspecified); err != nil {
		return err
	}
	info, err := s.file.Stat()
	if err == nil && info.Size()/SlotSize > maxSlots {
		err = errors.New("slots: file too long")
	}
	if err == nil && fresh {
		err = s.fs.syncDir(dir)
	}
	if err != nil {
		return errors.Join(err, s.file.Close())
	}
	s.count.Store(uint32(info.Size() / SlotSize))
	return nil
}

// Len is the number of slots, free ones included.
func (s *Slots) Len() uint32 { return s.count.Load() }

// Grow adds free slots, at least one, and returns the number of the first and how
// many. For lack of space it fails with fault.DiskFull and nothing is lost.
func (s *Slots) Grow() (first, n uint32, err error) {
	s.change.Lock()
	defer s.change.Unlock()
	if err := s.usable(); err != nil {
		return 0, 0, err
	}
	first = s.count.Load()
	if first > maxSlots-growth {
		return 0, 0, fault.Newf(fault.DiskFull, "slots", "no more than %d", maxSlots)
	}
	// Past the slots in use, so nobody reads there.
	_, err = s.file.WriteAt(make([]byte, growth*SlotSize), int64(first)*SlotSize)
	if err == nil {
		err = s.file.Sync() // of the length too, so that later writes need to sync data only
	}
	if err != nil {
		// Only zeros past the slots in use are affected: the file is as good as before.
		return 0, 0, openError(err)
	}
	s.count.Store(first + growth)
	return first, growth, nil
}

// Reads counts the calls of Get since the slots were opened.
func (s *Slots) Reads() uint64 { return s.reads.Load() }

// Get reads slot n.
func (s *Slots) Get(n uint32) (Slot, error) {
	var slot Slot
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return slot, errClosed
	}
	if n >= s.count.Load() {
		return slot, fault.Newf(fault.Internal, "slots", "no slot %d", n)
	}
	s.reads.Add(1)
	if _, err := s.file.ReadAt(slot[:], int64(n)*SlotSize); err != nil {
		return slot, wrap(err)
	}
	return slot, nil
}

// Each calls fn for every slot in order, the free ones too, until it returns false.
func (s *Slots) Each(fn func(n uint32, slot *Slot) bool) error {
	buf := make([]byte, growth*SlotSize)
	for first := uint32(0); first < s.Len(); first += growth {
		n := min(growth, s.Len()-first)
		part := buf[:n*SlotSize]
		s.mu.RLock()
		if s.closed {
			s.mu.RUnlock()
			return errClosed
		}
		_, err := s.file.ReadAt(part, int64(first)*SlotSize)
		s.mu.RUnlock()
		if err != nil && !errors.Is(err, io.EOF) {
			return wrap(err)
		}
		for i := range n {
			if !fn(first+i, (*Slot)(part[i*SlotSize:])) {
				return nil
			}
		}
	}
	return nil
}

// Change is a new content for a slot.
type Change struct {
	N    uint32
	Slot Slot
}

// Put writes slots and returns once they are durable; Get may see them a little before.
// Changes need not be in order, but must name each slot once. However many they are, they
// wait for the disk once.
func (s *Slots) Put(changes []Change) error {
	slices.SortFunc(changes, func(a, b Change) int { return int(int64(a.N) - int64(b.N)) })
	s.change.Lock()
	defer s.change.Unlock()
	if err := s.usable(); err != nil {
		return err
	}
	if k := len(changes); k > 0 && changes[k-1].N >= s.count.Load() {
		return fault.Newf(fault.Internal, "slots", "no slot %d", changes[k-1].N)
	}
	if err := s.write(changes); err != nil {
		return s.broken(err)
	}
	if err := s.file.SyncData(); err != nil {
		return s.broken(err)
	}
	return nil
}

// write writes changes that are in order, without waiting for the disk.
func (s *Slots) write(changes []Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var run []byte
	for i, c := range changes { // neighbours go out in one write
		run = append(run, c.Slot[:]...)
		if i+1 < len(changes) && changes[i+1].N == c.N+1 {
			continue
		}
		from := int64(c.N+1)*SlotSize - int64(len(run))
		if _, err := s.file.WriteAt(run, from); err != nil {
			return err
		}
		run = run[:0]
	}
	return nil
}

// Zero frees slots. When it returns their former content is in the file no more.
func (s *Slots) Zero(numbers []uint32) error {
	changes := make([]Change, len(numbers))
	for i, n := range numbers {
		changes[i].N = n
	}
	return s.Put(changes)
}

func (s *Slots) usable() error {
	if s.closed {
		return errClosed
	}
	return s.fail.get()
}

// broken ends all writing: after a failed write or sync nobody knows what the disk
// holds, and asking again would answer from memory.
func (s *Slots) broken(err error) error {
	s.fail.set(err)
	return s.fail.err
}

var errClosed = fault.Newf(fault.NotReady, "store", "closed")

// Close releases the slots. After a failure it returns that failure.
func (s *Slots) Close() error {
	s.change.Lock()
	defer s.change.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return errors.Join(s.fail.get(), wrap(errors.Join(s.file.Close(), s.fs.held.Close())))
}
