package proof

import (
	"crypto/ed25519"
	"crypto/sha256"
	"math"

	"github.com/riviera-ledger/riviera/wire"
)

// Validator is one recorder's voting key and weight.
type Validator struct {
	PubKey [ed25519.PublicKeySize]byte
	Power  int64 // 1 or more
}

// Validators is a set in the engine's order (falling power, then address). The order
// matters: the set's hash and the places of the signatures in a commit follow it.
type Validators []Validator

const (
	maxValidators = 1000
	// maxPower is the engine's cap of a set's total power; it keeps sums of powers,
	// also tripled, inside int64.
	maxPower = math.MaxInt64 / 8
)

// Hash is the validator set's hash as it stands in block headers: the RFC 6962 tree
// over SimpleValidator{pub_key, voting_power} in protobuf.
func (vs Validators) Hash() wire.Hash {
	leaves := make([][]byte, len(vs))
	for i, v := range vs {
		key := appendChunk(nil, 1, v.PubKey[:])
		leaves[i] = appendUint(appendMessage(nil, 1, key), 2, uint64(v.Power))
	}
	return merkle(leaves)
}

// Power returns the set's total voting power, or 0 for a set that is empty, too large,
// repeats a key or holds a power outside 1 to the cap: such a set can decide nothing.
func (vs Validators) Power() int64 {
	if len(vs) > maxValidators {
		return 0
	}
	var total int64
	seen := make(map[[ed25519.PublicKeySize]byte]bool, len(vs))
	for _, v := range vs {
		if v.Power < 1 || v.Power > maxPower-total || seen[v.PubKey] {
			return 0
		}
		seen[v.PubKey] = true
		total += v.Power
	}
	return total
}

// merkle is the engine's tree over the items of a header or a set (RFC 6962).
func merkle(items [][]byte) wire.Hash {
	switch len(items) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return LogLeaf(items[0])
	}
	k := 1
	for 2*k < len(items) {
		k *= 2
	}
	return logNode(merkle(items[:k]), merkle(items[k:]))
}

func decodeValidators(b []byte) (Validators, error) {
	set, err := readMessage(b, repeated, chunk, varint)
	if err != nil {
		return nil, err
	}
	var vs Validators
	for _, f := range set {
		if f.number != 1 { // proposer and total power follow from the set
			continue
		}
		v, err := decodeValidator(f.b)
		if err != nil {
			return nil, err
		}
		vs = append(vs, v)
	}
	if vs.Power() == 0 {
		return nil, malformed("validator set")
	}
	return vs, nil
}

func decodeValidator(b []byte) (Validator, error) {
	m, err := readMessage(b, chunk, chunk, varint, varint)
	if err != nil {
		return Validator{}, err
	}
	key, err := readMessage(m.bytes(2), chunk) // field 1 is ed25519, the only kind in use
	if err != nil {
		return Validator{}, err
	}
	v := Validator{Power: int64(m.uint(3))}
	if len(key.bytes(1)) != len(v.PubKey) {
		return Validator{}, malformed("validator key")
	}
	copy(v.PubKey[:], key.bytes(1))
	return v, nil
}

func (v Validator) address() []byte {
	sum := sha256.Sum256(v.PubKey[:])
	return sum[:20]
}
