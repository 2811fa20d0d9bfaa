package vault

import (
	"encoding/binary"
	"errors"
	"hash/maphash"
	"path/filepath"
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
	bodies, err := store.Open(filepath.Join(dir, "bodies"), o)
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
	err = v.bodies.Scan([]byte{'x'}, []byte{'x' + 1}, func(k, value []byte) bool {
		if record, commitment, ok := splitKey(k); ok && len(value) == 8 {
			v.pending[commitment] = pending{record: record, expires: binary.BigEndian.Uint64(value)}
		}
		return true
	})
	if err != nil {
		return err
	}
	held := map[wire.Hash]bool{}
	v.seed = maphash.MakeSeed()
	err = v.bodies.Scan([]byte{'e'}, []byte{'e' + 1}, func(k, _ []byte) bool {
		v.erased.add(v.print(k[1:]), 0)
		return true
	})
	if err != nil {
		return err
	}
	v.ring, err = openRing(filepath.Join(dir, "keys"), key, o, func(n uint32, e entry) bool {
		p, waits := v.pending[e.commitment]
		if waits {
			held[e.commitment] = true
			p.slot, p.subject = n, e.subject
			v.pending[e.commitment] = p
		}
		return !waits
	})
	if err != nil {
		return err
	}
	return v.dropOrphans(held)
}

// dropOrphans drops what a crash between the two halves of a Put left: a sealed body
// whose secret was never written. Nobody was told that it is stored.
func (v *Vault) dropOrphans(held map[wire.Hash]bool) error {
	b := v.bodies.NewBatch()
	for c, p := range v.pending {
		if !held[c] {
			b.Delete(bodyKey(c))
			b.Delete(recordKey('x', p.record, c))
			delete(v.pending, c)
		}
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
		Slots: int(v.ring.file.Len()), Free: len(v.ring.free), Damaged: v.ring.damaged, Store: m,
	}, err
}

func (v *Vault) print(b []byte) uint32 { return uint32(maphash.Bytes(v.seed, b)) }

func bodyKey(c wire.Hash) []byte { return append([]byte{'b'}, c[:]...) }

// recordKey is kind ‖ record, or kind ‖ record ‖ commitment.
func recordKey(kind byte, record Record, commitment ...wire.Hash) []byte {
	k := append(make([]byte, 0, 49), kind)
	k = append(k, record[:]...)
	for _, c := range commitment {
		k = append(k, c[:]...)
	}
	return k
}

// splitKey takes kind ‖ record ‖ commitment apart.
func splitKey(k []byte) (record Record, commitment wire.Hash, ok bool) {
	if len(k) != 49 {
		return record, commitment, false
	}
	return Record(k[1:17]), wire.Hash(k[17:]), true
}

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
