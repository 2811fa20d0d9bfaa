package consensus

import (
	"bytes"
	"hash/maphash"
	"sync"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/wire"
)

// entry is one envelope that this node has checked and whose bodies are in its vault.
//
// env belongs to whoever checks it before it enters the pool, and from then on to the
// consensus goroutine; everyone else reads the other fields, which never change.
type entry struct {
	env    *ledger.Envelope
	raw    []byte
	id     wire.Hash
	member ledger.MemberID
	expiry int64 // last height at which it may be committed
	ops    int
	bodies []bodyRef
	since  time.Time

	// Memory of the consensus goroutine.
	admitted   int64 // height of the state under which the admission rules held
	favourable bool  // known to be: once true, always
	failures   int   // proposals of this node with it that were not decided
	notBefore  int64 // height from which this node proposes it again
	done       bool  // removed from the pool; under pool.mu
}

// bodyRef says that operation op of an envelope brings the body with this commitment
// for this record.
type bodyRef struct {
	op         int
	commitment wire.Hash
	record     ledger.RecordID
	amends     bool // the record existed before
}

// newEntry takes a parsed envelope.
func newEntry(env *ledger.Envelope, now time.Time) *entry {
	e := &entry{env: env, raw: env.Raw, id: env.ID, member: env.Member, expiry: env.NotAfter,
		ops: len(env.Ops), since: now, admitted: -1}
	for i, op := range env.Ops {
		if c, record, ok := env.Body(i); ok {
			e.bodies = append(e.bodies, bodyRef{i, c, record, op.Kind != ledger.KindCreate})
		}
	}
	return e
}

// cost is what the envelope takes of a block.
func (e *entry) cost() int { return len(e.raw) + envelopeFrame }

func (e *entry) commitments() []wire.Hash {
	cs := make([]wire.Hash, len(e.bodies))
	for i, b := range e.bodies {
		cs[i] = b.commitment
	}
	return cs
}

// pool holds the envelopes that wait for a block, in order of arrival. It is bounded
// and refuses early: a place is reserved before an envelope is verified, so that a
// flood costs little.
type pool struct {
	limit int // operations, whatever the pace
	seed  maphash.Seed
	pace  pace

	mu       sync.Mutex
	byRaw    map[uint64][]*entry // by a local hash of the bytes, then compared
	byID     map[wire.Hash]*entry
	order    []*entry
	dead     int // removed entries still in order
	ops      int // operations waiting or reserved
	byMember map[ledger.MemberID]int

	arrived chan struct{} // one token: something has come since it was last taken
}

func newPool(limit int) *pool {
	return &pool{limit: limit, seed: maphash.MakeSeed(), byRaw: map[uint64][]*entry{},
		byID: map[wire.Hash]*entry{}, byMember: map[ledger.MemberID]int{}, arrived: make(chan struct{}, 1)}
}

// reserve takes a place for an envelope that has only been parsed. It refuses with
// fault.PoolFull or fault.MemberQuota. add or release gives the place back.
func (p *pool) reserve(member ledger.MemberID, ops int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.ops+ops > p.limit:
		return fault.New(fault.PoolFull, "pool")
	case p.byMember[member]+ops > p.limit/2:
		return fault.New(fault.MemberQuota, "pool")
	}
	p.ops += ops
	p.byMember[member] += ops
	return nil
}

func (p *pool) release(member ledger.MemberID, ops int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free(member, ops)
}

func (p *pool) free(member ledger.MemberID, ops int) {
	p.ops -= ops
	if p.byMember[member] -= ops; p.byMember[member] <= 0 {
		delete(p.byMember, member)
	}
}

// add turns a reservation into an entry. It reports false, and gives the place back,
// if the envelope is there already.
func (p *pool) add(e *entry) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byID[e.id] != nil {
		p.free(e.member, e.ops)
		return false
	}
	h := maphash.Bytes(p.seed, e.raw)
	p.byRaw[h] = append(p.byRaw[h], e)
	p.byID[e.id] = e
	p.order = append(p.order, e)
	select {
	case p.arrived <- struct{}{}:
	default:
	}
	return true
}

