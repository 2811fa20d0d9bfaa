package ledger

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// settleDue fires the deadlines that have come due, in the order of their times.
func (x *execution) settleDue() error {
	var due []uint64
	end := dueKey(x.now+1, 0)
	first := end
	err := x.reader.Scan(x.earliest, end, func(k, _ []byte) bool {
		if len(due) == 0 {
			first = k
		}
		due = append(due, dueSeq(k))
		return len(due) < settlePerBlock
	})
	if err != nil {
		return fault.Wrap(fault.Internal, "deadlines", err)
	}
	x.earliest = first
	stored, err := x.together(due)
	if err != nil {
		return err
	}
	cost := 0
	for _, seq := range due {
		if cost >= settlePerBlock {
			break
		}
		w, err := x.load(seq, stored[seq])
		if err == nil {
			err = x.settle(w)
		}
		if err != nil {
			return err
		}
		cost++
		if x.config.Contract(w.Contract).Status(w.Instance).Phase.Forgotten() {
			cost += erasureWeight - 1
		}
	}
	return nil
}

// together reads records that lie close together in one pass, which takes a fraction of
// asking for each: many fall due at once that were entered at once. Of scattered ones it
// returns none.
func (x *execution) together(seqs []uint64) (map[uint64][]byte, error) {
	if len(seqs) < 2 {
		return nil, nil
	}
	first, last := slices.Min(seqs), slices.Max(seqs)
	if last-first >= 4*uint64(len(seqs)) {
		return nil, nil
	}
	stored := make(map[uint64][]byte, last-first+1)
	err := x.reader.Scan(recordKey(first), recordKey(last+1), func(k, v []byte) bool {
		stored[binary.BigEndian.Uint64(k[1:])] = v
		return true
	})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "state", err)
	}
	return stored, nil
}

// settle takes newer versions of a record's contract into account and fires its deadlines
// up to block time. It asks the contracts and not the index, which does not know yet what
// this block has changed.
func (x *execution) settle(w *working) error {
	if !x.config.whole(&w.Record) {
		turns, err := x.config.fold(x, &w.Record)
		if err != nil {
			return err
		}
		w.dirty = true
		x.happened(w, turns, actor{}, nil)
	}
	x.happened(w, x.config.settle(&w.Record, x.now), actor{}, nil)
	return nil
}

// seqOf finds a record's position, in this block or before it.
func (x *execution) seqOf(id RecordID) (uint64, bool, error) {
	b, err := x.Get(idKey(id))
	if err != nil {
		return 0, false, fault.Wrap(fault.Internal, "state", err)
	}
	if b == nil {
		return 0, false, nil
	}
	return binary.BigEndian.Uint64(b), true, nil
}

// record returns a record for an operation to touch, with every due deadline settled.
func (x *execution) record(id RecordID) (*working, error) {
	if w, ok := x.records[id]; ok {
		return w, x.settle(w)
	}
	seq, found, err := x.seqOf(id)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fault.New(fault.UnknownRecord, "record")
	}
	w, err := x.at(seq)
	if err == nil {
		err = x.settle(w)
	}
	return w, err
}

// at loads the record at a position for this block to work on, once.
func (x *execution) at(seq uint64) (*working, error) { return x.load(seq, nil) }

// load is at with what is stored there, where that has been read already.
func (x *execution) load(seq uint64, b []byte) (*working, error) {
	if b == nil {
		var err error
		if b, err = x.reader.Get(recordKey(seq)); err != nil {
			return nil, fault.Wrap(fault.Internal, "state", err)
		}
	}
	r, err := decodeRecord(seq, b)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "state", err)
	}
	if w, ok := x.records[r.ID]; ok {
		return w, nil
	}
	w := &working{Record: *r, under: r.Contract}
	w.before = x.config.Contract(r.Contract).Status(r.Instance).Phase
	w.due = x.config.dues(r, w.space[:0])
	x.records[r.ID] = w
	x.touched = append(x.touched, w)
	return w, nil
}

