package proof

import (
	"slices"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Event is one entry of the ledger's log; its canonical bytes (Event.Encode) are the
// leaf of the log tree. The struct lives here, below both, because the ledger writes
// events and the offline verifier reads them, and neither may know the other.
//
// An event holds no personal value: it names a record by its random id and an
// institution by its number. A field at its zero value is left out, so there is one
// encoding of every event (TestEventHasOneEncoding, FuzzDecodeEvent).
type Event struct {
	Type       string           `cbor:"1,keyasint"`            // one of the Type constants or another of the ledger's
	Record     [16]byte         `cbor:"2,keyasint,omitzero"`   // random id; zero where the event concerns no record
	Contract   uint32           `cbor:"3,keyasint,omitempty"`  // number of the contract document on this ledger, from 1
	Name       string           `cbor:"4,keyasint,omitempty"`  // contract event; "" for a deadline or a condition
	Transition string           `cbor:"5,keyasint,omitempty"`  // name of the transition taken
	To         string           `cbor:"6,keyasint,omitempty"`  // state entered
	Phase      uint8            `cbor:"7,keyasint,omitempty"`  // one of the Phase constants
	Effective  credit.Moment    `cbor:"8,keyasint,omitempty"`  // ledger time from which it holds (the due time of a deadline)
	Recorded   credit.Moment    `cbor:"9,keyasint,omitempty"`  // ledger time of the block that recorded it
	Member     uint32           `cbor:"10,keyasint,omitempty"` // who acted; 0 is the contract itself
	Key        uint32           `cbor:"11,keyasint,omitempty"` // number of the acting operator's key
	Approver   uint32           `cbor:"12,keyasint,omitempty"` // number of the second operator's key
	Commitment wire.Hash        `cbor:"13,keyasint,omitzero"`  // to the body: on creation, amendment and exit; of TypeQueries the hour's root
	Effects    uint16           `cbor:"14,keyasint,omitempty"` // bit n stands for effect n of the contract
	Cite       []string         `cbor:"15,keyasint,omitempty"` // article keys of the contract
	Height     int64            `cbor:"16,keyasint"`           // block that recorded it
	Args       map[string]int64 `cbor:"17,keyasint,omitempty"` // arguments of the contract event
	Paper      wire.Hash        `cbor:"18,keyasint,omitzero"`  // to the paper that goes with it: evidence, or reasons
	Barred     credit.Date      `cbor:"19,keyasint,omitempty"` // last day on which the same matter cannot be listed again
	Document   wire.Hash        `cbor:"20,keyasint,omitzero"`  // of the contract document that the event is about
	Own        uint32           `cbor:"21,keyasint,omitempty"` // number of the record's own version, where a newer one beside it moved
}

// Types of events that this package's callers share. The ledger may add others.
const (
	TypeCreated   = "created"   // a record came into being
	TypeMoved     = "moved"     // a record took a transition of its contract
	TypeAmended   = "amended"   // a record's body was replaced
	TypeFiled     = "filed"     // a record took a transition on its subject's filing; Member carried it
	TypeAccess    = "access"    // the key of a subject's access code was registered; Approver is set where it replaced one
	TypeQueries   = "queries"   // a node's log of queries for one hour was fixed
	TypeWatermark = "watermark" // a node has erased everything up to the height in Args
	TypeBeside    = "beside"    // a newer version of a record's contract moved beside the record's own
	TypeCalendar  = "calendar"  // an edition of the calendar was adopted

	TypeContractProposed = "contract-proposed" // a contract document was put to the recorders
	TypeContractVote     = "contract-vote"     // a recorder voted on it
	TypeContractAdopted  = "contract-adopted"  // enough have approved; the waiting time runs
	TypeContractClosed   = "contract-closed"   // refused by the recorders, or lapsed
	TypeContractActive   = "contract-active"   // in force from now on
)

// Phases of a record's life as numbered in events; the numbers are frozen.
const (
	PhaseDraft     uint8 = 1
	PhaseNoticed   uint8 = 2
	PhaseGrace     uint8 = 3
	PhaseActive    uint8 = 4
	PhaseExitDue   uint8 = 5
	PhaseExited    uint8 = 6
	PhaseErased    uint8 = 7
	PhaseRejected  uint8 = 8
	PhaseSuspended uint8 = 9
	PhaseAnnulled  uint8 = 10
)

// MaxEvent bounds the encoded event, in bytes.
const MaxEvent = 4096

// eventTag separates an event's id from every other hash.
const eventTag = "riviera/event/1"

// Encode returns the canonical bytes: the leaf of the log.
func (e Event) Encode() []byte { return e.AppendWire(make([]byte, 0, 256)) }

// AppendWire implements wire.Appender.
func (e *Event) AppendWire(b []byte) []byte {
	f := wire.AppendFields(b)
	f.Text(1, e.Type)
	if e.Record != [16]byte{} {
		f.Bytes(2, e.Record[:])
	}
	f.OptUint(3, uint64(e.Contract))
	f.OptText(4, e.Name)
	f.OptText(5, e.Transition)
	f.OptText(6, e.To)
	f.OptUint(7, uint64(e.Phase))
	f.OptInt(8, int64(e.Effective))
	f.OptInt(9, int64(e.Recorded))
	f.OptUint(10, uint64(e.Member))
	f.OptUint(11, uint64(e.Key))
	f.OptUint(12, uint64(e.Approver))
	f.OptHash(13, &e.Commitment)
	f.OptUint(14, uint64(e.Effects))
	f.OptTexts(15, e.Cite)
	f.Int(16, e.Height)
	f.OptNumbers(17, e.Args)
	f.OptHash(18, &e.Paper)
	f.OptInt(19, int64(e.Barred))
	f.OptHash(20, &e.Document)
	f.OptUint(21, uint64(e.Own))
	return f.End()
}

// DecodeEvent reads canonical bytes. Any other form is fault.Malformed, more than
// MaxEvent bytes fault.TooLarge.
func DecodeEvent(b []byte) (Event, error) {
	var e Event
	if len(b) > MaxEvent {
		return e, fault.New(fault.TooLarge, "event")
	}
	if err := wire.Decode(b, &e); err != nil {
		return Event{}, fault.Wrap(fault.Malformed, "event", err)
	}
	return e, nil
}

// EventID identifies an event by its canonical bytes. Two nodes that print a
// certificate of one exit give it the same id, whatever their proofs look like.
func EventID(encoded []byte) wire.Hash { return wire.Digest(eventTag, encoded) }

// Released reports whether the event ends a record's force: an exit, or an annulment
// that voids the record from the start. Only such an event carries a certificate.
func (e Event) Released() bool {
	return slices.Contains([]uint8{PhaseExited, PhaseAnnulled}, e.Phase)
}

// Listed reports whether the event tells the subject of a listing, made or intended, and
// says of what: then it carries a notice. Of the events that move a record, only one that
// enters such a phase has a commitment.
func (e Event) Listed() bool {
	return (e.Type == TypeMoved || e.Type == TypeCreated) && slices.Contains([]uint8{PhaseNoticed, PhaseGrace, PhaseActive}, e.Phase) && !e.Commitment.Zero()
}
