package consensus

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// custody is this node's keeping of bodies: what it may hold, what it lacks, what it
// hands to whom. The bodies themselves are in the vault.
type custody struct {
	vault *vault.Vault
	self  ledger.MemberID

	// keeping is held for reading while bodies that peers sent are stored, for writing
	// while a block's erasures are carried out: a body that is being erased must not
	// come back by another door.
	keeping sync.RWMutex

	mu      sync.Mutex
	wants   map[wire.Hash]*want     // committed bodies that this node may hold and lacks
	fresh   []wire.Hash             // of these, not asked for yet, in the order of the ledger
	tried   []wire.Hash             // of these, asked for before
	asked   map[wire.Hash]time.Time // of these, still waited for until then
	fetches map[*fetch]struct{}
	audited bool          // every record has been looked at since the start
	wake    chan struct{} // one token: wants has grown

	emptied func() // called when the last wanted body has arrived; set before the start
}

// want is a body of a committed record that this node lacks.
type want struct {
	record   ledger.RecordID
	replaces []wire.Hash // bodies of the record that go when this one has come
	next     time.Time   // when to ask again
	tries    int
}

func newCustody(v *vault.Vault, self ledger.MemberID) *custody {
	return &custody{vault: v, self: self, wants: map[wire.Hash]*want{}, asked: map[wire.Hash]time.Time{},
		emptied: func() {}, fetches: map[*fetch]struct{}{}, wake: make(chan struct{}, 1)}
}

// match finds the packet of each body that an envelope brings. A packet that opens
// none of its commitments, or is for another record, is fault.CommitmentMismatch; one
// commitment twice is fault.SecretReused. Bodies without a packet are left out.
func match(e *entry, packets []vault.Packet) (map[wire.Hash]*vault.Checked, error) {
	refs := make(map[wire.Hash]bodyRef, len(e.bodies))
	for _, r := range e.bodies {
		if _, twice := refs[r.commitment]; twice {
			return nil, fault.New(fault.SecretReused, "envelope")
		}
		refs[r.commitment] = r
	}
	found := make(map[wire.Hash]*vault.Checked, len(packets))
	for _, p := range packets {
		o, err := p.Check()
		if err != nil {
			return nil, err
		}
		if r, ok := refs[o.Commitment]; !ok || r.record != o.Record {
			return nil, fault.New(fault.CommitmentMismatch, "body")
		}
		found[o.Commitment] = o
	}
	return found, nil
}

// open checks the packets that came with an envelope and applies the admission rules to
// each body; those to be stored are found then. A body that is in the vault already needs
// no packet; one that is nowhere is fault.BodyMissing.
func (c *custody) open(v *ledger.View, x *candidate) (err error) {
	if len(x.entry.bodies) == 0 {
		return nil
	}
	if x.found, err = match(x.entry, x.packets); err != nil {
		return err
	}
	return c.admit(v, x.entry, x.found)
}

// admit applies the admission rules under a view to every body of an envelope, those
// in found and those in the vault. It marks nothing: an envelope counts as admitted once
// its bodies are also stored.
func (c *custody) admit(v *ledger.View, e *entry, found map[wire.Hash]*vault.Checked) error {
	for _, r := range e.bodies {
		body, err := c.content(r, found)
		if err != nil {
			return err
		}
		var previous *credit.Body
		if r.amends {
			previous = c.previous(v, r.record)
		}
		if err := ledger.Admit(v, e.env, r.op, body, previous); err != nil {
			return err
		}
	}
	return nil
}

func (c *custody) content(r bodyRef, found map[wire.Hash]*vault.Checked) (*credit.Body, error) {
	if o := found[r.commitment]; o != nil {
		return &o.Content, nil
	}
	return c.body(r.commitment, r.record)
}

// body reads a body from the vault. One that is there for another record is
// fault.CommitmentMismatch: nobody may borrow it.
func (c *custody) body(commitment wire.Hash, record ledger.RecordID) (*credit.Body, error) {
	p, err := c.vault.Get(commitment)
	if err != nil {
		return nil, err
	}
	if ledger.RecordID(p.Record) != record {
		return nil, fault.New(fault.CommitmentMismatch, "body")
	}
	b := new(credit.Body)
	if err := wire.DecodeTrusted(p.Body, b); err != nil {
		return nil, err
	}
	return b, nil
}

// previous is the body that an amendment replaces, nil if this node does not hold it.
func (c *custody) previous(v *ledger.View, id ledger.RecordID) *credit.Body {
	r, err := v.Record(id)
	if err != nil {
		return nil
	}
	b, err := c.body(r.Commitment, id)
	if err != nil {
		return nil
	}
	return b
}

// keep stores bodies that are decided on durably until the height at which their
// envelope expires.
func (c *custody) keep(ctx context.Context, found map[wire.Hash]*vault.Checked, expiry int64) error {
	if len(found) == 0 {
		return nil
	}
	return c.store(ctx, []vault.Load{c.load(found, expiry, true)})[0]
}

