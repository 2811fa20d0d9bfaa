package witness

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/riviera-ledger/riviera/checkpoint"
	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
)

// Names of files in a witness's directory.
const (
	keyFile   = "witness.pem"
	vkeyFile  = "witness.vkey"
	trustFile = "trust.json"
	seenFile  = "seen.txt"
	lockFile  = "lock"
)

// Witness is an opened directory.
type Witness struct {
	Key   checkpoint.Witness // its name and public key
	Trust *verify.Trust

	// Ring opens the private key where it is sealed; passphrases are added before the first use.
	Ring custody.Ring
	// Now reads the clock by which it states times; nil is time.Now.
	Now func() time.Time

	dir string
}

// Create makes the directory of a new witness with a key of its own, sealed under a
// passphrase unless that is nil. It overwrites nothing: a directory that holds a witness is
// fault.HomeExists.
func Create(dir, name string, trust, passphrase []byte) (*Witness, error) {
	if err := checkpoint.CheckName(name); err != nil {
		return nil, err
	}
	if _, err := verify.ParseTrust(trust); err != nil {
		return nil, err
	}
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, keyFile, err)
	}
	sealed, err := custody.Encode(key, passphrase)
	if err != nil {
		return nil, err
	}
	vkey := checkpoint.Witness{Witness: name, Public: public}.String() + "\n"
	for _, f := range []struct {
		name string
		b    []byte
	}{{keyFile, sealed}, {vkeyFile, []byte(vkey)}, {trustFile, trust}} {
		if err := custody.Create(filepath.Join(dir, f.name), f.b); err != nil {
			return nil, err
		}
	}
	return Open(dir)
}

// Open reads a witness's directory. The private key is opened when something is signed.
func Open(dir string) (*Witness, error) {
	w := &Witness{dir: dir}
	b, err := w.read(vkeyFile)
	if err != nil {
		return nil, err
	}
	if w.Key, err = checkpoint.ParseWitness(strings.TrimSpace(string(b))); err != nil {
		return nil, fault.Wrap(fault.BadConfig, w.path(vkeyFile), err)
	}
	if b, err = w.read(trustFile); err != nil {
		return nil, err
	}
	w.Trust, err = verify.ParseTrust(b)
	return w, err
}

// Renew takes a newer trust file of the same network: members' keys and recorders change.
// An older one is fault.CheckpointOutdated, another network's fault.ForeignGenesis.
func (w *Witness) Renew(b []byte) error {
	t, err := verify.ParseTrust(b)
	if err != nil {
		return err
	}
	switch {
	case t.Genesis != w.Trust.Genesis:
		return fault.New(fault.ForeignGenesis, "trust")
	case t.Height < w.Trust.Height:
		return fault.Newf(fault.CheckpointOutdated, "trust", "block %d; the one here knows block %d", t.Height, w.Trust.Height)
	}
	if err := custody.Replace(w.path(trustFile), b); err != nil {
		return err
	}
	w.Trust = t
	return nil
}

func (w *Witness) path(name string) string { return filepath.Join(w.dir, name) }

func (w *Witness) read(name string) ([]byte, error) {
	b, err := os.ReadFile(w.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Newf(fault.FileMissing, w.path(name), "no such file")
	}
	if err != nil {
		return nil, fault.Wrap(fault.BadConfig, w.path(name), err)
	}
	return b, nil
}

// Seen returns the largest checkpoint that the witness has signed, nil where it has signed
// none. A state that it has not signed itself is fault.CheckpointInvalid.
func (w *Witness) Seen() (*checkpoint.Checkpoint, *checkpoint.Cosignature, error) {
	b, err := w.read(seenFile)
	if fault.Is(err, fault.FileMissing) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	c, sigs, err := checkpoint.Cosignatures(b, []checkpoint.Witness{w.Key})
	if err == nil && c.Origin != w.origin() {
		err = fault.Newf(fault.CheckpointInvalid, "", "of another network")
	}
	if err != nil {
		return nil, nil, fault.Wrap(fault.CheckpointInvalid, w.path(seenFile), err)
	}
	return &c, &sigs[0], nil
}

func (w *Witness) origin() string { return checkpoint.Origin([32]byte(w.Trust.Genesis)) }

// signer opens the private key and holds it to the public one.
func (w *Witness) signer() (crypto.Signer, error) {
	b, err := w.read(keyFile)
	if err != nil {
		return nil, err
	}
	key, err := w.Ring.Key(w.path(keyFile), b)
	if err != nil {
		return nil, err
	}
	if public, ok := key.Public().(ed25519.PublicKey); !ok || !public.Equal(w.Key.Public) {
		return nil, fault.Newf(fault.BadConfig, w.path(keyFile), "another key than %s has", vkeyFile)
	}
	return key, nil
}

// lock keeps a second run out of the directory until unlock.
func (w *Witness) lock() (unlock func(), err error) {
	f, err := os.OpenFile(w.path(lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fault.Wrap(fault.BadConfig, w.path(lockFile), err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fault.New(fault.HomeLocked, w.dir)
	}
	return func() { f.Close() }, nil // the lock goes with the file
}

func (w *Witness) now() time.Time {
	if w.Now == nil {
		return time.Now()
	}
	return w.Now()
}
