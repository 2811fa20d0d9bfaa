package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Acts of the gate.
const (
	GateAdmit   = "admit"   // 准入: a new member, or one that becomes a recorder after notice
	GateSuspend = "suspend" // 暂停: no adverse act and no proposal; its votes and exits go on
	GateResume  = "resume"  // 恢复
	GateRemove  = "remove"  // 除名: a recorder after notice, anyone else at once
	GateRoles   = "roles"   // 变更角色
	GateKeys    = "keys"    // 密钥遗失: new keys for a member that has certified the loss of its own
	GateSucceed = "succeed" // 承接: names who is to decide the records of a recorder that leaves
	GateCorrect = "correct" // 更正: names, code, contact, or the measures that a member carries out
)

// Gate is an act of the authority at the door (进出权限). It is the whole of its power.
type Gate struct {
	Act       string   `cbor:"1,keyasint"`
	Subject   MemberID `cbor:"2,keyasint"`
	Member    *Member  `cbor:"3,keyasint,omitempty"` // admit and correct: the entry
	Roles     []Role   `cbor:"4,keyasint,omitempty"` // roles: what it is to have from now on
	Consensus []byte   `cbor:"5,keyasint,omitempty"` // roles: the key of a member that becomes a recorder
	Replaces  MemberID `cbor:"6,keyasint,omitempty"` // admit, roles: the recorder whose place it takes, in one change
	Successor MemberID `cbor:"7,keyasint,omitempty"` // who is to decide the records of the recorder that leaves
	Keys      []Key    `cbor:"8,keyasint,omitempty"` // keys: the new operating keys
	Reason    Cause    `cbor:"9,keyasint"`
	Superior  MemberID `cbor:"10,keyasint,omitempty"` // roles: who reviews the rulings of a member that becomes a recorder
}

// Operation encodes the act.
func (o *Gate) Operation() Operation { return Operation{Kind: KindGate, Data: wire.Encode(o)} }

func (o *Gate) check() error {
	if o.Subject == 0 {
		return fault.New(fault.Malformed, "subject")
	}
	entry := o.Act == GateAdmit || o.Act == GateCorrect
	switch {
	case entry != (o.Member != nil), entry && o.Member.ID != o.Subject:
		return fault.New(fault.Malformed, "member")
	case o.Act != GateRoles && (o.Roles != nil || o.Consensus != nil):
		return fault.New(fault.Malformed, "roles")
	case o.Act != GateRoles && o.Superior != 0:
		return fault.New(fault.Malformed, "superior")
	case o.Act != GateKeys && o.Keys != nil:
		return fault.New(fault.Malformed, "keys")
	case o.Act != GateAdmit && o.Act != GateRoles && o.Replaces != 0:
		return fault.New(fault.Malformed, "replaces")
	}
	return o.Reason.check()
}

func (o *Gate) scope() Scope                          { return ScopeGovern }
func (o *Gate) subject() (RecordID, bool)             { return RecordID{}, false }
func (o *Gate) body() (wire.Hash, bool)               { return wire.Hash{}, false }
func (o *Gate) favourable(*View) bool                 { return false }
func (o *Gate) signatures(m *Member) int              { return max(int(m.Threshold), 1) }
func (o *Gate) apply(x *execution, e *Envelope) error { return x.govern(o, o.Operation(), e) }

func (o *Gate) decide(s *session) error {
	by, err := s.member(s.by.member)
	if err != nil {
		return err
	}
	if !by.Has(Authority) {
		return fault.Newf(fault.RoleNotAllowed, "act", "the gate is the authority's")
	}
	if o.Act == GateAdmit {
		return o.admit(s)
	}
	m := s.config.Member(o.Subject)
	switch {
	case m == nil:
		return fault.New(fault.UnknownMember, "subject")
	case m.Removed != 0 && o.Act != GateSucceed: // its records may still need somebody
		return fault.New(fault.MemberRemoved, "subject")
	}
	if m.Has(Authority) && o.Act != GateCorrect {
		return fault.Newf(fault.RoleNotAllowed, "subject", "the authority does not decide on itself")
	}
	switch o.Act {
	case GateSuspend, GateResume:
		return o.suspend(s, *m)
	case GateRemove:
		return o.remove(s, *m)
	case GateRoles:
		return o.change(s, *m)
	case GateKeys:
		return o.takeover(s, m)
	case GateSucceed:
		return o.succeed(s, *m)
	case GateCorrect:
		return o.correct(s, *m)
	}
	return fault.Newf(fault.BadArgument, "act", "no act of the gate")
}

func (o *Gate) args() map[string]int64 {
	args := map[string]int64{"member": int64(o.Subject)}
	if o.Replaces != 0 {
		args["replaces"] = int64(o.Replaces)
	}
	if o.Successor != 0 {
		args["successor"] = int64(o.Successor)
	}
	return args
}

