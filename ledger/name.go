package ledger

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// kindsOfKeys names the families of keys whose rest is a number or random bytes.
var kindsOfKeys = map[byte]string{'r': "record", 'e': "event", 's': "state group", 'i': "id", 'g': "case tag", 'b': "bar",
	'k': "commitment", 'd': "deadline", 'h': "history", 'x': "envelope", 'X': "bucket", 'c': "configuration", 'l': "law"}

// KeyName names a key of the state for people: "record 17", "log tile 0/3". It says
// nothing about a person: no key of the state does.
func KeyName(key []byte) string {
	switch {
	case string(key) == string(metaKey):
		return "meta"
	case len(key) == 10 && key[0] == 't':
		return fmt.Sprintf("log tile %d/%d", key[1], binary.BigEndian.Uint64(key[2:]))
	case len(key) == 5 && key[0] == 'D':
		return "day " + credit.Date(binary.BigEndian.Uint32(key[1:])).String()
	case len(key) == 0:
		return "empty key"
	}
	kind, known := kindsOfKeys[key[0]]
	if !known {
		return "key " + hex.EncodeToString(key)
	}
	if len(key) == 9 && (key[0] == 'r' || key[0] == 'e' || key[0] == 's' || key[0] == 'X') {
		return fmt.Sprintf("%s %d", kind, binary.BigEndian.Uint64(key[1:]))
	}
	return kind + " " + hex.EncodeToString(key[1:])
}

// Bearer returns the record that ever brought a body with this commitment, or nil: its
// present body may be another one.
func (v *View) Bearer(commitment wire.Hash) (*Record, error) {
	b, err := v.reader.Get(bodyKey(commitment))
	if err != nil || b == nil {
		return nil, err
	}
	return v.RecordAt(binary.BigEndian.Uint64(b))
}

// EachEvent visits the canonical bytes of every event from an index on.
func (v *View) EachEvent(from uint64, fn func(index uint64, event []byte) bool) error {
	return v.reader.Scan(eventKey(from), []byte{'e' + 1}, func(k, b []byte) bool {
		return fn(binary.BigEndian.Uint64(k[1:]), b)
	})
}

// EachState visits the canonical bytes of every record in order of position: the leaves
// of the state tree.
func (v *View) EachState(fn func(seq uint64, state []byte) bool) error {
	return v.reader.Scan(recordKey(0), []byte{'r' + 1}, func(k, b []byte) bool {
		return fn(binary.BigEndian.Uint64(k[1:]), b)
	})
}

// Tile returns the hashes of a tile that are there, at most 256; none where there is no
// such tile (C2SP tlog-tiles).
func (v *View) Tile(level int, n uint64) ([]wire.Hash, error) {
	b, err := v.reader.Get(tileKey(level, int64(n)))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "log tile", err)
	}
	return splitHashes(b), nil
}

// StoredHead returns where the state behind r says that it stands, unchecked; the zero
// Head where nothing is stored.
func StoredHead(r Reader) (Head, error) {
	var h Head
	b, err := r.Get(metaKey)
	if err == nil && b != nil {
		err = wire.DecodeTrusted(b, &h)
	}
	if err != nil {
		return Head{}, fault.Wrap(fault.Internal, "state", err)
	}
	return h, nil
}

// Unchecked is a view of a stored state that nobody has checked and without a
// configuration: for reading what is stored under a number or an id, and nothing else.
func Unchecked(r Reader, h Head) *View { return &View{Head: h, reader: r} }
