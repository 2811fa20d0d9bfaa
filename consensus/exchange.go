package consensus

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/cometbft/cometbft/p2p"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// sendOffers hands new envelopes of this node to every recorder, gathered for a moment
// so that many small ones share a message.
func (r *reactor) sendOffers(ctx context.Context) {
	for {
		var batch []offer
		select {
		case <-ctx.Done():
			return
		case o := <-r.offers:
			batch = append(batch, o)
		}
		size := batch[0].size()
		pause := time.NewTimer(offerPause)
	gather:
		for size < batchBytes {
			select {
			case o := <-r.offers:
				batch = append(batch, o)
				size += o.size()
			case <-pause.C:
				break gather
			}
		}
		pause.Stop()
		r.offer(r.connected(true), batch)
	}
}

// queueOffer hands an envelope to sendOffers; a full queue leaves it to announcements.
func (r *reactor) queueOffer(e *entry, packets []vault.Packet) {
	select {
	case r.offers <- offer{Envelope: e.raw, Packets: packets}:
	default:
	}
}

// stored makes an offer from the vault. It fails when a body has gone meanwhile.
func (r *reactor) stored(e *entry) (offer, bool) {
	o := offer{Envelope: e.raw}
	for _, h := range e.commitments() {
		p, err := r.e.custody.vault.Get(h)
		if err != nil {
			return o, false
		}
		o.Packets = append(o.Packets, p)
	}
	return o, true
}

// offer sends envelopes with their packets to recorders.
func (r *reactor) offer(to []*peer, offers []offer) {
	if len(to) == 0 {
		return
	}
	relay := r.meshGap()
	var items [][]byte
	size := 0
	flush := func() {
		for _, n := range to {
			if len(items) > 0 {
				n.post(offerChannel, items...)
			}
		}
		items, size = nil, 0
	}
	for _, o := range offers {
		o.Relay = relay
		b := o.encode()
		if size+len(b) > batchBytes {
			flush()
		}
		items, size = append(items, b), size+len(b)
	}
	flush()
}

// meshGap reports whether some recorder is not connected to this node.
func (r *reactor) meshGap() bool {
	config := r.e.View().Config
	others := 0
	for _, m := range config.Recorders() {
		if m.ID != r.e.opts.Self {
			others++
		}
	}
	return len(r.connected(true)) < others
}

// takeOffers checks the envelopes that a peer offers in one message and adds them to the
// pool. It returns the first thing wrong with one; the others are taken all the same.
func (r *reactor) takeOffers(ctx context.Context, from *peer, items [][]byte) error {
	if !r.e.recorder() || r.e.syncing() {
		return nil
	}
	var wrong error
	var all []*candidate
	relay := map[*candidate]bool{}
	for _, item := range items {
		o, err := decodeOffer(item)
		if err != nil {
			wrong = firstError(wrong, err)
			continue
		}
		if r.e.pool.find(o.Envelope) == nil {
			c := &candidate{raw: o.Envelope, packets: o.Packets}
			all = append(all, c)
			relay[c] = o.Relay
		}
	}
	r.e.admitAll(ctx, all)
	var pass []*entry
	for _, c := range all {
		switch code := fault.Of(c.err); {
		case code == fault.AlreadyCommitted, code == fault.Expired, code.Temporary(): // late or early, not wrong
		case c.err != nil:
			wrong = firstError(wrong, c.err)
		case c.fresh && relay[c]:
			pass = append(pass, c.entry)
		}
	}
	r.announce(r.others(from), pass)
	return wrong
}

func (r *reactor) others(from *peer) []*peer {
	return slices.DeleteFunc(r.connected(true), func(n *peer) bool { return n == from })
}

// announceAll tells recorders again and again what has waited here for a while, so
// that a lost offer, a full pool and a recorder that was away are made good.
func (r *reactor) announceAll(ctx context.Context) {
	tick := time.NewTicker(announceTick)
	defer tick.Stop()
	told := map[*entry]reminder{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var due []*entry
		due, told = remind(time.Now(), r.e.pool.waiting(), told)
		r.announce(r.connected(true), due)
		r.forget()
	}
}

// reminder says when an envelope is announced again. The pauses double: what waits
// because there is too much is not helped by more talk.
type reminder struct {
	next  time.Time
	pause time.Duration
}

