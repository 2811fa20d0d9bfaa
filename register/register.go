package register

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"sync"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// Record is a record's random number.
type Record = [16]byte

// Register is an open register. Its methods may be called from any goroutine.
type Register struct {
	db   *store.DB
	tags []byte
	aead cipher.AEAD

	mu   sync.Mutex // guards what follows, and the order in which entries get their numbers
	hour int64      // of tree
	tree *proof.QueryTree
	shut int64 // last hour that is closed

	queue   sync.Mutex // guards what follows
	waiting []*noting
	writing bool // somebody is

	dirt    sync.Mutex // over the mark that something is to be purged
	purging sync.Mutex // held while files are rewritten, or must not be
}

// Open opens the register in dir and creates it where there is none. The key is the
// node's own; with another one nothing can be read.
func Open(dir string, nodeKey []byte, opts store.Options) (*Register, error) {
	opts.Erasing = true
	db, err := store.Open(dir, opts)
	if err != nil {
		return nil, err
	}
	tags, seal := wire.Digest("riviera/register/tag/1", nodeKey), wire.Digest("riviera/register/seal/1", nodeKey)
	block, err := aes.NewCipher(seal[:])
	if err != nil {
		panic("register: " + err.Error()) // a constant length: a broken build
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("register: " + err.Error())
	}
	r := &Register{db: db, tags: tags[:], aead: aead, tree: new(proof.QueryTree)}
	if err := r.load(); err != nil {
		_ = db.Close()
		return nil, err
	}
	return r, nil
}

// load finds the last closed hour and rebuilds the tree of the newest one that is open.
func (r *Register) load() error {
	err := r.db.Scan([]byte{'h'}, []byte{'h' + 1}, func(k, _ []byte) bool {
		r.shut = int64(binary.BigEndian.Uint64(k[1:]))
		return true
	})
	if err != nil {
		return err
	}
	return r.db.Scan(hourKey('l', r.shut+1), []byte{'l' + 1}, func(k, v []byte) bool {
		if hour, _ := place(k[1:]); hour != r.hour {
			r.hour, r.tree = hour, new(proof.QueryTree)
		}
		r.tree.Add(wire.Hash(v))
		return true
	})
}

// Close ends the register.
func (r *Register) Close() error { return r.db.Close() }

// Reads counts what has been read of the register's files since it was opened.
func (r *Register) Reads() uint64 { return r.db.Reads() }

// tag is what a record or a caller is found by.
func (r *Register) tag(kind byte, of string) []byte {
	mac := hmac.New(sha256.New, r.tags)
	mac.Write([]byte{kind})
	mac.Write([]byte(of))
	return mac.Sum(nil)[:16]
}

func (r *Register) ofRecord(id Record) []byte {
	return append([]byte{'r'}, r.tag('r', string(id[:]))...)
}

func (r *Register) ofCaller(kind byte, caller string) []byte {
	return append([]byte{kind}, r.tag('a', caller)...)
}

func (r *Register) seal(key []byte, v any) []byte { return r.aead.Seal(nil, nil, wire.Encode(v), key) }

func (r *Register) open(key, sealed []byte, v any) error {
	plain, err := r.aead.Open(nil, nil, sealed, key)
	if err != nil {
		return fault.Newf(fault.Internal, "register", "an entry is damaged, or sealed under another key")
	}
	return wire.DecodeTrusted(plain, v)
}

func hourKey(kind byte, hour int64) []byte {
	return binary.BigEndian.AppendUint64([]byte{kind}, uint64(hour))
}

func entryKey(kind byte, hour int64, n uint32) []byte {
	return binary.BigEndian.AppendUint32(hourKey(kind, hour), n)
}

// place reads hour and number from the end of a key.
func place(k []byte) (hour int64, n uint32) {
	k = k[len(k)-12:]
	return int64(binary.BigEndian.Uint64(k)), binary.BigEndian.Uint32(k[8:])
}

// after is the first key that does not begin with prefix.
func after(prefix []byte) []byte {
	k := append([]byte(nil), prefix...)
	for i := len(k) - 1; i >= 0; i-- {
		if k[i]++; k[i] != 0 {
			return k[:i+1]
		}
	}
	return nil
}

// hourOf is the hour of real time in which a moment lies.
func hourOf(unix int64) int64 { return unix / 3600 }
