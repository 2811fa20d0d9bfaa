package ledger

import (
	"slices"
	"time"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Periods of the network's constitution, in days of notice. They run in real time: what
// concerns keys and blocks does not go by the ledger's calendar.
const (
	noticeDays    = 7  // before a recorder change takes effect
	rotationDays  = 1  // before a recorder votes with a new key
	stayDays      = 30 // that a third of the recorders can put a change off, once
	officersDays  = 30 // before the authority's keys are replaced
	objectionDays = 7  // in which a member can object to new keys for it
	pendingDays   = 7  // after which an act that lacks signatures lapses
	stopDays      = 3  // that an emergency stop lasts
	stopPauseDays = 30 // before there can be another
	releaseDays   = 30 // ledger days until records without a deciding body end
)

// Bounds of what may wait at one time.
const (
	maxPending       = 8 // acts of one member that wait for signatures
	maxMembers       = 2000
	maxKeys          = 64 // of one member, retired ones included
	minRecorders     = 4
	maxArticle       = 32
	maxMemberText    = 200
	attendanceWindow = 64 // blocks over which absence is counted
	RecorderPower    = 10 // voting power of every recorder
)

// Council is what is under way between the members: acts that wait for signatures,
// changes under notice, votes, the emergency stop. It is part of the Config and, like
// it, is replaced and never changed.
type Council struct {
	Pending  []Pending        `cbor:"1,keyasint,omitempty" json:"pending,omitempty"`
	Change   *Change          `cbor:"2,keyasint,omitempty" json:"change,omitempty"`
	Takeover *Takeover        `cbor:"3,keyasint,omitempty" json:"takeover,omitempty"`
	Officers []OfficersChange `cbor:"4,keyasint,omitempty" json:"officers,omitempty"`
	Stop     Stop             `cbor:"5,keyasint,omitempty" json:"stop"`
	Sweeps   []Sweep          `cbor:"6,keyasint,omitempty" json:"sweeps,omitempty"`
	Epochs   wire.Hash        `cbor:"7,keyasint,omitzero" json:"-"` // running hash of the history of recorder sets

	Upgrades []Upgrade    `cbor:"8,keyasint,omitempty" json:"upgrades,omitempty"`      // other rules, or the end of the chain, that recorders are for
	Rules    []RulesFrom  `cbor:"9,keyasint,omitempty" json:"rules,omitempty"`         // versions after the first, ascending
	Final    int64        `cbor:"10,keyasint,omitempty" json:"final_height,omitempty"` // the last block of the chain, once that has been decided
	Leaving  []Leaving    `cbor:"11,keyasint,omitempty" json:"leaving,omitempty"`      // members that want to leave, in the order of their asking
	Nodes    []FormerNode `cbor:"12,keyasint,omitempty" json:"nodes,omitempty"`
	Revoked  int64        `cbor:"13,keyasint,omitempty" json:"revoked_ns,omitempty"` // block time of the last vote that was revoked at once
}

// empty reports whether nothing is under way.
func (c *Council) empty() bool {
	return len(c.Pending) == 0 && c.Change == nil && c.Takeover == nil && len(c.Officers) == 0 && len(c.Sweeps) == 0 && len(c.Upgrades) == 0 && len(c.Leaving) == 0 && len(c.Nodes) == 0
}

// clone copies what a session may change.
func (c *Council) clone() *Council {
	next := *c
	next.Pending = slices.Clone(c.Pending)
	next.Officers = slices.Clone(c.Officers)
	next.Sweeps = slices.Clone(c.Sweeps)
	next.Upgrades = slices.Clone(c.Upgrades)
	next.Leaving = slices.Clone(c.Leaving)
	next.Nodes = slices.Clone(c.Nodes)
	next.Stop.Votes = slices.Clone(c.Stop.Votes)
	if c.Change != nil {
		x := *c.Change
		x.Stays = slices.Clone(x.Stays)
		next.Change = &x
	}
	return &next
}

// Cause is why an act of the gate was done: a number of the closed list and the article
// that allows it. There is no free text on the ledger.
type Cause struct {
	Code    CauseCode `cbor:"1,keyasint" json:"code"`
	Article string    `cbor:"2,keyasint" json:"article"` // e.g. "charter-12"
}

// CauseCode numbers the reasons; numbers are consensus data.
type CauseCode uint8

const (
	CauseApplication CauseCode = 1  // the institution applied
	CauseRequest     CauseCode = 2  // the member asked for it
	CauseReorganised CauseCode = 3  // merger, division, change of competence
	CauseBreach      CauseCode = 4  // breach of the network's rules
	CauseOrder       CauseCode = 5  // order of a court or a superior authority
	CauseKeyLoss     CauseCode = 6  // keys lost
	CauseCompromised CauseCode = 7  // keys or node in other hands
	CauseInactive    CauseCode = 8  // the node does not take part
	CauseMandateOver CauseCode = 9  // the office or its task has ended
	CauseCorrection  CauseCode = 10 // the entry was wrong
	CauseCured       CauseCode = 11 // what led to a suspension has been put right
)

var causeNames = map[CauseCode]string{CauseApplication: "application", CauseRequest: "request",
	CauseReorganised: "reorganised", CauseBreach: "breach", CauseOrder: "order", CauseKeyLoss: "key-loss",
	CauseCompromised: "compromised", CauseInactive: "inactive", CauseMandateOver: "mandate-over",
	CauseCorrection: "correction", CauseCured: "cured"}

// String returns the reason's name.
func (r CauseCode) String() string { return causeNames[r] }

// ParseCause reads a reason's name.
func ParseCause(s string) (CauseCode, bool) {
	for r := CauseApplication; r <= CauseCured; r++ {
		if causeNames[r] == s {
			return r, true
		}
	}
	return 0, false
}

// Causes names all reasons in order of their numbers.
func Causes() []string {
	var out []string
	for r := CauseApplication; r <= CauseCured; r++ {
		out = append(out, causeNames[r])
	}
	return out
}

func (r Cause) check() error {
	if causeNames[r.Code] == "" {
		return fault.Newf(fault.ReasonInvalid, "reason", "number %d", r.Code)
	}
	if r.Article == "" || len(r.Article) > maxArticle {
		return fault.Newf(fault.ReasonInvalid, "article", "from 1 to %d characters", maxArticle)
	}
	for _, c := range []byte(r.Article) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != ':' {
			return fault.Newf(fault.ReasonInvalid, "article", "small letters, digits, hyphen, dot and colon")
		}
	}
	return nil
}