// create enters a new record at the end of the state tree.
func (x *execution) create(r *Record) *working {
	r.Seq = x.count
	x.count++
	x.set(idKey(r.ID), uint64Bytes(r.Seq))
	x.set(bodyKey(r.Commitment), uint64Bytes(r.Seq))
	w := &working{Record: *r, dirty: true}
	x.records[r.ID] = w
	x.touched = append(x.touched, w)
	return w
}

// checkUnused refuses a commitment that has served: the vaults know bodies by it, and a
// second record with the same one could have the first one's body dropped.
func (x *execution) checkUnused(c wire.Hash) error {
	b, err := x.Get(bodyKey(c))
	if err != nil {
		return fault.Wrap(fault.Internal, "state", err)
	}
	if b != nil {
		return fault.New(fault.SecretReused, "commitment")
	}
	return nil
}

// checkAct holds what every event of a contract demands of its envelope: of a suspended
// member that it be favourable, of its signers that they may sign it, and for an adverse
// one a second operator and the calendar in force.
func (x *execution) checkAct(e *Envelope, spec contract.EventSpec) error {
	switch {
	case x.config.Member(e.Member).Suspended && !spec.Favourable:
		return fault.New(fault.MemberSuspended, "envelope")
	case x.config.Member(e.Member).Removed != 0 && !spec.Favourable:
		return fault.New(fault.MemberRemoved, "envelope")
	case spec.Adverse && x.config.Stopped(x.time):
		return fault.New(fault.EmergencyStop, "envelope")
	}
	if err := x.config.withinEvent(e, spec); err != nil {
		return err
	}
	switch {
	case !spec.Adverse:
		return nil
	case e.Approver == 0:
		return fault.New(fault.ApproverMissing, "envelope")
	case e.Calendar != x.config.Calendar.Edition():
		return fault.Newf(fault.StaleCalendar, "envelope", "computed with edition %d, in force is %d", e.Calendar, x.config.Calendar.Edition())
	}
	return nil
}

// checkMigration holds the genesis' window for decisions that were made before.
func (x *execution) checkMigration(args map[string]int64) error {
	published := credit.Date(args["published_on"])
	switch {
	case x.now.Date() > x.config.Migration.Until:
		return fault.Newf(fault.OutsideMigration, "event", "the window closed on %s", x.config.Migration.Until)
	case published < x.config.Migration.NotBefore:
		return fault.Newf(fault.DateTooEarly, "published_on", "before %s", x.config.Migration.NotBefore)
	case published > x.now.Date():
		return fault.New(fault.DateInFuture, "published_on")
	}
	return nil
}

// replaceBody binds the record to a new body.
func (x *execution) replaceBody(w *working, c wire.Hash) {
	w.superseded = append(w.superseded, w.Commitment)
	w.Commitment = c
	x.set(bodyKey(c), uint64Bytes(w.Seq))
}

// choose finds the version of a record's contract that takes an event now.
func (x *execution) choose(w *working, ev contract.Event, check func(contract.EventSpec) error) (step, error) {
	return x.config.choose(&w.Record, ev, x.now, check)
}

// send takes what choose has found, lets the other versions follow, and writes the events.
func (x *execution) send(w *working, s step, by actor) {
	if s.clock == own {
		x.transit(w, s.next, s.taken, by, s.event.Args)
		return
	}
	turns := x.config.besideTurn(&w.Record, s.clock, s.next, s.taken, true, nil)
	turns = x.config.follow(&w.Record, s.event, x.now, s.clock, turns)
	x.happened(w, turns, by, s.event.Args)
}

// transit takes the transitions of a step of the record's own contract, lets the versions
// beside it follow, and writes the events.
func (x *execution) transit(w *working, next contract.Instance, taken []contract.Taken, by actor, args map[string]int64) {
	turns := []turn{x.config.ownTurn(&w.Record, next, taken)}
	if len(w.Beside) > 0 && len(taken) > 0 {
		turns = x.config.follow(&w.Record, contract.Event{Name: taken[0].Event, Args: args}, x.now, own, turns)
	}
	w.dirty = true
	x.happened(w, turns, by, args)
}

