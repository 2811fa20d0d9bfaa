package ledger

import (
	"encoding/binary"
	"time"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// KindWatermark says up to where a member's node has erased what it had to.
const KindWatermark Kind = 18

// Watermark is a member's word that nothing is left at its node of any record whose end a
// block up to Height has recorded: no content, no secret, no paper, no entry of a register.
// It names no record, so that "n of n have erased" is derived (receipt.go) and costs nothing
// per record. It only rises, and never beyond what is committed.
type Watermark struct {
	Height int64 `cbor:"1,keyasint"`
}

// Operation encodes the watermark.
func (o *Watermark) Operation() Operation {
	return Operation{Kind: KindWatermark, Data: wire.Encode(o)}
}

func (o *Watermark) check() error {
	if o.Height <= 0 {
		return fault.New(fault.Malformed, "watermark")
	}
	return nil
}

func (o *Watermark) scope() Scope              { return ScopeService }
func (o *Watermark) subject() (RecordID, bool) { return RecordID{}, false }
func (o *Watermark) body() (wire.Hash, bool)   { return wire.Hash{}, false }

// favourable: it must not crowd exits out of their reserve.
func (o *Watermark) favourable(*View) bool { return false }

// apply lets a suspended member confirm too: what it holds goes as anyone's.
func (o *Watermark) apply(x *execution, e *Envelope) error {
	switch {
	case x.config.Member(e.Member).Node == "":
		return fault.New(fault.RoleNotAllowed, "watermark")
	case o.Height >= x.height:
		return fault.New(fault.WatermarkAhead, "watermark")
	case o.Height <= decodeMark(x.erased.of(e.Member)).Height:
		return fault.New(fault.WatermarkBehind, "watermark")
	}
	x.erased.put(x.set, e.Member, Mark{o.Height, x.now}.encode())
	x.note(&proof.Event{Type: proof.TypeWatermark, Recorded: x.now, Member: uint32(e.Member), Key: uint32(e.Key),
		Height: x.height, Args: map[string]int64{"height": o.Height}})
	return nil
}

// Mark is a member's newest watermark.
type Mark struct {
	Height int64         // up to where it has erased; 0: it has never said so
	At     credit.Moment // ledger time at which a block took the word in
}

func (m Mark) encode() []byte {
	return binary.BigEndian.AppendUint64(uint64Bytes(uint64(m.Height)), uint64(m.At))
}

func decodeMark(b []byte) Mark {
	if len(b) != 16 {
		return Mark{}
	}
	return Mark{int64(binary.BigEndian.Uint64(b)), credit.Moment(binary.BigEndian.Uint64(b[8:]))}
}

// Watermark returns a member's newest watermark, the zero Mark where there is none.
func (v *View) Watermark(m MemberID) (Mark, error) {
	b, err := v.reader.Get(markKey(marksOfWatermarks, m))
	if err != nil {
		return Mark{}, fault.Wrap(fault.Internal, "state", err)
	}
	return decodeMark(b), nil
}

// How often a node confirms, and how long after an erasure it is late, in hours of ledger
// time. On a training clock, whose hours may be too short to sign anything in, no sooner
// than so much real time.
const (
	watermarkHours = 1
	receiptHours   = 2
	leastWatermark = 2 * time.Second
	leastReceipt   = 10 * time.Second
)

// NextWatermark is when a member is to confirm again that it has at m.
func (c *Config) NextWatermark(m credit.Moment) credit.Moment {
	return c.hoursAfter(m, watermarkHours, leastWatermark)
}

// ReceiptDue is by when every member is to have confirmed an erasure that was recorded at m.
func (c *Config) ReceiptDue(m credit.Moment) credit.Moment {
	return c.hoursAfter(m, receiptHours, leastReceipt)
}

func (c *Config) hoursAfter(m credit.Moment, hours credit.Moment, least time.Duration) credit.Moment {
	after := m + hours*3600
	if !c.Clock.Training() {
		return after
	}
	return max(after, c.Clock.Moment(c.GenesisTime, c.Clock.Real(c.GenesisTime, m)+int64(least)))
}
