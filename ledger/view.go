package ledger

import (
	"encoding/binary"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// View reads the committed state at one height. It never changes and may be used by
// many at once if its Reader may.
type View struct {
	Config *Config
	Head
	reader Reader
	upper  upperLog       // of the log, as far as Head
	recent []*recentBlock // the last blocks, oldest first, without a gap up to Height
}

// Head is where the ledger stands.
type Head struct {
	Height  int64
	Time    int64         // block time, Unix nanoseconds
	Moment  credit.Moment // ledger time of the block
	AppHash wire.Hash
	LogRoot wire.Hash
	State   wire.Hash // state root
	LogSize uint64    // number of events
	Records uint64    // number of records ever created
	Phases  []uint64  // number of records in each phase, by its number; as recorded, not evaluated
}

// Record returns the record with this id as it was last written.
func (v *View) Record(id RecordID) (*Record, error) {
	seq, err := v.Position(id)
	if err != nil {
		return nil, err
	}
	return v.RecordAt(seq)
}

// Position returns where a record stands in the state tree.
func (v *View) Position(id RecordID) (uint64, error) {
	b, err := v.reader.Get(idKey(id))
	if err != nil {
		return 0, fault.Wrap(fault.Internal, "state", err)
	}
	if b == nil {
		return 0, fault.New(fault.UnknownRecord, "record")
	}
	return binary.BigEndian.Uint64(b), nil
}

// RecordAlike returns the record with this id, false where there is none. What it reads of
// the state is the same in both cases: a record that it returns beside false stands in for
// the one that is not there, and is nil only in a ledger without records.
func (v *View) RecordAlike(id RecordID) (r *Record, known bool, err error) {
	seq, err := v.Position(id)
	if known = err == nil; !known && !fault.Is(err, fault.UnknownRecord) {
		return nil, false, err
	}
	if r, err = v.RecordAt(seq); !known && err == nil { // that an id is not there is known without reading
		_, err = v.Position(r.ID)
	}
	if fault.Is(err, fault.UnknownRecord) {
		return nil, false, nil
	}
	return r, known, err
}

// AccessKey returns a record and the key of its access code. Both are nil where there is
// no such record, or nobody holds a code for it any more; what is read of the state is the
// same in every case.
func (v *View) AccessKey(id RecordID) (*Record, []byte, error) {
	r, known, err := v.RecordAlike(id)
	if err != nil || r == nil {
		return nil, nil, err
	}
	over := v.Status(r).Phase.Forgotten()
	if !known || r.Access == nil || over {
		return nil, nil, nil
	}
	return r, r.Access, nil
}

// RecordAt returns the record at a position of the state tree.
func (v *View) RecordAt(seq uint64) (*Record, error) {
	b, err := v.reader.Get(recordKey(seq))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "state", err)
	}
	if b == nil {
		return nil, fault.New(fault.UnknownRecord, "record")
	}
	return decodeRecord(seq, b)
}

// EachRecord visits every record from a position on, in order of creation.
func (v *View) EachRecord(from uint64, fn func(*Record) bool) error {
	var inner error
	err := v.reader.Scan(recordKey(from), []byte{'r' + 1}, func(k, b []byte) bool {
		r, err := decodeRecord(binary.BigEndian.Uint64(k[1:]), b)
		if err != nil {
			inner = err
			return false
		}
		return fn(r)
	})
	return firstError(err, inner)
}

// Evaluate returns the record as it stands at a moment: every deadline up to then has
// taken effect under every version of its contract, whether a block has recorded it yet
// or not (invariant 2 of domain.md).
func (v *View) Evaluate(r *Record, at credit.Moment) *Record {
	r = v.folded(r)
	if !v.Config.stirs(r, at) {
		return r
	}
	settled := r.clone()
	v.Config.settle(settled, at)
	return settled
}

// Status is Status(record, t) of domain.md with t the view's own ledger time.
func (v *View) Status(r *Record) contract.Status {
	return v.Config.status(v.Evaluate(r, v.Moment))
}

