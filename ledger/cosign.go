package ledger

import (
	"encoding/binary"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Pending is an act that waits for further operators of its member to sign it, as one
// of the authority for k of n officers.
type Pending struct {
	Act     wire.Hash `cbor:"1,keyasint" json:"act"`
	Member  MemberID  `cbor:"2,keyasint" json:"member"`
	Kind    Kind      `cbor:"3,keyasint" json:"kind"`
	Data    []byte    `cbor:"4,keyasint" json:"data"` // the operation as it was sent
	Signers []KeyID   `cbor:"5,keyasint" json:"signers"`
	Lapses  int64     `cbor:"6,keyasint" json:"lapses_ns"` // block time
}

// Needed is how many operators of the member must sign what waits, and People how many
// have done so with a key in force at a height.
func (p *Pending) Needed(c *Config) int {
	a, err := decodeAct(p.Operation())
	m := c.Member(p.Member)
	if o, ok := a.(governing); err == nil && ok && m != nil {
		return o.signatures(m)
	}
	return 0
}

// People is how many operators have signed with a key that is in force at a height.
func (p *Pending) People(c *Config, height int64) int {
	a, err := decodeAct(p.Operation())
	if m := c.Member(p.Member); err == nil && m != nil {
		return (&session{height: height}).operators(m, a.scope(), p.Signers)
	}
	return 0
}

// Operation decodes what waits.
func (p *Pending) Operation() Operation { return Operation{Kind: p.Kind, Data: p.Data} }

// ActID identifies what was proposed: the same act of the same member has the same id.
func ActID(m MemberID, op Operation) wire.Hash {
	head := binary.BigEndian.AppendUint32([]byte{byte(op.Kind)}, uint32(m))
	return wire.Digest("riviera/act/1", head, op.Data)
}

// submit gives an operation to the session: at once where enough operators have signed
// its envelope, else it waits for the others.
func (s *session) submit(o governing, op Operation, e *Envelope) error {
	m, err := s.member(e.Member)
	if err != nil {
		return err
	}
	if err := s.config.within(e, o.scope(), true); err != nil {
		return err
	}
	s.act = ActID(m.ID, op)
	signers := []KeyID{e.Key}
	if e.Approver != 0 {
		signers = append(signers, e.Approver)
	}
	return s.sign(m, o, op, signers)
}

// sign adds signatures to an act, and does it where they suffice. An operator counts
// once, and only with a key that is in force now.
func (s *session) sign(m *Member, o governing, op Operation, signers []KeyID) error {
	c := s.council()
	at := slices.IndexFunc(c.Pending, func(p Pending) bool { return p.Act == s.act })
	all := signers
	if at >= 0 {
		all = append(slices.Clone(c.Pending[at].Signers), signers...)
		if s.operators(m, o.scope(), all) == s.operators(m, o.scope(), c.Pending[at].Signers) {
			return fault.New(fault.AlreadySigned, "act")
		}
	}
	need := o.signatures(m)
	if s.operators(m, o.scope(), all) >= need {
		if at >= 0 {
			c.Pending = slices.Delete(c.Pending, at, at+1)
		}
		return o.decide(s)
	}
	if m.Threshold == 0 || need > int(m.Threshold) {
		return fault.Newf(fault.ApproverMissing, "envelope", "%d of %d operators have signed", s.operators(m, o.scope(), all), need)
	}
	return s.wait(m, o, op, at, all)
}

// wait keeps an act until enough officers have signed. That it could be done is checked
// now, and again then.
func (s *session) wait(m *Member, o governing, op Operation, at int, signers []KeyID) error {
	trial := openSession(s.config, s.height, s.time, s.now, s.present)
	trial.used, trial.by, trial.act = s.used, s.by, s.act
	if err := o.decide(trial); err != nil {
		return err
	}
	c := s.council()
	if at >= 0 {
		c.Pending[at].Signers = signers
	} else {
		own := 0
		for _, p := range c.Pending {
			if p.Member == m.ID {
				own++
			}
		}
		if own >= maxPending {
			return fault.Newf(fault.TooManyPending, "act", "%d acts wait already", own)
		}
		c.Pending = append(c.Pending, Pending{s.act, m.ID, op.Kind, op.Data, signers, s.time + s.config.days(pendingDays)})
	}
	s.log("act-signed", Cause{}, map[string]int64{"operators": int64(s.operators(m, o.scope(), signers)), "needed": int64(o.signatures(m))})
	return nil
}

// operators counts the different people behind keys that are in force and may sign it.
func (s *session) operators(m *Member, scope Scope, keys []KeyID) int {
	var people []string
	for _, id := range keys {
		if k, err := m.key(id, Operate, s.height); err == nil && k.Scope.Any(scope) && !slices.Contains(people, k.Operator) {
			people = append(people, k.Operator)
		}
	}
	return len(people)
}

// lapse drops acts that never got their signatures.
func (s *session) lapse() bool {
	c := s.council()
	n := len(c.Pending)
	c.Pending = slices.DeleteFunc(c.Pending, func(p Pending) bool {
		if s.time < p.Lapses {
			return false
		}
		s.by, s.act = actor{}, p.Act
		s.log("act-lapsed", Cause{}, map[string]int64{"member": int64(p.Member)})
		return true
	})
	return len(c.Pending) != n
}

// Cosign adds an operator's signature to an act that waits.
type Cosign struct {
	Act wire.Hash `cbor:"1,keyasint"`
}

// Operation encodes the signature.
func (o *Cosign) Operation() Operation { return Operation{Kind: KindCosign, Data: wire.Encode(o)} }

func (o *Cosign) check() error {
	if o.Act.Zero() {
		return fault.New(fault.Malformed, "act")
	}
	return nil
}
func (o *Cosign) scope() Scope                          { return ScopeGovern }
func (o *Cosign) subject() (RecordID, bool)             { return RecordID{}, false }
func (o *Cosign) body() (wire.Hash, bool)               { return wire.Hash{}, false }
func (o *Cosign) favourable(*View) bool                 { return false }
func (o *Cosign) signatures(*Member) int                { return 1 }
func (o *Cosign) apply(x *execution, e *Envelope) error { return x.govern(o, o.Operation(), e) }

func (o *Cosign) decide(s *session) error {
	for _, p := range s.council().Pending {
		if p.Act != o.Act || p.Member != s.by.member {
			continue
		}
		a, err := decodeAct(p.Operation())
		if err != nil {
			return err
		}
		m, err := s.member(p.Member)
		if err != nil {
			return err
		}
		s.act = p.Act
		signers := []KeyID{s.by.key}
		if s.by.approver != 0 {
			signers = append(signers, s.by.approver)
		}
		return s.sign(m, a.(governing), p.Operation(), signers)
	}
	return fault.New(fault.UnknownPending, "act")
}
