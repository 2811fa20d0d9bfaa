package ledger

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
)

// Scope is what a key that signs envelopes may sign (签名权限), one bit a function; bits
// are consensus data. What lies outside is fault.ScopeExceeded, whoever holds the key.
type Scope uint16

// Functions within an institution.
const (
	ScopePrepare    Scope = 1 << iota // 拟办: the first signature under an adverse act
	ScopeApprove                      // 审批: the second, and under another access code
	ScopeFavourable                   // 解除: acts that can only improve a subject's position
	ScopeCase                         // 经办: proposals, notices, access codes, filings, reviews
	ScopeReport                       // 反馈: what an executing institution says of its orders
	ScopeGovern                       // 治理: the gate, keys, votes on members, contracts and calendars
	ScopeService                      // 服务: what a node signs by itself
)

const (
	scopeAll = ScopeService<<1 - 1

	// ScopePeople is everything that a person decides. A service key holds none of it:
	// nobody stands beside it when it signs.
	ScopePeople = scopeAll &^ ScopeService

	// byEvent leaves it to the event of the record's contract (checkAct).
	byEvent Scope = 0
)

var scopeNames = []string{"prepare", "approve", "favourable", "case", "report", "govern", "service"}

// ScopeNames names all functions in order of their bits.
func ScopeNames() []string { return slices.Clone(scopeNames) }

// ParseScope reads names of functions. An unknown one, or none at all, is fault.KeyInvalid.
func ParseScope(names []string) (s Scope, err error) {
	for _, name := range names {
		i := slices.Index(scopeNames, name)
		if i < 0 {
			return 0, fault.Newf(fault.KeyInvalid, "scope", "one of %s", strings.Join(scopeNames, ", "))
		}
		s |= 1 << i
	}
	if s == 0 {
		return 0, fault.Newf(fault.KeyInvalid, "scope", "none")
	}
	return s, nil
}

// Names lists the functions of a scope in order of their bits.
func (s Scope) Names() []string {
	names := []string{}
	for i, name := range scopeNames {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// String joins the names with commas.
func (s Scope) String() string { return strings.Join(s.Names(), ",") }

// Any reports whether one of the functions of want belongs to the scope.
func (s Scope) Any(want Scope) bool { return s&want != 0 }

// MarshalJSON writes the names: documents that people read say them.
func (s Scope) MarshalJSON() ([]byte, error) { return json.Marshal(s.Names()) }

// UnmarshalJSON reads the names.
func (s *Scope) UnmarshalJSON(b []byte) error {
	var names []string
	err := json.Unmarshal(b, &names)
	if err == nil {
		*s, err = ParseScope(names)
	}
	return err
}

// check holds that a scope is one, and that what a machine signs by itself and what people
// sign are never one key: who takes the first from a running node has nothing of the second.
func (s Scope) check() error {
	switch {
	case s == 0 || s > scopeAll:
		return fault.Newf(fault.KeyInvalid, "scope", "none, or an unknown function")
	case s.Any(ScopeService) && s != ScopeService:
		return fault.Newf(fault.KeyInvalid, "scope", "a service key does nothing else")
	}
	return nil
}

// holds reports whether the member's key of this number may sign one of the functions.
func (m *Member) holds(id KeyID, want Scope) bool {
	k := m.Key(id)
	return k != nil && k.Scope.Any(want)
}

// within refuses an envelope whose operator's key, or whose approver's where that counts,
// has none of the functions.
func (c *Config) within(e *Envelope, want Scope, second bool) error {
	m := c.Member(e.Member)
	if !m.holds(e.Key, want) {
		return exceeded("key", e.Key, want)
	}
	if second && e.Approver != 0 && !m.holds(e.Approver, want) {
		return exceeded("approver", e.Approver, want)
	}
	return nil
}

// withinEvent is within for an event of a contract: who may sign it follows from what it
// does to the subject.
func (c *Config) withinEvent(e *Envelope, spec contract.EventSpec) error {
	switch {
	case spec.Favourable:
		return c.within(e, ScopeFavourable, false)
	case !spec.Adverse:
		return c.within(e, ScopeCase, false)
	}
	if err := c.within(e, ScopePrepare, false); err != nil {
		return err
	}
	return c.approvedWithin(e)
}

// approvedWithin holds that who approves may. That somebody has to is checked elsewhere.
func (c *Config) approvedWithin(e *Envelope) error {
	if e.Approver != 0 && !c.Member(e.Member).holds(e.Approver, ScopeApprove) {
		return exceeded("approver", e.Approver, ScopeApprove)
	}
	return nil
}

func exceeded(where string, id KeyID, want Scope) error {
	return fault.Newf(fault.ScopeExceeded, where, "key %d, needed: %s", id, want)
}

// Narrowed takes functions from a key. There is no way to add one: that takes a new key,
// so that nobody's key grows in somebody else's drawer.
type Narrowed struct {
	_     struct{} `cbor:",toarray"`
	Key   KeyID
	Scope Scope // what is left
}

// narrow leaves a key of the member less than it had.
func (m *Member) narrow(n Narrowed, height int64) error {
	for i := range m.Keys {
		k := &m.Keys[i]
		if k.ID != n.Key || k.Purpose != Operate || k.To != 0 && k.To < height {
			continue
		}
		if n.Scope == k.Scope || n.Scope&^k.Scope != 0 {
			return fault.Newf(fault.KeyInvalid, "scope", "key %d has %s: less of it, or a new key", k.ID, k.Scope)
		}
		k.Scope = n.Scope
		return nil
	}
	return fault.New(fault.UnknownKey, "narrow")
}

// SecondScope is the function of which the second person's key needs one under an operation
// that two people sign.
func (o Operation) SecondScope() Scope {
	switch o.Kind {
	case KindCreate, KindAct, KindAccess, KindReversal:
		return ScopeApprove
	case KindObjection:
		return ScopePeople
	}
	return ScopeGovern
}