// noticeDay is how long a day of notice lasts on this network, in nanoseconds.
func (c *Config) noticeDay() int64 {
	if c.GovernanceDay != 0 {
		return c.GovernanceDay
	}
	return int64(24 * time.Hour)
}

// NoticeDay is how long a day of notice lasts on this network.
func (c *Config) NoticeDay() time.Duration { return time.Duration(c.noticeDay()) }

// days returns a period in nanoseconds of real time.
func (c *Config) days(n int64) int64 { return n * c.noticeDay() }

// Stopped reports whether adverse acts are stopped at a block time.
func (c *Config) Stopped(at int64) bool { return at < c.Council.Stop.Until }

// Decides returns the body that decides a record: its recorder, or who has succeeded it.
func (c *Config) Decides(recorder MemberID) MemberID {
	for range minRecorders * 2 {
		m := c.Member(recorder)
		if m == nil || m.Retired == 0 || m.Successor == 0 {
			break
		}
		recorder = m.Successor
	}
	return recorder
}

// ReleasedAt returns the ledger time at which a recorder's records end because nobody is
// left to decide them.
func (c *Config) ReleasedAt(recorder MemberID) (credit.Moment, bool) {
	m := c.Member(c.Decides(recorder))
	if m == nil || m.Retired == 0 || m.Release == 0 {
		return 0, false
	}
	return m.Release, true
}
