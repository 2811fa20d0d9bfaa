package node

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/riviera-ledger/riviera/audit"
	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// maxHandovers bounds the changes of recorders that a certificate carries, so that it
// stays a file that people can send.
const maxHandovers = 64

// prove leads from an event to the recorders' signatures.
func (n *Node) prove(ctx context.Context, view *ledger.View, index uint64) (certificate.LedgerProof, error) {
	at, path, err := placed(view, index, n.hasBlock)
	if err != nil {
		return certificate.LedgerProof{}, err
	}
	block, err := n.lightBlock(ctx, at.Height+1)
	if err != nil {
		return certificate.LedgerProof{}, err
	}
	light, err := proof.DecodeLightBlock(block)
	if err != nil {
		return certificate.LedgerProof{}, err
	}
	handovers, err := n.handovers(view, light)
	return certificate.LedgerProof{LogIndex: index, TreeSize: at.Size, Path: path,
		StateRoot: at.State, Height: at.Height, LightBlock: block, Handovers: handovers}, err
}

// placed chooses the block to which a proof leads, and the event's path to its log root.
// If the day that recorded the event is over, it is the block that closed that day, whose
// root stands in every later trust file: such a certificate needs no refresh, ever. Else,
// or where the block after that one is not here, it is the newest.
func placed(view *ledger.View, index uint64, has func(height int64) bool) (ledger.Day, []wire.Hash, error) {
	at := ledger.Day{Height: view.Height, Size: view.LogSize, State: view.State}
	day, err := view.FirstDayAfter(index)
	if err != nil && !fault.Is(err, fault.NotReady) {
		return at, nil, err
	}
	if err == nil && has(day.Height+1) {
		at = day
	}
	path, err := view.LogProofAt(index, at.Size)
	return at, path, err
}

// LogProof leads events and heights to the newest header that recorders have signed.
func (n *Node) LogProof(ctx context.Context, events []uint64, heights []int64) ([]byte, error) {
	view := n.engine.View()
	s := audit.Source{View: view, Genesis: n.home.Genesis.Hash(), ChainID: n.home.Genesis.ChainID, Anchor: ledger.Day{Height: view.Height, Size: view.LogSize, Root: view.LogRoot, State: view.State}}
	var err error
	if s.Light, err = n.lightBlock(ctx, view.Height+1); err != nil {
		return nil, err
	}
	light, err := proof.DecodeLightBlock(s.Light)
	if err != nil {
		return nil, err
	}
	if s.Handovers, err = n.handovers(view, light); err != nil {
		return nil, err
	}
	p, err := audit.Prove(s, events, heights)
	if err != nil {
		return nil, err
	}
	return p.Encode()
}

// hasBlock reports whether a block is here; a node that joined by a snapshot lacks those
// before it.
func (n *Node) hasBlock(height int64) bool {
	_, err := n.engine.LightBlock(height)
	return err == nil
}

// handovers returns the blocks before a target by which recorders were changed, as far
// back as a trust file may be old that needs them.
func (n *Node) handovers(view *ledger.View, target proof.LightBlock) ([][]byte, error) {
	var out [][]byte
	sets, err := epochs(view, target.Header.Height)
	if err != nil {
		return nil, err
	}
	for i := len(sets) - 1; i > 0 && len(out) < maxHandovers; i-- {
		b, err := n.engine.LightBlock(sets[i].FromHeight - 1)
		if fault.Is(err, fault.NotFound) {
			break // not here: a file from before it cannot be served
		}
		if err != nil {
			return nil, err
		}
		l, err := proof.DecodeLightBlock(b)
		if err != nil {
			return nil, err
		}
		if time.Duration(target.Header.Time-l.Header.Time)*time.Second > verify.MaxTrustAge {
			break
		}
		out = append([][]byte{b}, out...)
	}
	return out, nil
}

// epochs lists the sets of recorders with the heights from which they decide, as far as
// a height.
func epochs(view *ledger.View, until int64) ([]verify.TrustEpoch, error) {
	all, err := view.Epochs()
	if err != nil {
		return nil, err
	}
	var out []verify.TrustEpoch
	for _, e := range all {
		if e.FromHeight > until {
			break
		}
		set := make(proof.Validators, len(e.Validators))
		for i, v := range e.Validators {
			set[i] = proof.Validator{PubKey: [32]byte(v.Key), Power: v.Power}
		}
		t := verify.NewTrustEpoch(e.FromHeight, set)
		for i, v := range e.Validators {
			t.Validators[i].Member = uint32(v.Member)
		}
		out = append(out, t)
	}
	return out, nil
}

func dailyRoots(view *ledger.View) ([]verify.DailyRoot, error) {
	var out []verify.DailyRoot
	err := view.Days(0, func(d ledger.Day) bool {
		out = append(out, verify.DailyRoot{Day: d.Date.String(), Size: d.Size, Root: verify.Hex(d.Root)})
		return true
	})
	return out, err
}

// LogPath returns the path of an event to the root of the day that recorded it:
// fault.NotReady while that day is not over.
func (n *Node) LogPath(_ context.Context, index uint64) (client.LogPath, error) {
	return logPath(n.engine.View(), index)
}

func logPath(view *ledger.View, index uint64) (client.LogPath, error) {
	if index >= view.LogSize {
		return client.LogPath{}, fault.New(fault.NotFound, "event")
	}
	day, err := view.FirstDayAfter(index)
	if err != nil {
		return client.LogPath{}, err
	}
	path, err := view.LogProofAt(index, day.Size)
	if err != nil {
		return client.LogPath{}, err
	}
	out := client.LogPath{Index: index, Day: day.Date.String(), Height: day.Height, Size: day.Size, Root: hex.EncodeToString(day.Root[:]), Path: []string{}}
	for _, h := range path {
		out.Path = append(out.Path, hex.EncodeToString(h[:]))
	}
	return out, nil
}
