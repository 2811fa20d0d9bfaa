package credit

import (
	"crypto/ed25519"
	"encoding/binary"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Ticket proves for some minutes that its bearer holds a record's access code, without
// showing the code. It opens the record for reading on any node of one network, and
// files nothing.
type Ticket struct {
	Record    [16]byte `cbor:"1,keyasint"`
	Issued    int64    `cbor:"2,keyasint"` // Unix seconds
	Signature []byte   `cbor:"3,keyasint"` // over Digest("riviera/ticket/1", genesis hash ‖ record ‖ issued)
}

// TicketLife is how long a ticket opens anything, and how far the clocks of its maker and
// of the node may differ.
const (
	TicketLife = 10 * time.Minute
	ticketSkew = 2 * time.Minute
)

// NewTicket makes a ticket with the key of an access code.
func NewTicket(genesis wire.Hash, record [16]byte, at time.Time, key ed25519.PrivateKey) Ticket {
	t := Ticket{Record: record, Issued: at.Unix()}
	digest := t.digest(genesis)
	t.Signature = ed25519.Sign(key, digest[:])
	return t
}

func (t *Ticket) digest(genesis wire.Hash) wire.Hash {
	return wire.Digest("riviera/ticket/1", genesis[:], t.Record[:], binary.BigEndian.AppendUint64(nil, uint64(t.Issued)))
}

// Check verifies the ticket under the record's key at a time. Whatever is wrong with it
// is fault.AccessRefused.
func (t *Ticket) Check(genesis wire.Hash, key ed25519.PublicKey, now time.Time) error {
	digest := t.digest(genesis)
	good := len(key) == ed25519.PublicKeySize && ed25519.Verify(key, digest[:], t.Signature)
	age := now.Unix() - t.Issued
	if !good || age > int64(TicketLife/time.Second) || age < -int64(ticketSkew/time.Second) {
		return fault.New(fault.AccessRefused, "")
	}
	return nil
}
