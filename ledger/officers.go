package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// OfficersVote is a recorder's vote to take the gate out of the hands that hold it: to
// replace the authority's keys. It passes with two thirds of the recorders from at least
// half of their constituencies, and takes effect thirty days later if they still stand
// to it. A recorder's later vote replaces its earlier one.
type OfficersVote struct {
	Keys      []Key `cbor:"1,keyasint,omitempty"` // the new officers'; none takes the vote back
	Threshold uint8 `cbor:"2,keyasint,omitempty"` // how many of them must sign
}

// OfficersChange is a proposal for the authority's keys with who is for it.
type OfficersChange struct {
	Content wire.Hash  `cbor:"1,keyasint" json:"content"`
	Vote    []byte     `cbor:"2,keyasint" json:"vote"` // the OfficersVote
	For     []MemberID `cbor:"3,keyasint" json:"for"`
	Due     int64      `cbor:"4,keyasint,omitempty" json:"due_ns,omitempty"` // since it has enough votes
}

// Operation encodes the vote.
func (o *OfficersVote) Operation() Operation {
	return Operation{Kind: KindOfficersVote, Data: wire.Encode(o)}
}

func (o *OfficersVote) check() error {
	if len(o.Keys) > maxKeys/2 || (len(o.Keys) == 0) != (o.Threshold == 0) {
		return fault.New(fault.Malformed, "officers")
	}
	return nil
}
func (o *OfficersVote) scope() Scope                          { return ScopeGovern }
func (o *OfficersVote) subject() (RecordID, bool)             { return RecordID{}, false }
func (o *OfficersVote) body() (wire.Hash, bool)               { return wire.Hash{}, false }
func (o *OfficersVote) favourable(*View) bool                 { return false }
func (o *OfficersVote) signatures(*Member) int                { return 2 }
func (o *OfficersVote) apply(x *execution, e *Envelope) error { return x.govern(o, o.Operation(), e) }

func (o *OfficersVote) decide(s *session) error {
	m, err := s.recorder("officers")
	if err != nil {
		return err
	}
	c := s.council()
	content := wire.Digest("riviera/officers/1", wire.Encode(o))
	had := slices.IndexFunc(c.Officers, func(p OfficersChange) bool { return slices.Contains(p.For, m.ID) })
	switch {
	case o.Threshold == 0 && had < 0, had >= 0 && c.Officers[had].Content == content:
		return fault.New(fault.NoEffect, "officers")
	case o.Threshold != 0:
		if err := s.checkOfficers(o); err != nil {
			return err
		}
	}
	if had >= 0 {
		c.Officers[had].For = slices.DeleteFunc(slices.Clone(c.Officers[had].For), func(id MemberID) bool { return id == m.ID })
	}
	if o.Threshold != 0 {
		at := slices.IndexFunc(c.Officers, func(p OfficersChange) bool { return p.Content == content })
		if at < 0 {
			at = len(c.Officers)
			c.Officers = append(c.Officers, OfficersChange{Content: content, Vote: wire.Encode(o)})
		}
		c.Officers[at].For = append(slices.Clone(c.Officers[at].For), m.ID)
	}
	s.count()
	s.log("officers-vote", Cause{}, map[string]int64{"keys": int64(len(o.Keys))})
	return nil
}

// count starts the notice of a proposal that has enough votes, and stops that of one
// that has lost them.
func (s *session) count() {
	c := s.council()
	c.Officers = slices.DeleteFunc(c.Officers, func(p OfficersChange) bool { return len(p.For) == 0 })
	for i := range c.Officers {
		p := &c.Officers[i]
		switch passes := s.twoThirds(p.For); {
		case passes && p.Due == 0:
			p.Due = s.time + s.config.days(officersDays)
			s.log("officers-noticed", Cause{}, map[string]int64{"votes": int64(len(p.For)), "due": seconds(p.Due)})
		case !passes:
			p.Due = 0
		}
	}
}

// twoThirds reports whether voters are two thirds of the present recorders and come from
// at least half of their constituencies.
func (s *session) twoThirds(voters []MemberID) bool {
	return s.config.TwoThirds(voters)
}

// TwoThirds reports whether voters are two thirds of the recorders and come from at least
// half of their constituencies; a recorder without one is its own.
func (c *Config) TwoThirds(voters []MemberID) bool {
	n, votes := 0, 0
	var all, heard []string
	own := 0
	ownHeard := 0
	for _, m := range c.Recorders() {
		n++
		voted := slices.Contains(voters, m.ID)
		if voted {
			votes++
		}
		switch {
		case m.Constituency == "":
			own++
			if voted {
				ownHeard++
			}
		default:
			if !slices.Contains(all, m.Constituency) {
				all = append(all, m.Constituency)
			}
			if voted && !slices.Contains(heard, m.Constituency) {
				heard = append(heard, m.Constituency)
			}
		}
	}
	return 3*votes >= 2*n && 2*(len(heard)+ownHeard) >= len(all)+own
}

func (s *session) authority() *Member {
	for i := range s.config.Members {
		if s.config.Members[i].Has(Authority) {
			return &s.config.Members[i]
		}
	}
	return nil
}

// checkOfficers holds that the new officers are enough people with new keys.
func (s *session) checkOfficers(o *OfficersVote) error {
	a := s.authority()
	if a == nil {
		return fault.New(fault.UnknownMember, "authority")
	}
	fresh := *a
	fresh.Threshold = o.Threshold
	fresh.Keys = renewed(a.Keys, nil, s.height)
	for i := range o.Keys {
		if o.Keys[i].Purpose != Operate {
			return fault.Newf(fault.KeyInvalid, "officers", "operating keys only")
		}
		if err := s.checkAdded(&fresh, &o.Keys[i]); err != nil {
			return err
		}
		fresh.Keys = append(fresh.Keys, o.Keys[i])
	}
	return s.checkPeople(&fresh)
}

// install replaces the authority's keys once the notice has run.
func (s *session) install() bool {
	c := s.council()
	at := slices.IndexFunc(c.Officers, func(p OfficersChange) bool { return p.Due != 0 && s.time >= p.Due })
	if at < 0 {
		return false
	}
	p := c.Officers[at]
	c.Officers = slices.Delete(c.Officers, at, at+1)
	s.by, s.act = actor{}, p.Content
	var o OfficersVote
	err := wire.DecodeTrusted(p.Vote, &o)
	if err == nil && !s.twoThirds(p.For) {
		err = fault.New(fault.NoEffect, "officers")
	}
	if err == nil {
		err = s.checkOfficers(&o)
	}
	if err != nil {
		s.log("officers-dropped", Cause{}, map[string]int64{"code": int64(fault.Of(err))})
		return true
	}
	next := *s.authority()
	next.Keys, next.Threshold = renewed(next.Keys, o.Keys, s.height), o.Threshold
	s.set(next)
	c.Pending = slices.DeleteFunc(c.Pending, func(x Pending) bool { return x.Member == next.ID })
	s.log("officers-made", Cause{}, map[string]int64{"keys": int64(len(o.Keys)), "threshold": int64(o.Threshold)})
	return true
}
