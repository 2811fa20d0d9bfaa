package node

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
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
	head   []byte // of every proof under it, up to its events
	prover *ledger.LogProver
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

// prepare works out, once, what all proofs under this header have in common.
func (s *signedHead) prepare(n *Node) error {
	s.once.Do(func() { s.err = s.common(n) })
	return s.err
}

func (s *signedHead) common(n *Node) error {
	source := audit.Source{View: s.view, Genesis: n.home.Genesis.Hash(), ChainID: n.home.Genesis.ChainID,
		Anchor: ledger.Day{Height: s.under.Height, Size: s.under.LogSize, Root: s.under.LogRoot, State: s.under.State}}
	var err error
	if source.Light, err = n.engine.LightBlock(s.view.Height); err != nil {
		return err
	}
	light, err := proof.DecodeLightBlock(source.Light)
	if err != nil {
		return err
	}
	if source.Handovers, err = n.handovers(s.view, light); err != nil {
		return err
	}
	p, err := audit.Prove(source, nil, nil)
	if err != nil {
		return err
	}
	if s.head, err = json.Marshal(p); err != nil {
		return fault.Wrap(fault.Internal, "proof", err)
	}
	s.head = append(bytes.TrimSuffix(s.head, []byte("}")), `,"events":[`...)
	s.prover, err = s.view.LogProver(s.under.LogSize, &n.tiles)
	return err
}

// encode writes the JSON of a verify.LogProof of events, by ascending index: as
// encoding/json does, in a fiftieth of the time.
func (s *signedHead) encode(events []uint64) ([]byte, error) {
	out := bytes.Clone(s.head)
	for i, index := range events {
		event, err := s.view.EventBytes(index)
		if err != nil {
			return nil, err
		}
		path, err := s.prover.Prove(s.view, index)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendUint(append(out, `{"index":`...), index, 10)
		out = base64.StdEncoding.AppendEncode(append(out, `,"event":"`...), event)
		out = append(out, `","path":[`...)
		for j, h := range path {
			if j > 0 {
				out = append(out, ',')
			}
			out = append(hex.AppendEncode(append(out, '"'), h[:]), '"')
		}
		out = append(out, "]}"...)
	}
	return append(out, "]}"...), nil
}

// proveNow leads events to the newest signed header, in JSON of a verify.LogProof. It waits
// only for events that the newest block has recorded, for the block after it.
func (n *Node) proveNow(ctx context.Context, events []uint64) ([]byte, error) {
	slices.Sort(events)
	for {
		_, news := n.views.at(0)
		s := n.signed.Load()
		if s == nil || !s.holds(events[len(events)-1]) {
			select {
			case <-news:
				continue
			case <-ctx.Done():
				return nil, fault.Wrap(fault.NotReady, "block", ctx.Err())
			}
		}
		if err := s.prepare(n); err != nil {
			return nil, err
		}
		return s.encode(events)
	}
}
