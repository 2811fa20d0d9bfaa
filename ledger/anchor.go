package ledger

import (
	"encoding/binary"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// KindAnchor holds the root of an hour of a node's query log.
const KindAnchor Kind = 22

// Anchor fixes what a node's query log holds for one hour of real time, so that no entry
// can be added, changed or dropped afterwards without it showing (proof/query.go). A
// member anchors its hours in ascending order, each once. The root says nothing about
// who asked, about whom, or how often.
type Anchor struct {
	Hour int64     `cbor:"1,keyasint"` // Unix time divided by 3600, of the hour's beginning
	Root wire.Hash `cbor:"2,keyasint"`
}

// Operation encodes the anchor.
func (o *Anchor) Operation() Operation { return Operation{Kind: KindAnchor, Data: wire.Encode(o)} }

func (o *Anchor) check() error {
	if o.Hour <= 0 || o.Root.Zero() {
		return fault.New(fault.Malformed, "anchor")
	}
	return nil
}

func (o *Anchor) scope() Scope              { return ScopeService }
func (o *Anchor) subject() (RecordID, bool) { return RecordID{}, false }
func (o *Anchor) body() (wire.Hash, bool)   { return wire.Hash{}, false }

// favourable: it must not crowd exits out of their reserve.
func (o *Anchor) favourable(*View) bool { return false }

// apply lets a suspended member anchor too: it goes on answering, and its log stays
// bound.
func (o *Anchor) apply(x *execution, e *Envelope) error {
	switch {
	case x.config.Member(e.Member).Node == "":
		return fault.New(fault.RoleNotAllowed, "anchor")
	case (o.Hour+1)*3600 > x.time/1e9:
		return fault.Newf(fault.HourAnchored, "anchor", "the hour is not over")
	case o.Hour <= x.lastHour(e.Member):
		return fault.Newf(fault.HourAnchored, "anchor", "hours are anchored in order")
	}
	x.anchors.put(x.set, e.Member, uint64Bytes(uint64(o.Hour)))
	x.note(&proof.Event{Type: proof.TypeQueries, Recorded: x.now, Member: uint32(e.Member), Key: uint32(e.Key),
		Commitment: o.Root, Height: x.height, Args: map[string]int64{"hour": o.Hour}})
	return nil
}

// note appends an event that concerns no record.
func (x *execution) note(e *proof.Event) {
	x.events = append(x.events, e)
	x.append(e.Encode())
}

// lastHour is the last hour that a member has anchored, 0 for none.
func (l *Ledger) lastHour(m MemberID) int64 {
	if b := l.anchors.of(m); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}