// Recorded is the record's status as the last block left it, deadlines that have passed
// since unheeded: what nodes hold and erase follows it.
func (v *View) Recorded(r *Record) contract.Status { return v.Config.status(r) }

// Due returns the next moment at which something happens to the record by itself.
func (v *View) Due(r *Record) (credit.Moment, bool) {
	_, due, ok := v.Config.next(v.Evaluate(r, v.Moment))
	return due, ok
}

// Explain lists the record's ways out at the view's ledger time, under its own contract
// and under the newer versions beside it. It is released at the earliest of all.
func (v *View) Explain(r *Record) contract.Explanation {
	r = v.Evaluate(r, v.Moment)
	x := v.Config.Contract(r.Contract).Explain(r.Instance, v.Moment, v.Config.Calendar)
	x.Status = v.Config.status(r)
	for _, b := range r.Beside {
		if !b.applies() {
			continue
		}
		x.Newer = append(x.Newer, v.Config.Contract(b.Contract).Explain(b.Instance, v.Moment, v.Config.Calendar))
	}
	x.Released = v.Released(r)
	return x
}

// Released is the day at whose end a record is no longer in force if nobody does anything
// more, the earliest under all of its versions; 0 where it is not in force now, or nothing
// ends it.
func (v *View) Released(r *Record) credit.Date {
	r = v.Evaluate(r, v.Moment)
	if !v.Config.status(r).InForce {
		return 0
	}
	day := v.Config.Contract(r.Contract).Released(r.Instance, v.Moment, v.Config.Calendar)
	for _, b := range r.Beside {
		if !b.applies() {
			continue
		}
		if n := v.Config.Contract(b.Contract).Released(b.Instance, v.Moment, v.Config.Calendar); n != 0 && (day == 0 || n < day) {
			day = n
		}
	}
	return day
}

// Event returns the event at an index of the log and its canonical bytes.
func (v *View) Event(index uint64) (*proof.Event, []byte, error) {
	b, err := v.EventBytes(index)
	if err != nil {
		return nil, nil, err
	}
	e := new(proof.Event)
	if err := wire.DecodeTrusted(b, e); err != nil {
		return nil, nil, err
	}
	return e, b, nil
}

// EventBytes returns the canonical bytes of the event at an index of the log.
func (v *View) EventBytes(index uint64) ([]byte, error) {
	b, err := v.reader.Get(eventKey(index))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "log", err)
	}
	if b == nil {
		return nil, fault.New(fault.NotFound, "event")
	}
	return b, nil
}

// Events visits events from an index on, at most limit of them. The index of the last
// visited event plus one is the cursor from which to go on. They are not to be changed.
func (v *View) Events(from uint64, limit int, fn func(index uint64, e *proof.Event) bool) error {
	var inner error
	to := min(from+uint64(limit), v.LogSize)
	if from >= to || v.recentEvents(from, to, fn) {
		return nil
	}
	err := v.reader.Scan(eventKey(from), eventKey(to), func(k, b []byte) bool {
		e := new(proof.Event)
		if inner = wire.DecodeTrusted(b, e); inner != nil {
			return false
		}
		return fn(binary.BigEndian.Uint64(k[1:]), e)
	})
	return firstError(err, inner)
}

// History returns the log indices of a record's events, oldest first.
func (v *View) History(r *Record) ([]uint64, error) {
	var out []uint64
	err := v.reader.Scan(historyKey(r.Seq, 0), historyKey(r.Seq+1, 0), func(k, _ []byte) bool {
		out = append(out, binary.BigEndian.Uint64(k[9:]))
		return true
	})
	return out, err
}

// Committed reports whether an envelope is in the ledger; it is remembered until after
// its NotAfter height.
func (v *View) Committed(id wire.Hash, notAfter int64) bool {
	b, err := v.reader.Get(envelopeKey(notAfter, id))
	return err == nil && b != nil
}

// PendingDue reports whether a deadline is due at ledger time at and not yet settled.
func (v *View) PendingDue(at credit.Moment) bool {
	due := false
	err := v.reader.Scan([]byte{'d'}, dueKey(at+1, 0), func([]byte, []byte) bool { due = true; return false })
	return due && err == nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
