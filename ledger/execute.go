package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// Block is what the recorders decided together.
type Block struct {
	Height    int64
	Time      int64        // Unix nanoseconds: the weighted median of the recorders' clocks
	Envelopes []*Envelope  // nil where a transaction did not parse
	Faults    []fault.Code // why it did not, at the same index; may be shorter
	Votes     []Vote       // on the block before, as the engine's commit has them
}

// Result is what a block did.
type Result struct {
	Head       Head
	Codes      []TxResult
	Events     []*proof.Event
	FirstEvent uint64 // log index of Events[0]
	Moves      []Move
	Writes     []Write
	Updates    []ValidatorUpdate // of who votes on blocks, for the engine
}

// TxResult is the fate of one envelope. Ops is nil when every operation was applied.
type TxResult struct {
	Code fault.Code
	Ops  []fault.Code
}

// Move tells the node what became of one record in a block: what to index, hand on,
// render, drop or erase.
type Move struct {
	Record     RecordID
	Contract   uint32
	Proposer   MemberID
	Before     contract.Phase // 0 for a new record
	After      contract.Phase
	Commitment wire.Hash
	Superseded []wire.Hash // commitments of bodies that an amendment replaced
	Effects    []contract.Effect
	Events     []uint64 // log indices
}

// settlePerBlock bounds the deadlines that one block settles of its own accord, so that a
// hundred thousand of one second hold up no write for long. More spill into the next
// blocks, while Evaluate already tells the truth. An erasure counts for several: each node
// has to overwrite and sync before it goes on.
const (
	settlePerBlock = 1000
	erasureWeight  = 4
)

// execution is one block being applied.
type execution struct {
	*Ledger
	config  *Config
	height  int64
	time    int64 // block time, Unix nanoseconds
	now     credit.Moment
	writes  *writeSet
	records map[RecordID]*working
	touched []*working // in order of first touch: map order never matters
	events  []*proof.Event
	used    []wire.Hash // envelopes of this block
	updates []ValidatorUpdate
	drafts  int // contract documents that this block has compiled
}

// working is a record while a block changes it.
type working struct {
	Record
	before     contract.Phase
	under      uint32          // number of its contract before the block
	due        []credit.Moment // entries in the deadline index
	space      [2]credit.Moment
	dirty      bool
	told       bool // about its orders: the record changes, and nothing moves
	superseded []wire.Hash
	effects    []contract.Effect
	events     []uint64
}

// actor is who did something; the zero actor is the contract itself.
type actor struct {
	member        MemberID
	key, approver KeyID
	subject       bool       // the member carried the subject's filing
	paper         *wire.Hash // that goes with the act
}

// Execute applies a block and returns what it did. The ledger's caches have moved on
// afterwards: commit the result's Writes before the next block. An error is a broken
// invariant or a failing disk, on which the node must halt; or, before anything has moved,
// what Next says.
func (l *Ledger) Execute(b Block) (*Result, error) {
	x := &execution{Ledger: l, config: l.config, height: b.Height, time: b.Time,
		now:    l.config.Clock.Moment(l.config.GenesisTime, b.Time),
		writes: newWriteSet(b.operations()), records: map[RecordID]*working{}}
	if b.Height != l.head.Height+1 {
		return nil, fault.Newf(fault.Internal, "ledger", "block %d after %d", b.Height, l.head.Height)
	}
	if err := l.Next(); err != nil { // before anything has moved
		return nil, err
	}
	first := l.log.size
	x.closeDay(b.Time)
	x.present.note(b.Votes)
	if err := firstFailure(x.advanceLaw, x.settleDue, x.foldSome, x.passTime); err != nil {
		return nil, err
	}
	res := &Result{FirstEvent: first, Codes: make([]TxResult, len(b.Envelopes))}
	for i, e := range b.Envelopes {
		if e == nil {
			res.Codes[i].Code = fault.Malformed
			if i < len(b.Faults) && b.Faults[i] != fault.OK {
				res.Codes[i].Code = b.Faults[i]
			}
			continue
		}
		var err error
		if res.Codes[i], err = x.envelope(i, e); err != nil {
			return nil, err
		}
	}
	return res, x.finish(b, res)
}

// envelope applies one envelope: the whole of it is refused for what concerns its
// signer, each operation by itself for what concerns the state.
func (x *execution) envelope(i int, e *Envelope) (TxResult, error) {
	if err := e.Verify(x.config, x.height); err != nil {
		return TxResult{Code: fault.Of(err)}, nil
	}
	key := envelopeKey(e.NotAfter, e.ID)
	seen, err := x.Get(key)
	if err != nil {
		return TxResult{}, err
	}
	if seen != nil {
		return TxResult{Code: fault.AlreadyCommitted}, nil
	}
	x.set(key, turnOf(x.height, i))
	x.buckets.add(x.set, e.NotAfter, e.ID)
	var res TxResult
	for i, a := range e.acts {
		err := firstError(x.allowed(e, a), x.inScope(e, a))
		if err == nil {
			err = a.apply(x, e)
		}
		code := fault.Of(err)
		if code == fault.Internal {
			return res, err
		}
		if code != fault.OK && res.Ops == nil {
			res.Ops = make([]fault.Code, len(e.acts))
		}
		if code != fault.OK {
			res.Ops[i] = code
		}
	}
	return res, nil
}

