package register

import "github.com/riviera-ledger/riviera/fault"

// restoredKey is there from a restore until the papers that were lost with the vault have
// been looked for.
var restoredKey = []byte{'p'}

// Copy calls fn for each key with its value as it is on disk, in ascending order, until fn
// returns false. A purge waits until it is through.
func (r *Register) Copy(fn func(key, value []byte) bool) error {
	r.purging.Lock()
	defer r.purging.Unlock()
	return r.db.Scan(nil, nil, fn)
}

// Restored notes that this register has come from a backup, without the vault that was
// beside it: its node has to look for the papers that it had. fault.HomeForeign if its
// entries are sealed under another node's key.
func (r *Register) Restored() error {
	var broken error
	err := r.db.Scan([]byte{'q'}, []byte{'q' + 1}, func(k, v []byte) bool {
		broken = r.open(k, v, new(noted))
		return false
	})
	if err != nil {
		return err
	}
	if broken != nil {
		return fault.Newf(fault.HomeForeign, "vault.key", "the register is sealed under another key")
	}
	return r.db.SetSync(restoredKey, []byte{1})
}

// LostPapers reports whether papers of events before the cursor are to be looked for.
func (r *Register) LostPapers() (bool, error) { return r.db.Has(restoredKey) }

// PapersNoted ends that: what is lacking has been noted with Want.
func (r *Register) PapersNoted() error { return r.db.DeleteSync(restoredKey) }
