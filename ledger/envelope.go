package ledger

import (
	"crypto"
	"io"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Bounds of an envelope.
const (
	EnvelopeVersion  = 1
	MaxOperations    = 200
	MaxEnvelopeBytes = 64 << 10
	MaxAhead         = 1000 // heights that NotAfter may lie ahead of the block
)

// Content is the signed part of an envelope. It is encoded once, by the submitter;
// everyone else hashes and signs the bytes as they came.
type Content struct {
	Version  uint8       `cbor:"1,keyasint"`
	Genesis  []byte      `cbor:"2,keyasint"` // first 8 bytes; the signature binds all 32
	Member   MemberID    `cbor:"3,keyasint"`
	Key      KeyID       `cbor:"4,keyasint"`
	Approver KeyID       `cbor:"5,keyasint,omitempty"` // second operator, where an act is adverse
	NotAfter int64       `cbor:"6,keyasint"`           // last height at which the envelope may be committed
	Calendar uint32      `cbor:"7,keyasint,omitempty"` // edition of the calendar that the signer computed with
	Ops      []Operation `cbor:"8,keyasint"`
}

// Operation is one act: its kind and its canonical bytes, which the kind's file
// describes.
type Operation struct {
	_    struct{} `cbor:",toarray"`
	Kind Kind
	Data wire.Raw
}

// sealed is the form on the wire: the bytes of a Content and one or two signatures.
type sealed struct {
	_         struct{} `cbor:",toarray"`
	Content   []byte
	Signature []byte
	Approval  []byte // empty unless Content.Approver is set
}

// Envelope is a decoded envelope. It is immutable after ParseEnvelope but for the
// memory of which signatures have been verified, so Verify and Execute on one Envelope
// must not run at the same time.
type Envelope struct {
	Content
	ID  wire.Hash // Digest("riviera/envelope/1", genesis hash ‖ content): what the operator signed
	Raw []byte    // the bytes on the wire

	acts      []act // decoded operations, one for each of Ops
	signature []byte
	approval  []byte
	verified  [2]string // public keys under which signature and approval were found good
}

// ParseEnvelope decodes and checks an envelope's form for the network with this
// genesis hash. It verifies no signature and reads no state.
func ParseEnvelope(genesis wire.Hash, raw []byte) (*Envelope, error) {
	if len(raw) > MaxEnvelopeBytes {
		return nil, fault.Newf(fault.TooLarge, "envelope", "%d bytes, at most %d", len(raw), MaxEnvelopeBytes)
	}
	var s sealed
	if err := wire.Decode(raw, &s); err != nil {
		return nil, fault.Wrap(fault.Malformed, "envelope", err)
	}
	e := &Envelope{Raw: raw, signature: s.Signature, approval: s.Approval}
	if err := wire.Decode(s.Content, &e.Content); err != nil {
		return nil, fault.Wrap(fault.Malformed, "envelope content", err)
	}
	if err := e.checkForm(genesis); err != nil {
		return nil, err
	}
	e.ID = wire.Digest("riviera/envelope/1", genesis[:], s.Content)
	e.acts = make([]act, len(e.Ops))
	for i, op := range e.Ops {
		a, err := decodeAct(op)
		if err != nil {
			return nil, atOperation(i, err)
		}
		e.acts[i] = a
	}
	return e, nil
}

func (e *Envelope) checkForm(genesis wire.Hash) error {
	switch {
	case e.Version != EnvelopeVersion:
		return fault.Newf(fault.UnknownVersion, "envelope", "version %d", e.Version)
	case !slices.Equal(e.Genesis, genesis[:8]):
		return fault.New(fault.ForeignGenesis, "envelope")
	case len(e.Ops) == 0 || len(e.Ops) > MaxOperations:
		return fault.Newf(fault.Malformed, "envelope", "%d operations, from 1 to %d", len(e.Ops), MaxOperations)
	case e.Approver == 0 && len(e.approval) != 0:
		return fault.Newf(fault.Malformed, "envelope", "a second signature without its signer")
	case e.NotAfter <= 0:
		return fault.New(fault.Malformed, "envelope: not_after")
	}
	return nil
}

// Seal encodes and signs an envelope. Approver may be nil where no act is adverse;
// random serves signature schemes that need it.
func Seal(random io.Reader, genesis wire.Hash, c Content, operator, approver crypto.Signer) ([]byte, error) {
	c.Version = EnvelopeVersion
	c.Genesis = genesis[:8]
	s := sealed{Content: wire.Encode(c)}
	id := wire.Digest("riviera/envelope/1", genesis[:], s.Content)
	var err error
	if s.Signature, err = sign(random, operator, id[:]); err != nil {
		return nil, fault.Wrap(fault.Internal, "operator's signature", err)
	}
	if approver != nil {
		approved := approvalDigest(id)
		if s.Approval, err = sign(random, approver, approved[:]); err != nil {
			return nil, fault.Wrap(fault.Internal, "approver's signature", err)
		}
	}
	return wire.Encode(s), nil
}

// approvalDigest keeps an operator's signature from serving as an approval.
func approvalDigest(id wire.Hash) wire.Hash { return wire.Digest("riviera/approval/1", id[:]) }

// Verify checks who signed against the configuration at a height, and when the
// envelope may be committed. Signatures found good are remembered and not verified
// again under the same key.
func (e *Envelope) Verify(c *Config, height int64) error {
	if height > e.NotAfter {
		return fault.New(fault.Expired, "envelope")
	}
	if e.NotAfter > height+MaxAhead {
		return fault.Newf(fault.NotAfterTooFar, "envelope", "at most %d heights ahead", MaxAhead)
	}
	m := c.Member(e.Member)
	if m == nil {
		return fault.New(fault.UnknownMember, "envelope")
	}
	if err := e.verifyOne(m, e.Key, 0, height, e.ID, e.signature); err != nil {
		return err
	}
	if e.Approver == 0 {
		return nil
	}
	if err := e.verifyOne(m, e.Approver, 1, height, approvalDigest(e.ID), e.approval); err != nil {
		return err
	}
	first, _ := m.key(e.Key, Operate, height)
	second, _ := m.key(e.Approver, Operate, height)
	if first.Operator == second.Operator {
		return fault.New(fault.ApproverSame, "envelope")
	}
	return nil
}

func (e *Envelope) verifyOne(m *Member, id KeyID, slot int, height int64, digest wire.Hash, sig []byte) error {
	k, err := m.key(id, Operate, height)
	if err != nil {
		return err
	}
	if e.verified[slot] == string(k.Public) {
		return nil
	}
	if err := k.verify(digest[:], sig); err != nil {
		return err
	}
	e.verified[slot] = string(k.Public)
	return nil
}

// Approve adds the second signature to an envelope that names its approver and lacks it:
// the second person may be elsewhere, and sign later than the first.
func Approve(random io.Reader, genesis wire.Hash, raw []byte, approver crypto.Signer) ([]byte, error) {
	e, err := ParseEnvelope(genesis, raw)
	if err != nil {
		return nil, err
	}
	if e.Approver == 0 || len(e.approval) != 0 {
		return nil, fault.Newf(fault.Malformed, "envelope", "waits for no second signature")
	}
	var s sealed
	if err := wire.Decode(raw, &s); err != nil {
		return nil, fault.Wrap(fault.Malformed, "envelope", err)
	}
	digest := approvalDigest(e.ID)
	if s.Approval, err = sign(random, approver, digest[:]); err != nil {
		return nil, fault.Wrap(fault.Internal, "approver's signature", err)
	}
	return wire.Encode(s), nil
}

// Approved reports whether the envelope carries a second signature.
func (e *Envelope) Approved() bool { return len(e.approval) != 0 }

// VerifyFirst checks the first signature alone, with a key that is in force at a height.
func (e *Envelope) VerifyFirst(m *Member, height int64) error {
	return e.verifyOne(m, e.Key, 0, height, e.ID, e.signature)
}
