package node

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/wire"
)

const (
	sendAhead = 300              // heights within which an envelope of the node's own is committed or never
	sendTime  = 60 * time.Second // to wait for it
)

// sent is an envelope of the node's own. Height is 0 as long as no block holds it.
type sent struct {
	id     wire.Hash
	height int64
}

// send signs operations with the home's service key, hands them in and waits until a block
// holds them. The node does so by itself for what needs nobody's decision: carrying a
// subject's filing, anchoring its own register, confirming erasures. A refusal is the code of the
// first operation that was refused. Where the wait ends first, what was sent is returned
// with fault.NotReady: it may be committed yet.
func (n *Node) send(ctx context.Context, ops ...ledger.Operation) (sent, error) {
	service, err := n.home.Person(ServiceKey)
	if err != nil {
		return sent{}, err
	}
	view := n.engine.View()
	raw, err := ledger.Seal(rand.Reader, n.home.Genesis.Hash(), ledger.Content{Member: n.home.Member.ID, Key: service.Key,
		NotAfter: view.Height + sendAhead, Ops: ops}, service.Signer, nil)
	if err != nil {
		return sent{}, err
	}
	id, err := n.engine.Submit(ctx, raw, nil)
	if err != nil {
		return sent{id: id}, err
	}
	within, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	out, err := n.engine.Await(within, id)
	if err != nil {
		return sent{id: id}, fault.Wrap(fault.NotReady, "envelope", err)
	}
	return sent{id, out.Height}, refused(out)
}

// refused is the first refusal in an outcome.
func refused(out consensus.Outcome) error {
	if out.Code != fault.OK {
		return fault.New(out.Code, "envelope")
	}
	for _, c := range out.Ops {
		if c != fault.OK {
			return fault.New(c, "")
		}
	}
	return nil
}
