package verify

import (
	"encoding/json"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// LogProofVersion is the version of the format that this package reads and writes.
const LogProofVersion = 1

// MaxLogProof bounds a proof of the log, in bytes.
const MaxLogProof = 16 << 20

// LogProof leads events, and the log as it stood after earlier blocks, to one header
// that the recorders have signed. It needs nothing but a trust file to be verified.
type LogProof struct {
	Version int           `json:"version"`
	Genesis Hex           `json:"genesis"`
	ChainID string        `json:"chain_id"`
	Anchor  LogAnchor     `json:"anchor"`
	Events  []ProvedEvent `json:"events,omitempty"` // ascending by index
	Points  []LogPoint    `json:"points,omitempty"` // ascending by height
}

// LogAnchor is the block under whose roots everything else stands.
type LogAnchor struct {
	Height     int64    `json:"height"`
	Size       uint64   `json:"size"` // of the log after that block
	Root       Hex      `json:"root"`
	StateRoot  Hex      `json:"state_root"`
	LightBlock []byte   `json:"light_block"` // of the next height, protobuf, base64
	Handovers  [][]byte `json:"handovers,omitempty"`
}

// ProvedEvent is an event with its path to the anchor's root.
type ProvedEvent struct {
	Index uint64 `json:"index"`
	Event []byte `json:"event"` // canonical CBOR, base64
	Path  []Hex  `json:"path"`
}

// LogPoint is the log as it stood after a block: Size is the number of events recorded up
// to Height. That it is, the events at Size-1 and Size show, which stand among the proved
// ones and were recorded up to Height and after it. Path shows that the log of the next
// point, or of the anchor for the last one, continues this one (RFC 6962 section 2.1.2).
type LogPoint struct {
	Height int64  `json:"height"`
	Size   uint64 `json:"size"`
	Root   Hex    `json:"root"`
	Path   []Hex  `json:"path"`
}

// LogReport is what a verified proof shows.
type LogReport struct {
	Height  int64         // of the anchor
	Time    time.Time     // of the block that holds its roots
	Size    uint64        // of the log there
	Support proof.Support // who signed
	Witness bool          // the anchor's root is a day's of the trust file: it stands whatever became of the keys
	Retired bool          // the set that signed has been replaced since; without Witness its keys are not believed for ever
	Events  []proof.Event // in the order of the proof
	Indices []uint64
	Points  []LogPoint
}

// Encode returns the proof as a file that people may open too.
func (p *LogProof) Encode() ([]byte, error) { return encodeFile(p) }

// ParseLogProof reads a proof. Unknown or duplicate members are fault.Malformed, another
// version is fault.UnknownVersion.
func ParseLogProof(b []byte) (*LogProof, error) {
	if len(b) > MaxLogProof {
		return nil, fault.New(fault.TooLarge, "log proof")
	}
	if err := checkJSON(b, true); err != nil {
		return nil, fault.Wrap(fault.Malformed, "log proof", err)
	}
	var version struct{ Version int }
	if err := json.Unmarshal(b, &version); err == nil && version.Version != LogProofVersion {
		return nil, fault.New(fault.UnknownVersion, "log proof")
	}
	p := new(LogProof)
	if err := decodeStrict(b, p); err != nil {
		return nil, fault.Wrap(fault.Malformed, "log proof", err)
	}
	return p, nil
}

// Verify checks the proof against a trust file. A proof of another network is
// fault.ForeignGenesis, a set of recorders to which the file does not lead
// fault.UnknownKey, too few signatures fault.BadSignature, and a path that does not lead
// where it says fault.LogUnproved with its place.
func (p *LogProof) Verify(t *Trust) (*LogReport, error) {
	if t.chainOf(p.Genesis, p.ChainID) == nil {
		return nil, fault.New(fault.ForeignGenesis, "log proof")
	}
	r := &LogReport{Height: p.Anchor.Height, Size: p.Anchor.Size}
	if err := p.anchored(t, r); err != nil {
		return nil, err
	}
	heights := map[uint64]int64{}
	for i, e := range p.Events {
		event, err := e.verify(p.Anchor)
		if err != nil {
			return nil, err
		}
		if i > 0 && e.Index <= p.Events[i-1].Index || event.Height > p.Anchor.Height {
			return nil, unproved("event", "not in order")
		}
		heights[e.Index] = event.Height
		r.Events, r.Indices = append(r.Events, event), append(r.Indices, e.Index)
	}
	return r, p.continuous(r, heights)
}

func unproved(where, detail string) error { return fault.Newf(fault.LogUnproved, where, "%s", detail) }

// anchored checks header, signatures and the roots under them.
func (p *LogProof) anchored(t *Trust, r *LogReport) error {
	block, err := proof.DecodeLightBlock(p.Anchor.LightBlock)
	if err != nil {
		return fault.Wrap(fault.Of(err), "anchor", err)
	}
	var handovers []proof.LightBlock
	for _, b := range p.Anchor.Handovers {
		h, err := proof.DecodeLightBlock(b)
		if err != nil {
			return fault.Wrap(fault.Of(err), "handover", err)
		}
		handovers = append(handovers, h)
	}
	found, err := t.verify(t.chainOf(p.Genesis, p.ChainID), handovers, block)
	if err != nil {
		return fault.Wrap(fault.Of(err), "anchor", err)
	}
	if block.Header.Height != p.Anchor.Height+1 || proof.AppHash(wire.Hash(p.Anchor.Root), wire.Hash(p.Anchor.StateRoot)) != block.Header.AppHash {
		return unproved("anchor", "its roots are not those of the header")
	}
	for _, day := range t.Roots {
		r.Witness = r.Witness || day.Size == p.Anchor.Size && day.Root == p.Anchor.Root
	}
	r.Support, r.Retired, r.Time = found.Support, found.Retired, time.Unix(int64(block.Header.Time), 0).UTC()
	return nil
}

func (e *ProvedEvent) verify(a LogAnchor) (proof.Event, error) {
	if err := proof.VerifyInclusion(e.Event, e.Index, a.Size, wire.Hash(a.Root), hashesOf(e.Path)); err != nil {
		return proof.Event{}, unproved("event", "its path leads elsewhere")
	}
	return proof.DecodeEvent(e.Event)
}

// continuous checks each point against the events beside it and the point after it.
func (p *LogProof) continuous(r *LogReport, heights map[uint64]int64) error {
	for i, at := range p.Points {
		next := LogPoint{Height: p.Anchor.Height, Size: p.Anchor.Size, Root: p.Anchor.Root}
		if i+1 < len(p.Points) {
			next = p.Points[i+1]
		}
		if at.Height > next.Height || at.Size > next.Size || at.Size == 0 {
			return unproved("point", "not in order")
		}
		if proof.VerifyConsistency(at.Size, wire.Hash(at.Root), next.Size, wire.Hash(next.Root), hashesOf(at.Path)) != nil {
			return unproved("point", "the later log does not continue the earlier one")
		}
		if before, there := heights[at.Size-1]; !there || before > at.Height {
			return unproved("point", "the last event up to it is not proved")
		}
		if after, there := heights[at.Size]; at.Size < p.Anchor.Size && (!there || after <= at.Height) {
			return unproved("point", "the first event after it is not proved")
		}
		r.Points = append(r.Points, at)
	}
	return nil
}