// remind picks the envelopes to be announced now, and drops the memory of those that no
// longer wait.
func remind(now time.Time, waiting []*entry, told map[*entry]reminder) (due []*entry, kept map[*entry]reminder) {
	kept = make(map[*entry]reminder, len(waiting))
	for _, e := range waiting {
		m, before := told[e]
		if !before {
			m = reminder{next: e.since.Add(announceAge), pause: announceAge}
		}
		if !m.next.After(now) {
			due = append(due, e)
			m = reminder{next: now.Add(m.pause), pause: min(2*m.pause, announceMost)}
		}
		kept[e] = m
	}
	return due, kept
}

// forget drops old memories of what was asked for.
func (r *reactor) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, at := range r.pending {
		if time.Since(at) > askAgain {
			delete(r.pending, id)
		}
	}
}

func (r *reactor) announce(to []*peer, entries []*entry) {
	if len(entries) == 0 {
		return
	}
	q := new(inquiry)
	for _, e := range entries[:min(len(entries), maxAnnounced)] {
		q.Have = append(q.Have, announced{ID: e.id, Expiry: e.expiry})
	}
	b := q.encode()
	config := r.e.View().Config
	for _, n := range to {
		if m := config.Member(n.member); m != nil && m.Has(ledger.Recorder) {
			n.post(inquiryChannel, b)
		}
	}
}

// answerAll answers inquiries.
func (r *reactor) answerAll(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-r.asked:
			for _, item := range m.items {
				q, err := decodeInquiry(item)
				if err != nil {
					r.log.Warn("inquiry refused", "peer", m.from.p2p.ID(), "err", err)
					break
				}
				r.answer(m.from, q)
			}
		}
	}
}

func (r *reactor) answer(from *peer, q *inquiry) {
	v := r.e.View()
	m := v.Config.Member(from.member)
	if m == nil {
		return
	}
	if len(q.Bodies) > 0 && !r.e.syncing() { // what it holds may have been erased meanwhile
		r.sendPackets(from, r.e.custody.serve(v, m, q.Bodies))
	}
	if len(q.Want) > 0 && m.Has(ledger.Recorder) {
		var offers []offer
		for _, id := range q.Want {
			if e := r.e.pool.get(id); e != nil {
				if o, ok := r.stored(e); ok {
					offers = append(offers, o)
				}
			}
		}
		r.offer([]*peer{from}, offers)
	}
	if len(q.Have) > 0 {
		r.wantFrom(from, v, q.Have)
	}
}

func (r *reactor) sendPackets(to *peer, packets []vault.Packet) {
	var items [][]byte
	size := 0
	for _, p := range packets {
		b := p.Encode()
		if size+len(b) > batchBytes {
			to.post(bodyChannel, items...)
			items, size = nil, 0
		}
		items, size = append(items, b), size+len(b)
	}
	if len(items) > 0 {
		to.post(bodyChannel, items...)
	}
}

// wantFrom asks a peer for announced envelopes that this recorder lacks and has room
// for.
func (r *reactor) wantFrom(from *peer, v *ledger.View, have []announced) {
	if !r.e.recorder() || r.e.syncing() || r.e.pool.crowded() {
		return // it will be announced again
	}
	var ids []wire.Hash
	now := time.Now()
	for _, a := range have {
		if len(ids) == maxAsked {
			break
		}
		if a.Expiry <= v.Height || r.e.pool.get(a.ID) != nil || v.Committed(a.ID, a.Expiry) {
			continue
		}
		r.mu.Lock()
		if now.Sub(r.pending[a.ID]) > askAgain {
			r.pending[a.ID] = now
			ids = append(ids, a.ID)
		}
		r.mu.Unlock()
	}
	if len(ids) > 0 {
		from.post(inquiryChannel, (&inquiry{Want: ids}).encode())
	}
}

// sortPeers fixes an order, so that asking in turn reaches everyone.
func sortPeers(all []*peer) {
	slices.SortFunc(all, func(a, b *peer) int { return strings.Compare(string(a.p2p.ID()), string(b.p2p.ID())) })
}

var _ p2p.Reactor = (*reactor)(nil)
