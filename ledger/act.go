package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Act sends an event to a record's contract: notice, list, publish, perform, extend,
// annul and whatever else the contract document declares.
type Act struct {
	Record     RecordID         `cbor:"1,keyasint"`
	Event      string           `cbor:"2,keyasint"`
	Args       map[string]int64 `cbor:"3,keyasint,omitempty"`
	CaseTag    *CaseTag         `cbor:"4,keyasint,omitempty"` // with the event that lists a proposed record
	Commitment *wire.Hash       `cbor:"5,keyasint,omitempty"` // with an event that brings a new body
	Paper      *wire.Hash       `cbor:"6,keyasint,omitempty"` // commitment to the reasons; a refusal needs one
}

// listEvent turns a noticed proposal into a listing and claims its case tag.
const listEvent = "list"

// Operation encodes the act.
func (o *Act) Operation() Operation { return Operation{Kind: KindAct, Data: wire.Encode(o)} }

func (o *Act) check() error {
	switch {
	case o.Record == RecordID{}:
		return fault.New(fault.Malformed, "record")
	case o.Commitment != nil && o.Commitment.Zero():
		return fault.New(fault.Malformed, "commitment")
	case o.Paper != nil && o.Paper.Zero():
		return fault.New(fault.Malformed, "paper")
	case (o.CaseTag != nil) != (o.Event == listEvent):
		return fault.Newf(fault.BadArgument, "case_tag", "the listing, and nothing else, carries a case tag")
	}
	return checkEvent(o.Event, o.Args)
}

func (o *Act) scope() Scope              { return byEvent }
func (o *Act) subject() (RecordID, bool) { return o.Record, true }

func (o *Act) body() (wire.Hash, bool) {
	if o.Commitment == nil {
		return wire.Hash{}, false
	}
	return *o.Commitment, true
}

func (o *Act) favourable(v *View) bool {
	r, err := v.Record(o.Record)
	if err != nil {
		return false
	}
	spec, ok := v.Config.Contract(r.Contract).Event(o.Event)
	if ok && (spec.Favourable || spec.Adverse) {
		return spec.Favourable
	}
	return slices.ContainsFunc(v.Config.later[r.Contract], func(n uint32) bool {
		spec, ok := v.Config.Contract(n).Event(o.Event)
		return ok && spec.Favourable
	})
}

func (o *Act) apply(x *execution, e *Envelope) error {
	r, err := x.record(o.Record) // settles the record's due deadlines first
	if err != nil {
		return err
	}
	by := x.config.roles(e.Member, r.Recorder, r.Proposer)
	s, err := x.choose(r, contract.Event{Name: o.Event, Args: o.Args, By: by}, func(spec contract.EventSpec) error {
		return o.admissible(x, e, r, spec)
	})
	if err != nil {
		return err
	}
	if err := o.checkBar(x, r, s); err != nil {
		return err
	}
	if o.CaseTag != nil {
		r.CaseTag = o.CaseTag
		x.claim(r.Recorder, *o.CaseTag, r.Seq)
	}
	if o.Commitment != nil {
		x.replaceBody(r, *o.Commitment)
	}
	x.send(r, s, actor{member: e.Member, key: e.Key, approver: e.Approver, paper: o.Paper})
	return nil
}

// admissible holds what the ledger demands of an act beyond its contract.
func (o *Act) admissible(x *execution, e *Envelope, r *working, spec contract.EventSpec) error {
	member := x.config.Member(e.Member)
	by := x.config.roles(e.Member, r.Recorder, r.Proposer)
	if by&spec.By == 0 {
		return refusal(by, spec)
	}
	if !member.Has(Recorder) && by&contract.RoleDeciding != 0 && !spec.Favourable {
		return fault.New(fault.MemberRemoved, "envelope")
	}
	if err := x.checkAct(e, spec); err != nil {
		return err
	}
	if spec.Reasons && o.Paper == nil {
		return fault.New(fault.ReasonsMissing, "paper")
	}
	if err := o.checkBody(x, r, spec); err != nil {
		return err
	}
	if o.CaseTag != nil && r.CaseTag != nil {
		return fault.Newf(fault.DuplicateCase, "case_tag", "the record has one")
	}
	if o.CaseTag != nil {
		return x.checkFresh(r.Recorder, *o.CaseTag)
	}
	return nil
}

// checkBar refuses a listing while its basis is barred. A version beside the record's own
// takes favourable events alone, and lists nobody.
func (o *Act) checkBar(x *execution, r *working, s step) error {
	if s.clock != own {
		return nil
	}
	c, tag := x.config.Contract(r.Contract), r.CaseTag
	if o.CaseTag != nil {
		tag = o.CaseTag
	}
	return x.checkBar(r.Recorder, tag, c.Status(r.Instance).Phase, c.Status(s.next).Phase)
}

func (o *Act) checkBody(x *execution, r *working, spec contract.EventSpec) error {
	switch {
	case spec.NewBody && o.Commitment == nil:
		return fault.New(fault.BadArgument, "commitment")
	case !spec.NewBody && o.Commitment != nil:
		return fault.Newf(fault.BadArgument, "commitment", "this event brings no body")
	case o.Commitment != nil && *o.Commitment == r.Commitment:
		return fault.New(fault.BodyUnchanged, "commitment")
	case o.Commitment != nil:
		return x.checkUnused(*o.Commitment)
	}
	return nil
}

// refusal tells a body that would review its own ruling, and a recorder that meddles with
// another's record, from a member whose role may not send the event at all.
func refusal(by contract.Role, spec contract.EventSpec) error {
	switch {
	case by&contract.RoleDeciding != 0 && spec.By == contract.RoleSuperior:
		return fault.New(fault.OwnRuling, "event")
	case by&contract.RoleRecorder != 0 && spec.By&(contract.RoleDeciding|contract.RoleSuperior) != 0:
		return fault.New(fault.ForeignRecorder, "record")
	}
	return fault.New(fault.RoleNotAllowed, "event")
}

// roles says as what a member acts on a record. The subject is no member: it acts by
// filings alone. Whoever decides a record is never its superior, in whatever way the
// member list came to name it so.
func (c *Config) roles(id, recorder, proposer MemberID) contract.Role {
	var r contract.Role
	m := c.Member(id)
	recorder = c.decider(id, recorder)
	if m.Has(Recorder) || m.Retired != 0 && id == recorder {
		r |= contract.RoleRecorder
		switch deciding := c.Member(c.Decides(recorder)); {
		case id == recorder:
			r |= contract.RoleDeciding
		case deciding != nil && deciding.Superior == id:
			r |= contract.RoleSuperior
		}
	}
	if m.Has(Contributor) {
		r |= contract.RoleContributor
	}
	if m.Has(Authority) {
		r |= contract.RoleAuthority
	}
	if id == proposer {
		r |= contract.RoleProposer
	}
	return r
}

// decider returns the body that decides a record as far as a member is concerned: itself
// where it has succeeded the record's recorder. The recorder stays it too, for what it may
// still do.
func (c *Config) decider(member, recorder MemberID) MemberID {
	if c.Decides(recorder) == member {
		return member
	}
	return recorder
}
