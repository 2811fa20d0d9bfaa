package ledger

import (
	"bytes"
	"crypto/ed25519"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Change is a recorder change under notice: one joins, one leaves, one takes another's
// place, or one votes with a new key. There is one at a time.
type Change struct {
	Join       MemberID   `cbor:"1,keyasint,omitempty" json:"join,omitempty"` // becomes a recorder, or gets a new key
	JoinRoles  []Role     `cbor:"2,keyasint,omitempty" json:"join_roles,omitempty"`
	JoinKey    []byte     `cbor:"3,keyasint,omitempty" json:"join_key,omitempty"`
	Leave      MemberID   `cbor:"4,keyasint,omitempty" json:"leave,omitempty"`               // ceases to be a recorder
	LeaveRoles []Role     `cbor:"5,keyasint,omitempty" json:"leave_roles,omitempty"`         // what it is then
	Out        bool       `cbor:"6,keyasint,omitempty" json:"leaves_network,omitempty"`      // or no member any more
	Successor  MemberID   `cbor:"7,keyasint,omitempty" json:"successor,omitempty"`           // named for its records
	Rotation   bool       `cbor:"8,keyasint,omitempty" json:"rotation,omitempty"`            // only the key of Join changes
	Act        wire.Hash  `cbor:"9,keyasint" json:"-"`                                       // the act that proposed it
	Due        int64      `cbor:"10,keyasint" json:"due_ns"`                                 // block time from which it takes effect
	Stays      []MemberID `cbor:"11,keyasint,omitempty" json:"stays,omitempty"`              // recorders that want it put off
	Stayed     bool       `cbor:"12,keyasint,omitempty" json:"stayed,omitempty"`             // it has been, once
	Accepted   bool       `cbor:"13,keyasint,omitempty" json:"successor_accepted,omitempty"` // by the named successor
	Superior   MemberID   `cbor:"14,keyasint,omitempty" json:"superior,omitempty"`           // reviews the rulings of Join
	Own        bool       `cbor:"15,keyasint,omitempty" json:"own,omitempty"`                // Leave has asked for it itself
}

// propose puts a recorder change under notice. A rotation, and a recorder's own wish to
// leave, give way to a change of the gate: nobody can hold the one place by changing keys,
// or by asking and taking it back. Due is the earliest moment that whoever proposes wants.
func (s *session) propose(c Change, reason Cause) error {
	now := s.council().Change
	if now != nil && (c.Rotation || !now.Rotation && (!now.Own || c.Own)) {
		return fault.Newf(fault.ChangePending, "recorders", "a change is under notice; there is one at a time")
	}
	if err := s.checkChange(&c); err != nil {
		return err
	}
	days := int64(noticeDays)
	if c.Rotation {
		days = rotationDays
	}
	c.Act, c.Due = s.act, max(c.Due, s.time+s.config.days(days))
	s.council().Change = &c
	args := c.args()
	args["due"] = seconds(c.Due)
	s.log("change-noticed", reason, args)
	return nil
}

func (c *Change) args() map[string]int64 {
	args := map[string]int64{}
	note := func(name string, m MemberID) {
		if m != 0 {
			args[name] = int64(m)
		}
	}
	note("join", c.Join)
	note("leave", c.Leave)
	note("successor", c.Successor)
	return args
}

// after lists the recorders once the change has been made.
func (s *session) after(c *Change) []Member {
	var out []Member
	for i := range s.config.Members {
		m := s.config.Members[i]
		switch {
		case m.ID == c.Join:
			m.Consensus = c.JoinKey
			out = append(out, m)
		case m.ID != c.Leave && m.Has(Recorder):
			out = append(out, m)
		}
	}
	return out
}

// checkChange refuses a change after which the recorders could not decide, or one
// constituency held more than a third of them. The detail is the arithmetic.
func (s *session) checkChange(c *Change) error {
	if c.Join != 0 {
		if err := s.checkConsensusKey(c.Join, c.JoinKey); err != nil {
			return err
		}
	}
	set := s.after(c)
	n := len(set)
	if n < minRecorders {
		return fault.Newf(fault.QuorumBroken, "recorders", "%d would be left; %d are needed to survive the loss of one", n, minRecorders)
	}
	here := 0
	for i := range set {
		if s.present.present(set[i].Consensus) {
			here++
		}
	}
	if 3*here <= 2*n {
		return fault.Newf(fault.QuorumBroken, "recorders",
			"%d of the %d recorders there would be took part in the last %d blocks; more than two thirds are needed: 3 × %d is not above 2 × %d",
			here, n, attendanceWindow, here, n)
	}
	return checkShares(set)
}

// checkShares holds that no constituency has more than a third of the recorders. One
// that is not named is its member's own.
func checkShares(set []Member) error {
	for i := range set {
		own := 0
		for j := range set {
			if j == i || set[i].Constituency != "" && set[j].Constituency == set[i].Constituency {
				own++
			}
		}
		if 3*own > len(set) {
			return fault.Newf(fault.ConstituencyShare, "recorders", "the constituency of member %d would have %d of %d: 3 × %d is above %d",
				set[i].ID, own, len(set), own, len(set))
		}
	}
	return nil
}

// checkConsensusKey refuses a key that is none, or that has voted on blocks before.
func (s *session) checkConsensusKey(member MemberID, key []byte) error {
	if len(key) != ed25519.PublicKeySize {
		return fault.Newf(fault.KeyInvalid, "consensus key", "32 bytes of Ed25519")
	}
	for i := range s.config.Members {
		if bytes.Equal(s.config.Members[i].Consensus, key) {
			return fault.Newf(fault.KeyUsed, "consensus key", "member %d has it", s.config.Members[i].ID)
		}
	}
	if c := s.council().Change; c != nil && c.Join != member && bytes.Equal(c.JoinKey, key) {
		return fault.Newf(fault.KeyUsed, "consensus key", "member %d is to have it", c.Join)
	}
	if slices.ContainsFunc(s.config.founders, func(v Validator) bool { return bytes.Equal(v.Key, key) }) {
		return fault.Newf(fault.KeyUsed, "consensus key", "it has voted before")
	}
	used, err := s.used(key)
	if err != nil {
		return err
	}
	if used {
		return fault.Newf(fault.KeyUsed, "consensus key", "it has voted before")
	}
	return nil
}

// effect makes the change whose notice has run, or drops it where it can no longer be
// made: members and attendance may have changed meanwhile.
func (s *session) effect() bool {
	c := s.council().Change
	if c == nil || s.time < c.Due {
		return false
	}
	s.council().Change = nil
	s.by, s.act = actor{}, c.Act
	args := c.args()
	if err := s.checkEffect(c); err != nil {
		args["code"] = int64(fault.Of(err))
		if c.Own {
			s.withdraw(c.Leave) // it may ask again
		}
		s.log("change-dropped", Cause{}, args)
		return true
	}
	if c.Leave != 0 {
		s.retire(*s.config.Member(c.Leave), c)
	}
	if c.Join != 0 {
		m := *s.config.Member(c.Join)
		m.Consensus = c.JoinKey
		if !c.Rotation {
			m.Roles, m.Retired, m.Release, m.Named, m.Successor = c.JoinRoles, 0, 0, 0, 0
			m.Superior = c.Superior
		}
		s.set(m)
	}
	s.reviewers(c)
	s.log("change-made", Cause{}, args)
	return true
}

func (s *session) checkEffect(c *Change) error {
	for _, id := range []MemberID{c.Join, c.Leave} {
		if id == 0 {
			continue
		}
		m, err := s.member(id)
		if err != nil {
			return err
		}
		if m.Has(Recorder) != (id == c.Leave || c.Rotation) {
			return fault.New(fault.NoEffect, "recorders")
		}
	}
	return s.checkChange(c)
}

// reviewers gives those whose rulings the leaving recorder reviewed another one: who took
// its place, else its own superior, else any other recorder.
func (s *session) reviewers(c *Change) {
	if c.Leave == 0 {
		return
	}
	choices := []MemberID{c.Join, s.config.Member(c.Leave).Superior}
	for _, r := range s.config.Recorders() {
		choices = append(choices, r.ID)
	}
	for _, r := range s.config.Recorders() {
		if r.Superior != c.Leave {
			continue
		}
		m := *r
		m.Superior = 0
		for _, id := range choices {
			if o := s.config.Member(id); o != nil && id != m.ID && o.Has(Recorder) {
				m.Superior = id
				break
			}
		}
		s.set(m)
	}
}

// retire ends a recorder's office. Its records go to the successor once that has
// accepted; until then the clock to their release runs.
func (s *session) retire(m Member, c *Change) {
	m.Roles = slices.Clone(c.LeaveRoles)
	m.Consensus = nil
	m.Retired = s.height
	m.Named, m.Successor, m.Release = 0, c.Successor, 0
	if !c.Accepted {
		m.Named, m.Successor, m.Release = c.Successor, 0, s.now+releaseDays*86400
	}
	if c.Out {
		s.leave(m)
		return
	}
	s.set(m)
}

// stay counts a recorder that wants a change put off; with more than a third it is, for
// thirty days and once.
func (s *session) stay(m *Member, act wire.Hash) error {
	c := s.council().Change
	switch {
	case c == nil || c.Act != act:
		return fault.New(fault.UnknownChange, "change")
	case c.Stayed || slices.Contains(c.Stays, m.ID):
		return fault.New(fault.AlreadyStayed, "change")
	}
	c.Stays = append(c.Stays, m.ID)
	args := map[string]int64{"stays": int64(len(c.Stays)), "recorders": int64(len(s.config.Recorders()))}
	if s.aThird(c.Stays, true) {
		c.Stayed = true
		c.Due = max(c.Due, s.time+s.config.days(stayDays))
		args["due"] = seconds(c.Due)
		s.log("change-stayed", Cause{}, args)
		return nil
	}
	s.log("stay", Cause{}, args)
	return nil
}

// aThird reports whether voters are a third of the present recorders, or more than that.
func (s *session) aThird(voters []MemberID, more bool) bool {
	n, votes := 0, 0
	for _, m := range s.config.Recorders() {
		n++
		if slices.Contains(voters, m.ID) {
			votes++
		}
	}
	if more {
		return 3*votes > n
	}
	return 3*votes >= n
}
