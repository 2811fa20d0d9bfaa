package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// KindLeave is a member's own wish to leave the network.
const KindLeave Kind = 21

// maxAhead is how far ahead a day of leaving may be, in ledger days.
const maxAhead = 3660

// Leave is a member's wish to leave on a ledger day, signed by two of its operators (退出网络).
// It needs nobody's consent. For a recorder everything holds that holds for its removal by
// the gate: notice, the arithmetic of those that are left, a stay by more than a third, a
// successor for its records or the clock to their release. The notice begins in time for the
// day, where it is asked for early enough. What a member that has left may still do is what
// one may that was removed: favour the parties of its own records.
type Leave struct {
	Day       credit.Date `cbor:"1,keyasint,omitempty"` // on whose beginning it leaves; 0 takes the wish back
	Successor MemberID    `cbor:"2,keyasint,omitempty"` // a recorder's: who is asked to decide its records
	Reason    Cause       `cbor:"3,keyasint"`
}

// Leaving is a wish to leave that is not fulfilled yet.
type Leaving struct {
	Member    MemberID    `cbor:"1,keyasint" json:"member"`
	Day       credit.Date `cbor:"2,keyasint" json:"day"`
	Successor MemberID    `cbor:"3,keyasint,omitempty" json:"successor,omitempty"`
	Reason    Cause       `cbor:"4,keyasint" json:"reason"`
	Act       wire.Hash   `cbor:"5,keyasint" json:"-"`
}

// Operation encodes the wish.
func (o *Leave) Operation() Operation { return Operation{Kind: KindLeave, Data: wire.Encode(o)} }

func (o *Leave) check() error {
	if o.Day < 0 || o.Day == 0 && o.Successor != 0 {
		return fault.New(fault.Malformed, "leave")
	}
	return o.Reason.check()
}
func (o *Leave) scope() Scope                          { return ScopeGovern }
func (o *Leave) subject() (RecordID, bool)             { return RecordID{}, false }
func (o *Leave) body() (wire.Hash, bool)               { return wire.Hash{}, false }
func (o *Leave) favourable(*View) bool                 { return false }
func (o *Leave) signatures(*Member) int                { return 2 }
func (o *Leave) apply(x *execution, e *Envelope) error { return x.govern(o, o.Operation(), e) }

func (o *Leave) decide(s *session) error {
	m, err := s.member(s.by.member)
	if err != nil {
		return err
	}
	if m.Has(Authority) {
		return fault.Newf(fault.RoleNotAllowed, "leave", "the gate is never without one who holds it")
	}
	c := s.council()
	at := slices.IndexFunc(c.Leaving, func(l Leaving) bool { return l.Member == m.ID })
	args := map[string]int64{"member": int64(m.ID), "day": int64(o.Day)}
	if o.Day == 0 {
		if at < 0 {
			return fault.New(fault.NoEffect, "leave")
		}
		s.withdraw(m.ID)
		s.log("leave-withdrawn", o.Reason, args)
		return nil
	}
	today := s.now.Date()
	switch {
	case at >= 0:
		return fault.Newf(fault.NoEffect, "leave", "it is asked for; take that back first")
	case o.Day < today || o.Day > today.AddDays(maxAhead):
		return fault.Newf(fault.BadArgument, "day", "from today on, at most %d days ahead", maxAhead)
	case !m.Has(Recorder) && o.Successor != 0:
		return fault.Newf(fault.SuccessorInvalid, "successor", "only a recorder decides records")
	}
	if m.Has(Recorder) {
		if err := firstError(s.checkSuccessor(m.ID, o.Successor), s.checkChange(&Change{Leave: m.ID, Out: true})); err != nil {
			return err
		}
		if o.Successor != 0 {
			args["successor"] = int64(o.Successor)
		}
	}
	c.Leaving = append(slices.Clone(c.Leaving), Leaving{m.ID, o.Day, o.Successor, o.Reason, s.act})
	s.log("leave-asked", o.Reason, args)
	return nil
}

// withdraw forgets a wish to leave, and the change that is under notice for it.
func (s *session) withdraw(m MemberID) {
	c := s.council()
	c.Leaving = slices.DeleteFunc(slices.Clone(c.Leaving), func(l Leaving) bool { return l.Member == m })
	if c.Change != nil && c.Change.Own && c.Change.Leave == m {
		c.Change = nil
	}
}

// depart fulfils the wishes whose time has come. A recorder's is put under notice so that it
// is over on the day; while another change is under notice it waits.
func (s *session) depart() bool {
	changed := false
	for _, l := range slices.Clone(s.council().Leaving) {
		m := s.config.Member(l.Member)
		due := s.config.Clock.Real(s.config.GenesisTime, l.Day.Start())
		change := s.council().Change
		switch {
		case !m.Has(Recorder) && s.now >= l.Day.Start():
			s.by, s.act = actor{}, l.Act
			s.leave(*m)
			s.log("member-left", l.Reason, map[string]int64{"member": int64(m.ID)})
		case !m.Has(Recorder), s.time < due-s.config.days(noticeDays), change != nil && !change.Rotation:
			continue
		default:
			s.noticeOf(l, due)
		}
		changed = true
	}
	return changed
}

// noticeOf begins the notice of a recorder's leaving, or drops the wish with the code of what
// has come between: others have left meanwhile, or are absent.
func (s *session) noticeOf(l Leaving, due int64) {
	s.by, s.act = actor{}, l.Act
	successor := l.Successor
	if s.checkSuccessor(l.Member, successor) != nil {
		successor = 0 // it is no recorder any more; the gate may name another
	}
	err := s.propose(Change{Leave: l.Member, Out: true, Successor: successor, Own: true, Due: due}, l.Reason)
	if err == nil {
		return
	}
	s.withdraw(l.Member)
	s.log("leave-dropped", l.Reason, map[string]int64{"member": int64(l.Member), "code": int64(fault.Of(err))})
}
