package network

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// haunted is a disk that keeps the blocks of every file that is removed, as real disks
// do: a removed file is moved to a graveyard. One guard of the erasure can be taken out.
type haunted struct {
	store.FS
	graves  string
	serial  atomic.Int64
	without guard
}

// guard is what a haunted disk leaves undone.
type guard int

const (
	none      guard = iota
	zeroSlots       // the slot of a secret is overwritten with zeros
	zeroFiles       // a file is overwritten before it is removed
)

func newHaunted(t testing.TB, without guard) *haunted {
	return &haunted{FS: store.Disk(), graves: t.TempDir(), without: without}
}

func (h *haunted) Unwrap() store.FS { return h.FS }

func (h *haunted) Remove(name string) error {
	grave := filepath.Join(h.graves, fmt.Sprint(h.serial.Add(1), "-", filepath.Base(name)))
	if err := os.Link(name, grave); err != nil {
		return err
	}
	return h.FS.Remove(name)
}

func (h *haunted) OpenReadWrite(name string, c store.WriteCategory, o ...store.OpenOption) (store.File, error) {
	f, err := h.FS.OpenReadWrite(name, c, o...)
	slots := filepath.Base(name) == "slots"
	if err == nil && (h.without == zeroSlots && slots || h.without == zeroFiles && !slots) {
		f = forgetful{f}
	}
	return f, err
}

// forgetful drops what overwrites with zeros; the growth of a slots file goes through.
type forgetful struct{ store.File }

func (f forgetful) WriteAt(b []byte, at int64) (int, error) {
	if len(b) != 1<<20 && len(bytes.Trim(b, "\x00")) == 0 {
		return len(b), nil
	}
	return f.File.WriteAt(b, at)
}

// opened is what somebody with the disk and the node's key gets out of slots: the secrets
// of a record, wherever in a file their slots lie.
func opened(t testing.TB, h *node.Home, id ledger.RecordID, dirs ...string) (secrets [][]byte) {
	t.Helper()
	key := wire.Digest("riviera/vault/wrap/1", vaultKey(t, h))
	seal, err := aes.NewCipher(key[:])
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(seal)
	if err != nil {
		t.Fatal(err)
	}
	eachFile(t, func(_ string, b []byte) {
		for ; len(b) >= store.SlotSize; b = b[store.SlotSize:] {
			if !bytes.HasPrefix(b, []byte{1, 0, 0, 0}) {
				continue
			}
			plain, err := aead.Open(nil, b[4:16], b[16:store.SlotSize], b[:4])
			if err == nil && bytes.Equal(plain[48:64], id[:]) {
				secrets = append(secrets, plain[:32])
			}
		}
	}, dirs...)
	return secrets
}

// asked returns what a node's register holds about a record, sealed as it lies there.
func asked(t testing.TB, h *node.Home, id ledger.RecordID) (sealed [][]byte) {
	t.Helper()
	key := wire.Digest("riviera/register/seal/1", vaultKey(t, h))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(h.Data("register"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Scan([]byte{'q'}, []byte{'r'}, func(k, v []byte) bool {
		plain, err := aead.Open(nil, nil, v, k)
		if err != nil {
			t.Errorf("an entry does not open: %v", err)
			return false
		}
		var entry struct {
			Query  proof.Query `cbor:"1,keyasint"`
			Caller string      `cbor:"2,keyasint,omitempty"`
			Filler bool        `cbor:"3,keyasint,omitempty"`
		}
		if err := wire.Decode(plain, &entry); err != nil {
			t.Error(err)
		}
		if entry.Query.Record == id {
			sealed = append(sealed, bytes.Clone(v))
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func vaultKey(t testing.TB, h *node.Home) []byte {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(h.Dir, "keys", "vault.key"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func eachFile(t testing.TB, fn func(path string, b []byte), dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "LOCK") {
				return err
			}
			b, err := os.ReadFile(path)
			fn(path, b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
