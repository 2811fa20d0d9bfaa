package vault

import (
	"cmp"
	"context"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// putting is one call of Put on its way through the committer.
type putting struct {
	items   []item
	shared  bool // a secret may serve more than one body
	expires uint64
	result  chan error
}

// item is a packet sealed for the disk.
type item struct {
	sealed
	body []byte
}

// Bounds of one group: how many calls, and about how many bytes, share a sync.
const (
	maxGroup      = 512
	maxGroupBytes = 8 << 20
)

// Put stores packets that the caller has verified: form, admission rules, and that an
// operation of their envelope carries this record and commitment. It returns once all
// of them would survive a power failure; concurrent calls share the syncs. Until Bind
// names them they may go with Expire after the height expires. What is stored already
// is left as it is, but for a later expires.
//
// All are stored or none: it fails with fault.SecretReused (Where says which packet) if
// a secret serves another body or record, with fault.UnknownRecord if the record has
// been erased, with fault.DiskFull for lack of space. When ctx ends first the outcome
// is open, and calling again is harmless.
func (v *Vault) Put(ctx context.Context, packets []*Checked, expires uint64) error {
	return v.put(ctx, packets, expires, false)
}

// Keep is Put for bodies that another institution made and the recorders decide on: a
// secret that serves another body too is no reason to refuse there. Whoever reuses one
// weakens its own record alone, while nodes that refused would stand against nodes that
// happened to see the other body last, and no block could be decided.
func (v *Vault) Keep(ctx context.Context, packets []*Checked, expires uint64) error {
	return v.put(ctx, packets, expires, true)
}

// Load is packets to be stored as by Put, or as by Keep where Shared.
type Load struct {
	Packets []*Checked
	Expires uint64
	Shared  bool
}

// PutEach stores several loads, each for itself: what Put or Keep would say of each. They
// wait for the disk together.
func (v *Vault) PutEach(ctx context.Context, loads []Load) []error {
	errs := make([]error, len(loads))
	waiting := make([]*putting, len(loads))
	for i, l := range loads {
		p := v.sealAll(l)
		if errs[i] = v.enqueue(ctx, p); errs[i] == nil {
			waiting[i] = p
		}
	}
	for i, p := range waiting {
		if p == nil {
			continue
		}
		select {
		case errs[i] = <-p.result:
		case <-ctx.Done():
			errs[i] = ctx.Err()
		}
	}
	return errs
}

func (v *Vault) put(ctx context.Context, packets []*Checked, expires uint64, shared bool) error {
	return v.PutEach(ctx, []Load{{packets, expires, shared}})[0]
}

// sealAll seals a load for the disk.
func (v *Vault) sealAll(l Load) *putting {
	p := &putting{items: make([]item, len(l.Packets)), shared: l.Shared, expires: l.Expires, result: make(chan error, 1)}
	for i, c := range l.Packets {
		e := entry{
			secret:     c.Secret,
			subject:    v.ring.seal.subject(Subject{c.Content.SubjectType, c.Content.SubjectCode}, c.Content.SubjectName),
			record:     c.Record,
			commitment: c.Commitment,
		}
		p.items[i] = item{sealed{e, v.ring.seal.seal(e)}, sealBody(c)}
	}
	return p
}

func (v *Vault) enqueue(ctx context.Context, p *putting) error {
	v.gate.RLock() // so that Close cannot close the queue meanwhile
	defer v.gate.RUnlock()
	if v.closed {
		return errClosed
	}
	select {
	case v.queue <- p:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// commitPuts takes waiting calls together until the queue closes. While one group is
// being synced the next one gathers, so that the groups grow with the load.
func (v *Vault) commitPuts() {
	defer close(v.done)
	for p := range v.queue {
		group := []*putting{p}
	gather:
		for size := p.size(); len(group) < maxGroup && size < maxGroupBytes; {
			select {
			case q, open := <-v.queue:
				if !open {
					break gather
				}
				group = append(group, q)
				size += q.size()
			default:
				break gather
			}
		}
		v.commitGroup(group)
	}
}

func (p *putting) size() (n int) {
	for i := range p.items {
		n += len(p.items[i].body) + store.SlotSize
	}
	return n
}

// group is what one sync writes.
type group struct {
	fresh   []item
	waits   map[wire.Hash]pending
	records map[wire.Hash]Record
	secrets map[proof.Secret]wire.Hash
}

func (v *Vault) commitGroup(calls []*putting) {
	v.write.Lock()
	defer v.write.Unlock()
	g := &group{
		waits:   map[wire.Hash]pending{},
		records: map[wire.Hash]Record{},
		secrets: map[proof.Secret]wire.Hash{},
	}
	accepted := calls[:0:0]
	for _, p := range calls {
		if err := v.admit(g, p); err != nil {
			p.result <- err
		} else {
			accepted = append(accepted, p)
		}
	}
	err := v.writeGroup(g)
	for _, p := range accepted {
		p.result <- err
	}
}

// admit adds a call's packets to the group, or none of them.
func (v *Vault) admit(g *group, p *putting) error {
	known := make([]bool, len(p.items))
	own := map[proof.Secret]wire.Hash{}
	for i := range p.items {
		ok, err := v.known(g, own, &p.items[i], p.shared)
		if err != nil {
			return at(err, i)
		}
		known[i] = ok
		own[p.items[i].secret] = p.items[i].commitment
	}
	for i := range p.items {
		g.take(v, &p.items[i], p.expires, known[i])
	}
	return nil
}

// known reports whether a packet is stored or in the group already, and refuses one
// that must not be.
func (v *Vault) known(g *group, own map[proof.Secret]wire.Hash, it *item, shared bool) (bool, error) {
	if erased, err := v.Erased(it.record); err != nil || erased {
		if err == nil {
			err = fault.Newf(fault.UnknownRecord, "", "erased")
		}
		return false, err
	}
	if record, ok := g.records[it.commitment]; ok {
		return sameRecord(record == it.record)
	}
	if shared {
		_, e, ok, err := v.ring.commitment(it.commitment)
		if err != nil || !ok {
			return false, err
		}
		return sameRecord(e.record == it.record)
	}
	for _, secrets := range []map[proof.Secret]wire.Hash{own, g.secrets} {
		if c, ok := secrets[it.secret]; ok && c != it.commitment {
			return false, fault.New(fault.SecretReused, "")
		}
	}
	_, e, ok, err := v.ring.secret(it.secret)
	if err != nil || !ok {
		return false, err
	}
	if e.commitment != it.commitment {
		return false, fault.New(fault.SecretReused, "")
	}
	return sameRecord(e.record == it.record)
}

// sameRecord refuses a body that is stored for another record.
func sameRecord(same bool) (bool, error) {
	if !same {
		return false, fault.New(fault.SecretReused, "")
	}
	return true, nil
}

func at(err error, i int) error {
	if f, ok := err.(*fault.Error); ok {
		return &fault.Error{Code: f.Code, Where: "packet " + strconv.Itoa(i), Detail: f.Detail, Err: f.Err}
	}
	return err
}

// take adds a packet to the group; of one that is known, only a later expiry.
func (g *group) take(v *Vault, it *item, expires uint64, known bool) {
	c := it.commitment
	w := pending{record: it.record, subject: it.subject} // its slot is known when it is written
	if known {
		var ok bool
		if w, ok = g.waits[c]; !ok {
			v.mu.RLock()
			w, ok = v.pending[c]
			v.mu.RUnlock()
		}
		if !ok || expires <= w.expires {
			return
		}
	} else if _, twice := g.records[c]; !twice {
		g.fresh = append(g.fresh, *it)
		g.records[c] = it.record
		g.secrets[it.secret] = c
	}
	w.expires = expires
	g.waits[c] = w
}

// writeGroup makes the group durable: bodies first, then secrets (see the package doc).
func (v *Vault) writeGroup(g *group) error {
	if len(g.waits) == 0 {
		return nil
	}
	slots, err := v.ring.take(len(g.fresh)) // for space, before anything is written
	if err != nil {
		return err
	}
	if err := v.writeBodies(g, slots); err != nil {
		v.ring.giveBack(slots)
		return err
	}
	if len(g.fresh) > 0 {
		entries := make([]sealed, len(g.fresh))
		for i := range g.fresh {
			entries[i] = g.fresh[i].sealed
		}
		if err := v.ring.put(slots, entries); err != nil {
			return err
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for c, w := range g.waits {
		v.pending[c] = w
	}
	return nil
}

// writeBodies writes the first half of a group: the sealed bodies, by the slots that their
// secrets are to have, and when each may go.
func (v *Vault) writeBodies(g *group, slots []uint32) error {
	b := v.bodies.NewBatch()
	defer b.Close()
	for i := range g.fresh {
		it := &g.fresh[i]
		b.Set(bodyKey(slots[i]), it.body)
		w := g.waits[it.commitment]
		w.slot = slots[i]
		g.waits[it.commitment] = w
	}
	waits := slices.SortedFunc(maps.Values(g.waits), func(a, b pending) int { return cmp.Compare(a.slot, b.slot) })
	for _, w := range waits {
		b.Set(pendingKey(w.slot), binary.BigEndian.AppendUint64(nil, w.expires))
	}
	return b.Commit(true)
}
