package vault

import (
	"encoding/binary"
	"slices"

	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// Binding says that the ledger has committed a body of a record.
type Binding struct {
	Record     Record
	Commitment wire.Hash
}

// Bind notes that the ledger has committed these bodies in the block of height: they
// no longer expire, and their records are found by subject. Once per block, also with
// none. It returns the bindings whose bodies are not here and have to be fetched; when
// one has been Put, Bind it again. Binding twice is harmless.
//
// Bind does not wait for the disk. After a power failure Height may lie below the
// ledger's own: the node then binds those blocks again before it calls Expire.
func (v *Vault) Bind(height uint64, bindings []Binding) (missing []Binding, err error) {
	v.write.Lock()
	defer v.write.Unlock()
	b := v.bodies.NewBatch()
	defer b.Close()
	bound := make([]place, 0, len(bindings))
	var named []wire.Hash
	var waited []uint32
	for _, x := range bindings {
		at, waits, ok, err := v.find(x)
		if err != nil {
			return nil, err
		}
		if !ok {
			missing = append(missing, x)
			continue
		}
		bound = append(bound, at)
		if waits {
			named, waited = append(named, x.Commitment), append(waited, at.slot)
		}
	}
	slices.Sort(waited)
	for _, n := range waited {
		b.Delete(pendingKey(n))
	}
	v.setHeight(b, height)
	if err := b.Commit(false); err != nil {
		return nil, err
	}
	v.ring.index(bound)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.height = max(v.height, height)
	for _, c := range named {
		delete(v.pending, c)
	}
	return missing, nil
}

// find returns where a body lies: from memory as long as it waits to be bound, else from
// its slot.
func (v *Vault) find(x Binding) (at place, waits, ok bool, err error) {
	v.mu.RLock()
	p, waits := v.pending[x.Commitment]
	v.mu.RUnlock()
	if waits {
		return place{p.slot, p.subject}, true, p.record == x.Record, nil
	}
	n, e, ok, err := v.ring.commitment(x.Commitment)
	return place{n, e.subject}, false, ok && e.record == x.Record, err
}

func (v *Vault) setHeight(b store.Batch, height uint64) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	b.Set([]byte{'h'}, binary.BigEndian.AppendUint64(nil, max(v.height, height)))
}

// Height is the highest height that Bind has been called with, as far as it is on disk
// after a crash.
func (v *Vault) Height() uint64 {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.height
}
