package vault

import (
	"encoding/binary"
	"errors"
	"hash/maphash"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// Vault is an open vault. Its methods may be called from any goroutine.
type Vault struct {
	ring   *ring
	bodies *store.DB
	seed   maphash.Seed // of the fingerprints in erased

	gate   sync.RWMutex // held for reading while sending to queue
	closed bool         // under gate
	queue  chan *putting
	done   chan struct{} // closed when the committer has ended

	write sync.Mutex // one change at a time: Put's group, Bind, Attach, an erasure

	mu      sync.RWMutex
	pending map[wire.Hash]pending // stored but not committed by the ledger
	doomed  map[Record]bool       // being erased
	erased  table                 // fingerprints of what 'e' remembers, so that Put need not ask the disk
	height  uint64                // of the last Bind
}

// pending is a body that the ledger has not committed.
type pending struct {
	record  Record
	expires uint64 // height after which it may go
	slot    uint32
	subject tag
}

// Options says how to open a vault. Store's fields apply to both of its parts; Erasing
// and Incompressible are set by Open.
type Options struct {
	Store store.Options
}

// Open opens the vault in dir and creates it where there is none; an erasure that was
// cut short is finished first. It fails with fault.HomeForeign if key is not the
// vault's, with fault.HomeLocked while it is open elsewhere, with fault.DiskFull for
// lack of space. It reads all slots: about a second of work for a million bodies.
func Open(dir string, key NodeKey, opts Options) (*Vault, error) {
	o := opts.Store
	o.Erasing, o.Incompressible = true, true
	bodies, err := store.Open(Bodies(dir), o)
	if err != nil {
		return nil, err
	}
	v := &Vault{
		bodies:  bodies,
		queue:   make(chan *putting, maxGroup),
		done:    make(chan struct{}),
		pending: map[wire.Hash]pending{},
		doomed:  map[Record]bool{},
	}
	if err := v.load(dir, key, o); err != nil {
		return nil, errors.Join(err, bodies.Close())
	}
	if err := v.recover(); err != nil {
		return nil, errors.Join(err, bodies.Close(), v.ring.file.Close())
	}
	go v.commitPuts()
	return v, nil
}

// load reads what is kept in memory: pending bodies, the height, the slots.
func (v *Vault) load(dir string, key NodeKey, o store.Options) error {
	h, err := v.bodies.Get([]byte{'h'})
	if err != nil {
		return err
	}
	if len(h) == 8 {
		v.height = binary.BigEndian.Uint64(h)
	}
	waiting := map[uint32]uint64{} // by slot, the height after which its body may go
	err = v.bodies.Scan([]byte{'x'}, []byte{'x' + 1}, func(k, value []byte) bool {
		if len(k) == 5 && len(value) == 8 {
			waiting[binary.BigEndian.Uint32(k[1:])] = binary.BigEndian.Uint64(value)
		}
		return true
	})
	if err != nil {
		return err
	}
	v.seed = maphash.MakeSeed()
	err = v.bodies.Scan([]byte{'e'}, []byte{'e' + 1}, func(k, _ []byte) bool {
		v.erased.add(v.print(k[1:]), 0)
		return true
	})
	if err != nil {
		return err
	}
	v.ring, err = openRing(filepath.Join(dir, "keys"), key, o, func(n uint32, e entry) bool {
		expires, waits := waiting[n]
		if waits {
			v.pending[e.commitment] = pending{record: e.record, expires: expires, slot: n, subject: e.subject}
			delete(waiting, n)
		}
		return !waits
	})
	if err != nil {
		return err
	}
	return v.dropOrphans(waiting)
}

// dropOrphans drops what a crash between the two halves of a Put left, a sealed body whose
// secret was never written (nobody was told that it is stored), and bodies whose slots
// have gone bad.
func (v *Vault) dropOrphans(waiting map[uint32]uint64) error {
	b := v.bodies.NewBatch()
	defer b.Close()
	for _, n := range slices.Concat(v.ring.damaged, slices.Collect(maps.Keys(waiting))) {
		b.Delete(bodyKey(n))
		b.Delete(pendingKey(n))
	}
	return b.Commit(false)
}

// Close ends the vault. Calls in progress end first, waiting Puts among them.
func (v *Vault) Close() error {
	v.gate.Lock()
	if v.closed {
		v.gate.Unlock()
		return nil
	}
	v.closed = true
	close(v.queue)
	v.gate.Unlock()
	<-v.done
	v.write.Lock()
	defer v.write.Unlock()
	return errors.Join(v.bodies.Close(), v.ring.file.Close())
}

// Stats tells what the vault holds.
type Stats struct {
	Bodies  int // with their secrets
	Pending int // of these, not committed by the ledger
	Slots   int
	Free    int // of the slots
	Damaged int // slots that could not be read when opening; their bodies have to be fetched again
	Height  uint64
	Store   store.Metrics
}

// Stats counts now.
func (v *Vault) Stats() (Stats, error) {
	m, err := v.bodies.Metrics()
	v.mu.RLock()
	defer v.mu.RUnlock()
	v.ring.mu.RLock()
	defer v.ring.mu.RUnlock()
	return Stats{
		Bodies: v.ring.bodies, Pending: len(v.pending), Height: v.height,
		Slots: int(v.ring.file.Len()), Free: len(v.ring.free), Damaged: len(v.ring.damaged), Store: m,
	}, err
}

// Reads counts what has been read of the vault's files since it was opened.
func (v *Vault) Reads() uint64 { return v.bodies.Reads() + v.ring.file.Reads() }

func (v *Vault) print(b []byte) uint32 { return uint32(maphash.Bytes(v.seed, b)) }

func bodyKey(slot uint32) []byte { return binary.BigEndian.AppendUint32([]byte{'b'}, slot) }

func pendingKey(slot uint32) []byte { return binary.BigEndian.AppendUint32([]byte{'x'}, slot) }

// recordKey is kind ‖ record.
func recordKey(kind byte, record Record) []byte { return append([]byte{kind}, record[:]...) }

// after is the first key that does not begin with prefix.
func after(prefix []byte) []byte {
	k := append([]byte(nil), prefix...)
	for i := len(k) - 1; i >= 0; i-- {
		if k[i]++; k[i] != 0 {
			return k[:i+1]
		}
	}
	return nil
}

var errClosed = fault.Newf(fault.NotReady, "vault", "closed")
