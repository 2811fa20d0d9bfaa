package vault

import (
	"maps"
	"slices"

	"github.com/riviera-ledger/riviera/wire"
)

// doom is what one erasure destroys.
type doom struct {
	slots   map[uint32]entry
	bodies  map[wire.Hash]Record
	keys    [][]byte // to delete in the body store
	records []Record // to be remembered as erased
}

func newDoom(records ...Record) *doom {
	return &doom{slots: map[uint32]entry{}, bodies: map[wire.Hash]Record{}, records: records}
}

// eraseChunk is how many records are erased before other changes get their turn: some
// tens of milliseconds.
const eraseChunk = 512

// Erase destroys records: every body, committed or not, with its secret and its entry
// in the index, and all attachments. When it returns, nothing of them can be read from
// any file of the vault, and the vault takes none of them again. What it does not hold
// it remembers as erased all the same. Hundreds of records share a few syncs, so gather
// them; blocks go on between. It works while the disk is full. After an error some
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
	for _, r := range records {
		if err := v.doomRecord(d, r); err != nil {
			return err
		}
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
		_, e, ok, err := v.ring.commitment(c)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := v.doomBody(d, e.record, c); err != nil {
			return err
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

func (v *Vault) doomRecord(d *doom, r Record) error {
	for _, kind := range []byte{'r', 'x'} {
		cs, err := v.commitments(kind, r)
		if err != nil {
			return err
		}
		for _, c := range cs {
			if err := v.doomBody(d, r, c); err != nil {
				return err
			}
		}
	}
	n, e, ok, err := v.ring.attachmentKey(r)
	if err != nil {
		return err
	}
	if ok {
		d.slots[n] = e
	}
	prefix := recordKey('a', r)
	return v.bodies.Scan(prefix, after(prefix), func(k, _ []byte) bool {
		d.keys = append(d.keys, k)
		return true
	})
}

// doomBody adds one body, whether or not its secret is still there.
func (v *Vault) doomBody(d *doom, r Record, c wire.Hash) error {
	n, e, ok, err := v.ring.commitment(c)
	if err != nil {
		return err
	}
	if ok {
		d.slots[n] = e
	}
	d.bodies[c] = r
	d.keys = append(d.keys, bodyKey(c), recordKey('r', r, c), recordKey('x', r, c))
	return nil
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
	for c, r := range d.bodies {
		b.Set(intentKey(c[:]), r[:])
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
	bodies := map[wire.Hash]Record{}
	err := v.bodies.Scan([]byte{'d'}, []byte{'d' + 1}, func(k, value []byte) bool {
		switch {
		case len(k) == 1+len(wire.Hash{}) && len(value) == len(Record{}):
			bodies[wire.Hash(k[1:])] = Record(value)
		case len(k) == 1+len(Record{}):
			d.records = append(d.records, Record(k[1:]))
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, r := range d.records {
		if err := v.doomRecord(d, r); err != nil {
			return err
		}
	}
	for c, r := range bodies {
		if err := v.doomBody(d, r, c); err != nil {
			return err
		}
	}
	return v.destroy(d)
}
