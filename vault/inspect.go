package vault

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// Inspection reads a vault as it lies on the disk, without finishing, dropping or zeroing
// anything as Open would. Nobody else may have it open.
type Inspection struct {
	bodies *store.DB
	slots  *store.Slots
	seal   *sealer
}

// Inspect opens the vault in dir for reading. Errors as Open; a vault that is not there is
// fault.FileMissing.
func Inspect(dir string, key NodeKey, o store.Options) (*Inspection, error) {
	o.ReadOnly, o.Erasing, o.Incompressible = true, true, true
	bodies, err := store.Open(filepath.Join(dir, "bodies"), o)
	if err != nil {
		return nil, err
	}
	keys := filepath.Join(dir, "keys")
	if _, err := os.Stat(filepath.Join(keys, "slots")); err != nil && o.FS == nil {
		return nil, errors.Join(fault.Wrap(fault.FileMissing, keys, err), bodies.Close())
	}
	slots, err := store.OpenSlots(keys, o)
	if err != nil {
		return nil, errors.Join(err, bodies.Close())
	}
	i := &Inspection{bodies, slots, newSealer(key)}
	first, err := slots.Get(0)
	if plain, ok := i.seal.openPlain(&first); err == nil && (!ok || plain != header()) {
		err = fault.Newf(fault.HomeForeign, "vault", "the node's vault key does not open this vault")
	}
	if err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

// Close lets go of the files.
func (i *Inspection) Close() error { return errors.Join(i.bodies.Close(), i.slots.Close()) }

// Slots is how many slots EachSecret looks at.
func (i *Inspection) Slots() uint32 { return i.slots.Len() }

// Kept is what one slot holds. Damaged is a slot that this vault's key does not open; then
// nothing else is known of it.
type Kept struct {
	Slot       uint32
	Damaged    bool
	Record     Record
	Commitment wire.Hash // zero: the key of the record's attachments
	Err        error     // fault.BodyMissing: the body is not there or does not open; fault.CommitmentMismatch: it is another one
}

// EachSecret visits every slot in use and tries its body.
func (i *Inspection) EachSecret(fn func(Kept) bool) error {
	var broken error
	err := i.slots.Each(func(n uint32, slot *store.Slot) bool {
		if n == 0 || *slot == (store.Slot{}) {
			return true
		}
		e, ok := i.seal.open(slot)
		h := Kept{Slot: n, Damaged: !ok, Record: e.record, Commitment: e.commitment}
		if ok && !e.commitment.Zero() {
			if h.Err, broken = i.try(n, e); broken != nil {
				return false
			}
		}
		return fn(h)
	})
	return errors.Join(err, broken)
}

// try opens a body and compares it with its commitment.
func (i *Inspection) try(slot uint32, e entry) (wrong, broken error) {
	sealed, err := i.bodies.Get(bodyKey(slot))
	if err != nil {
		return nil, err
	}
	if sealed == nil {
		return fault.New(fault.BodyMissing, "body"), nil
	}
	body, err := openBody(e, sealed)
	if err != nil {
		return err, nil
	}
	c, err := Packet{Record: e.record, Secret: e.secret, Body: body}.Check()
	if err == nil && c.Commitment != e.commitment {
		err = fault.New(fault.CommitmentMismatch, "body")
	}
	return err, nil
}

// Trace is one entry beside the secrets: see the keys in the package's doc.
type Trace struct {
	Kind       byte      // 'a' attachment, 'b' body, 'd' being destroyed, 'e' erased, 'x' not committed
	Record     Record    // zero where nobody can tell any more
	Commitment wire.Hash // of 'b', 'd' and 'x'
	// Lost says of a body that its secret is gone and that no Put was cut short there: an
	// erasure has left it.
	Lost bool
}

// EachTrace visits every entry of the vault's store but its height.
func (i *Inspection) EachTrace(fn func(Trace) bool) error {
	var broken error
	err := i.bodies.Scan(nil, nil, func(k, v []byte) bool {
		t := Trace{Kind: k[0]}
		switch rest := k[1:]; {
		case t.Kind == 'h':
			return true
		case len(rest) == 4 && (t.Kind == 'b' || t.Kind == 'x'):
			if broken = i.owner(&t, binary.BigEndian.Uint32(rest)); broken != nil {
				return false
			}
		case len(rest) == 32 && t.Kind == 'd' && len(v) >= 16:
			t.Commitment, t.Record = wire.Hash(rest), Record(v[:16])
		case len(rest) >= 16:
			t.Record = Record(rest[:16])
		}
		return fn(t)
	})
	return errors.Join(err, broken)
}

// owner says whose the entry of a slot is.
func (i *Inspection) owner(t *Trace, n uint32) error {
	var slot store.Slot
	if n < i.slots.Len() {
		var err error
		if slot, err = i.slots.Get(n); err != nil {
			return err
		}
	}
	if e, ok := i.seal.open(&slot); ok && !e.commitment.Zero() {
		t.Record, t.Commitment = e.record, e.commitment
		return nil
	}
	waits, err := i.bodies.Has(pendingKey(n))
	t.Lost = t.Kind == 'b' && !waits
	return err
}
