package custody

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"sync"

	"github.com/riviera-ledger/riviera/fault"
)

// Ring holds the passphrases with which a process opens files, and what it has opened: a
// derivation of a key is dear, and a person is asked once. The zero value knows none. It
// may be used by many goroutines at once.
type Ring struct {
	// Ask asks a person for the passphrase of a file, named as people know it; nil where
	// there is nobody to ask. It is set before the first use.
	Ask func(file string) ([]byte, error)

	mu    sync.Mutex
	known [][]byte
	keys  map[[32]byte]crypto.Signer
	raw   map[[32]byte][]byte
	last  []byte
}

// asks is how often a person may mistype.
const asks = 3

// Add gives the ring a further passphrase to try.
func (r *Ring) Add(passphrase []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known = append(r.known, passphrase)
}

// Passphrase returns the passphrase that opened a file last, else the first that the ring
// was given, else nil: what is made anew in a home is sealed under it.
func (r *Ring) Passphrase() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil && len(r.known) > 0 {
		return r.known[0]
	}
	return r.last
}

// Key opens the bytes of a key file. An error's place is the name.
func (r *Ring) Key(name string, file []byte) (crypto.Signer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := sha256.Sum256(file)
	if k := r.keys[id]; k != nil {
		return k, nil
	}
	var key crypto.Signer
	err := r.open(name, Sealed(file), func(p []byte) (err error) {
		key, err = Decode(file, p)
		return err
	})
	if err != nil {
		return nil, fault.Wrap(fault.Of(err), name, err)
	}
	if r.keys == nil {
		r.keys = map[[32]byte]crypto.Signer{}
	}
	r.keys[id] = key
	return key, nil
}

// Secret opens the bytes of a raw secret's file. An error's place is the name.
func (r *Ring) Secret(name string, file []byte) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := sha256.Sum256(file)
	if s := r.raw[id]; s != nil {
		return bytes.Clone(s), nil
	}
	var secret []byte
	err := r.open(name, SecretSealed(file), func(p []byte) (err error) {
		secret, err = DecodeSecret(file, p)
		return err
	})
	if err != nil {
		return nil, fault.Wrap(fault.Of(err), name, err)
	}
	if r.raw == nil {
		r.raw = map[[32]byte][]byte{}
	}
	r.raw[id] = secret
	return bytes.Clone(secret), nil
}

// open tries what is known, then asks.
func (r *Ring) open(name string, sealed bool, try func([]byte) error) error {
	if !sealed {
		return try(nil)
	}
	err := error(fault.New(fault.KeyLocked, ""))
	for _, p := range r.known {
		if err = try(p); err == nil {
			r.last = p
			return nil
		}
		if !fault.Is(err, fault.PassphraseWrong) {
			return err
		}
	}
	for n := 0; r.Ask != nil && n < asks; n++ {
		p, asked := r.Ask(name)
		if asked != nil {
			return asked
		}
		if len(p) == 0 {
			return fault.New(fault.KeyLocked, "")
		}
		if err = try(p); err == nil {
			r.known, r.last = append(r.known, p), p
			return nil
		}
	}
	return err
}
