package ledger

import (
	"crypto/ed25519"
	"encoding/hex"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/signature"
	"github.com/riviera-ledger/riviera/wire"
)

// Rotate changes a key of a member's node, signed by its own two operators; nobody else,
// the authority included, has a part in it. The key with which a recorder votes on blocks is
// a recorder change with a day's notice. The node's own identity holds at once, and the one
// so far is let in beside it for a day, until the node has been restarted with the new key.
//
// The new key signs always, so that nobody registers a key that is not in hand, and the one
// so far signs too. With a Reason, in an emergency, it does not: it is stolen or lost, and
// ends at once, its node let in no more and its vote over with the handover. There is one
// such change of a vote a day in the whole network.
type Rotate struct {
	Consensus []byte `cbor:"1,keyasint,omitempty" json:"consensus_key,omitempty"` // one of the two: Ed25519, with which the recorder is to vote
	Node      []byte `cbor:"2,keyasint,omitempty" json:"node_key,omitempty"`      // Ed25519, by which the node is to be known
	Was       []byte `cbor:"3,keyasint,omitempty" json:"old_node_key,omitempty"`  // the node's key so far, of which the ledger has the id alone
	Old       []byte `cbor:"4,keyasint,omitempty" json:"signed_by_old,omitempty"` // over the rotation's digest; absent in an emergency
	New       []byte `cbor:"5,keyasint" json:"signed_by_new"`
	Reason    *Cause `cbor:"6,keyasint,omitempty" json:"reason,omitempty"` // the key so far ends at once
}

// rotation is what both keys sign. It names what is replaced, so that an old one proves
// nothing about a later one.
type rotation struct {
	Member    MemberID `cbor:"1,keyasint"`
	Consensus []byte   `cbor:"2,keyasint,omitempty"`
	Node      []byte   `cbor:"3,keyasint,omitempty"`
	Was       []byte   `cbor:"4,keyasint"` // the key that votes so far, or the node's peer id so far
	Reason    *Cause   `cbor:"5,keyasint,omitempty"`
}

// digest is Digest("riviera/rotate/1", rotation).
func (o *Rotate) digest(m *Member) wire.Hash {
	was := m.Consensus
	if o.Node != nil {
		was = []byte(m.Node)
	}
	return wire.Digest("riviera/rotate/1", wire.Encode(&rotation{m.ID, o.Consensus, o.Node, was, o.Reason}))
}

// Sign adds the proofs that both keys are in hand; old is nil in an emergency. The member is
// as the ledger has it.
func (o *Rotate) Sign(m *Member, old, next ed25519.PrivateKey) {
	if old != nil && o.Node != nil {
		o.Was = old.Public().(ed25519.PublicKey)
	}
	d := o.digest(m)
	o.New = ed25519.Sign(next, d[:])
	if old != nil {
		o.Old = ed25519.Sign(old, d[:])
	}
}

// Operation encodes the change.
func (o *Rotate) Operation() Operation { return Operation{Kind: KindRotate, Data: wire.Encode(o)} }

