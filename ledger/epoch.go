package ledger

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Validator is a recorder as it votes on blocks.
type Validator struct {
	_      struct{} `cbor:",toarray"`
	Member MemberID `json:"member"`
	Key    []byte   `json:"key"` // Ed25519
	Power  int64    `json:"power"`
}

// Epoch is the set of recorders that decides blocks from a height on, in the engine's
// order.
type Epoch struct {
	FromHeight int64       `cbor:"1,keyasint"`
	Validators []Validator `cbor:"2,keyasint"`
}

// ValidatorUpdate is what the engine is told of a change: power 0 takes a key out.
type ValidatorUpdate struct {
	Key   []byte
	Power int64
}

// handoverDelay is how many blocks after the one that changes the recorders the new ones
// decide: the engine needs the next block's header to announce them.
const handoverDelay = 2

func epochKey(from int64) []byte { return binary.BigEndian.AppendUint64([]byte("ce"), uint64(from)) }

func entryKey(id MemberID) []byte { return binary.BigEndian.AppendUint32([]byte("cm"), uint32(id)) }

var councilKey = []byte("cn")

// validators lists who votes on blocks: equal powers, so by address.
func (c *Config) validators() []Validator {
	var out []Validator
	for _, m := range c.Recorders() {
		out = append(out, Validator{Member: m.ID, Key: m.Consensus, Power: RecorderPower})
	}
	slices.SortFunc(out, func(a, b Validator) int {
		x, y := AddressOf(a.Key), AddressOf(b.Key)
		return bytes.Compare(x[:], y[:])
	})
	return out
}

// succeed notes a new set of recorders, and what the engine is to be told.
func (x *execution) succeed(before *Config) error {
	old, now := before.validators(), x.config.validators()
	same := func(a, b Validator) bool { return a.Power == b.Power && bytes.Equal(a.Key, b.Key) }
	if slices.EqualFunc(old, now, same) {
		return nil
	}
	in := func(set []Validator, k []byte) bool {
		return slices.ContainsFunc(set, func(v Validator) bool { return bytes.Equal(v.Key, k) })
	}
	for _, v := range old {
		if !in(now, v.Key) {
			x.updates = append(x.updates, ValidatorUpdate{v.Key, 0})
		}
	}
	for _, v := range now {
		if !in(old, v.Key) {
			x.updates = append(x.updates, ValidatorUpdate{v.Key, v.Power})
		}
	}
	e := wire.Encode(Epoch{x.height + handoverDelay, now})
	x.set(epochKey(x.height+handoverDelay), e)
	next := *x.config
	next.sum, next.Council = nil, x.config.Council.clone()
	next.Council.Epochs = wire.Digest("riviera/epoch/1", next.Council.Epochs[:], e)
	x.config = &next
	return nil
}

// Epochs returns the history of the sets of recorders, oldest first: that of the genesis
// and every one that is known by now, which may be one that begins with the next blocks.
func (v *View) Epochs() ([]Epoch, error) {
	out := []Epoch{{1, v.Config.founders}}
	var inner error
	err := v.reader.Scan([]byte("ce"), []byte("cf"), func(_, b []byte) bool {
		var e Epoch
		if inner = wire.DecodeTrusted(b, &e); inner != nil {
			return false
		}
		out = append(out, e)
		return true
	})
	return out, firstError(err, inner)
}

// voted reports whether a key has been a recorder's since a change.
func voted(r Reader, key []byte) (bool, error) {
	found := false
	var inner error
	err := r.Scan([]byte("ce"), []byte("cf"), func(_, b []byte) bool {
		var e Epoch
		if inner = wire.DecodeTrusted(b, &e); inner != nil {
			return false
		}
		found = slices.ContainsFunc(e.Validators, func(v Validator) bool { return bytes.Equal(v.Key, key) })
		return !found
	})
	if err = firstError(err, inner); err != nil {
		return false, fault.Wrap(fault.Internal, "state", err)
	}
	return found, nil
}
