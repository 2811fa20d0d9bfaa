package vault

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/riviera-ledger/riviera/wire"
)

// doom is what one erasure destroys.
type doom struct {
	slots   map[uint32]entry
	bodies  map[wire.Hash]doomed
	keys    [][]byte // to delete in the body store
	records []Record // to be remembered as erased
	again   bool     // cut short before: keys may be gone and what they sealed not
}

// doomed is one body that goes.
type doomed struct {
	record Record
	slot   uint32
}

func newDoom(records ...Record) *doom {
	return &doom{slots: map[uint32]entry{}, bodies: map[wire.Hash]doomed{}, records: records}
}

// eraseChunk is how many records share the two waits for the disk of an erasure, before
// other changes get their turn. It is no less than what a block settles of its own accord,
// so that a block waits no longer for the disk when thousands end with it than when one does.
const eraseChunk = 2048

// Erase destroys records: every body, committed or not, with its secret and its entry
// in the index, and all attachments. When it returns, nothing of them can be read from
// any file of the vault, and the vault takes none of them again. What it does not hold
// it remembers as erased all the same. Up to 2,048 records share two syncs, so gather
// them. It works while the disk is full. After an error some
// may be erased and the others not; calling again is harmless.
func (v *Vault) Erase(records ...Record) error {
	for chunk := range slices.Chunk(records, eraseChunk) {
		if err := v.eraseSome(chunk); err != nil {
			return err
		}
	}
	return nil
}

func (v *Vault) eraseSome(records []Record) error {
	v.write.Lock()
	defer v.write.Unlock()
	d := newDoom(records...)
	if err := v.doomRecords(d); err != nil {
		return err
	}
	return v.destroy(d)
}

// Drop destroys single bodies: superseded by an amendment, or never to be committed.
// What else belongs to their records stays.
func (v *Vault) Drop(commitments ...wire.Hash) error {
	v.write.Lock()
	defer v.write.Unlock()
	return v.drop(commitments)
}

func (v *Vault) drop(commitments []wire.Hash) error {
	d := newDoom()
	for _, c := range commitments {
		n, e, ok, err := v.ring.commitment(c)
		if err != nil {
			return err
		}
		if ok {
			d.slots[n] = e
			d.add(n, e.record, c)
		}
	}
	return v.destroy(d)
}

// Expire destroys bodies that the ledger has not committed and that were Put to expire
// below height. It goes no further than Bind has come, and returns how many it
// destroyed.
func (v *Vault) Expire(height uint64) (int, error) {
	v.write.Lock()
	defer v.write.Unlock()
	var gone []wire.Hash
	v.mu.RLock()
	for c, p := range v.pending {
		if p.expires < min(height, v.height) {
			gone = append(gone, c)
		}
	}
	v.mu.RUnlock()
	return len(gone), v.drop(gone)
}

// doomRecords adds all that belongs to the records that are to be forgotten.
func (v *Vault) doomRecords(d *doom) error {
	for _, r := range d.records {
		if err := v.doomRecord(d, r); err != nil {
			return err
		}
	}
	return nil
}

func (v *Vault) doomRecord(d *doom, r Record) error {
	bodies, err := v.ring.record(r)
	if err != nil {
		return err
	}
	for n, e := range bodies {
		d.slots[n] = e
		d.add(n, r, e.commitment)
	}
	n, e, ok, err := v.ring.attachmentKey(r)
	switch {
	case err != nil:
		return err
	case ok:
		d.slots[n] = e
	case !d.again:
		return nil // without a key there is no attachment
	}
	prefix := recordKey('a', r)
	return v.bodies.Scan(prefix, after(prefix), func(k, _ []byte) bool {
		d.keys = append(d.keys, k)
		return true
	})
}

// doomBody adds a body of which an erasure that was cut short says where it lay, whether or
// not its secret is still there.
func (v *Vault) doomBody(d *doom, at doomed, c wire.Hash) error {
	n, e, ok, err := v.ring.commitment(c)
	if err != nil {
		return err
	}
	if ok {
		d.slots[n] = e
		at.slot = n
	}
	d.add(at.slot, at.record, c)
	return nil
}

// add adds what lies under a slot.
func (d *doom) add(slot uint32, r Record, c wire.Hash) {
	d.bodies[c] = doomed{r, slot}
	d.keys = append(d.keys, bodyKey(slot), pendingKey(slot))
}

// destroy carries an erasure out: intent, secrets, rest. From hide on nothing answers
// from what is going.
func (v *Vault) destroy(d *doom) error {
	if len(d.bodies)+len(d.records) == 0 {
		return nil
	}
	if err := v.intend(d); err != nil {
		return err
	}
	v.mu.Lock()
	for c := range d.bodies {
		delete(v.pending, c)
	}
	for _, r := range d.records {
		v.doomed[r] = true
	}
	v.mu.Unlock()
	v.ring.hide(d.slots)
	if err := v.ring.destroy(slices.Sorted(maps.Keys(d.slots))); err != nil {
		return err
	}
	if err := v.forget(d); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, r := range d.records {
		v.erased.add(v.print(r[:]), 0)
		delete(v.doomed, r)
	}
	return nil
}

// intend makes the erasure certain, whatever happens next.
func (v *Vault) intend(d *doom) error {
	b := v.bodies.NewBatch()
	b.Urgent()
	defer b.Close()
	for c, at := range d.bodies {
		b.Set(intentKey(c[:]), binary.BigEndian.AppendUint32(at.record[:len(at.record):len(at.record)], at.slot))
	}
	for _, r := range d.records {
		b.Set(intentKey(r[:]), nil)
	}
	return b.Commit(true)
}

func intentKey(of []byte) []byte { return append([]byte{'d'}, of...) }

// forget removes what is dead without its secrets.
func (v *Vault) forget(d *doom) error {
	b := v.bodies.NewBatch()
	b.Urgent()
	defer b.Close()
	for _, k := range d.keys {
		b.Delete(k)
	}
	for _, r := range d.records {
		b.Set(recordKey('e', r), nil)
	}
	for c := range d.bodies {
		b.Delete(intentKey(c[:]))
	}
	for _, r := range d.records {
		b.Delete(intentKey(r[:]))
	}
	return b.Commit(false)
}

// recover finishes erasures that were intended but cut short.
func (v *Vault) recover() error {
	d := newDoom()
	d.again = true
	bodies := map[wire.Hash]doomed{}
	err := v.bodies.Scan([]byte{'d'}, []byte{'d' + 1}, func(k, value []byte) bool {
		switch {
		case len(k) == 1+len(wire.Hash{}) && len(value) == 20:
			bodies[wire.Hash(k[1:])] = doomed{Record(value[:16]), binary.BigEndian.Uint32(value[16:])}
		case len(k) == 1+len(Record{}):
			d.records = append(d.records, Record(k[1:]))
		}
		return true
	})
	if err != nil {
		return err
	}
	if err := v.doomRecords(d); err != nil {
		return err
	}
	for c, at := range bodies {
		if err := v.doomBody(d, at, c); err != nil {
			return err
		}
	}
	return v.destroy(d)
}
