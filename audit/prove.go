package audit

import (
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// MaxProved bounds what one proof of the log is asked to lead to: events and heights.
const MaxProved = 1000

// Source is where a proof of the log is taken from.
type Source struct {
	View *ledger.View
	// Genesis and ChainID name the network.
	Genesis wire.Hash
	ChainID string
	// Anchor is the block to whose roots everything leads.
	Anchor ledger.Day
	// Light is the next block's header with the signatures under it.
	Light []byte
	// Handovers lead to the set that signed it.
	Handovers [][]byte
}

// Prove leads events, by index, and the log as it stood after blocks, by height, to the
// roots of one signed header. An event or height that the anchor does not hold, or a
// height before the first event, is fault.NotFound.
func Prove(s Source, events []uint64, heights []int64) (*verify.LogProof, error) {
	if len(events)+len(heights) > MaxProved {
		return nil, fault.Newf(fault.TooLarge, "proof", "at most %d events and heights", MaxProved)
	}
	p := &verify.LogProof{Version: verify.LogProofVersion, Genesis: verify.Hex(s.Genesis), ChainID: s.ChainID,
		Anchor: verify.LogAnchor{Height: s.Anchor.Height, Size: s.Anchor.Size, Root: verify.Hex(s.Anchor.Root), StateRoot: verify.Hex(s.Anchor.State),
			LightBlock: s.Light, Handovers: s.Handovers}}
	wanted := slices.Clone(events)
	heights = slices.Clone(heights)
	slices.Sort(heights)
	for _, h := range slices.Compact(heights) {
		size, err := s.View.SizeAt(h)
		if err != nil {
			return nil, err
		}
		if size == 0 || h > s.Anchor.Height {
			return nil, fault.Newf(fault.NotFound, "height", "from the first event's to %d", s.Anchor.Height)
		}
		p.Points = append(p.Points, verify.LogPoint{Height: h, Size: size})
		wanted = append(wanted, size-1)
		if size < s.Anchor.Size {
			wanted = append(wanted, size)
		}
	}
	slices.Sort(wanted)
	for _, index := range slices.Compact(wanted) {
		e, err := provedEvent(s, index)
		if err != nil {
			return nil, err
		}
		p.Events = append(p.Events, e)
	}
	return p, points(s, p.Points)
}

func provedEvent(s Source, index uint64) (verify.ProvedEvent, error) {
	if index >= s.Anchor.Size {
		return verify.ProvedEvent{}, fault.Newf(fault.NotFound, "event", "the signed log holds %d", s.Anchor.Size)
	}
	_, encoded, err := s.View.Event(index)
	if err != nil {
		return verify.ProvedEvent{}, err
	}
	path, err := s.View.LogProofAt(index, s.Anchor.Size)
	return verify.ProvedEvent{Index: index, Event: encoded, Path: hexes(path)}, err
}

// points fills in the roots of points and their paths to one another.
func points(s Source, all []verify.LogPoint) error {
	for i := range all {
		at := &all[i]
		next := s.Anchor.Size
		if i+1 < len(all) {
			next = all[i+1].Size
		}
		root, err := s.View.RootAt(at.Size)
		if err != nil {
			return err
		}
		path, err := s.View.LogConsistencyAt(at.Size, next)
		if err != nil {
			return err
		}
		at.Root, at.Path = verify.Hex(root), hexes(path)
	}
	return nil
}

func hexes(path []wire.Hash) []verify.Hex {
	out := make([]verify.Hex, len(path))
	for i, h := range path {
		out[i] = verify.Hex(h)
	}
	return out
}

// Source is the newest block of a stopped home to which a proof can lead: its last one
// if the block after it is here too, else the last of a day that is over. Where there
// is neither it is fault.NotReady.
func (s *Site) Source() (Source, error) {
	l, err := ledger.Open(s.State, s.Genesis)
	if err != nil {
		return Source{}, err
	}
	out := Source{View: l.View(s.State), Genesis: s.Genesis.Hash(), ChainID: s.Genesis.ChainID}
	head := l.Head()
	_, last := s.Blocks.Range()
	if last > head.Height {
		out.Anchor = ledger.Day{Height: head.Height, Size: head.LogSize, Root: head.LogRoot, State: head.State}
	} else if err := out.View.Days(0, func(d ledger.Day) bool { out.Anchor = d; return true }); err != nil {
		return out, err
	}
	if out.Anchor.Height == 0 {
		return out, fault.Newf(fault.NotReady, "proof", "no header here holds the last roots")
	}
	epochs, err := out.View.Epochs()
	if err != nil {
		return out, err
	}
	if out.Light, err = s.light(epochs, out.Anchor.Height+1); err != nil {
		return out, err
	}
	light, err := proof.DecodeLightBlock(out.Light)
	if err != nil {
		return out, err
	}
	for _, e := range epochs[1:] {
		if e.FromHeight > light.Header.Height {
			break
		}
		b, err := s.light(epochs, e.FromHeight-1)
		if err != nil {
			return out, err
		}
		out.Handovers = append(out.Handovers, b)
	}
	return out, nil
}

func (s *Site) light(epochs []ledger.Epoch, height int64) ([]byte, error) {
	b, err := s.Blocks.Read(height)
	if err != nil {
		return nil, err
	}
	return b.Light(recordersAt(epochs, height))
}
