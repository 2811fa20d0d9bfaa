package ledger

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// admit enters a new member. Its node may connect from now on; where it is to be a
// recorder it becomes one after the notice, when it has caught up.
func (o *Gate) admit(s *session) error {
	m := *o.Member
	if err := s.checkEntry(&m); err != nil {
		return err
	}
	roles, key := m.Roles, m.Consensus
	m.Roles = slices.DeleteFunc(slices.Clone(roles), func(r Role) bool { return r == Recorder })
	m.Consensus, m.Superior = nil, 0
	m.Keys = slices.Clone(m.Keys)
	for i := range m.Keys {
		m.Keys[i].From = s.height
	}
	s.set(m)
	s.log("member-admit", o.Reason, o.args())
	if slices.Contains(roles, Recorder) {
		m.Superior = o.Member.Superior
		return o.promote(s, m, roles, key)
	}
	if o.Replaces != 0 || o.Successor != 0 {
		return fault.Newf(fault.NoEffect, "replaces", "only a recorder takes a recorder's place")
	}
	return nil
}

// checkEntry holds what a new member must be.
func (s *session) checkEntry(m *Member) error {
	if err := checkRoles(m.Roles); err != nil {
		return err
	}
	last := s.config.Members[len(s.config.Members)-1].ID
	switch {
	case m.ID != last+1:
		return fault.Newf(fault.MemberExists, "member", "the next number is %d", last+1)
	case len(s.config.Members) >= maxMembers:
		return fault.Newf(fault.TooLarge, "member", "at most %d members", maxMembers)
	case m.Suspended || m.Threshold != 0 || m.Removed != 0 || m.Retired != 0 || m.Named != 0 || m.Successor != 0 || m.Release != 0 || m.FormerNodes != nil:
		return fault.Newf(fault.BadArgument, "member", "a new entry holds nothing of a former life")
	case m.Code == "":
		return fault.Newf(fault.MemberIncomplete, "code", "a member is admitted under its unified social credit code")
	case m.Has(Recorder) && m.Constituency == "":
		return fault.Newf(fault.MemberIncomplete, "constituency", "a recorder belongs to one")
	case m.Has(Recorder) != (m.Consensus != nil):
		return fault.Newf(fault.MemberIncomplete, "consensus key", "recorders, and nobody else, have one")
	case m.Contact == "":
		return fault.Newf(fault.MemberIncomplete, "contact", "of the office")
	}
	if err := firstError(checkTexts(m), s.checkUniqueCode(m)); err != nil {
		return err
	}
	if err := firstError(s.checkNode(m), s.checkDuties(m)); err != nil {
		return err
	}
	people := 2
	if !m.Has(Recorder) && !m.Has(Contributor) {
		people = 1
	}
	return s.checkNewKeys(m, people)
}

// checkDuties holds what a member carries out, and who reviews a recorder's rulings.
func (s *session) checkDuties(m *Member) error {
	if err := (&Genesis{Measures: s.config.Measures}).checkExecutes("executes", m); err != nil {
		return fault.Wrap(fault.BadArgument, "executes", err)
	}
	superior := s.config.Member(m.Superior)
	switch {
	case !m.Has(Recorder) && m.Superior != 0:
		return fault.Newf(fault.BadArgument, "superior", "only a recorder's rulings are reviewed")
	case m.Has(Recorder) && m.Superior == m.ID:
		return fault.New(fault.OwnRuling, "superior")
	case m.Has(Recorder) && (superior == nil || !superior.Has(Recorder)):
		return fault.Newf(fault.MemberIncomplete, "superior", "another recorder, which reviews its rulings")
	}
	return nil
}

// checkNode holds who runs a node, and that it is nobody else's.
func (s *session) checkNode(m *Member) error {
	needs := m.Has(Recorder) || m.Has(Contributor)
	switch {
	case needs && m.Node == "":
		return fault.Newf(fault.MemberIncomplete, "node", "a recorder or contributor runs a node")
	case m.Node != "" && !isNode(m.Node):
		return fault.Newf(fault.BadArgument, "node", "40 small hexadecimal digits")
	}
	for i := range s.config.Members {
		o := &s.config.Members[i]
		if o.ID != m.ID && m.Node != "" && o.Node == m.Node || m.Node != "" && slices.Contains(o.FormerNodes, m.Node) {
			return fault.Newf(fault.MemberExists, "node", "member %d has it, or had it", o.ID)
		}
	}
	return nil
}

func isNode(s string) bool {
	if len(s) != 40 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// checkRoles refuses roles that nobody can be given. The authority's is not the gate's to
// give.
func checkRoles(roles []Role) error {
	if len(roles) == 0 {
		return fault.Newf(fault.MemberIncomplete, "roles", "none")
	}
	for i, r := range roles {
		switch {
		case r == Authority:
			return fault.Newf(fault.RoleNotAllowed, "roles", "the gate gives nobody its own key")
		case r != Recorder && r != Contributor && r != Querier:
			return fault.Newf(fault.BadArgument, "roles", "recorder, contributor or querier")
		case slices.Contains(roles[:i], r):
			return fault.Newf(fault.BadArgument, "roles", "one stands there twice")
		}
	}
	return nil
}

// checkTexts bounds what an entry says in words: an institution and its office.
func checkTexts(m *Member) error {
	if m.NameZH == "" || m.NameEN == "" {
		return fault.Newf(fault.MemberIncomplete, "name", "in both languages")
	}
	for _, t := range []string{m.NameZH, m.NameEN, m.Constituency, m.Contact} {
		if len(t) > maxMemberText || !utf8.ValidString(t) {
			return fault.Newf(fault.TooLarge, "member", "at most %d bytes a text", maxMemberText)
		}
		for _, r := range t {
			if !unicode.IsPrint(r) {
				return fault.Newf(fault.NameInvalid, "member", "a character that cannot be seen")
			}
		}
	}
	if m.Code != "" {
		return credit.ParseSubjectCode(credit.Org, m.Code)
	}
	return nil
}

func (s *session) checkUniqueCode(m *Member) error {
	for i := range s.config.Members {
		o := &s.config.Members[i]
		if o.ID != m.ID && m.Code != "" && o.Code == m.Code && o.Removed == 0 {
			return fault.Newf(fault.MemberExists, "code", "member %d has it", o.ID)
		}
	}
	return nil
}
