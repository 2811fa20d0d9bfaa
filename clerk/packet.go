package clerk

import (
	"context"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// encodePacket is what travels beside an operation: the record, the body's secret and
// the body.
func encodePacket(id ledger.RecordID, s proof.Secret, b *credit.Body) []byte {
	return vault.Packet{Record: id, Secret: s, Body: wire.Encode(b)}.Encode()
}

// DecodePacket reads a packet as the node hands it out.
func DecodePacket(raw []byte) (ledger.RecordID, *credit.Body, error) {
	p, err := vault.DecodePacket(raw)
	if err != nil {
		return ledger.RecordID{}, nil, err
	}
	c, err := p.Check()
	if err != nil {
		return ledger.RecordID{}, nil, err
	}
	return p.Record, &c.Content, nil
}

// Body fetches the body of a record from the institution's own node, which hands it out
// for records that the institution proposed or decides.
func (c *Clerk) Body(ctx context.Context, id ledger.RecordID) (*credit.Body, error) {
	raw, err := c.Client.Packet(ctx, id.String())
	if err != nil {
		return nil, err
	}
	of, b, err := DecodePacket(raw)
	if err != nil {
		return nil, err
	}
	if of != id {
		return nil, fault.Newf(fault.CommitmentMismatch, "packet", "of another record")
	}
	return b, nil
}
