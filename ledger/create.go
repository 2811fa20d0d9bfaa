package ledger

import (
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Bounds of a creation.
const (
	maxMeasures = 32
	maxArgs     = 16
	maxArgName  = 32
	maxEvent    = 32
)

// CaseTag is made by the recorder with a secret of its own (credit.CaseTag): only that
// recorder can link it to a case. Its halves serve apart: the ledger refuses a case half
// that the recorder has used, for ever, and a basis half as long as a relisting on it is
// barred. Tags of two recorders never meet, so none can use up or bar another's.
type CaseTag [16]byte

func (t CaseTag) basis() []byte  { return t[:8] }
func (t CaseTag) number() []byte { return t[8:] }

// Create starts a record: a proposal (提请, a draft without effect on any query) or the
// migration of an institution's existing decision in one step, which is adverse.
type Create struct {
	Record     RecordID         `cbor:"1,keyasint"`
	Contract   uint32           `cbor:"2,keyasint"` // number of the contract document on this ledger
	Event      string           `cbor:"3,keyasint"` // "propose" or "migrate"
	Recorder   MemberID         `cbor:"4,keyasint"` // the body that is to decide
	Commitment wire.Hash        `cbor:"5,keyasint"`
	CaseTag    *CaseTag         `cbor:"6,keyasint,omitempty"` // with an event that lists
	Args       map[string]int64 `cbor:"7,keyasint,omitempty"`
	Measures   []uint16         `cbor:"8,keyasint"` // numbers in the measure catalogue, ascending
}

// Operation encodes the creation.
func (o *Create) Operation() Operation { return Operation{Kind: KindCreate, Data: wire.Encode(o)} }

func (o *Create) check() error {
	switch {
	case o.Record == RecordID{}:
		return fault.New(fault.Malformed, "record")
	case o.Commitment.Zero():
		return fault.New(fault.Malformed, "commitment")
	case len(o.Measures) > maxMeasures || !ascending(o.Measures):
		return fault.New(fault.Malformed, "measures")
	}
	return checkEvent(o.Event, o.Args)
}

func checkEvent(name string, args map[string]int64) error {
	if name == "" || len(name) > maxEvent {
		return fault.New(fault.Malformed, "event")
	}
	if len(args) > maxArgs {
		return fault.New(fault.TooLarge, "args")
	}
	for k := range args { // order does not matter: every one must pass
		if k == "" || len(k) > maxArgName {
			return fault.New(fault.Malformed, "args")
		}
	}
	return nil
}

func ascending(ns []uint16) bool {
	for i := 1; i < len(ns); i++ {
		if ns[i-1] >= ns[i] {
			return false
		}
	}
	return true
}

func (o *Create) scope() Scope              { return byEvent }
func (o *Create) subject() (RecordID, bool) { return o.Record, true }
func (o *Create) body() (wire.Hash, bool)   { return o.Commitment, true }
func (o *Create) favourable(*View) bool     { return false }

func (o *Create) apply(x *execution, e *Envelope) error {
	c := x.config.Contract(o.Contract)
	if c == nil {
		return fault.New(fault.UnknownContract, "contract")
	}
	if len(x.config.later[o.Contract]) > 0 {
		return fault.New(fault.ContractRetired, "contract")
	}
	spec, ok := c.Event(o.Event)
	if !ok || !spec.Creates {
		return fault.New(fault.UnknownEvent, "event")
	}
	if err := o.checkParties(x, e, spec); err != nil {
		return err
	}
	if err := o.checkMeasures(x.config, c); err != nil {
		return err
	}
	if _, found, err := x.seqOf(o.Record); err != nil || found {
		return firstError(err, fault.New(fault.DuplicateRecord, "record"))
	}
	if err := firstError(o.checkTag(x, e, spec), x.checkUnused(o.Commitment)); err != nil {
		return err
	}
	if o.Event == migrateEvent {
		if err := x.checkMigration(o.Args); err != nil {
			return err
		}
	}
	by := x.config.roles(e.Member, o.Recorder, e.Member)
	next, taken, err := c.Step(contract.Instance{}, contract.Event{Name: o.Event, Args: o.Args, By: by}, x.now, x.config.Calendar)
	if err != nil {
		return err
	}
	if err := x.checkBar(o.Recorder, o.CaseTag, 0, c.Status(next).Phase); err != nil {
		return err
	}
	r := &Record{ID: o.Record, Contract: o.Contract, Recorder: o.Recorder, Proposer: e.Member,
		Commitment: o.Commitment, CaseTag: o.CaseTag, Measures: o.Measures, Created: x.now}
	w := x.create(r)
	if o.CaseTag != nil {
		x.claim(o.Recorder, *o.CaseTag, w.Seq)
	}
	x.transit(w, next, taken, actor{member: e.Member, key: e.Key, approver: e.Approver}, o.Args)
	return nil
}

// migrateEvent enters an existing decision in one step.
const migrateEvent = "migrate"

func (o *Create) checkParties(x *execution, e *Envelope, spec contract.EventSpec) error {
	recorder := x.config.Member(o.Recorder)
	if recorder == nil || !recorder.Has(Recorder) {
		return fault.Newf(fault.UnknownMember, "recorder", "the deciding body must be a recorder")
	}
	if spec.Adverse && e.Member != o.Recorder {
		return fault.New(fault.ForeignRecorder, "recorder")
	}
	return x.checkAct(e, spec)
}

// checkMeasures demands measures of the catalogue that the contract may order: a minor
// finding does not bring the restrictions of a serious one.
func (o *Create) checkMeasures(config *Config, c *contract.Contract) error {
	if len(o.Measures) == 0 {
		return fault.Newf(fault.MissingExit, "measures", "a record needs a measure of the catalogue")
	}
	for _, m := range o.Measures {
		code, known := config.Measure(m)
		if !known {
			return fault.Newf(fault.UnknownMeasure, "measures", "number %d", m)
		}
		if !c.Orders(code) {
			return fault.Newf(fault.UnknownMeasure, "measures", "%s is none of this contract's", code)
		}
	}
	return nil
}

// checkTag demands a fresh case tag where the event lists, and none where it only
// proposes: the tag is the recorder's, and a proposer cannot make it.
func (o *Create) checkTag(x *execution, e *Envelope, spec contract.EventSpec) error {
	if spec.Adverse && o.CaseTag == nil {
		return fault.Newf(fault.BadArgument, "case_tag", "a listing carries the recorder's case tag")
	}
	if !spec.Adverse && o.CaseTag != nil {
		return fault.Newf(fault.BadArgument, "case_tag", "a proposal carries no case tag")
	}
	if o.CaseTag == nil {
		return nil
	}
	return x.checkFresh(o.Recorder, *o.CaseTag)
}
