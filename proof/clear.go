package proof

import (
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Clear is what recorders attest about a party: that after the block of this height no
// record in force concerned whom Subject commits to. It proves nothing by itself and
// stands on no path: the ledger holds nothing by which a party's absence could be shown.
// More than a third of the recorders' voting power must sign it, so that at least one
// honest recorder has looked.
//
// Subject is a commitment like that of a body (Commit), for the record id ID, over two
// units: the name, and the type with the code.
type Clear struct {
	ID      [16]byte      `cbor:"1,keyasint"` // random, once for each request
	Genesis wire.Hash     `cbor:"2,keyasint"` // of the network
	Height  int64         `cbor:"3,keyasint"`
	Time    credit.Moment `cbor:"4,keyasint"` // ledger time of that block
	AppHash wire.Hash     `cbor:"5,keyasint"` // of the ledger after that block
	Subject Commitment    `cbor:"6,keyasint"`
}

// ClearUnits is how many units Clear.Subject commits to.
const ClearUnits = 2

// maxClear bounds the encoded statement, in bytes.
const maxClear = 256

// Encode returns the canonical bytes.
func (c Clear) Encode() []byte { return wire.Encode(c) }

// DecodeClear reads canonical bytes. Any other form is fault.Malformed.
func DecodeClear(b []byte) (Clear, error) {
	var c Clear
	if len(b) > maxClear {
		return c, fault.New(fault.TooLarge, "clear")
	}
	if err := wire.Decode(b, &c); err != nil {
		return Clear{}, fault.Wrap(fault.Malformed, "clear", err)
	}
	if c.Height < 1 || c.ID == [16]byte{} {
		return Clear{}, fault.New(fault.Malformed, "clear")
	}
	return c, nil
}

// ClearID identifies a statement by its canonical bytes.
func ClearID(encoded []byte) wire.Hash { return wire.Digest("riviera/clear/id/1", encoded) }

// ClearDigest is what a recorder signs with its credential key.
func ClearDigest(encoded []byte) wire.Hash { return wire.Digest("riviera/clear/sign/1", encoded) }