// load is bodies to be stored together, or none. That a secret is used once is the
// business of the institution that made it, and its own node refuses; that of others must
// not split the recorders' votes.
func (c *custody) load(found map[wire.Hash]*vault.Checked, expiry int64, foreign bool) vault.Load {
	l := vault.Load{Packets: make([]*vault.Checked, 0, len(found)), Expires: uint64(expiry), Shared: foreign}
	for _, o := range found { // order does not matter: one batch
		l.Packets = append(l.Packets, o)
	}
	return l
}

// store stores loads durably, and returns an error or nil for each.
func (c *custody) store(ctx context.Context, loads []vault.Load) []error {
	if len(loads) == 0 {
		return nil
	}
	c.keeping.RLock()
	defer c.keeping.RUnlock()
	return c.vault.PutEach(ctx, loads)
}

// lacking lists the bodies of an envelope that are not in the vault.
func (c *custody) lacking(e *entry) ([]wire.Hash, error) {
	cs := e.commitments()
	held, err := c.vault.Has(cs)
	if err != nil {
		return nil, err
	}
	var missing []wire.Hash
	for i, h := range held {
		if !h {
			missing = append(missing, cs[i])
		}
	}
	return missing, nil
}

// apply carries out what a block means for bodies: those of records that now stand are
// bound to them, replaced ones dropped, and those of records that have reached their
// end destroyed. It comes before the state is committed: after a crash in between, the
// block is applied again, and each of these may be done twice.
func (c *custody) apply(height int64, config *ledger.Config, moves []ledger.Move) error {
	var bind []vault.Binding
	var drop []wire.Hash
	var erase []vault.Record
	self := config.Member(c.self)
	replaces := map[wire.Hash][]wire.Hash{}
	for i := range moves {
		m := &moves[i]
		switch {
		case erases(m):
			erase = append(erase, vault.Record(m.Record))
		case config.MayHold(self, m.After, m.Proposer):
			bind = append(bind, vault.Binding{Record: m.Record, Commitment: m.Commitment})
			replaces[m.Commitment] = m.Superseded
		default:
			drop = append(drop, m.Superseded...)
		}
	}
	replaced, err := c.bind(height, bind, replaces)
	if err != nil {
		return err
	}
	return c.destroy(moves, append(drop, replaced...), erase)
}

func erases(m *ledger.Move) bool {
	return m.After.Forgotten() || slices.Contains(m.Effects, contract.EffectErase)
}

// bind ties bodies to records that are committed, and notes those that are missing. It
// returns the bodies that may go because the one that replaces them is here. As long as
// it is not, the old one stays: it keeps the record to be found by its subject, who must
// not be told "clear" meanwhile.
func (c *custody) bind(height int64, all []vault.Binding, replaces map[wire.Hash][]wire.Hash) ([]wire.Hash, error) {
	missing, err := c.vault.Bind(uint64(height), all)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range missing {
		if c.wants[b.Commitment] == nil {
			c.wants[b.Commitment] = &want{record: b.Record, next: time.Now()}
			c.fresh = append(c.fresh, b.Commitment)
		}
		w := c.wants[b.Commitment]
		w.replaces = append(w.replaces, replaces[b.Commitment]...)
		for _, old := range replaces[b.Commitment] {
			if before := c.wants[old]; before != nil { // it never came: what it would have replaced goes with this one
				w.replaces = append(w.replaces, before.replaces...)
				delete(c.wants, old)
			}
		}
		delete(replaces, b.Commitment)
	}
	if len(missing) > 0 {
		c.rouse()
	}
	var replaced []wire.Hash
	for _, old := range replaces { // order does not matter: one batch
		replaced = append(replaced, old...)
	}
	return replaced, nil
}

func (c *custody) rouse() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// destroy forgets bodies: replaced ones and those of records that have reached their
// end. Nothing that arrives meanwhile can bring one back.
func (c *custody) destroy(moves []ledger.Move, drop []wire.Hash, erase []vault.Record) error {
	if len(drop) == 0 && len(erase) == 0 {
		return nil
	}
	c.keeping.Lock()
	defer c.keeping.Unlock()
	c.mu.Lock()
	for _, h := range drop {
		delete(c.wants, h)
	}
	for i := range moves {
		if erases(&moves[i]) {
			delete(c.wants, moves[i].Commitment)
		}
	}
	c.mu.Unlock()
	if len(drop) > 0 {
		if err := c.vault.Drop(drop...); err != nil {
			return err
		}
	}
	if len(erase) == 0 {
		return nil
	}
	return c.vault.Erase(erase...)
}

// missing is the number of bodies that this node may hold and lacks.
func (c *custody) missing() (n int, audited bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.wants), c.audited
}

// expireEvery is how often, in heights, bodies go whose envelopes were never committed.
const expireEvery = 32

// expire drops them, but not before the audit: until then a body may belong to a
// committed record without the vault knowing.
func (c *custody) expire(height int64) error {
	if _, audited := c.missing(); !audited || height%expireEvery != 0 {
		return nil
	}
	_, err := c.vault.Expire(uint64(height))
	return err
}
