package ledger

import (
	"crypto/ed25519"
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// Access registers the key with which a record's subject signs its filings: the public
// half of a pair that follows from the access code in the notice letter. The key is
// random and says nothing about the subject.
//
// The record's own recorder sends it. The first key rides with the notice and needs one
// operator, as the notice does. A later one takes a code out of somebody's hands, so it
// needs two, after a check of identity; from then on the former code files nothing. After
// erasure there is nobody left to identify, and no key is registered any more.
type Access struct {
	Record RecordID `cbor:"1,keyasint"`
	Public []byte   `cbor:"2,keyasint"` // Ed25519
}

// Operation encodes the registration.
func (o *Access) Operation() Operation { return Operation{Kind: KindAccess, Data: wire.Encode(o)} }

func (o *Access) check() error {
	switch {
	case o.Record == RecordID{}:
		return fault.New(fault.Malformed, "record")
	case len(o.Public) != ed25519.PublicKeySize:
		return fault.New(fault.Malformed, "public")
	}
	return nil
}

func (o *Access) scope() Scope              { return ScopeCase }
func (o *Access) subject() (RecordID, bool) { return o.Record, true }
func (o *Access) body() (wire.Hash, bool)   { return wire.Hash{}, false }

// favourable: without a key nobody can object.
func (o *Access) favourable(v *View) bool {
	_, err := v.Record(o.Record)
	return err == nil
}

func (o *Access) apply(x *execution, e *Envelope) error {
	r, err := x.record(o.Record)
	if err != nil {
		return err
	}
	switch by := x.config.roles(e.Member, r.Recorder, r.Proposer); {
	case by&contract.RoleRecorder == 0:
		return fault.New(fault.RoleNotAllowed, "access")
	case by&contract.RoleDeciding == 0:
		return fault.New(fault.ForeignRecorder, "record")
	case x.config.Contract(r.Contract).Status(r.Instance).Phase.Forgotten():
		return fault.New(fault.NoAccess, "record")
	case slices.Equal(r.Access, o.Public):
		return fault.New(fault.AccessUnchanged, "public")
	case r.Access != nil && e.Approver == 0:
		return fault.New(fault.ApproverMissing, "envelope")
	}
	if err := x.config.approvedWithin(e); r.Access != nil && err != nil {
		return err
	}
	r.Access = o.Public
	x.beside(r, &proof.Event{Type: proof.TypeAccess, Contract: r.Contract, Member: uint32(e.Member), Key: uint32(e.Key), Approver: uint32(e.Approver)})
	return nil
}

// forgotten reports whether a record has reached the phase in which its person is
// forgotten.
