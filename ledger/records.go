package ledger

import (
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
	err := x.reader.Scan([]byte{'d'}, dueKey(x.now+1, 0), func(k, _ []byte) bool {
		due = append(due, dueSeq(k))
		return len(due) < settlePerBlock
	})
	if err != nil {
		return fault.Wrap(fault.Internal, "deadlines", err)
	}
	for _, seq := range due {
		w, err := x.at(seq)
		if err != nil {
			return err
		}
		x.settle(w)
	}
	return nil
}

// settle fires a record's deadlines up to block time. It asks the contract and not the
// index, which does not know yet what this block has changed.
func (x *execution) settle(w *working) {
	next, taken := x.config.settle(&w.Record, x.now)
	if len(taken) > 0 {
		x.transit(w, next, taken, actor{}, nil)
	}
}

// settle fires a record's deadlines up to a moment: those of its contract, and the
// release of what nobody is left to decide.
func (c *Config) settle(r *Record, at credit.Moment) (contract.Instance, []contract.Taken) {
	doc := c.Contract(r.Contract)
	release, orphan := c.ReleasedAt(r.Recorder)
	if due, ok := doc.Due(r.Instance); (!ok || due > at) && (!orphan || release > at) {
		return r.Instance, nil
	}
	if !orphan || release > at {
		return doc.Settle(r.Instance, at, c.Calendar)
	}
	next, taken := doc.Settle(r.Instance, release, c.Calendar)
	next, more, _ := doc.Release(next, release, c.Calendar)
	last, rest := doc.Settle(next, at, c.Calendar)
	return last, slices.Concat(taken, more, rest)
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
		x.settle(w)
		return w, nil
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
		x.settle(w)
	}
	return w, err
}

// at loads the record at a position for this block to work on, once.
func (x *execution) at(seq uint64) (*working, error) {
	b, err := x.reader.Get(recordKey(seq))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "state", err)
	}
	r, err := decodeRecord(seq, b)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "state", err)
	}
	if w, ok := x.records[r.ID]; ok {
		return w, nil
	}
	w := &working{Record: *r}
	c := x.config.Contract(r.Contract)
	w.before = c.Status(r.Instance).Phase
	w.due, w.hasDue = c.Due(r.Instance)
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
// member that it be favourable, and for an adverse one a second operator and the
// calendar in force.
func (x *execution) checkAct(e *Envelope, spec contract.EventSpec) error {
	switch {
	case x.config.Member(e.Member).Suspended && !spec.Favourable:
		return fault.New(fault.MemberSuspended, "envelope")
	case x.config.Member(e.Member).Removed != 0 && !spec.Favourable:
		return fault.New(fault.MemberRemoved, "envelope")
	case spec.Adverse && x.config.Stopped(x.time):
		return fault.New(fault.EmergencyStop, "envelope")
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

// transit takes the transitions of a contract's step and writes their events.
func (x *execution) transit(w *working, next contract.Instance, taken []contract.Taken, by actor, args map[string]int64) {
	c := x.config.Contract(w.Contract)
	phase := c.Status(w.Instance).Phase
	w.Instance = next
	w.Duty = w.Duty.after(taken)
	w.dirty = true
	for i, t := range taken {
		x.bar(w, t.Bar)
		who, given := actor{}, map[string]int64(nil)
		if i == 0 {
			who, given = by, args
		}
		x.event(w, t, t.Phase != phase, who, given)
		phase = t.Phase
		w.effects = append(w.effects, t.Effects...)
	}
	if forgotten(phase) {
		w.Access = nil // there is nobody left who could file
	}
}

// event appends one transition to the log. Only one that enters the end of a record, or
// its listing, carries its commitment, and with it a certificate or a notice: what comes
// after is neither.
func (x *execution) event(w *working, t contract.Taken, enters bool, by actor, args map[string]int64) {
	e := &proof.Event{Type: proof.TypeMoved, Record: w.ID, Contract: w.Contract, Name: t.Event, Transition: t.Transition,
		To: t.To, Phase: uint8(t.Phase), Effective: t.Effective, Recorded: x.now,
		Member: uint32(by.member), Key: uint32(by.key), Approver: uint32(by.approver),
		Effects: effectBits(t.Effects), Cite: t.Cite, Height: x.height, Args: args, Barred: t.Bar}
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

// reindex moves a record's entry in the deadline index.
func (x *execution) reindex(w *working) {
	due, ok := x.config.Contract(w.Contract).Due(w.Instance)
	if ok == w.hasDue && due == w.due {
		return
	}
	if w.hasDue {
		x.remove(dueKey(w.due, w.Seq), nil)
	}
	if ok {
		x.set(dueKey(due, w.Seq), []byte{})
	}
	w.due, w.hasDue = due, ok
}
