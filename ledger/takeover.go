package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Takeover is new keys for a member that has certified the loss of its own to the
// authority. The gate must not become the member: for seven days any operator of the
// member can object with any key it still has, and more than a third of the recorders
// can refuse it. There is one at a time.
type Takeover struct {
	Member MemberID   `cbor:"1,keyasint" json:"member"`
	Keys   []Key      `cbor:"2,keyasint" json:"keys"`
	Act    wire.Hash  `cbor:"3,keyasint" json:"act"`
	Due    int64      `cbor:"4,keyasint" json:"due_ns"`
	Stays  []MemberID `cbor:"5,keyasint,omitempty" json:"stays,omitempty"`
}

func (o *Gate) takeover(s *session, m *Member) error {
	if s.council().Takeover != nil {
		return fault.Newf(fault.ChangePending, "keys", "another member's new keys are under notice")
	}
	if o.Reason.Code != CauseKeyLoss && o.Reason.Code != CauseCompromised {
		return fault.Newf(fault.ReasonInvalid, "reason", "key-loss or compromised")
	}
	if err := s.checkTakeover(m, o.Keys); err != nil {
		return err
	}
	t := &Takeover{Member: m.ID, Keys: o.Keys, Act: s.act, Due: s.time + s.config.days(objectionDays)}
	s.council().Takeover = t
	args := o.args()
	args["due"] = seconds(t.Due)
	s.log("takeover-noticed", o.Reason, args)
	return nil
}

// checkTakeover holds that new keys are operating keys of two people, numbered on.
func (s *session) checkTakeover(m *Member, keys []Key) error {
	if len(keys) == 0 {
		return fault.New(fault.KeysTooFew, "keys")
	}
	fresh := *m
	fresh.Keys = slices.Clone(m.Keys)
	for i := range fresh.Keys {
		if fresh.Keys[i].Purpose == Operate && (fresh.Keys[i].To == 0 || fresh.Keys[i].To > s.height) {
			fresh.Keys[i].To = s.height
		}
	}
	for i := range keys {
		if keys[i].Purpose != Operate {
			return fault.Newf(fault.KeyInvalid, "keys", "operating keys only")
		}
		if err := s.checkAdded(&fresh, &keys[i]); err != nil {
			return err
		}
		fresh.Keys = append(fresh.Keys, keys[i])
	}
	return s.checkPeople(&fresh)
}

// replaceKeys puts new keys in force whose notice has run.
func (s *session) replaceKeys() bool {
	t := s.council().Takeover
	if t == nil || s.time < t.Due {
		return false
	}
	s.council().Takeover = nil
	s.by, s.act = actor{}, t.Act
	args := map[string]int64{"member": int64(t.Member)}
	m, err := s.member(t.Member)
	if err == nil {
		err = s.checkTakeover(m, t.Keys)
	}
	if err != nil {
		args["code"] = int64(fault.Of(err))
		s.log("takeover-dropped", Cause{}, args)
		return true
	}
	next := *m
	next.Keys = renewed(m.Keys, t.Keys, s.height)
	s.set(next)
	s.log("takeover-made", Cause{}, args)
	return true
}

// renewed ends all operating keys and adds the new ones.
func renewed(keys, fresh []Key, height int64) []Key {
	out := slices.Clone(keys)
	for i := range out {
		if out[i].Purpose == Operate && (out[i].To == 0 || out[i].To >= height) {
			out[i].To = height - 1
		}
	}
	for _, k := range fresh {
		k.From = height
		out = append(out, k)
	}
	return out
}

func (s *session) stayTakeover(m *Member) error {
	t := *s.council().Takeover
	if slices.Contains(t.Stays, m.ID) {
		return fault.New(fault.AlreadyStayed, "keys")
	}
	t.Stays = append(slices.Clone(t.Stays), m.ID)
	s.council().Takeover = &t
	args := map[string]int64{"member": int64(t.Member), "stays": int64(len(t.Stays))}
	if s.aThird(t.Stays, true) {
		s.council().Takeover = nil
		s.log("takeover-refused", Cause{}, args)
		return nil
	}
	s.log("stay", Cause{}, args)
	return nil
}

// Objection is a member's word that its keys are not lost: one operator with one key that
// is in force is enough.
type Objection struct {
	Act wire.Hash `cbor:"1,keyasint"`
}

// Operation encodes the objection.
func (o *Objection) Operation() Operation {
	return Operation{Kind: KindObjection, Data: wire.Encode(o)}
}

func (o *Objection) check() error {
	if o.Act.Zero() {
		return fault.New(fault.Malformed, "act")
	}
	return nil
}

// scope: whoever of its people still has a key can say so.
func (o *Objection) scope() Scope { return ScopePeople }

func (o *Objection) subject() (RecordID, bool)             { return RecordID{}, false }
func (o *Objection) body() (wire.Hash, bool)               { return wire.Hash{}, false }
func (o *Objection) favourable(*View) bool                 { return false }
func (o *Objection) signatures(*Member) int                { return 1 }
func (o *Objection) apply(x *execution, e *Envelope) error { return x.govern(o, o.Operation(), e) }

func (o *Objection) decide(s *session) error {
	t := s.council().Takeover
	switch {
	case t == nil || t.Act != o.Act:
		return fault.New(fault.UnknownChange, "keys")
	case t.Member != s.by.member:
		return fault.Newf(fault.RoleNotAllowed, "keys", "the member itself objects")
	}
	s.council().Takeover = nil
	s.log("takeover-objected", Cause{}, map[string]int64{"member": int64(t.Member)})
	return nil
}
