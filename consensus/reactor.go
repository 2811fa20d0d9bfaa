package consensus

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/cometbft/cometbft/p2p"
	protomem "github.com/cometbft/cometbft/proto/tendermint/mempool"
	"github.com/cosmos/gogoproto/proto"

	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// reactor carries envelopes and bodies between nodes. The engine calls Receive in a
// peer's receive loop, so Receive only hands on; when the queue is full the message is
// dropped, and announcements and asking again make good for it.
type reactor struct {
	p2p.BaseReactor
	e   *Engine
	log *slog.Logger

	inbox  chan received // offers and packets: checked by workers
	asked  chan received // inquiries: answered by one goroutine
	offers chan offer    // of this node's own submitters, to be sent to every recorder

	letters *letters

	mu      sync.Mutex
	peers   map[p2p.ID]*peer
	guests  map[p2p.ID]p2p.Peer     // of whom the ledger here does not know yet: nothing of ours is exchanged with them
	pending map[wire.Hash]time.Time // envelopes asked for, and when
}

// received is one message of a peer.
type received struct {
	from    *peer
	channel byte
	items   [][]byte
}

// peer is a connected node with the queue of what goes to it. A slow peer loses
// messages; it does not slow anyone down.
type peer struct {
	p2p    p2p.Peer
	member ledger.MemberID
	out    chan p2p.Envelope
	gone   chan struct{}

	letters allowance
}

const (
	workers      = 6  // most of them wait for the disk together
	inboxLength  = 64 // messages, of up to batchBytes as a rule
	outboxLength = 32
	offerQueue   = 1024
	offerPause   = 4 * time.Millisecond // to gather offers into one message
	announceTick = 500 * time.Millisecond
	announceAge  = 1500 * time.Millisecond
	announceMost = 12 * time.Second
	askAgain     = 2 * time.Second
)

func newReactor(e *Engine) *reactor {
	r := &reactor{e: e, log: e.log, inbox: make(chan received, inboxLength), asked: make(chan received, inboxLength),
		offers: make(chan offer, offerQueue), letters: newLetters(e.opts.Letters, e.serveLight), peers: map[p2p.ID]*peer{}, guests: map[p2p.ID]p2p.Peer{}, pending: map[wire.Hash]time.Time{}}
	r.BaseReactor = *p2p.NewBaseReactor("Riviera", r)
	return r
}

// GetChannels implements p2p.Reactor. Every message is the engine's list of byte
// strings; what they hold is ours (gossip.go).
func (r *reactor) GetChannels() []*p2p.ChannelDescriptor {
	channel := func(id byte, priority, capacity int) *p2p.ChannelDescriptor {
		return &p2p.ChannelDescriptor{ID: id, Priority: priority, SendQueueCapacity: outboxLength,
			RecvMessageCapacity: capacity + 4096, MessageType: new(protomem.Message)}
	}
	return []*p2p.ChannelDescriptor{
		channel(bodyChannel, 6, maxBodyBytes),
		channel(inquiryChannel, 7, maxInquiryBytes),
		channel(offerChannel, 4, maxOfferBytes),
		channel(letterChannel, 2, maxLetter+maxRequest),
	}
}

func message(items ...[]byte) proto.Message { return &protomem.Txs{Txs: items} }

// run starts the reactor's goroutines; they end with ctx.
func (r *reactor) run(ctx context.Context, start func(func())) {
	for range workers {
		start(func() { r.work(ctx) })
	}
	for range letterWorkers {
		start(func() { r.answerLetters(ctx) })
	}
	start(func() { r.answerAll(ctx) })
	start(func() { r.sendOffers(ctx) })
	start(func() { r.announceAll(ctx) })
	start(func() { r.e.custody.backfill(ctx, r.e.View, r.askRecorders("")) })
}

// AddPeer implements p2p.Reactor.
func (r *reactor) AddPeer(p p2p.Peer) {
	info, ok := p.NodeInfo().(p2p.DefaultNodeInfo)
	if !ok || info.Moniker != r.e.opts.program() {
		if r.e.refusals.first(string(p.ID())) {
			r.log.Warn("peer refused: it runs another version or network",
				"peer", p.ID(), "theirs", info.Moniker, "ours", r.e.opts.program())
		}
		go r.Switch.StopPeerForError(p, "version mismatch")
		return
	}
	m := r.e.View().Config.MemberOfNode(string(p.ID()))
	switch {
	case m != nil:
		r.welcome(p, m)
	case r.e.guest(string(p.ID())):
		r.mu.Lock()
		r.guests[p.ID()] = p
		r.mu.Unlock()
		if !p.IsRunning() {
			r.RemovePeer(p, nil)
		}
	default: // removed between the filter and now
		go r.Switch.StopPeerForError(p, "not a member")
	}
}

