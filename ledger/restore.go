package ledger

import (
	"encoding/binary"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// Restoration makes a state out of a snapshot, key by key in its order, and holds it to
// its summary: every root is computed anew. Nothing of it is to be believed before Finish.
// A forged snapshot is fault.SnapshotForged; it may also make Add panic, which the caller
// takes for the same.
type Restoration struct {
	l       *Ledger
	sum     Summary
	head    headPart // families before the records; also l's reader
	ready   bool     // l is loaded from head
	ids     []RecordID
	leaves  []wire.Hash // of the group that is being filled
	phases  []uint64
	created uint64 // events that created a record
	// successor says that the state is to become the first one of the chain after its own.
	successor bool
	reader    Reader
	set       func(key, value []byte)
	flush     func() error
}

// Restore begins. What set is given goes into the empty store that reader reads; flush
// makes it readable.
func Restore(g *Genesis, sum Summary, reader Reader, set func(key, value []byte), flush func() error) (*Restoration, error) {
	config, err := g.config()
	if err != nil {
		return nil, err
	}
	return restore(g, config, sum, reader, set, flush), nil
}

func restore(g *Genesis, config *Config, sum Summary, reader Reader, set func(key, value []byte), flush func() error) *Restoration {
	r := &Restoration{sum: sum, reader: reader, set: set, flush: flush, phases: make([]uint64, contract.Annulled+1)}
	r.l = &Ledger{reader: &r.head, genesis: g, hash: g.Hash(), config: config, log: &logTree{}}
	return r
}

func forged(where, format string, args ...any) error {
	return fault.Newf(fault.SnapshotForged, where, format, args...)
}

// Add takes the next key. Key and value are not kept.
func (r *Restoration) Add(key, value []byte) error {
	switch {
	case len(key) == 9 && key[0] == 'r':
		return r.record(key, value)
	case len(key) == 9 && key[0] == 'e':
		return r.event(key, value)
	case r.ready:
		return forged("snapshot", "a key of family %q after the records", key[:1])
	}
	if err := checkHeadPart(key, value); err != nil {
		return err
	}
	r.head.add(key, value)
	r.set(key, value)
	return nil
}

// begin loads everything but records and events, and holds it to its root.
func (r *Restoration) begin() error {
	r.ready = true
	if err := r.l.load(); err != nil {
		return fault.Wrap(fault.SnapshotForged, "snapshot", err)
	}
	r.l.count = r.sum.Count
	switch {
	case r.l.metaRoot() != r.sum.Meta:
		return forged("snapshot", "members, law or parameters are not those of its root")
	case r.head.epochs() != r.l.config.Council.Epochs:
		return forged("snapshot", "sets of recorders are not those of its root")
	}
	return r.head.envelopes(r.l.buckets)
}

// record takes a record, and works out where it, its case tag and its deadlines are found.
func (r *Restoration) record(key, value []byte) error {
	if !r.ready {
		if err := r.begin(); err != nil {
			return err
		}
	}
	seq := uint64(len(r.ids))
	if r.l.log.size > 0 || binary.BigEndian.Uint64(key[1:]) != seq || seq >= r.sum.Count {
		return forged("snapshot", "record %d is out of turn", seq)
	}
	rec, err := decodeRecord(seq, value)
	if err != nil {
		return fault.Wrap(fault.SnapshotForged, "record", err)
	}
	r.ids = append(r.ids, rec.ID)
	r.set(key, value)
	r.set(idKey(rec.ID), uint64Bytes(seq))
	if rec.CaseTag != nil {
		r.set(tagKey(rec.Recorder, *rec.CaseTag), uint64Bytes(seq))
	}
	for _, due := range r.l.config.dues(rec, nil) {
		r.set(dueKey(due, seq), []byte{})
	}
	r.phases[r.l.config.Contract(rec.Contract).Status(rec.Instance).Phase]++
	r.leaf(proof.StateLeaf(value))
	return nil
}

// leaf adds a leaf to the state tree; a group is written when it is full.
func (r *Restoration) leaf(h wire.Hash) {
	if r.leaves = append(r.leaves, h); len(r.leaves) == groupWidth {
		r.group()
	}
}

func (r *Restoration) group() {
	n := len(r.l.tree.levels[0])
	r.set(groupKey(uint64(n)), joinHashes(r.leaves))
	r.l.tree.levels[0] = append(r.l.tree.levels[0], groupRoot(r.leaves))
	r.leaves = r.leaves[:0]
}

// flushEvery is how many events are taken before their tiles are written.
const flushEvery = 16 * TileWidth

// event takes an event, and works out whose it is, which body it brought and what it bars.
func (r *Restoration) event(key, value []byte) error {
	if r.l.log.size == 0 {
		if err := r.recordsDone(); err != nil {
			return err
		}
	}
	index := r.l.log.size
	if binary.BigEndian.Uint64(key[1:]) != index || index >= r.sum.Events {
		return forged("snapshot", "event %d is out of turn", index)
	}
	r.set(key, value)
	r.l.log.append(value)
	if (index+1)%flushEvery == 0 {
		r.l.log.flush(r.set)
	}
	var e proof.Event
	if err := wire.DecodeTrusted(value, &e); err != nil {
		return fault.Wrap(fault.SnapshotForged, "event", err)
	}
	if e.Record == [16]byte{} {
		return nil
	}
	seq, err := r.seqOf(&e)
	if err != nil {
		return err
	}
	r.set(historyKey(seq, index), []byte{})
	if !e.Commitment.Zero() {
		r.set(bodyKey(e.Commitment), uint64Bytes(seq))
	}
	if e.Barred != 0 {
		return r.bar(seq, &e)
	}
	return nil
}

// seqOf finds an event's record. Records are created in order, so that the n-th creation
// is the n-th record's.
func (r *Restoration) seqOf(e *proof.Event) (uint64, error) {
	if e.Type == proof.TypeCreated {
		seq := r.created
		if r.created++; seq >= uint64(len(r.ids)) || r.ids[seq] != RecordID(e.Record) {
			return 0, forged("event", "the creation of record %d is not in its place", seq)
		}
		return seq, nil
	}
	b, err := r.reader.Get(idKey(RecordID(e.Record)))
	if err != nil {
		return 0, fault.Wrap(fault.Internal, "state", err)
	}
	if b == nil {
		return 0, forged("event", "no such record")
	}
	return binary.BigEndian.Uint64(b), nil
}

func (r *Restoration) bar(seq uint64, e *proof.Event) error {
	b, err := r.reader.Get(recordKey(seq))
	if err != nil {
		return fault.Wrap(fault.Internal, "state", err)
	}
	rec, err := decodeRecord(seq, b)
	if err != nil || rec.CaseTag == nil {
		return forged("event", "it bars what has no case tag")
	}
	r.set(barKey(rec.Recorder, *rec.CaseTag), uint64Bytes(uint64(e.Barred)))
	return nil
}

// recordsDone holds the records to their root.
func (r *Restoration) recordsDone() error {
	if !r.ready {
		if err := r.begin(); err != nil {
			return err
		}
	}
	if len(r.leaves) > 0 {
		r.group()
	}
	r.l.tree.raise()
	if uint64(len(r.ids)) != r.sum.Count || r.l.tree.root() != r.sum.Records {
		return forged("snapshot", "its records are not those of their root")
	}
	return r.flush()
}

// Finish holds the rest to its roots and writes where the ledger stands: the state after
// the block of this height and time (Unix nanoseconds), which the caller takes from a
// header that the recorders have signed. A successor's first state is that of its seal,
// whatever they are.
func (r *Restoration) Finish(height, time int64) error {
	if r.l.log.size == 0 {
		if err := r.recordsDone(); err != nil {
			return err
		}
	}
	r.l.log.flush(r.set)
	if r.l.log.size != r.sum.Events || r.l.log.root() != r.sum.LogRoot || r.created != r.sum.Count {
		return forged("snapshot", "its events are not those of the log root")
	}
	if err := r.flush(); err != nil {
		return err
	}
	head := Head{Height: height, Time: time, State: stateRootOf(r.sum.Records, r.sum.Meta)}
	if r.successor {
		var err error
		if head, err = r.succeed(); err != nil {
			return err
		}
	}
	head.Moment = r.l.config.Clock.Moment(r.l.config.GenesisTime, head.Time)
	head.LogRoot, head.LogSize, head.Records, head.Phases = r.sum.LogRoot, r.sum.Events, r.sum.Count, r.phases
	head.AppHash = proof.AppHash(head.LogRoot, head.State)
	r.set(genesisKey, r.l.hash[:])
	r.set(metaKey, wire.Encode(head)) // last: without it the store is an empty one
	return nil
}

// Flush makes what was taken readable.
func (r *Restoration) Flush() error { return r.flush() }

// Progress tells how many records and events have been taken.
func (r *Restoration) Progress() (records, events uint64) { return uint64(len(r.ids)), r.l.log.size }
