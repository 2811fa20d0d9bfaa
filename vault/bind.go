package vault

import (
	"encoding/binary"

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
	var bound []slotEntry
	for _, x := range bindings {
		n, e, ok, err := v.ring.commitment(x.Commitment)
		if err != nil {
			return nil, err
		}
		if !ok || e.record != x.Record {
			missing = append(missing, x)
			continue
		}
		bound = append(bound, slotEntry{n, e})
		b.Delete(recordKey('x', x.Record, x.Commitment))
		b.Set(recordKey('r', x.Record, x.Commitment), nil)
	}
	v.setHeight(b, height)
	if err := b.Commit(false); err != nil {
		return nil, err
	}
	for _, s := range bound {
		v.ring.index(s.n, s.entry)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.height = max(v.height, height)
	for _, s := range bound {
		delete(v.pending, s.commitment)
	}
	return missing, nil
}

type slotEntry struct {
	n uint32
	entry
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
