package ledger

import (
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Rotate changes a key of a member's node, signed by its own two operators: the key with
// which a recorder votes on blocks, which is a recorder change with a day's notice, or
// the node's own identity, which holds at once.
type Rotate struct {
	Consensus []byte `cbor:"1,keyasint,omitempty"`
	Node      string `cbor:"2,keyasint,omitempty"`
}

// Operation encodes the change.
func (o *Rotate) Operation() Operation { return Operation{Kind: KindRotate, Data: wire.Encode(o)} }

func (o *Rotate) check() error {
	if (o.Consensus != nil) == (o.Node != "") {
		return fault.New(fault.Malformed, "rotate")
	}
	return nil
}
func (o *Rotate) scope() Scope                          { return ScopeGovern }
func (o *Rotate) subject() (RecordID, bool)             { return RecordID{}, false }
func (o *Rotate) body() (wire.Hash, bool)               { return wire.Hash{}, false }
func (o *Rotate) favourable(*View) bool                 { return false }
func (o *Rotate) signatures(*Member) int                { return 2 }
func (o *Rotate) apply(x *execution, e *Envelope) error { return x.govern(o, o.Operation(), e) }

func (o *Rotate) decide(s *session) error {
	m, err := s.member(s.by.member)
	if err != nil {
		return err
	}
	if o.Node != "" {
		next := *m
		next.Node = o.Node
		if m.Node == "" || m.Node == o.Node {
			return fault.New(fault.NoEffect, "node")
		}
		if err := s.checkNode(&next); err != nil {
			return err
		}
		s.set(next)
		s.log("node-changed", Cause{}, map[string]int64{})
		return nil
	}
	if !m.Has(Recorder) {
		return fault.New(fault.RoleNotAllowed, "consensus key")
	}
	return s.propose(Change{Join: m.ID, JoinKey: o.Consensus, Rotation: true}, Cause{})
}

// Stay is a recorder's wish that the change under notice be put off. With more than a
// third of the recorders it is, once and for thirty days.
type Stay struct {
	Change wire.Hash `cbor:"1,keyasint"` // the act that proposed it
}

// Operation encodes the wish.
func (o *Stay) Operation() Operation { return Operation{Kind: KindStay, Data: wire.Encode(o)} }

func (o *Stay) check() error {
	if o.Change.Zero() {
		return fault.New(fault.Malformed, "change")
	}
	return nil
}
func (o *Stay) scope() Scope                          { return ScopeGovern }
func (o *Stay) subject() (RecordID, bool)             { return RecordID{}, false }
func (o *Stay) body() (wire.Hash, bool)               { return wire.Hash{}, false }
func (o *Stay) favourable(*View) bool                 { return false }
func (o *Stay) signatures(*Member) int                { return 1 }
func (o *Stay) apply(x *execution, e *Envelope) error { return x.govern(o, o.Operation(), e) }

func (o *Stay) decide(s *session) error {
	m, err := s.recorder("stay")
	if err != nil {
		return err
	}
	if t := s.council().Takeover; t != nil && t.Act == o.Change {
		return s.stayTakeover(m)
	}
	return s.stay(m, o.Change)
}

// recorder returns the sender if it is a recorder. A suspended one keeps its votes.
func (s *session) recorder(what string) (*Member, error) {
	m, err := s.member(s.by.member)
	if err != nil {
		return nil, err
	}
	if !m.Has(Recorder) {
		return nil, fault.Newf(fault.RoleNotAllowed, what, "recorders decide on it")
	}
	return m, nil
}
