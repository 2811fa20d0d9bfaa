package register

import (
	"encoding/binary"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// KeepSealed is how long a sealed copy is kept, in seconds: ten years.
const KeepSealed = 10 * 365 * 24 * 3600

// sealedKey is where a sealed copy lies. Nothing in it or beside it leads to a record.
func (r *Register) sealedKey(locator wire.Hash) []byte {
	return append([]byte{'s'}, r.tag('s', string(locator[:]))...)
}

// KeepCopy keeps what the holder of an access code has had sealed, under the code's locator,
// from a day on; the copy under the locator that it replaces goes.
func (r *Register) KeepCopy(locator wire.Hash, sealed []byte, now int64, replaces ...wire.Hash) error {
	b := r.db.NewBatch()
	defer b.Close()
	for _, old := range replaces {
		b.Delete(r.sealedKey(old))
	}
	until := (now + KeepSealed) / (24 * 3600) // a day tells less than a second
	b.Set(r.sealedKey(locator), append(binary.BigEndian.AppendUint64(nil, uint64(until)), sealed...))
	return r.forget(b, len(replaces))
}

// SealedCopy returns the sealed copy under a locator, or fault.NoSealedCopy: one read either way.
func (r *Register) SealedCopy(locator wire.Hash) ([]byte, error) {
	v, err := r.db.Get(r.sealedKey(locator))
	if err != nil {
		return nil, err
	}
	if len(v) < 8 {
		return nil, fault.New(fault.NoSealedCopy, "")
	}
	return v[8:], nil
}

// DropCopy takes a sealed copy out.
func (r *Register) DropCopy(locator wire.Hash) error {
	b := r.db.NewBatch()
	defer b.Close()
	b.Delete(r.sealedKey(locator))
	return r.forget(b, 1)
}

// pruneCopies returns the keys of copies that have had their time.
func (r *Register) pruneCopies(now int64) (over [][]byte, err error) {
	err = r.db.Scan([]byte{'s'}, []byte{'s' + 1}, func(k, v []byte) bool {
		if len(v) < 8 || int64(binary.BigEndian.Uint64(v)) < now/(24*3600) {
			over = append(over, append([]byte(nil), k...))
		}
		return true
	})
	return over, err
}