// suspend takes effect at once: it can only spare subjects. It takes no vote away, or
// the gate would be a veto.
func (o *Gate) suspend(s *session, m Member) error {
	if m.Suspended == (o.Act == GateSuspend) {
		return fault.New(fault.NoEffect, "act")
	}
	m.Suspended = !m.Suspended
	s.set(m)
	s.log("member-"+o.Act, o.Reason, o.args())
	return nil
}

// remove ends a membership: at once, or after notice where it is a recorder's.
func (o *Gate) remove(s *session, m Member) error {
	if m.Has(Recorder) {
		if err := s.checkSuccessor(m.ID, o.Successor); err != nil {
			return err
		}
		return s.propose(Change{Leave: m.ID, Out: true, Successor: o.Successor}, o.Reason)
	}
	s.leave(m)
	s.log("member-remove", o.Reason, o.args())
	return nil
}

// leave ends a membership. Keys stay listed: favourable acts on its own records go on.
func (s *session) leave(m Member) {
	m.Roles, m.Removed, m.Suspended = nil, s.height, false
	s.set(m)
	c := s.council()
	c.Pending = slices.DeleteFunc(c.Pending, func(p Pending) bool { return p.Member == m.ID })
	c.Leaving = slices.DeleteFunc(slices.Clone(c.Leaving), func(l Leaving) bool { return l.Member == m.ID })
	if c.Takeover != nil && c.Takeover.Member == m.ID {
		c.Takeover = nil
	}
}

// change gives a member other roles. Becoming and ceasing to be a recorder are recorder
// changes; the rest is done at once.
func (o *Gate) change(s *session, m Member) error {
	if err := checkRoles(o.Roles); err != nil {
		return err
	}
	is, becomes := m.Has(Recorder), slices.Contains(o.Roles, Recorder)
	next := m
	next.Roles = slices.DeleteFunc(slices.Clone(o.Roles), func(r Role) bool { return r == Recorder })
	switch {
	case is && becomes, !is && becomes && m.Node == "":
		return fault.New(fault.NoEffect, "roles")
	case (len(next.Roles) > 0 || becomes) && m.Node == "" && slices.Contains(next.Roles, Contributor):
		return fault.Newf(fault.MemberIncomplete, "node", "a contributor runs a node")
	case !is && !becomes && (o.Replaces != 0 || o.Successor != 0 || slices.Equal(next.Roles, m.Roles)):
		return fault.New(fault.NoEffect, "roles")
	case is:
		if err := s.checkSuccessor(m.ID, o.Successor); err != nil {
			return err
		}
		return s.propose(Change{Leave: m.ID, LeaveRoles: next.Roles, Successor: o.Successor}, o.Reason)
	case becomes:
		next.Superior, next.Roles = o.Superior, o.Roles
		if next.Constituency == "" {
			return fault.Newf(fault.MemberIncomplete, "constituency", "a recorder belongs to one")
		}
		if err := s.checkDuties(&next); err != nil {
			return err
		}
		return o.promote(s, next, o.Roles, o.Consensus)
	}
	s.set(next)
	s.log("member-roles", o.Reason, o.args())
	return nil
}

// promote proposes that a member becomes a recorder, in the place of another or beside
// the present ones.
func (o *Gate) promote(s *session, m Member, roles []Role, key []byte) error {
	as := m
	as.Roles = roles
	if err := s.checkPeople(&as); err != nil { // what suffices for a contributor may not list and release
		return err
	}
	c := Change{Join: m.ID, JoinRoles: roles, JoinKey: key, Successor: o.Successor, Superior: m.Superior}
	if o.Replaces != 0 {
		out, err := s.member(o.Replaces)
		if err != nil {
			return err
		}
		if !out.Has(Recorder) {
			return fault.Newf(fault.NoEffect, "replaces", "member %d is no recorder", o.Replaces)
		}
		if o.Successor != m.ID { // the one that takes the place may take the records too
			if err := s.checkSuccessor(o.Replaces, o.Successor); err != nil {
				return err
			}
		}
		c.Leave, c.Out = o.Replaces, true
	} else if o.Successor != 0 {
		return fault.New(fault.SuccessorInvalid, "successor")
	}
	return s.propose(c, o.Reason)
}

// correct mends what an entry says about the institution. What decides votes and who may
// connect is not corrected but changed.
func (o *Gate) correct(s *session, m Member) error {
	if err := checkTexts(o.Member); err != nil {
		return err
	}
	if err := s.checkUniqueCode(o.Member); err != nil {
		return err
	}
	next := m
	next.NameZH, next.NameEN, next.Code, next.Contact = o.Member.NameZH, o.Member.NameEN, o.Member.Code, o.Member.Contact
	if !m.Has(Recorder) && o.Member.Constituency != "" {
		next.Constituency = o.Member.Constituency
	}
	if next.Executes = o.Member.Executes; !slices.Equal(next.Executes, m.Executes) {
		if err := s.checkDuties(&next); err != nil {
			return err
		}
	}
	s.set(next)
	s.log("member-correct", o.Reason, o.args())
	return nil
}
