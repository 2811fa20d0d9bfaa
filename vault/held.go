package vault

import (
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// heldAtOnce is how many slots one call of Held looks at.
const heldAtOnce = 4096

// Held is a secret that is on the disk: of one body of a record, or of its attachments
// where the commitment is zero.
type Held struct {
	Record     Record
	Commitment wire.Hash
}

// Held lists the secrets in a stretch of slots from one on, begun with 0, as they are in the
// file whatever memory says. next is where the following stretch begins, 0 at the end.
func (v *Vault) Held(from uint32) (held []Held, next uint32, err error) {
	end := min(uint64(from)+heldAtOnce, uint64(v.ring.file.Len()))
	for n := max(from, 1); uint64(n) < end; n++ { // slot 0 is the header
		slot, err := v.ring.file.Get(n)
		if err != nil {
			return nil, 0, err
		}
		if slot == (store.Slot{}) {
			continue
		}
		if e, ok := v.ring.seal.open(&slot); ok {
			held = append(held, Held{e.record, e.commitment})
		}
	}
	if end < uint64(v.ring.file.Len()) {
		next = uint32(end)
	}
	return held, next, nil
}

// EraseHeld destroys secrets that Held has found although their records had been erased: of
// a key store that was brought back from a copy. It is Erase for what the body store does
// not know any more.
func (v *Vault) EraseHeld(all []Held) error {
	records := make([]Record, 0, len(all))
	var bodies []wire.Hash
	for _, h := range all {
		records = append(records, h.Record)
		if !h.Commitment.Zero() {
			bodies = append(bodies, h.Commitment)
		}
	}
	if err := v.Erase(records...); err != nil {
		return err
	}
	return v.Drop(bodies...)
}
