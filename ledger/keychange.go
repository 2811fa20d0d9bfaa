package ledger

import (
	"bytes"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// KeyChange adds, narrows and retires keys of a member. Its own two operators sign it (of the
// authority, as many officers as its threshold says). An old and a new key may overlap,
// so that nobody has to stop working.
type KeyChange struct {
	Add    []Key      `cbor:"1,keyasint,omitempty"`
	Retire []End      `cbor:"2,keyasint,omitempty"`
	Narrow []Narrowed `cbor:"3,keyasint,omitempty"`
}

// End says up to which height a key is valid; a height that has passed is the last block.
type End struct {
	_    struct{} `cbor:",toarray"`
	Key  KeyID
	Last int64
}

// Operation encodes the change.
func (o *KeyChange) Operation() Operation {
	return Operation{Kind: KindKeyChange, Data: wire.Encode(o)}
}

func (o *KeyChange) check() error {
	if n := len(o.Add) + len(o.Retire) + len(o.Narrow); n == 0 || n > maxKeys {
		return fault.Newf(fault.Malformed, "keys", "from 1 to %d", maxKeys)
	}
	for _, e := range o.Retire {
		if e.Key == 0 || e.Last < 0 {
			return fault.New(fault.Malformed, "retire")
		}
	}
	for _, n := range o.Narrow {
		if n.Key == 0 || n.Scope.check() != nil {
			return fault.New(fault.Malformed, "narrow")
		}
	}
	return nil
}
func (o *KeyChange) scope() Scope                          { return ScopeGovern }
func (o *KeyChange) subject() (RecordID, bool)             { return RecordID{}, false }
func (o *KeyChange) body() (wire.Hash, bool)               { return wire.Hash{}, false }
func (o *KeyChange) favourable(*View) bool                 { return false }
func (o *KeyChange) apply(x *execution, e *Envelope) error { return x.govern(o, o.Operation(), e) }

func (o *KeyChange) signatures(m *Member) int {
	if m.Has(Authority) {
		return max(int(m.Threshold), 1)
	}
	return 2
}

func (o *KeyChange) decide(s *session) error {
	m, err := s.member(s.by.member)
	if err != nil {
		return err
	}
	next := *m
	next.Keys = slices.Clone(m.Keys)
	for _, e := range o.Retire {
		i := slices.IndexFunc(next.Keys, func(k Key) bool { return k.ID == e.Key })
		if i < 0 || next.Keys[i].To != 0 && next.Keys[i].To < s.height {
			return fault.New(fault.UnknownKey, "retire")
		}
		next.Keys[i].To = max(e.Last, s.height)
	}
	for _, n := range o.Narrow {
		if err := next.narrow(n, s.height); err != nil {
			return err
		}
	}
	for _, k := range o.Add {
		k.From = max(k.From, s.height)
		if err := s.checkAdded(&next, &k); err != nil {
			return err
		}
		next.Keys = append(next.Keys, k)
	}
	if err := s.checkPeople(&next); err != nil {
		return err
	}
	s.set(next)
	args := map[string]int64{"added": int64(len(o.Add)), "retired": int64(len(o.Retire))}
	if len(o.Narrow) > 0 {
		args["narrowed"] = int64(len(o.Narrow))
	}
	s.log("keys", Cause{}, args)
	return nil
}

// checkAdded refuses a key that is none, or that stands for somebody else already.
func (s *session) checkAdded(m *Member, k *Key) error {
	if err := k.checkNew(); err != nil {
		return err
	}
	if len(m.Keys) >= maxKeys {
		return fault.Newf(fault.TooLarge, "keys", "at most %d", maxKeys)
	}
	for i := range m.Keys {
		if m.Keys[i].ID >= k.ID {
			return fault.Newf(fault.KeyUsed, "key", "numbers ascend and are never used again")
		}
	}
	return s.checkUnusedKey(m, k.Public)
}

func (k *Key) checkNew() error {
	switch {
	case k.ID == 0 || k.To != 0 && k.To < k.From:
		return fault.Newf(fault.KeyInvalid, "key", "number or heights")
	case k.Purpose == Operate && !isOperator(k.Operator):
		return fault.Newf(fault.KeyInvalid, "key", "an operator's id: small letters, digits and hyphens, never a name")
	case !k.fits():
		return fault.Newf(fault.KeyInvalid, "key", "purpose and algorithm")
	case k.Purpose == Document && k.Algorithm != P256:
		return fault.Newf(fault.KeyInvalid, "key", "documents are signed with P-256")
	case len(k.Certificate) > maxCertificate || k.Purpose != Document && k.Certificate != nil:
		return fault.Newf(fault.KeyInvalid, "key", "certificate")
	}
	if err := k.checkScope(); err != nil {
		return err
	}
	return k.checkPublic()
}

// checkScope holds that a key which signs envelopes says what it may sign, and no other.
func (k *Key) checkScope() error {
	if k.Purpose == Operate {
		return k.Scope.check()
	}
	if k.Scope != 0 {
		return fault.Newf(fault.KeyInvalid, "scope", "of an operating key alone")
	}
	return nil
}

const maxCertificate = 4096

// fits pairs purposes with the algorithms that serve them. People sign with any; SM2 stands
// beside credentials and never instead of their own key, which every verifier knows.
func (k *Key) fits() bool {
	switch k.Purpose {
	case Operate:
		return true
	case Parallel:
		return k.Algorithm == SM2
	}
	return k.Algorithm != SM2 && (k.Purpose == Credential || k.Purpose == Document)
}

// Compressed returns the point of a key on a curve as its first byte and X; nil for Ed25519.
func (k *Key) Compressed() []byte {
	if k.Algorithm == Ed25519 || len(k.Public) != 65 {
		return nil
	}
	return append([]byte{2 + k.Public[64]&1}, k.Public[1:33]...)
}

// InUse returns the member's newest key of a purpose that is valid at a height, nil for none.
func (m *Member) InUse(purpose Purpose, height int64) *Key {
	for i := len(m.Keys) - 1; i >= 0; i-- {
		if k := &m.Keys[i]; k.Purpose == purpose && k.From <= height && (k.To == 0 || height <= k.To) {
			return k
		}
	}
	return nil
}

func isOperator(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// checkUnusedKey refuses a key that any member has, or has had: it would let one act for
// another.
func (s *session) checkUnusedKey(own *Member, public []byte) error {
	check := func(m *Member) error {
		for i := range m.Keys {
			if bytes.Equal(m.Keys[i].Public, public) {
				return fault.Newf(fault.KeyUsed, "key", "member %d has it or has had it", m.ID)
			}
		}
		return nil
	}
	for i := range s.config.Members {
		if m := &s.config.Members[i]; m.ID != own.ID {
			if err := check(m); err != nil {
				return err
			}
		}
	}
	return check(own)
}

// checkNewKeys holds the keys of a new entry: each sound and new, and enough people.
func (s *session) checkNewKeys(entry *Member, people int) error {
	m := &Member{ID: entry.ID, Roles: entry.Roles}
	keys := entry.Keys
	for i := range keys {
		if err := s.checkAdded(m, &keys[i]); err != nil {
			return err
		}
		m.Keys = append(m.Keys, keys[i])
	}
	return s.checkHands(m, people)
}

// people counts the operators who have one of the functions with a key that has not ended
// at a height.
func (m *Member) people(height int64, scope Scope) int {
	var names []string
	for i := range m.Keys {
		k := &m.Keys[i]
		if k.Purpose == Operate && k.Scope.Any(scope) && (k.To == 0 || k.To > height) && !slices.Contains(names, k.Operator) {
			names = append(names, k.Operator)
		}
	}
	return len(names)
}

// checkPeople refuses a change that would leave too few people to act.
func (s *session) checkPeople(m *Member) error {
	need := 2
	if m.Has(Authority) {
		need = max(int(m.Threshold), 1)
	} else if !m.Has(Recorder) && !m.Has(Contributor) {
		need = 1
	}
	return s.checkHands(m, need)
}

// checkHands refuses keys with which nobody could change the keys again, or with which a
// recorder could list and not release.
func (s *session) checkHands(m *Member, people int) error {
	if n := m.people(s.height, ScopeGovern); n < people {
		return fault.Newf(fault.KeysTooFew, "keys", "%d operators would be left who may govern, at least %d", n, people)
	}
	if m.Has(Recorder) && m.people(s.height, ScopeFavourable) == 0 {
		return fault.Newf(fault.KeysTooFew, "keys", "nobody would be left who may release")
	}
	return nil
}
