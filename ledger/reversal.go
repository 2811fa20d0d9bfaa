package ledger

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// KindReversal takes the effect of a record's end away, or gives it back.
const KindReversal Kind = 19

// Reversal says that the end of a record has been reversed: the certificate of that end
// proves nothing any more, in every trust file from this block on. The body that decides
// the record sends it, or its superior; two operators sign, reasons go with it as a paper,
// and an article of the record's contract is cited. DecidedOn is signed by the member's
// credential key besides, so that a trust file can leave a reversal out and not make one up.
//
// It does not touch the record. Nobody is listed by it: whoever is to be restricted again
// needs a new record with its own notice, term and way out (docs/adr/0039).
//
// A reversal that has fallen itself is lifted: Lift alone is set beside record and event.
type Reversal struct {
	Record    RecordID    `cbor:"1,keyasint"`
	Event     uint64      `cbor:"2,keyasint"`           // index in the log of the event that ended the record
	Lift      bool        `cbor:"3,keyasint,omitempty"` // the reversal of that event holds no longer
	DecidedOn credit.Date `cbor:"4,keyasint,omitempty"`
	Article   string      `cbor:"5,keyasint,omitempty"` // key of an article of the contract that ended the record
	Paper     *wire.Hash  `cbor:"6,keyasint,omitempty"` // commitment to the reasons
	Key       KeyID       `cbor:"7,keyasint,omitempty"` // the member's credential key
	Signature []byte      `cbor:"8,keyasint,omitempty"` // over proof.ReversalDigest: Ed25519, or ASN.1 ECDSA
}

// Reversed is a reversal in force.
type Reversed struct {
	Event     wire.Hash   `cbor:"1,keyasint"` // proof.EventID of what was reversed
	Height    int64       `cbor:"2,keyasint"` // block that recorded the reversal
	Member    MemberID    `cbor:"3,keyasint"` // who decided it
	Key       KeyID       `cbor:"4,keyasint"` // its credential key
	DecidedOn credit.Date `cbor:"5,keyasint"`
	Signature []byte      `cbor:"6,keyasint"`

	Index uint64 `cbor:"-"` // of Event in the log
}

// Types of events that reversals write.
const (
	TypeReversed = "reversed"        // the end of a record was reversed
	TypeLifted   = "reversal-lifted" // it was not, after all
)

// maxReversalSignature is an ASN.1 ECDSA signature on P-256 at its longest, in bytes.
const maxReversalSignature = 72

// Operation encodes the reversal.
func (o *Reversal) Operation() Operation { return Operation{Kind: KindReversal, Data: wire.Encode(o)} }

func (o *Reversal) check() error {
	switch {
	case o.Record == RecordID{}:
		return fault.New(fault.Malformed, "record")
	case o.Paper != nil && o.Paper.Zero():
		return fault.New(fault.Malformed, "paper")
	case o.Lift && (o.DecidedOn != 0 || o.Article != "" || o.Key != 0 || o.Signature != nil):
		return fault.Newf(fault.Malformed, "lift", "nothing else stands beside it")
	case o.Lift:
		return nil
	case o.Article == "" || len(o.Article) > 32:
		return fault.New(fault.ReversalArticle, "article")
	case o.Key == 0 || len(o.Signature) < 8 || len(o.Signature) > maxReversalSignature:
		return fault.New(fault.Malformed, "signature")
	}
	return nil
}

func (o *Reversal) scope() Scope              { return byEvent }
func (o *Reversal) subject() (RecordID, bool) { return o.Record, true }
func (o *Reversal) body() (wire.Hash, bool)   { return wire.Hash{}, false }
func (o *Reversal) favourable(*View) bool     { return o.Lift }

func (o *Reversal) apply(x *execution, e *Envelope) error {
	r, err := x.record(o.Record) // settles the record's due deadlines first
	if err != nil {
		return err
	}
	if o.Lift {
		return o.lift(x, e, r)
	}
	if err := x.checkAct(e, contract.EventSpec{Adverse: true}); err != nil {
		return err
	}
	by := x.config.roles(e.Member, r.Recorder, r.Proposer)
	switch {
	case by&contract.RoleRecorder == 0:
		return fault.New(fault.RoleNotAllowed, "reversal")
	case by&(contract.RoleDeciding|contract.RoleSuperior) == 0:
		return fault.New(fault.ForeignRecorder, "record")
	case o.Paper == nil:
		return fault.New(fault.ReasonsMissing, "paper")
	case x.config.Contract(r.Contract).Status(r.Instance).Phase.Forgotten():
		return fault.New(fault.NoAccess, "record")
	}
	now, err := o.reversed(x, e, r)
	if err != nil {
		return err
	}
	x.reverse(o.Event, now)
	x.beside(r, &proof.Event{Type: TypeReversed, Contract: r.Contract, Member: uint32(e.Member), Key: uint32(e.Key), Approver: uint32(e.Approver),
		Cite: []string{o.Article}, Args: o.args(), Paper: *o.Paper})
	return nil
}

