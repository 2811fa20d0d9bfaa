package ledger

import (
	"strconv"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Kind numbers a kind of operation; numbers are consensus data.
type Kind uint8

const (
	KindCreate   Kind = 1 // create.go: propose or migrate a record
	KindAct      Kind = 2 // act.go: an event of a record's contract
	KindCalendar Kind = 3 // calendar.go: a recorder's vote on a year's calendar
	KindAccess   Kind = 4 // access.go: the key of a subject's access code
	KindFiling   Kind = 5 // filing.go: what a subject says
	KindFeedback Kind = 6 // feedback.go: an executing body's word on one of its orders

	KindContractProposal Kind = 7  // propose.go: a contract document is put to the recorders
	KindContractVote     Kind = 8  // ballot.go: a recorder's vote on it
	KindGate             Kind = 9  // gate.go: the authority admits, suspends, removes, changes roles
	KindCosign           Kind = 10 // cosign.go: a further signature under an act that waits
	KindStay             Kind = 11 // rotate.go: a recorder wants a change put off
	KindKeyChange        Kind = 12 // keychange.go: a member's own keys
	KindRotate           Kind = 13 // rotate.go: the key that votes, the node's identity
	KindObjection        Kind = 14 // takeover.go: a member's keys are not lost
	KindOfficersVote     Kind = 15 // officers.go: recorders replace the authority's keys
	KindStop             Kind = 16 // stop.go: emergency stop of adverse acts
	KindSuccession       Kind = 17 // succession.go: a recorder takes another's records over

	// KindReversal is 19 (reversal.go), KindLeave 21 (leave.go), KindUpgrade 23 (upgrade.go). KindWatermark (18,
	// watermark.go) and KindAnchor (22, anchor.go) are sent by nodes.
)

// kindNames names the operations about the network itself.
var kindNames = map[Kind]string{KindGate: "gate", KindCosign: "cosign", KindStay: "stay", KindKeyChange: "keys", KindRotate: "rotate",
	KindObjection: "objection", KindOfficersVote: "officers", KindStop: "stop", KindSuccession: "succession", KindUpgrade: "upgrade",
	KindLeave: "leave"}

// String names an operation about the network itself; "" for others.
func (k Kind) String() string { return kindNames[k] }

// RecordID is a record's random 128-bit number. It says nothing about the subject.
type RecordID [16]byte

// act is one decoded operation. Each kind has a file with its type, its stateless
// check, its application and its test beside it.
type act interface {
	// check is the stateless rule of form.
	check() error
	// subject returns the record the operation touches, if any.
	subject() (RecordID, bool)
	// body returns the commitment to the body that must travel beside the operation.
	body() (wire.Hash, bool)
	// favourable reports whether the operation can only improve a subject's position,
	// as far as the view knows the record's contract.
	favourable(v *View) bool
	// scope names the functions of which a signing key needs one; byEvent where that
	// follows from the event of the record's contract.
	scope() Scope
	// apply changes the state or refuses with a *fault.Error and leaves no trace.
	apply(x *execution, e *Envelope) error
}

// kinds is the table of operations: adding one is a new file and a line here.
var kinds = map[Kind]func() act{
	KindCreate:   func() act { return new(Create) },
	KindAct:      func() act { return new(Act) },
	KindCalendar: func() act { return new(CalendarVote) },
	KindAccess:   func() act { return new(Access) },
	KindFiling:   func() act { return new(Filing) },
	KindAnchor:   func() act { return new(Anchor) },
	KindFeedback: func() act { return new(Feedback) },

	KindContractProposal: func() act { return new(ContractProposal) },
	KindContractVote:     func() act { return new(ContractVote) },
	KindGate:             func() act { return new(Gate) },
	KindCosign:           func() act { return new(Cosign) },
	KindStay:             func() act { return new(Stay) },
	KindKeyChange:        func() act { return new(KeyChange) },
	KindRotate:           func() act { return new(Rotate) },
	KindObjection:        func() act { return new(Objection) },
	KindOfficersVote:     func() act { return new(OfficersVote) },
	KindStop:             func() act { return new(StopAdverse) },
	KindSuccession:       func() act { return new(Succession) },
	KindReversal:         func() act { return new(Reversal) },
	KindUpgrade:          func() act { return new(UpgradeVote) },
	KindLeave:            func() act { return new(Leave) },

	KindWatermark: func() act { return new(Watermark) },
}

func decodeAct(op Operation) (act, error) {
	makeAct, ok := kinds[op.Kind]
	if !ok {
		return nil, fault.Newf(fault.UnknownOperation, "", "kind %d", op.Kind)
	}
	a := makeAct()
	if err := wire.Decode(op.Data, a); err != nil {
		return nil, err
	}
	return a, a.check()
}

// Body returns the commitment to the body that must travel beside operation i and the
// record it belongs to.
func (e *Envelope) Body(i int) (commitment wire.Hash, record RecordID, ok bool) {
	commitment, ok = e.acts[i].body()
	record, _ = e.acts[i].subject()
	return commitment, record, ok
}

// Paper returns the commitment to the paper that belongs to operation i.
func (e *Envelope) Paper(i int) (commitment wire.Hash, ok bool) {
	var p *wire.Hash
	switch o := e.acts[i].(type) {
	case *Act:
		p = o.Paper
	case *Filing:
		p = o.Paper
	case *Reversal:
		p = o.Paper
	}
	if p == nil {
		return wire.Hash{}, false
	}
	return *p, true
}

// Record returns the record that operation i touches.
func (e *Envelope) Record(i int) (RecordID, bool) { return e.acts[i].subject() }

// Favourable reports whether every operation of the envelope can only improve a
// subject's position. A quarter of each block is reserved for such envelopes.
func (e *Envelope) Favourable(v *View) bool {
	for _, a := range e.acts {
		if !a.favourable(v) {
			return false
		}
	}
	return true
}

// atOperation adds the operation's index to a refusal's place.
func atOperation(i int, err error) error {
	return fault.Wrap(fault.Of(err), "operation "+strconv.Itoa(i), err)
}
