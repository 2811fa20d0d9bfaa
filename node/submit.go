package node

import (
	"context"
	"encoding/hex"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
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
	if err := n.keepHanded(s.Envelope, s.Papers); err != nil {
		return client.Receipt{}, err
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

// keepHanded stores the papers that go with an envelope durably, before the envelope goes
// out. Each has to belong to one of its operations, and all die with their record.
func (n *Node) keepHanded(raw []byte, papers [][]byte) error {
	if len(papers) == 0 {
		return nil
	}
	env, err := ledger.ParseEnvelope(n.home.Genesis.Hash(), raw)
	if err != nil {
		return err
	}
	records := map[wire.Hash]ledger.RecordID{}
	for i := range env.Ops {
		if commitment, ok := env.Paper(i); ok {
			records[commitment], _ = env.Record(i)
		}
	}
	keep := make([]vault.Attachment, len(papers))
	for i, b := range papers {
		p, err := credit.DecodePaper(b)
		if err != nil {
			return err
		}
		commitment := p.Commitment()
		if record, ok := records[commitment]; !ok || p.Record != record {
			return fault.Newf(fault.CommitmentMismatch, "paper", "it belongs to no operation of the envelope")
		}
		keep[i] = vault.Attachment{Record: p.Record, Name: paperName(commitment), Value: b}
	}
	return n.vault.Attach(true, keep...)
}
