package ledger

import (
	"crypto/ed25519"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/signature"
	"github.com/riviera-ledger/riviera/wire"
)

// Filing is what a record's subject says: a claim of performance, an objection, a request
// for review, an application for repair, whatever the contract document lets the subject
// send. The subject signs it with the key of its access code over FilingDigest; any
// member's node carries it, under an envelope of its own. Nobody but the holder of the
// code can file, no member can hold a filing back unseen (there is every other node), and
// the serial makes each good once, in its order.
//
// It is always favourable: the checker refuses a document in which a subject's event
// worsens anything. A suspended member may carry.
type Filing struct {
	Record    RecordID         `cbor:"1,keyasint"`
	Event     string           `cbor:"2,keyasint"`
	Args      map[string]int64 `cbor:"3,keyasint,omitempty"`
	Serial    uint32           `cbor:"4,keyasint"`           // how many filings the record has had
	Paper     *wire.Hash       `cbor:"5,keyasint,omitempty"` // commitment to the evidence
	Signature []byte           `cbor:"6,keyasint"`
}

// filing is the signed part, in an order of its own.
type filing struct {
	_      struct{} `cbor:",toarray"`
	Record RecordID
	Event  string
	Args   map[string]int64
	Serial uint32
	Paper  []byte // empty where there is none
}

// FilingDigest is what the subject signs: the filing without its signature, for the
// network with this genesis hash.
func FilingDigest(genesis wire.Hash, f Filing) wire.Hash {
	s := filing{Record: f.Record, Event: f.Event, Args: f.Args, Serial: f.Serial, Paper: []byte{}}
	if f.Paper != nil {
		s.Paper = f.Paper[:]
	}
	if s.Args == nil {
		s.Args = map[string]int64{}
	}
	return wire.Digest("riviera/filing/1", genesis[:], wire.Encode(s))
}

// Sign signs the filing with the key of the record's access code.
func (o *Filing) Sign(genesis wire.Hash, key ed25519.PrivateKey) {
	digest := FilingDigest(genesis, *o)
	o.Signature = ed25519.Sign(key, digest[:])
}

// SignedBy reports whether a filing bears the signature of a record's key.
func SignedBy(genesis wire.Hash, o *Filing, key ed25519.PublicKey) bool {
	digest := FilingDigest(genesis, *o)
	return signature.Verify(signature.Check{Key: key, Message: digest[:], Signature: o.Signature})
}

// Bounds of what one record's subject may file: filingBurst, and one more for every day
// of the record's life. Who files once a day is never refused.
const filingBurst = 20

// Operation encodes the filing.
func (o *Filing) Operation() Operation { return Operation{Kind: KindFiling, Data: wire.Encode(o)} }

func (o *Filing) check() error {
	switch {
	case o.Record == RecordID{}:
		return fault.New(fault.Malformed, "record")
	case o.Paper != nil && o.Paper.Zero():
		return fault.New(fault.Malformed, "paper")
	case len(o.Signature) != ed25519.SignatureSize:
		return fault.New(fault.Malformed, "signature")
	}
	return checkEvent(o.Event, o.Args)
}

// scope: the subject has signed it; who carries it, a person or a node, decides nothing.
func (o *Filing) scope() Scope { return ScopeCase | ScopeService }

func (o *Filing) subject() (RecordID, bool) { return o.Record, true }
func (o *Filing) body() (wire.Hash, bool)   { return wire.Hash{}, false }

// favourable keeps the reserved share of a block from filings that are evidently void.
func (o *Filing) favourable(v *View) bool {
	r, err := v.Record(o.Record)
	return err == nil && r.Access != nil && r.Filings <= o.Serial
}

func (o *Filing) apply(x *execution, e *Envelope) error {
	r, err := x.record(o.Record) // settles the record's due deadlines first
	if err != nil {
		return err
	}
	if err := o.holds(x.hash, &r.Record, x.now); err != nil {
		return err
	}
	s, err := x.choose(r, o.event(), filable)
	if err != nil {
		return err
	}
	r.Filings++
	x.send(r, s, actor{member: e.Member, key: e.Key, subject: true, paper: o.Paper})
	return nil
}

func (o *Filing) event() contract.Event {
	return contract.Event{Name: o.Event, Args: o.Args, By: contract.RoleSubject}
}

// holds is the rule under which a filing counts, without the contract's own.
func (o *Filing) holds(genesis wire.Hash, r *Record, now credit.Moment) error {
	switch {
	case r.Access == nil:
		return fault.New(fault.NoAccess, "record")
	case o.Serial != r.Filings:
		return fault.Newf(fault.FilingSerial, "serial", "the next one is %d", r.Filings)
	case !SignedBy(genesis, o, r.Access):
		return fault.New(fault.FilingSignature, "signature")
	case int64(r.Filings) >= filingBurst+int64(now.Date()-r.Created.Date()):
		return fault.New(fault.FilingLimit, "record")
	}
	return nil
}

// filable reports whether a contract lets the subject send an event.
func filable(spec contract.EventSpec) error {
	switch {
	case spec.NewBody:
		return fault.New(fault.UnknownEvent, "event")
	case spec.By&contract.RoleSubject == 0:
		return fault.New(fault.RoleNotAllowed, "event")
	}
	return nil
}

// CheckFiling tells whether a filing would count in the next block, as far as the view
// knows: a node asks it before it carries one. genesis is the network's.
func (v *View) CheckFiling(genesis wire.Hash, o *Filing) error {
	if err := o.check(); err != nil {
		return err
	}
	r, err := v.Record(o.Record)
	if err != nil {
		return err
	}
	r = v.Evaluate(r, v.Moment)
	if err := o.holds(genesis, r, v.Moment); err != nil {
		return err
	}
	_, err = v.Config.choose(r, o.event(), v.Moment, filable)
	return err
}
