package clerk

import (
	"context"
	"crypto"
	"crypto/rand"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/wire"
)

// Door is any node of the network, as far as an act on members or keys needs one;
// *client.Client has it.
type Door interface {
	Status(ctx context.Context) (client.Status, error)
	HandIn(ctx context.Context, s client.Act) (client.Receipt, error)
}

// governAhead is within how many heights such an act is committed or never.
const governAhead = 300

// Govern signs operations about members, keys or recorders with one or two people's keys,
// hands them to a node and waits until a block holds them. It returns the block's height.
// A refusal is a *fault.Error; where the node could tell beforehand, with the arithmetic.
func Govern(ctx context.Context, door Door, genesis wire.Hash, member ledger.MemberID, people []Signer, ops ...ledger.Operation) (int64, error) {
	if len(people) == 0 || len(people) > 2 {
		return 0, fault.Newf(fault.Usage, "signers", "one or two people sign")
	}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		s, err := door.Status(ctx)
		if err != nil {
			return 0, err
		}
		c := ledger.Content{Member: member, Key: people[0].Key, NotAfter: s.Height + governAhead, Calendar: s.Edition, Ops: ops}
		var approver crypto.Signer
		if len(people) == 2 {
			approver, c.Approver = people[1].Signer, people[1].Key
		}
		raw, err := ledger.Seal(rand.Reader, genesis, c, people[0].Signer, approver)
		if err != nil {
			return 0, err
		}
		r, err := door.HandIn(ctx, client.Act{Envelope: raw, Wait: true})
		if err == nil {
			return r.Height, refusedAct(r)
		}
		if !fault.Of(err).Temporary() {
			return 0, err
		}
		select {
		case <-ctx.Done():
			return 0, err
		case <-time.After(pause):
		}
	}
}

// refusedAct is the first refusal in a receipt.
func refusedAct(r client.Receipt) error {
	if code := parseCode(r.Code); code != fault.OK {
		return fault.New(code, "envelope")
	}
	for _, name := range r.Ops {
		if code := parseCode(name); code != fault.OK {
			return fault.New(code, "")
		}
	}
	return nil
}
