package consensus

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/wire"
)

// Letters are what one member's node asks another's outside of the block: a paper of a
// record's proceedings, who has asked about a record. What a letter means is the
// caller's; here it is carried, bounded, and answered by members alone. Votes never wait
// for one.

// Topic says what a letter is about.
type Topic uint8

// Answering answers a letter of another member's node, or refuses with a fault. It is
// called from several goroutines and must check for itself what the member may know.
type Answering func(ctx context.Context, from ledger.MemberID, request []byte) ([]byte, error)

// Bounds of letters.
const (
	maxRequest    = 64 << 10
	maxLetter     = 1 << 20
	letterWorkers = 2
	letterQueue   = 64
	lettersOpen   = 8                // requests of one peer that wait here at a time
	letterBytes   = 8 << 20          // answered to one peer within letterPause
	letterPause   = time.Second      // after which its allowance is whole again
	letterTime    = 10 * time.Second // to work out one answer
)

// letter is one item on the letters' channel: a request, or with Reply an answer.
type letter struct {
	ID    uint64     `cbor:"1,keyasint"` // chosen at random by the one who asks
	Topic Topic      `cbor:"2,keyasint"`
	Reply bool       `cbor:"3,keyasint,omitempty"`
	Body  []byte     `cbor:"4,keyasint,omitempty"`
	Code  fault.Code `cbor:"5,keyasint,omitempty"` // why there is no answer
}

func (l *letter) encode() []byte { return wire.Encode(l) }

func decodeLetter(b []byte) (*letter, error) {
	l := new(letter)
	if len(b) > maxLetter+1024 {
		return nil, fault.New(fault.TooLarge, "letter")
	}
	if err := wire.Decode(b, l); err != nil {
		return nil, err
	}
	if !l.Reply && len(l.Body) > maxRequest {
		return nil, fault.New(fault.TooLarge, "letter")
	}
	return l, nil
}

// letters is the desk of one node: who waits for an answer, and what is to be answered.
type letters struct {
	topics map[Topic]Answering // set before the start
	queue  chan askedFor

	mu      sync.Mutex
	waiting map[uint64]*waits
}

// waits is one request that this node has sent.
type waits struct {
	from   *peer
	answer chan *letter // holds one
}

type askedFor struct {
	from *peer
	*letter
}

// allowance bounds what one peer has this node work out and send.
type allowance struct {
	open  atomic.Int32
	mu    sync.Mutex
	left  int
	until time.Time
}

func newLetters(others map[Topic]Answering, light Answering) *letters {
	topics := maps.Clone(others)
	if topics == nil {
		topics = map[Topic]Answering{}
	}
	topics[lightTopic] = light
	return &letters{topics: topics, queue: make(chan askedFor, letterQueue), waiting: map[uint64]*waits{}}
}

// Ask sends a request to a member's node and waits for its answer until ctx ends. It is
// fault.NotReady when the node is not connected or does not answer; the other side's
// refusal comes with its code.
func (e *Engine) Ask(ctx context.Context, to ledger.MemberID, topic Topic, request []byte) ([]byte, error) {
	n := e.reactor.of(to)
	if n == nil {
		return nil, fault.Newf(fault.NotReady, "letter", "member %d is not connected", to)
	}
	if len(request) > maxRequest {
		return nil, fault.New(fault.TooLarge, "letter")
	}
	l := &letter{ID: randomID(), Topic: topic, Body: request}
	w := &waits{from: n, answer: make(chan *letter, 1)}
	ls := e.reactor.letters
	ls.mu.Lock()
	ls.waiting[l.ID] = w
	ls.mu.Unlock()
	defer func() {
		ls.mu.Lock()
		delete(ls.waiting, l.ID)
		ls.mu.Unlock()
	}()
	if !n.post(letterChannel, l.encode()) {
		return nil, fault.Newf(fault.NotReady, "letter", "the connection to member %d is full", to)
	}
	select {
	case a := <-w.answer:
		if a.Code != fault.OK {
			return nil, fault.New(a.Code, "letter")
		}
		return a.Body, nil
	case <-n.gone:
		return nil, fault.Newf(fault.NotReady, "letter", "member %d has gone", to)
	case <-e.ctx.Done():
		return nil, fault.New(fault.NotReady, "engine")
	case <-ctx.Done():
		return nil, fault.Wrap(fault.NotReady, "letter", ctx.Err())
	}
}

func randomID() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return binary.BigEndian.Uint64(b[:])
}

// of returns the connected node of a member, or nil.
func (r *reactor) of(m ledger.MemberID) *peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.peers {
		if n.member == m {
			return n
		}
	}
	return nil
}

// takeLetters sorts what a peer sends: answers to those who wait for them, requests to
// the workers as far as the peer's allowance goes. It is called in the peer's receive
// loop and never waits.
func (r *reactor) takeLetters(from *peer, items [][]byte) {
	for _, item := range items {
		l, err := decodeLetter(item)
		if err != nil {
			r.log.Warn("letter refused", "peer", from.p2p.ID(), "err", err)
			return
		}
		if l.Reply {
			r.letters.arrived(from, l)
			continue
		}
		if from.letters.open.Add(1) > lettersOpen {
			from.letters.open.Add(-1)
			continue
		}
		select {
		case r.letters.queue <- askedFor{from, l}:
		default:
			from.letters.open.Add(-1)
		}
	}
}

// arrived hands an answer to the one who waits for it, if it comes from whom was asked.
func (ls *letters) arrived(from *peer, l *letter) {
	ls.mu.Lock()
	w := ls.waiting[l.ID]
	ls.mu.Unlock()
	if w == nil || w.from != from {
		return
	}
	select {
	case w.answer <- l:
	default:
	}
}

// answerLetters is one worker.
func (r *reactor) answerLetters(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case q := <-r.letters.queue:
			r.answerLetter(ctx, q)
			q.from.letters.open.Add(-1)
		}
	}
}

func (r *reactor) answerLetter(ctx context.Context, q askedFor) {
	reply := &letter{ID: q.ID, Topic: q.Topic, Reply: true, Code: fault.UnknownOperation}
	if answer := r.letters.topics[q.Topic]; answer != nil {
		within, cancel := context.WithTimeout(ctx, letterTime)
		b, err := answer(within, q.from.member, q.Body)
		cancel()
		reply.Body, reply.Code = b, fault.Of(err)
		if err == nil && len(b) > maxLetter {
			reply.Body, reply.Code = nil, fault.TooLarge
		}
		if err != nil {
			reply.Body = nil
		}
	}
	if !q.from.letters.take(len(reply.Body), time.Now()) {
		reply.Body, reply.Code = nil, fault.QuotaExceeded
	}
	q.from.post(letterChannel, reply.encode())
}

// take counts bytes against a peer's allowance.
func (a *allowance) take(n int, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.After(a.until) {
		a.left, a.until = letterBytes, now.Add(letterPause)
	}
	if n > a.left {
		return false
	}
	a.left -= n
	return true
}
