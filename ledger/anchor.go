package ledger

import (
	"encoding/binary"
	"slices"

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
	case o.Hour <= x.anchors.last(e.Member):
		return fault.Newf(fault.HourAnchored, "anchor", "hours are anchored in order")
	}
	x.anchors.put(x.set, anchored{e.Member, o.Hour})
	x.note(&proof.Event{Type: proof.TypeQueries, Recorded: x.now, Member: uint32(e.Member), Key: uint32(e.Key),
		Commitment: o.Root, Height: x.height, Args: map[string]int64{"hour": o.Hour}})
	return nil
}

// note appends an event that concerns no record.
func (x *execution) note(e *proof.Event) {
	x.events = append(x.events, e)
	x.append(e.Encode())
}

// anchored is the last hour that a member has anchored.
type anchored struct {
	member MemberID
	hour   int64
}

func (a anchored) key() []byte {
	return binary.BigEndian.AppendUint32([]byte("ca"), uint32(a.member))
}

// anchors are the last hours of all members, ascending by member.
type anchors struct{ list []anchored }

func openAnchors(r Reader) (*anchors, error) {
	a := &anchors{}
	err := r.Scan([]byte("ca"), []byte("cb"), func(k, v []byte) bool {
		a.list = append(a.list, anchored{MemberID(binary.BigEndian.Uint32(k[2:])), int64(binary.BigEndian.Uint64(v))})
		return true
	})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "state", err)
	}
	return a, nil
}

func (a *anchors) find(m MemberID) (int, bool) {
	return slices.BinarySearchFunc(a.list, m, func(x anchored, m MemberID) int { return int(int64(x.member) - int64(m)) })
}

func (a *anchors) last(m MemberID) int64 {
	if i, ok := a.find(m); ok {
		return a.list[i].hour
	}
	return 0
}

func (a *anchors) put(set func(k, v []byte), x anchored) {
	i, ok := a.find(x.member)
	if ok {
		a.list[i] = x
	} else {
		a.list = slices.Insert(a.list, i, x)
	}
	set(x.key(), uint64Bytes(uint64(x.hour)))
}

func (a *anchors) hash() wire.Hash {
	var b []byte
	for _, x := range a.list {
		b = append(append(b, x.key()...), uint64Bytes(uint64(x.hour))...)
	}
	return wire.Digest("riviera/anchors/1", b)
}
