package proof

import (
	"crypto/sha256"
	"strconv"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Secret is a record's own random 256-bit secret. Every salt of the record derives
// from it, and destroying it makes the commitment unlinkable to any guess of the
// body. It is never used for two bodies.
type Secret [32]byte

// Salt hides one disclosure unit: 128 bits, from HMAC-SHA-256 of the record's secret.
type Salt [16]byte

// Commitment binds a record to its body:
//
//	salt_i     = half (i mod 2) of HMAC-SHA-256(secret, "riviera/salt/1" ‖ byte(i/2))
//	leaf_i     = Digest("riviera/field/1", byte(i) ‖ salt_i ‖ unit_i)
//	commitment = Digest("riviera/body/2", record ‖ leaf_0 ‖ leaf_1 ‖ …)
//
// The record's id is part of it, so that a commitment shown under another record opens
// to nothing, for everyone alike (TestCommitmentIsOfOneRecord).
//
// A flat list, not a tree: a body has nine units, and hashing nine digests at once
// costs a third of a tree's inner nodes. Opening one unit shows its salt and bytes
// and the digests of the other eight.
type Commitment = wire.Hash

// Leaves returns the digest of each unit.
func Leaves(secret Secret, units [][]byte) []wire.Hash {
	salts := Salts(secret, len(units))
	leaves := make([]wire.Hash, len(units))
	for i, u := range units {
		leaves[i] = leaf(i, &salts[i], u)
	}
	return leaves
}

func leaf(i int, salt *Salt, unit []byte) wire.Hash {
	index := [1]byte{byte(i)}
	return wire.Digest("riviera/field/1", index[:], salt[:], unit)
}

// Salts derives the salts of n units, n at most 255.
func Salts(secret Secret, n int) []Salt {
	const tag = "riviera/salt/1"
	var inner [sha256.BlockSize + len(tag) + 1]byte // HMAC (RFC 2104) in one piece: a third of crypto/hmac's time
	var outer [sha256.BlockSize + sha256.Size]byte
	for i := range sha256.BlockSize {
		inner[i], outer[i] = 0x36, 0x5c
	}
	for i, k := range secret {
		inner[i] ^= k
		outer[i] ^= k
	}
	copy(inner[sha256.BlockSize:], tag)
	salts := make([]Salt, n)
	for i := 0; i < n; i += 2 {
		inner[len(inner)-1] = byte(i / 2)
		sum := sha256.Sum256(inner[:])
		copy(outer[sha256.BlockSize:], sum[:])
		sum = sha256.Sum256(outer[:])
		copy(salts[i][:], sum[:])
		if i+1 < n {
			copy(salts[i+1][:], sum[16:])
		}
	}
	return salts
}

// Commit returns the commitment to units under secret, for the record of this id.
func Commit(record [16]byte, secret Secret, units [][]byte) Commitment {
	return fold("riviera/body/2", record[:], Leaves(secret, units))
}

func fold(tag string, record []byte, leaves []wire.Hash) Commitment {
	b := make([]byte, 0, len(record)+32*len(leaves))
	b = append(b, record...)
	for _, l := range leaves {
		b = append(b, l[:]...)
	}
	return wire.Digest(tag, b)
}

// Opening discloses some units of a body and none of the others. Leaves holds every
// leaf digest; an opened unit's leaf is recomputed from its salt and bytes.
type Opening struct {
	Leaves []wire.Hash
	Opened []OpenedUnit
}

// OpenedUnit is one disclosed unit: its index, salt and canonical bytes.
type OpenedUnit struct {
	Index int
	Salt  Salt
	Unit  []byte
}

// Open discloses the units with the given indices.
func Open(secret Secret, units [][]byte, indices ...int) Opening {
	salts := Salts(secret, len(units))
	o := Opening{Leaves: Leaves(secret, units)}
	for _, i := range indices {
		o.Opened = append(o.Opened, OpenedUnit{Index: i, Salt: salts[i], Unit: units[i]})
	}
	return o
}

// Verify checks that the opening belongs to the commitment, and the commitment to the
// record. It fails with fault.CommitmentMismatch and says at which unit.
func (o Opening) Verify(record [16]byte, c Commitment) error {
	if err := o.verifyUnits(); err != nil {
		return err
	}
	if fold("riviera/body/2", record[:], o.Leaves) != c {
		return fault.New(fault.CommitmentMismatch, "commitment")
	}
	return nil
}

// VerifyUnbound is Verify for commitments as they were before they named their record:
// Digest("riviera/body/1", leaf_0 ‖ leaf_1 ‖ …). No node takes one any more; certificates
// over them are out there.
func (o Opening) VerifyUnbound(c Commitment) error {
	if err := o.verifyUnits(); err != nil {
		return err
	}
	if fold("riviera/body/1", nil, o.Leaves) != c {
		return fault.New(fault.CommitmentMismatch, "commitment")
	}
	return nil
}

func (o Opening) verifyUnits() error {
	for _, u := range o.Opened {
		if u.Index < 0 || u.Index >= len(o.Leaves) || leaf(u.Index, &u.Salt, u.Unit) != o.Leaves[u.Index] {
			return fault.New(fault.CommitmentMismatch, "unit "+strconv.Itoa(u.Index))
		}
	}
	return nil
}
