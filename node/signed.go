package node

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/riviera-ledger/riviera/audit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
)

// signedHead is the newest block whose roots stand in a header that recorders have signed:
// a proof leads there without waiting for the next block.
type signedHead struct {
	view  *ledger.View // of the block with that header
	under *ledger.Head // of the block before it; nil where this node did not see it

	once   sync.Once
	source audit.Source
	err    error
}

// sign notes a block. Only the goroutine that commits blocks calls it.
func (n *Node) sign(view *ledger.View) {
	s := &signedHead{view: view}
	if last := n.signed.Load(); last != nil && last.view.Height == view.Height-1 {
		s.under = &last.view.Head
	}
	n.signed.Store(s)
}

// holds reports whether an event can be led to the signed header.
func (s *signedHead) holds(index uint64) bool { return s.under != nil && index < s.under.LogSize }

// prepare works out what all proofs under this header have in common.
func (s *signedHead) prepare(n *Node) (audit.Source, error) {
	s.once.Do(func() {
		s.source = audit.Source{View: s.view, Anchor: ledger.Day{Height: s.under.Height, Size: s.under.LogSize, Root: s.under.LogRoot, State: s.under.State}}
		if s.source.Light, s.err = n.engine.LightBlock(s.view.Height); s.err != nil {
			return
		}
		light, err := proof.DecodeLightBlock(s.source.Light)
		if err != nil {
			s.err = err
			return
		}
		if s.source.Handovers, s.err = n.handovers(s.view, light); s.err == nil {
			s.source.Prover, s.err = s.view.LogProver(s.under.LogSize)
		}
	})
	return s.source, s.err
}

// proveNow leads events to the newest signed header, in JSON of a verify.LogProof. It waits
// only for events that the newest block has recorded, for the block after it.
func (n *Node) proveNow(ctx context.Context, events []uint64) ([]byte, error) {
	last := uint64(0)
	for _, index := range events {
		last = max(last, index)
	}
	for {
		_, news := n.views.at(0)
		s := n.signed.Load()
		if s == nil || !s.holds(last) {
			select {
			case <-news:
				continue
			case <-ctx.Done():
				return nil, fault.Wrap(fault.NotReady, "block", ctx.Err())
			}
		}
		source, err := s.prepare(n)
		if err != nil {
			return nil, err
		}
		p, err := audit.Prove(source, n.home.Genesis, events, nil)
		if err != nil {
			return nil, err
		}
		b, err := json.Marshal(p)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "proof", err)
		}
		return b, nil
	}
}
