package ledger

import (
	"cmp"
	"slices"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// TypeGovernance is the type of the log's events about members, keys and recorders. The
// event's Name says which, Args name members by number.
const TypeGovernance = "governance"

// governing is an operation about the network itself. It reads and changes nothing but
// the configuration, so that it can be tried before it is sent (View.Try).
type governing interface {
	act
	// signatures is how many operators of the sender must have signed.
	signatures(m *Member) int
	// decide changes the session or refuses and leaves no trace.
	decide(s *session) error
}

// session is one governing act, or the passing of time, on a configuration of its own.
type session struct {
	config  *Config
	height  int64
	time    int64 // block time, Unix nanoseconds
	now     credit.Moment
	present *attendance
	by      actor
	act     wire.Hash // identifies the act in the log

	handsOver bool // the block has changed who votes already

	events  []*proof.Event
	changed []MemberID // whose entries have changed
	used    func(key []byte) (bool, error)
}

// open starts a session on a copy of a configuration.
func openSession(config *Config, height, time int64, now credit.Moment, present *attendance) *session {
	next := *config
	next.sum = nil
	next.Council = config.Council.clone()
	return &session{config: &next, height: height, time: time, now: now, present: present}
}

func (s *session) council() *Council { return s.config.Council }

// member returns the entry of a present member.
func (s *session) member(id MemberID) (*Member, error) {
	m := s.config.Member(id)
	if m == nil {
		return nil, fault.New(fault.UnknownMember, "member")
	}
	if m.Removed != 0 {
		return nil, fault.New(fault.MemberRemoved, "member")
	}
	return m, nil
}

// set replaces or adds a member's entry.
func (s *session) set(m Member) {
	if len(s.changed) == 0 {
		s.config.Members = slices.Clone(s.config.Members)
	}
	if !slices.Contains(s.changed, m.ID) {
		s.changed = append(s.changed, m.ID)
	}
	i, found := slices.BinarySearchFunc(s.config.Members, m.ID, func(x Member, id MemberID) int { return cmp.Compare(x.ID, id) })
	if found {
		s.config.Members[i] = m
	} else {
		s.config.Members = slices.Insert(s.config.Members, i, m)
	}
}

// log notes what was decided. The article, where there is one, is what it cites.
func (s *session) log(name string, reason Cause, args map[string]int64) {
	e := &proof.Event{Type: TypeGovernance, Name: name, Recorded: s.now, Member: uint32(s.by.member), Key: uint32(s.by.key),
		Approver: uint32(s.by.approver), Commitment: s.act, Height: s.height, Args: args}
	if reason.Article != "" {
		e.Cite = []string{reason.Article}
		args["reason"] = int64(reason.Code)
	}
	s.events = append(s.events, e)
}

// seconds is a block time as the log and people have it.
func seconds(ns int64) int64 { return floorSeconds(ns) }

// govern applies a governing operation within a block.
func (x *execution) govern(o governing, op Operation, e *Envelope) error {
	s := x.session()
	s.by = actor{member: e.Member, key: e.Key, approver: e.Approver}
	if err := s.submit(o, op, e); err != nil {
		return err
	}
	return x.conclude(s)
}

func (x *execution) session() *session {
	s := openSession(x.config, x.height, x.time, x.now, x.present)
	s.used = func(key []byte) (bool, error) { return voted(x, key) }
	s.handsOver = len(x.updates) > 0
	return s
}

// conclude takes a session over: configuration, log and what is to be written.
func (x *execution) conclude(s *session) error {
	before := x.config
	x.config = s.config
	for _, id := range s.changed {
		x.set(entryKey(id), wire.Encode(x.config.Member(id)))
	}
	for _, e := range s.events {
		x.events = append(x.events, e)
		x.append(e.Encode())
	}
	if err := x.succeed(before); err != nil {
		return err
	}
	x.set(councilKey, wire.Encode(x.config.Council))
	return nil
}

// Try tells whether the governing operations of an envelope would be accepted now, with
// the arithmetic where they would not. Other operations are not looked at.
func (v *View) Try(e *Envelope) error {
	config := v.Config
	var present *attendance
	for i, a := range e.acts {
		o, ok := a.(governing)
		if !ok {
			continue
		}
		if present == nil {
			var err error
			if present, err = openAttendance(v.reader); err != nil {
				return err
			}
		}
		s := openSession(config, v.Height+1, v.Time, v.Moment, present)
		s.used = func(key []byte) (bool, error) { return voted(v.reader, key) }
		s.by = actor{member: e.Member, key: e.Key, approver: e.Approver}
		if err := s.submit(o, e.Ops[i], e); err != nil {
			return atOperation(i, err)
		}
		config = s.config
	}
	return nil
}

// Governs reports whether an envelope holds an operation about the network itself.
func (e *Envelope) Governs() bool {
	return slices.ContainsFunc(e.acts, func(a act) bool { _, ok := a.(governing); return ok })
}