// happened writes what the versions of a record did to it. The first transition is the one
// that somebody's event has brought.
func (x *execution) happened(w *working, turns []turn, by actor, args map[string]int64) {
	for _, t := range turns {
		w.dirty = true
		phase := t.before
		for _, k := range t.taken {
			x.bar(w, k.Bar)
			x.event(w, t, k, k.Phase != phase, by, args)
			phase = k.Phase
			w.effects = append(w.effects, k.Effects...)
			by, args = actor{}, nil
		}
		if phase.Forgotten() {
			w.Access = nil // there is nobody left who could file
		}
	}
}

// event appends one transition to the log. Only one that enters the end of a record, or
// its listing, carries its commitment, and with it a certificate or a notice: what comes
// after is neither.
func (x *execution) event(w *working, n turn, t contract.Taken, enters bool, by actor, args map[string]int64) {
	e := &proof.Event{Type: proof.TypeMoved, Record: w.ID, Contract: n.contract, Own: n.own, Name: t.Event, Transition: t.Transition,
		To: t.To, Phase: uint8(t.Phase), Effective: t.Effective, Recorded: x.now,
		Member: uint32(by.member), Key: uint32(by.key), Approver: uint32(by.approver),
		Effects: effectBits(t.Effects), Cite: t.Cite, Height: x.height, Args: args}
	if w.CaseTag != nil {
		e.Barred = t.Bar // without a case tag there is no basis to bar
	}
	if n.own != 0 && !n.released {
		e.Type = proof.TypeBeside
	}
	if by.paper != nil {
		e.Paper = *by.paper
	}
	if by.subject {
		e.Type = proof.TypeFiled
	}
	switch {
	case len(w.events) == 0 && w.before == 0:
		e.Type = proof.TypeCreated
		e.Commitment = w.Commitment
	case len(w.superseded) > 0 && by.member != 0:
		e.Type = proof.TypeAmended
		e.Commitment = w.Commitment
	case enters && e.Released(), enters && listed(t.Phase):
		e.Commitment = w.Commitment
	}
	x.enter(w, e)
}

// beside appends what happened to a record beside its contract.
func (x *execution) beside(w *working, e *proof.Event) {
	e.Record, e.Recorded, e.Effective, e.Height = w.ID, x.now, x.now, x.height
	e.Phase = uint8(x.config.Contract(w.Contract).Status(w.Instance).Phase)
	w.dirty = true
	x.enter(w, e)
}

// enter appends an event of a record to the log and to the record's history.
func (x *execution) enter(w *working, e *proof.Event) {
	x.events = append(x.events, e)
	index := x.append(e.Encode())
	x.set(historyKey(w.Seq, index), []byte{})
	w.events = append(w.events, index)
}

func (x *execution) append(event []byte) uint64 {
	index := x.log.append(event)
	x.set(eventKey(index), event)
	return index
}

// listed reports whether a record that enters the phase needs a notice of it.
func listed(p contract.Phase) bool {
	return p == contract.Noticed || p == contract.Grace || p == contract.Active
}

func effectBits(effects []contract.Effect) uint16 {
	var bits uint16
	for _, f := range effects {
		bits |= 1 << f
	}
	return bits
}

// reindex moves a record's entries in the deadline index, one for each of its clocks.
func (x *execution) reindex(w *working) {
	var space [2]credit.Moment
	now := x.config.dues(&w.Record, space[:0])
	if slices.Equal(now, w.due) {
		return
	}
	for _, d := range w.due {
		if !slices.Contains(now, d) {
			x.remove(dueKey(d, w.Seq), nil)
		}
	}
	for _, d := range now {
		if !slices.Contains(w.due, d) {
			k := dueKey(d, w.Seq)
			x.set(k, []byte{})
			if bytes.Compare(k, x.earliest) < 0 {
				x.earliest = k
			}
		}
	}
	w.due = append(w.due[:0], now...)
}