// welcome takes a member's node among the peers that envelopes, bodies and letters go to.
func (r *reactor) welcome(p p2p.Peer, m *ledger.Member) {
	n := &peer{p2p: p, member: m.ID, out: make(chan p2p.Envelope, outboxLength), gone: make(chan struct{})}
	r.mu.Lock()
	r.peers[p.ID()] = n
	r.mu.Unlock()
	go n.send()
	if !p.IsRunning() { // lost meanwhile: the engine may have called RemovePeer before
		r.RemovePeer(p, nil)
		return
	}
	r.announce([]*peer{n}, r.e.pool.waiting())
	r.e.custody.rouse()
}

// recognise finds, with each block that this node catches up with, whose nodes its guests
// are. When it has caught up, those that are nobody's go.
func (r *reactor) recognise(config *ledger.Config) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.guests) == 0 {
		return
	}
	behind := r.e.behind()
	for id, p := range r.guests {
		m := config.MemberOfNode(string(id))
		switch {
		case m != nil:
			go r.welcome(p, m)
		case behind && config.WhoseNode(string(id)) == nil:
			continue
		default:
			go r.Switch.StopPeerForError(p, "not a member")
		}
		delete(r.guests, id)
	}
}

// RemovePeer implements p2p.Reactor.
func (r *reactor) RemovePeer(p p2p.Peer, _ any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.guests[p.ID()] == p {
		delete(r.guests, p.ID())
	}
	if n := r.peers[p.ID()]; n != nil && n.p2p == p {
		delete(r.peers, p.ID())
		close(n.gone)
	}
}

// send is the peer's own goroutine.
func (n *peer) send() {
	for {
		select {
		case <-n.gone:
			return
		case e := <-n.out:
			n.p2p.Send(e) // waits for a place, up to the engine's limit; a loss is made good later
		}
	}
}

// post puts a message into the peer's queue, or drops it.
func (n *peer) post(channel byte, items ...[]byte) bool {
	select {
	case n.out <- p2p.Envelope{ChannelID: channel, Message: message(items...)}:
		return true
	default:
		return false
	}
}

// Receive implements p2p.Reactor.
func (r *reactor) Receive(e p2p.Envelope) {
	txs, ok := e.Message.(*protomem.Txs)
	if !ok {
		return
	}
	r.mu.Lock()
	from := r.peers[e.Src.ID()]
	r.mu.Unlock()
	if from == nil {
		return
	}
	if e.ChannelID == letterChannel {
		r.takeLetters(from, txs.Txs)
		return
	}
	queue := r.inbox
	if e.ChannelID == inquiryChannel {
		queue = r.asked
	}
	select {
	case queue <- received{from, e.ChannelID, txs.Txs}:
	default:
	}
}

// work checks what peers send.
func (r *reactor) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-r.inbox:
			r.handle(ctx, m)
		}
	}
}

func (r *reactor) handle(ctx context.Context, m received) {
	var err error
	switch m.channel {
	case offerChannel:
		err = r.takeOffers(ctx, m.from, m.items)
	case bodyChannel:
		packets := make([]vault.Packet, len(m.items))
		for i, item := range m.items {
			if packets[i], err = vault.DecodePacket(item); err != nil {
				break
			}
		}
		if err == nil {
			err = r.e.custody.deliver(ctx, packets)
		}
	}
	if err != nil && ctx.Err() == nil {
		r.log.Warn("message refused", "peer", m.from.p2p.ID(), "channel", m.channel, "err", err)
	}
}

// connected returns the peers that are recorders, or all of them.
func (r *reactor) connected(recordersOnly bool) []*peer {
	config := r.e.View().Config
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []*peer
	for _, n := range r.peers {
		if m := config.Member(n.member); m != nil && (!recordersOnly || m.Has(ledger.Recorder)) {
			out = append(out, n)
		}
	}
	return out
}

// askRecorders returns an asker that goes to the node first before the recorders in
// turn. An empty first is nobody.
func (r *reactor) askRecorders(first string) asker {
	return func(n int, commitments []wire.Hash) bool {
		var to *peer
		if n == 0 && first != "" {
			r.mu.Lock()
			to = r.peers[p2p.ID(first)]
			r.mu.Unlock()
		}
		if to == nil {
			all := r.connected(true)
			if len(all) == 0 {
				return false
			}
			sortPeers(all)
			to = all[n%len(all)]
		}
		return to.post(inquiryChannel, (&inquiry{Bodies: commitments}).encode())
	}
}