// find returns the entry with these bytes, or nil. A local hash and a compare cost less
// than computing the envelope's id again.
func (p *pool) find(raw []byte) *entry {
	h := maphash.Bytes(p.seed, raw)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.byRaw[h] {
		if bytes.Equal(e.raw, raw) {
			return e
		}
	}
	return nil
}

func (p *pool) get(id wire.Hash) *entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byID[id]
}

// remove drops an entry and reports whether it was there.
func (p *pool) remove(id wire.Hash) (*entry, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.byID[id]
	if e == nil {
		return nil, false
	}
	p.drop(e)
	return e, true
}

// gone reports whether an entry has left the pool.
func (p *pool) gone(e *entry) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return e.done
}

func (p *pool) drop(e *entry) {
	delete(p.byID, e.id)
	h := maphash.Bytes(p.seed, e.raw)
	kept := p.byRaw[h][:0]
	for _, x := range p.byRaw[h] {
		if x != e {
			kept = append(kept, x)
		}
	}
	if len(kept) == 0 {
		delete(p.byRaw, h)
	} else {
		p.byRaw[h] = kept
	}
	e.done = true
	p.dead++
	p.free(e.member, e.ops)
	if p.dead > 64 && p.dead > len(p.order)/2 {
		p.compact()
	}
}

func (p *pool) compact() {
	kept := make([]*entry, 0, len(p.order)-p.dead)
	for _, e := range p.order {
		if !e.done {
			kept = append(kept, e)
		}
	}
	p.order, p.dead = kept, 0
}

// expire drops what can no longer be committed after the block at height.
func (p *pool) expire(height int64) []*entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	var gone []*entry
	for _, e := range p.order {
		if !e.done && e.expiry <= height {
			gone = append(gone, e)
		}
	}
	for _, e := range gone {
		p.drop(e)
	}
	return gone
}

// waiting returns the entries in order of arrival.
func (p *pool) waiting() []*entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead > 0 {
		p.compact()
	}
	return append([]*entry(nil), p.order...)
}

// crowded reports that there is little room left: what peers announce is not asked for.
func (p *pool) crowded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ops > p.limit*3/4
}

// full reports that an envelope of so many operations is not to be taken in here now.
// What other recorders have taken in is not measured by it: refusing theirs would only
// mean to fetch the same bodies later, in a hurry.
func (p *pool) full(ops int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ops+max(ops, 1) > p.bound()
}

// committed tells the pool how many operations a block took, and when.
func (p *pool) committed(ops int, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pace.note(ops, at, p.ops > 0)
}

// bound is how many operations may wait for this node to take in more: as many as are committed in poolTime, for
// what waits longer than that is better refused at once than kept.
func (p *pool) bound() int {
	if p.pace.rate == 0 {
		return p.limit
	}
	return min(max(int(p.pace.rate*poolTime.Seconds()), poolLeast), p.limit)
}

const (
	poolTime  = 2500 * time.Millisecond
	poolLeast = 3000
)

// pace is how many operations a second the network commits while there is work, as a
// sliding mean.
type pace struct {
	rate float64
	last time.Time
	busy bool // work was left after the last block: the time since counts
}

// note takes in a block. What an idle network did not do says nothing about what it can.
func (p *pace) note(ops int, at time.Time, left bool) {
	if p.busy && at.After(p.last) {
		took := at.Sub(p.last).Seconds()
		weight := min(took/paceMemory.Seconds(), 1)
		p.rate += weight * (float64(ops)/took - p.rate)
		p.rate = max(p.rate, 1)
	}
	p.last, p.busy = at, left
}

// paceMemory is about how far the mean looks back.
const paceMemory = 5 * time.Second

// size returns the number of envelopes and of operations that wait.
func (p *pool) size() (envelopes, operations int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.byID), p.ops
}
