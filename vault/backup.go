package vault

import (
	"path/filepath"

	"github.com/riviera-ledger/riviera/store"
)

// Bodies is the directory of the body store of a vault in dir.
func Bodies(dir string) string { return filepath.Join(dir, "bodies") }

// EachErased calls fn, in ascending order, for each key under which the vault remembers that a
// record is erased, until fn returns false. It is all of a vault that a backup takes: without
// the secrets the sealed contents are noise, and a copy of the secrets would outlive an
// erasure.
func (v *Vault) EachErased(fn func(key, value []byte) bool) error { return ErasedIn(v.bodies, fn) }

// ErasedIn is EachErased for the body store of a vault that is not open.
func ErasedIn(bodies store.Reader, fn func(key, value []byte) bool) error {
	return bodies.Scan([]byte{'e'}, []byte{'e' + 1}, fn)
}
