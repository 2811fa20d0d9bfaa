package node

import (
	"context"
	"encoding/hex"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/vault"
)

// Submit takes an envelope of this institution and the bodies beside it. The envelope
// carries its own signatures; what this node answers proves nothing beyond them.
func (n *Node) Submit(ctx context.Context, s client.Submission) (client.Receipt, error) {
	packets := make([]vault.Packet, len(s.Packets))
	for i, b := range s.Packets {
		p, err := vault.DecodePacket(b)
		if err != nil {
			return client.Receipt{}, err
		}
		packets[i] = p
	}
	id, err := n.engine.Submit(ctx, s.Envelope, packets)
	receipt := client.Receipt{ID: hex.EncodeToString(id[:]), Code: fault.OK.String()}
	if err != nil && !(s.Wait && fault.Is(err, fault.AlreadyCommitted)) {
		return receipt, err
	}
	if !s.Wait {
		return receipt, nil
	}
	outcome, err := n.engine.Await(ctx, id)
	if err != nil {
		return receipt, err
	}
	return settled(receipt, outcome), nil
}

func settled(r client.Receipt, o consensus.Outcome) client.Receipt {
	r.Height, r.Code = o.Height, o.Code.String()
	for _, c := range o.Ops {
		r.Ops = append(r.Ops, c.String())
	}
	return r
}
