package vault

import (
	"errors"
	"hash/maphash"
	"slices"
	"sync"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// ring is the keys of the vault: the slots and, in memory, what finds them. Its
// methods may be called from any goroutine, except that changes come one at a time
// (Vault.write).
type ring struct {
	seal *sealer
	file *store.Slots
	seed maphash.Seed // fingerprints mean nothing outside this process

	mu           sync.RWMutex
	byCommitment table
	bySecret     table
	bySubject    table // bodies that the ledger has committed
	byRecord     table // keys of attachments
	bodiesOf     table // bodies by record
	free         []uint32
	bodies       int
	damaged      []uint32 // slots that could not be read when opening
}

// openRing opens the slots and reads them all. found is called for each body's entry
// and says whether the index of subjects takes it.
func openRing(dir string, key NodeKey, o store.Options, found func(n uint32, e entry) (indexed bool)) (*ring, error) {
	file, err := store.OpenSlots(dir, o)
	if err != nil {
		return nil, err
	}
	r := &ring{seal: newSealer(key), file: file, seed: maphash.MakeSeed()}
	if err = r.begin(); err == nil {
		err = r.load(found)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return r, nil
}

// begin writes slot 0 into a new file, or checks it.
func (r *ring) begin() error {
	if r.file.Len() == 0 {
		if _, _, err := r.file.Grow(); err != nil {
			return err
		}
	}
	first, err := r.file.Get(0)
	if err != nil {
		return err
	}
	if first == (store.Slot{}) { // new, or cut short before anything else was written
		return r.file.Put([]store.Change{{N: 0, Slot: r.seal.sealPlain(header())}})
	}
	if plain, ok := r.seal.openPlain(&first); !ok || plain != header() {
		return fault.Newf(fault.HomeForeign, "vault", "the node's vault key does not open this vault")
	}
	return nil
}

func (r *ring) load(found func(uint32, entry) bool) error {
	var damaged []uint32
	err := r.file.Each(func(n uint32, slot *store.Slot) bool {
		switch {
		case n == 0:
		case *slot == store.Slot{}:
			r.free = append(r.free, n)
		default:
			e, ok := r.seal.open(slot)
			if !ok {
				damaged = append(damaged, n)
				return true
			}
			r.enter(n, e, e.commitment.Zero() || found(n, e))
		}
		return true
	})
	if err != nil || len(damaged) == 0 {
		return err
	}
	// Unreadable for us, but perhaps all but one byte of a secret: it goes, and its
	// body will be fetched again.
	r.damaged = damaged
	r.free = append(r.free, damaged...)
	return r.file.Zero(damaged)
}

func (r *ring) print(b []byte) uint32 { return uint32(maphash.Bytes(r.seed, b)) }

// enter makes slot n findable. The caller holds mu or is alone.
func (r *ring) enter(n uint32, e entry, indexed bool) {
	if e.commitment.Zero() {
		r.byRecord.add(r.print(e.record[:]), n)
		return
	}
	r.bodies++
	r.byCommitment.add(r.print(e.commitment[:]), n)
	r.bySecret.add(r.print(e.secret[:]), n)
	r.bodiesOf.add(r.print(e.record[:]), n)
	if indexed {
		r.bySubject.add(r.print(e.subject.code[:]), n)
	}
}

// look reads the slots that a table names for key and returns the first that fits.
func (r *ring) look(t *table, key []byte, fits func(entry) bool) (n uint32, e entry, ok bool, err error) {
	r.mu.RLock()
	slots := t.candidates(r.print(key))
	r.mu.RUnlock()
	for _, n := range slots {
		slot, err := r.file.Get(n)
		if err != nil {
			return 0, e, false, err
		}
		if e, ok := r.seal.open(&slot); ok && fits(e) {
			return n, e, true, nil
		}
	}
	return 0, e, false, nil
}

func (r *ring) commitment(c wire.Hash) (uint32, entry, bool, error) {
	return r.look(&r.byCommitment, c[:], func(e entry) bool { return e.commitment == c })
}

func (r *ring) secret(s proof.Secret) (uint32, entry, bool, error) {
	return r.look(&r.bySecret, s[:], func(e entry) bool { return e.secret == s })
}

func (r *ring) attachmentKey(record Record) (uint32, entry, bool, error) {
	return r.look(&r.byRecord, record[:], func(e entry) bool { return e.record == record && e.commitment.Zero() })
}

// record returns the entries of a record's bodies by slot, committed or not.
func (r *ring) record(id Record) (map[uint32]entry, error) {
	found := map[uint32]entry{}
	r.mu.RLock()
	slots := r.bodiesOf.candidates(r.print(id[:]))
	r.mu.RUnlock()
	for _, n := range slots {
		slot, err := r.file.Get(n)
		if err != nil {
			return nil, err
		}
		if e, ok := r.seal.open(&slot); ok && e.record == id {
			found[n] = e
		}
	}
	return found, nil
}

// subject returns the records indexed under the code of a tag.
func (r *ring) subject(t tag) (records []Record, err error) {
	_, _, _, err = r.look(&r.bySubject, t.code[:], func(e entry) bool {
		if e.subject.code == t.code && !e.commitment.Zero() {
			records = append(records, e.record)
		}
		return false // all of them
	})
	return records, err
}

// alike reads the entries under the code of a tag and, behind them, others, so that the
// number read tells nothing below the next power of two: found says how many there are.
// In a vault that holds nothing it reads the first slot instead.
func (r *ring) alike(t tag, least int) (entries []entry, found int, err error) {
	r.mu.RLock()
	print := r.print(t.code[:])
	slots := r.bySubject.candidates(print)
	n := least
	for n < len(slots) {
		n *= 2
	}
	slots = r.byCommitment.others(print, slots, n)
	r.mu.RUnlock()
	entries = make([]entry, 0, n)
	for _, slot := range slots {
		at, err := r.file.Get(slot)
		if err != nil {
			return nil, 0, err
		}
		e, ok := r.seal.open(&at)
		entries = append(entries, e)
		if last := len(entries) - 1; ok && e.subject.code == t.code && !e.commitment.Zero() {
			entries[found], entries[last] = entries[last], entries[found]
			found++
		}
	}
	return entries, found, nil
}

// place is where the entry of a subject's body lies.
type place struct {
	slot    uint32
	subject tag
}

// index makes bodies that are already held findable by subject.
func (r *ring) index(places []place) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range places {
		r.bySubject.add(r.print(p.subject.code[:]), p.slot)
	}
}

// sealed is an entry with its slot's bytes, sealed outside the lock.
type sealed struct {
	entry
	slot store.Slot
}

// reserve makes sure that n slots are free.
func (r *ring) reserve(n int) error {
	for {
		r.mu.RLock()
		enough := len(r.free) >= n
		r.mu.RUnlock()
		if enough {
			return nil
		}
		first, count, err := r.file.Grow()
		if err != nil {
			return err
		}
		r.mu.Lock()
		for i := count; i > 0; i-- { // taken from the end: lowest first
			r.free = append(r.free, first+i-1)
		}
		r.mu.Unlock()
	}
}

// take takes n free slots, lowest first, making room for them where there is none.
func (r *ring) take(n int) ([]uint32, error) {
	if err := r.reserve(n); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	rest := len(r.free) - n
	taken := append([]uint32(nil), r.free[rest:]...)
	r.free = r.free[:rest]
	slices.Reverse(taken)
	return taken, nil
}

// giveBack frees slots that were taken and not written.
func (r *ring) giveBack(taken []uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range slices.Backward(taken) {
		r.free = append(r.free, n)
	}
}

// put writes entries durably into slots that were taken, and makes them findable, but not
// by subject.
func (r *ring) put(taken []uint32, entries []sealed) error {
	changes := make([]store.Change, len(entries))
	for i, e := range entries {
		changes[i] = store.Change{N: taken[i], Slot: e.slot}
	}
	if err := r.file.Put(changes); err != nil {
		return err // the file takes no more writes: nothing to give back
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, e := range entries {
		r.enter(taken[i], e.entry, false)
	}
	return nil
}

// hide takes entries out of the tables: nothing finds them any more.
func (r *ring) hide(slots map[uint32]entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n, e := range slots {
		if e.commitment.Zero() {
			r.byRecord.remove(r.print(e.record[:]), n)
			continue
		}
		r.bodies--
		r.byCommitment.remove(r.print(e.commitment[:]), n)
		r.bySecret.remove(r.print(e.secret[:]), n)
		r.bodiesOf.remove(r.print(e.record[:]), n)
		r.bySubject.remove(r.print(e.subject.code[:]), n)
	}
}

// destroy zeroes slots that were hidden before, in ascending order.
func (r *ring) destroy(slots []uint32) error {
	if len(slots) == 0 {
		return nil
	}
	if err := r.file.Zero(slots); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free = append(r.free, slots...)
	return nil
}
