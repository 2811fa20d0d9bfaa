package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// KindUpgrade is a recorder's vote on other rules, or on the end of the chain.
const KindUpgrade Kind = 23

// Rules is the newest version of the rules of a block that this program knows. A change of
// what a block does is made under the next number and asks Config.Rules for the height at
// hand, so that blocks of before mean what they meant. A chain begins with version 1.
const Rules uint32 = 1

// maxUpgrades bounds what is voted on at one time: one vote a recorder leaves no more.
const maxUpgrades = 32

// UpgradeVote is a recorder's vote that other rules hold from a height on, or that the chain
// ends. It passes like the replacement of the authority's keys, with two thirds of the
// recorders from at least half of their constituencies; then seven days of notice run, and it
// is done at its height if they have run and the recorders still stand to it. A recorder's
// later vote replaces its earlier one.
type UpgradeVote struct {
	Rules  uint32 `cbor:"1,keyasint,omitempty"` // the version that is to hold; 0 is the end of the chain
	Height int64  `cbor:"2,keyasint,omitempty"` // the first block under it, or the last of the chain; 0 takes the vote back
	Reason Cause  `cbor:"3,keyasint"`
}

// Upgrade is other rules, or the end of the chain, with who is for it.
type Upgrade struct {
	Rules  uint32     `cbor:"1,keyasint,omitempty" json:"rules,omitempty"` // 0 is the end of the chain
	Height int64      `cbor:"2,keyasint" json:"height"`
	For    []MemberID `cbor:"3,keyasint" json:"for"`
	Due    int64      `cbor:"4,keyasint,omitempty" json:"due_ns,omitempty"` // end of the notice, since it has enough votes
}

// RulesFrom is a version of the rules with the first height at which it holds.
type RulesFrom struct {
	Rules  uint32 `cbor:"1,keyasint" json:"rules"`
	Height int64  `cbor:"2,keyasint" json:"height"`
}

// decided is the block in which an upgrade is done or dropped. Other rules are settled one
// block before they hold, so that a program that does not know them learns it in time: from
// the state behind that block, before it executes or signs anything further.
func (u *Upgrade) decided() int64 {
	if u.Rules == 0 {
		return u.Height
	}
	return u.Height - 1
}

// Operation encodes the vote.
func (o *UpgradeVote) Operation() Operation {
	return Operation{Kind: KindUpgrade, Data: wire.Encode(o)}
}

func (o *UpgradeVote) check() error {
	if o.Height < 0 || o.Height == 0 && o.Rules != 0 {
		return fault.New(fault.Malformed, "upgrade")
	}
	return o.Reason.check()
}
func (o *UpgradeVote) scope() Scope                          { return ScopeGovern }
func (o *UpgradeVote) subject() (RecordID, bool)             { return RecordID{}, false }
func (o *UpgradeVote) body() (wire.Hash, bool)               { return wire.Hash{}, false }
func (o *UpgradeVote) favourable(*View) bool                 { return false }
func (o *UpgradeVote) signatures(*Member) int                { return 2 }
func (o *UpgradeVote) apply(x *execution, e *Envelope) error { return x.govern(o, o.Operation(), e) }

func (o *UpgradeVote) decide(s *session) error {
	m, err := s.recorder("upgrade")
	if err != nil {
		return err
	}
	c := s.council()
	to := Upgrade{Rules: o.Rules, Height: o.Height}
	had := slices.IndexFunc(c.Upgrades, func(u Upgrade) bool { return slices.Contains(u.For, m.ID) })
	switch {
	case c.Final != 0: // it is the last block: nothing follows that could be otherwise
		return fault.New(fault.ChainEnded, "upgrade")
	case o.Height == 0 && had < 0, had >= 0 && c.Upgrades[had].same(&to):
		return fault.New(fault.NoEffect, "upgrade")
	case o.Height == 0:
	case o.Rules != 0 && o.Rules <= c.newestRules():
		return fault.Newf(fault.NoEffect, "rules", "version %d holds; a newer one is voted on", c.newestRules())
	case to.decided() <= s.height:
		return fault.Newf(fault.BadArgument, "height", "%d is decided in block %d, and this is block %d", o.Height, to.decided(), s.height)
	}
	if had >= 0 {
		u := &c.Upgrades[had]
		u.For = slices.DeleteFunc(slices.Clone(u.For), func(id MemberID) bool { return id == m.ID })
	}
	if o.Height != 0 {
		at := slices.IndexFunc(c.Upgrades, func(u Upgrade) bool { return u.same(&to) })
		if at < 0 {
			if at = len(c.Upgrades); at >= maxUpgrades { // of recorders that have left meanwhile
				return fault.New(fault.TooManyPending, "upgrade")
			}
			c.Upgrades = append(c.Upgrades, to)
		}
		c.Upgrades[at].For = append(slices.Clone(c.Upgrades[at].For), m.ID)
	}
	s.log("upgrade-vote", o.Reason, to.args())
	s.countUpgrades()
	return nil
}

