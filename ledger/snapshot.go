package ledger

import (
	"bytes"

	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// carried are the families of keys that a snapshot holds, in its order: what the roots
// bind and nothing else. Whatever follows from it (tiles, groups of leaves, deadlines,
// where a record, a case tag, a commitment or a record's events are) is worked out anew by
// whoever takes the snapshot in, so that nothing in it has to be believed.
var carried = []string{"ca", "ce", "cm", "cn", "cp", "ct", "cv", "cw", "cy", "lc", "lh", "lp", "ls", "D", "v", "X", "x", "r", "e"}

// Carried visits the keys and values of a snapshot of the state behind r, in its order,
// from a key on; nil is the first.
func Carried(r Reader, from []byte, fn func(key, value []byte) bool) error {
	on := true
	for _, family := range carried {
		begin, end := []byte(family), familyEnd(family)
		if from != nil {
			if !bytes.HasPrefix(from, begin) {
				continue
			}
			begin, from = from, nil
		}
		err := r.Scan(begin, end, func(k, v []byte) bool { on = fn(k, v); return on })
		if err != nil || !on {
			return err
		}
	}
	return nil
}

// familyEnd is the first key behind a family.
func familyEnd(family string) []byte {
	end := []byte(family)
	end[len(end)-1]++
	return end
}

// Summary is what a snapshot says of itself. Its roots lead to the AppHash of its height,
// which stands in the next block's header.
type Summary struct {
	LogRoot wire.Hash `cbor:"1,keyasint"`
	Records wire.Hash `cbor:"2,keyasint"` // root over the records
	Meta    wire.Hash `cbor:"3,keyasint"` // root over everything else
	Events  uint64    `cbor:"4,keyasint"` // number of events
	Count   uint64    `cbor:"5,keyasint"` // number of records
}

// Summary describes the present state. It is called by whoever executes.
func (l *Ledger) Summary() Summary {
	return Summary{LogRoot: l.log.root(), Records: l.tree.root(), Meta: l.metaRoot(), Events: l.log.size, Count: l.count}
}

// AppHash is the digest to which the summary's roots lead.
func (s *Summary) AppHash() wire.Hash {
	return proof.AppHash(s.LogRoot, stateRootOf(s.Records, s.Meta))
}

func stateRootOf(records, meta wire.Hash) wire.Hash {
	return wire.Digest("riviera/stateroot/1", records[:], meta[:])
}