func (o *Rotate) check() error {
	emergency := o.Reason != nil
	switch {
	case (o.Consensus != nil) == (o.Node != nil),
		len(o.New) != ed25519.SignatureSize,
		emergency != (o.Old == nil), !emergency && len(o.Old) != ed25519.SignatureSize,
		(o.Was != nil) != (o.Node != nil && !emergency):
		return fault.New(fault.Malformed, "rotate")
	case emergency:
		return o.Reason.check()
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
	if o.Node != nil {
		return o.rename(s, m)
	}
	if !m.Has(Recorder) {
		return fault.New(fault.RoleNotAllowed, "consensus key")
	}
	if err := o.proved(m, o.Consensus, m.Consensus); err != nil {
		return err
	}
	if o.Reason != nil {
		return o.revoke(s, m)
	}
	return s.propose(Change{Join: m.ID, JoinKey: o.Consensus, Rotation: true}, Cause{})
}

// proved holds that the new key is in hand, and the old one where it has to be.
func (o *Rotate) proved(m *Member, next, old []byte) error {
	d := o.digest(m)
	if len(next) != ed25519.PublicKeySize {
		return fault.Newf(fault.KeyInvalid, "new key", "32 bytes of Ed25519")
	}
	if !signature.Verify(signature.Check{Key: next, Message: d[:], Signature: o.New}) {
		return fault.Newf(fault.BadSignature, "new key", "it has not signed its own registration")
	}
	if o.Reason != nil {
		return nil
	}
	if len(old) != ed25519.PublicKeySize || !signature.Verify(signature.Check{Key: old, Message: d[:], Signature: o.Old}) {
		return fault.Newf(fault.BadSignature, "old key", "it has not signed its replacement")
	}
	return nil
}

// rename gives the member's node another identity.
func (o *Rotate) rename(s *session, m *Member) error {
	next := *m
	next.Node = NodeOf(o.Node)
	switch {
	case m.Node == "" || m.Node == next.Node:
		return fault.New(fault.NoEffect, "node")
	case o.Reason == nil && NodeOf(o.Was) != m.Node:
		return fault.Newf(fault.KeyInvalid, "old key", "the ledger has another node for member %d", m.ID)
	case len(m.FormerNodes) >= maxKeys:
		return fault.Newf(fault.TooLarge, "node", "at most %d changes of a node's key", maxKeys)
	}
	if err := firstError(o.proved(m, o.Node, o.Was), s.checkNode(&next)); err != nil {
		return err
	}
	next.FormerNodes = append(slices.Clone(m.FormerNodes), m.Node)
	c := s.council()
	args, reason := map[string]int64{}, Cause{}
	if o.Reason != nil {
		reason = *o.Reason
		c.Nodes = slices.DeleteFunc(c.Nodes, func(n FormerNode) bool { return n.Member == m.ID })
	} else {
		until := s.time + s.config.days(rotationDays)
		c.Nodes = append(c.Nodes, FormerNode{Member: m.ID, Node: m.Node, Until: until})
		args["until"] = seconds(until)
	}
	s.set(next)
	s.log("node-changed", reason, args)
	return nil
}

// revoke ends the vote of a key at once and gives it to another. What a thief of two
// operators' keys could gain so is one vote a day, as by a rotation with notice.
func (o *Rotate) revoke(s *session, m *Member) error {
	c := s.council()
	switch {
	case s.handsOver:
		return fault.Newf(fault.ChangePending, "recorders", "they change in this block; the next one takes it")
	case c.Revoked != 0 && s.time < c.Revoked+s.config.days(rotationDays):
		return fault.Newf(fault.ChangePending, "recorders", "a vote was revoked less than a day of notice ago; there is one a day")
	}
	change := Change{Join: m.ID, JoinKey: o.Consensus, Rotation: true}
	if err := s.checkChange(&change); err != nil {
		return err
	}
	if now := c.Change; now != nil && now.Rotation && now.Join == m.ID {
		c.Change = nil // it would bring in yet another key
	}
	c.Revoked = s.time
	next := *m
	next.Consensus = o.Consensus
	s.set(next)
	s.log("vote-revoked", *o.Reason, map[string]int64{"from": s.height + handoverDelay})
	return nil
}

// FormerNode is the identity that a member's node had before, let in beside the new one
// until the node has been restarted.
type FormerNode struct {
	Member MemberID `cbor:"1,keyasint" json:"member"`
	Node   string   `cbor:"2,keyasint" json:"node"`
	Until  int64    `cbor:"3,keyasint" json:"until_ns"` // block time
}

// NodeOf returns the peer id of an Ed25519 key: 40 lower-case hexadecimal digits of the
// first 20 bytes of its SHA-256.
func NodeOf(key []byte) string {
	a := AddressOf(key)
	return hex.EncodeToString(a[:])
}

// part lets the former identities of nodes in no more whose day is over.
func (s *session) part() bool {
	c := s.council()
	n := len(c.Nodes)
	c.Nodes = slices.DeleteFunc(c.Nodes, func(f FormerNode) bool { return s.time >= f.Until })
	return len(c.Nodes) < n
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