func (u *Upgrade) same(v *Upgrade) bool { return u.Rules == v.Rules && u.Height == v.Height }

func (u *Upgrade) args() map[string]int64 {
	return map[string]int64{"rules": int64(u.Rules), "height": u.Height}
}

// countUpgrades starts the notice of what has enough votes, and stops that of what has lost
// them.
func (s *session) countUpgrades() {
	c := s.council()
	c.Upgrades = slices.DeleteFunc(c.Upgrades, func(u Upgrade) bool { return len(u.For) == 0 })
	for i := range c.Upgrades {
		u := &c.Upgrades[i]
		switch passes := s.twoThirds(u.For); {
		case passes && u.Due == 0:
			u.Due = s.time + s.config.days(noticeDays)
			args := u.args()
			args["votes"], args["due"] = int64(len(u.For)), seconds(u.Due)
			s.by = actor{}
			s.log("upgrade-noticed", Cause{}, args)
		case !passes:
			u.Due = 0
		}
	}
}

// upgrade does what is due in this block, or drops it with the code of what is wanting: the
// notice has not run, or too few stand to it.
func (s *session) upgrade() bool {
	c := s.council()
	var due []Upgrade
	c.Upgrades = slices.DeleteFunc(c.Upgrades, func(u Upgrade) bool {
		if u.decided() > s.height {
			return false
		}
		due = append(due, u)
		return true
	})
	for i := range due {
		u := &due[i]
		s.by, s.act = actor{}, wire.Hash{}
		args := u.args()
		switch {
		case u.Due == 0, !s.twoThirds(u.For), u.Rules != 0 && u.Rules <= c.newestRules():
			args["code"] = int64(fault.NoEffect)
			s.log("upgrade-dropped", Cause{}, args)
		case s.time < u.Due:
			args["code"], args["due"] = int64(fault.ChangePending), seconds(u.Due)
			s.log("upgrade-dropped", Cause{}, args)
		case u.Rules == 0:
			c.Final = u.Height
			s.log("chain-ended", Cause{}, args)
		default:
			c.Rules = append(slices.Clone(c.Rules), RulesFrom{u.Rules, u.Height})
			s.log("rules-changed", Cause{}, args)
		}
	}
	return len(due) > 0
}

func (c *Council) newestRules() uint32 {
	if n := len(c.Rules); n > 0 {
		return c.Rules[n-1].Rules
	}
	return 1
}

// Rules is the version of the rules under which the block of a height is executed, as far
// as the configuration knows: at most one block ahead for certain.
func (c *Config) Rules(height int64) uint32 {
	for i := len(c.Council.Rules) - 1; i >= 0; i-- {
		if r := c.Council.Rules[i]; r.Height <= height {
			return r.Rules
		}
	}
	return 1
}

// Ended reports whether a block of this height is never executed, because the chain has
// ended before it.
func (c *Config) Ended(height int64) bool { return c.Council.Final != 0 && height > c.Council.Final }

// Next reports whether the block after the present one can be executed: fault.ChainEnded
// where there is none, fault.RulesUnknown where it is to be executed under rules that this
// program does not know.
func (l *Ledger) Next() error {
	next := l.head.Height + 1
	if l.config.Ended(next) {
		return fault.Newf(fault.ChainEnded, "ledger", "with block %d", l.config.Council.Final)
	}
	return l.knowsRules(next)
}

// knowsRules is fault.RulesUnknown with the version that is needed where this program cannot
// execute the block of a height.
func (l *Ledger) knowsRules(height int64) error {
	if needs := l.config.Rules(height); needs > l.knows {
		return fault.Newf(fault.RulesUnknown, "rules", "block %d is executed under version %d; this program knows versions up to %d",
			height, needs, l.knows)
	}
	return nil
}