// allowed refuses everything that a former member sends but an act on a record, which
// checkAct looks at: its own records can still be improved. It may also report that a
// measure has stopped.
func (x *execution) allowed(e *Envelope, a act) error {
	switch a.(type) {
	case *Act, *Feedback:
		return nil
	}
	if x.config.Member(e.Member).Removed != 0 {
		return fault.New(fault.MemberRemoved, "envelope")
	}
	return nil
}

// inScope refuses what the signing key may not sign. What an event's contract decides,
// checkAct looks at.
func (x *execution) inScope(e *Envelope, a act) error {
	if a.scope() == byEvent {
		return nil
	}
	return x.config.within(e, a.scope(), false)
}

// passTime does what falls due between the members by itself.
func (x *execution) passTime() error {
	c := x.config.Council
	if c.empty() && !x.config.clockRuns() {
		return nil
	}
	s := x.session()
	changed := s.lapse()
	changed = s.effect() || changed
	changed = s.depart() || changed
	changed = s.part() || changed
	changed = s.replaceKeys() || changed
	changed = s.install() || changed
	changed = s.upgrade() || changed
	changed = s.sweeps() || changed
	if changed {
		if err := x.conclude(s); err != nil {
			return err
		}
	}
	return x.sweep(settlePerBlock - len(x.touched))
}

// clockRuns reports whether records of a former recorder are to end.
func (c *Config) clockRuns() bool {
	for i := range c.Members {
		if c.Members[i].Release != 0 {
			return true
		}
	}
	return false
}

// finish writes what the block changed, in an order that every node shares.
func (x *execution) finish(b Block, res *Result) error {
	var leaves []leafChange
	for _, w := range x.touched {
		if !w.dirty && !w.told {
			continue
		}
		value := wire.Encode(&w.Record)
		x.set(recordKey(w.Seq), value)
		leaves = append(leaves, leafChange{w.Seq, proof.StateLeaf(value)})
		if w.dirty {
			x.reindex(w)
			res.Moves = append(res.Moves, x.move(w))
		}
	}
	slices.SortFunc(leaves, func(a, b leafChange) int { return int(int64(a.seq) - int64(b.seq)) })
	if err := x.tree.update(x, leaves, x.set); err != nil {
		return err
	}
	x.law.count(x.config, x.touched)
	x.law.save(x.set)
	x.log.flush(x.set)
	x.buckets.expire(x.remove, x.height)
	x.follow()
	x.Ledger.config = x.config
	if len(b.Votes) > 0 {
		x.set(attendanceKey, x.present.encode())
	}
	head := Head{Height: b.Height, Time: b.Time, Moment: x.now, LogSize: x.log.size, Records: x.count,
		Phases: x.phases(res.Moves), LogRoot: x.log.root()}
	head.State = x.stateRoot()
	head.AppHash = proof.AppHash(head.LogRoot, head.State)
	x.set(metaKey, wire.Encode(head))
	x.head = head
	res.Head, res.Events, res.Updates = head, x.events, x.updates
	res.Writes = x.writes.list
	x.remember(res.FirstEvent)
	return nil
}

func firstFailure(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// phases counts the records by phase after the block's moves.
func (x *execution) phases(moves []Move) []uint64 {
	counts := make([]uint64, contract.Annulled+1)
	copy(counts, x.head.Phases)
	for _, m := range moves {
		if m.Before != 0 {
			counts[m.Before]--
		}
		counts[m.After]++
	}
	return counts
}

func (x *execution) move(w *working) Move {
	return Move{Record: w.ID, Contract: w.Contract, Proposer: w.Proposer, Before: w.before,
		After:      x.config.Contract(w.Contract).Status(w.Instance).Phase,
		Commitment: w.Commitment, Superseded: w.superseded, Effects: w.effects, Events: w.events}
}

// Get reads through the block's own writes; it makes an execution a Reader.
func (x *execution) Get(key []byte) ([]byte, error) {
	if w, ok := x.writes.find(key); ok {
		return w.Value, nil
	}
	return x.reader.Get(key)
}

// Scan reads the committed state only: nothing that a block writes is scanned in it.
func (x *execution) Scan(from, to []byte, fn func(k, v []byte) bool) error {
	return x.reader.Scan(from, to, fn)
}

func (x *execution) set(key, value []byte) { x.writes.put(Write{Key: key, Value: value}) }

// remove deletes a key, or with an end a range of them.
func (x *execution) remove(key, end []byte) { x.writes.put(Write{Key: key, RangeEnd: end}) }