func (o *Reversal) args() map[string]int64 {
	a := map[string]int64{"event": int64(o.Event)}
	if o.DecidedOn != 0 {
		a["decided_on"] = int64(o.DecidedOn)
	}
	return a
}

// reversed holds what is reversed and the court's own signature against the ledger.
func (o *Reversal) reversed(x *execution, e *Envelope, r *working) (Reversed, error) {
	event, err := x.ended(r, o.Event)
	if err != nil {
		return Reversed{}, err
	}
	if _, twice := x.reversals.find(o.Event); twice {
		return Reversed{}, fault.New(fault.AlreadyReversed, "event")
	}
	if _, known := x.config.Contract(event.Contract).Article(o.Article); !known {
		return Reversed{}, fault.New(fault.ReversalArticle, "article")
	}
	if o.DecidedOn < event.Effective.Date() || o.DecidedOn > x.now.Date() {
		return Reversed{}, fault.Newf(fault.ReversalDate, "decided_on", "from %s to %s", event.Effective.Date(), x.now.Date())
	}
	key, err := x.config.Member(e.Member).key(o.Key, Credential, x.height)
	if err != nil {
		return Reversed{}, fault.New(fault.UnknownKey, "key")
	}
	votes, err := x.votesNow(e.Member)
	if err != nil {
		return Reversed{}, err
	}
	if !votes { // a trust file would not believe it
		return Reversed{}, fault.Newf(fault.RoleNotAllowed, "reversal", "the member takes no part in this block yet")
	}
	now := Reversed{Event: event.id, Height: x.height, Member: e.Member, Key: o.Key, DecidedOn: o.DecidedOn, Signature: o.Signature}
	digest := proof.ReversalDigest(x.hash, now.Event, now.DecidedOn)
	public, err := key.PublicKey()
	if err != nil || !proof.VerifyDigest(public, digest[:], o.Signature) {
		return Reversed{}, fault.New(fault.ReversalSignature, "signature")
	}
	return now, nil
}

// ending is an event that ended a record.
type ending struct {
	proof.Event
	id wire.Hash
}

// ended reads the event at an index, which must have ended the record.
func (x *execution) ended(r *working, index uint64) (ending, error) {
	b, err := x.Get(eventKey(index))
	if err != nil {
		return ending{}, fault.Wrap(fault.Internal, "log", err)
	}
	var e ending
	if b != nil {
		if err := wire.DecodeTrusted(b, &e.Event); err != nil {
			return ending{}, fault.Wrap(fault.Internal, "log", err)
		}
	}
	if b == nil || e.Record != r.ID || !e.Released() || e.Commitment.Zero() {
		return ending{}, fault.New(fault.ReversalTarget, "event")
	}
	e.id = proof.EventID(b)
	return e, nil
}

// votesNow reports whether a member is in the set that decides this block.
func (x *execution) votesNow(m MemberID) (bool, error) {
	all, err := x.view().Epochs()
	if err != nil {
		return false, fault.Wrap(fault.Internal, "epochs", err)
	}
	in := false
	for _, e := range all {
		if e.FromHeight <= x.height {
			in = slices.ContainsFunc(e.Validators, func(v Validator) bool { return v.Member == m })
		}
	}
	return in, nil
}

// view looks at the state under this block as readers do.
func (x *execution) view() *View { return &View{Config: x.config, Head: x.head, reader: x.reader} }

// lift takes a reversal back: who decided it does, its successor, or its superior.
func (o *Reversal) lift(x *execution, e *Envelope, r *working) error {
	if err := x.checkAct(e, contract.EventSpec{Favourable: true}); err != nil {
		return err
	}
	was, ok := x.reversals.find(o.Event)
	if _, err := x.ended(r, o.Event); err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.NotReversed, "event")
	}
	by := x.config.Decides(was.Member)
	deciding := x.config.Member(by)
	if e.Member != was.Member && e.Member != by && (deciding == nil || deciding.Superior != e.Member) {
		return fault.New(fault.ForeignRecorder, "event")
	}
	x.unreverse(o.Event)
	lifted := &proof.Event{Type: TypeLifted, Contract: r.Contract, Member: uint32(e.Member), Key: uint32(e.Key), Approver: uint32(e.Approver), Args: o.args()}
	if o.Paper != nil {
		lifted.Paper = *o.Paper
	}
	x.beside(r, lifted)
	return nil
}

// PublicKey returns the key as the standard library has it; fault.KeyInvalid for SM2,
// which that does not know.
func (k *Key) PublicKey() (crypto.PublicKey, error) {
	switch k.Algorithm {
	case Ed25519:
		return ed25519.PublicKey(k.Public), nil
	case P256:
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.Public)
		if err != nil {
			return nil, fault.Wrap(fault.KeyInvalid, "key", err)
		}
		return public, nil
	}
	return nil, fault.New(fault.KeyInvalid, "key")
}
