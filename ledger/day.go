package ledger

import (
	"encoding/binary"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Day is where the ledger stood after the last block of a day. Days are real ones, in
// UTC+8, also under a training clock: what follows from a Day is how far the keys of
// recorders are to be believed, and keys stay real. The first block of a later day
// writes it, so no block is ever added to a day that is written.
type Day struct {
	Date   credit.Date `cbor:"1,keyasint"`
	Height int64       `cbor:"2,keyasint"` // of the day's last block
	Time   int64       `cbor:"3,keyasint"` // of that block, Unix nanoseconds
	Size   uint64      `cbor:"4,keyasint"` // of the log after it
	Root   wire.Hash   `cbor:"5,keyasint"` // of the log
	State  wire.Hash   `cbor:"6,keyasint"` // state root
}

// nextDays adds a day to the running digest of all days, which stands in the state root:
// a state from elsewhere cannot bring other days.
func nextDays(before wire.Hash, d []byte) wire.Hash {
	return wire.Digest("riviera/days/1", before[:], d)
}

func (l *Ledger) loadDays() error {
	err := l.reader.Scan([]byte{'D'}, []byte{'D' + 1}, func(_, b []byte) bool {
		l.days = nextDays(l.days, b)
		return true
	})
	if err != nil {
		return fault.Wrap(fault.Internal, "state", err)
	}
	return nil
}

func dayKey(d credit.Date) []byte { return binary.BigEndian.AppendUint32([]byte{'D'}, uint32(d)) }

// realDate is the day of a block time.
func realDate(ns int64) credit.Date { return credit.Moment(floorSeconds(ns)).Date() }

// closeDay writes the day of the block before, if this block's is a later one. A log
// without events has no root to keep.
func (x *execution) closeDay(now int64) {
	h := x.head
	if h.LogSize == 0 || realDate(now) <= realDate(h.Time) {
		return
	}
	d := wire.Encode(Day{Date: realDate(h.Time), Height: h.Height, Time: h.Time, Size: h.LogSize, Root: h.LogRoot, State: h.State})
	x.set(dayKey(realDate(h.Time)), d)
	x.days = nextDays(x.days, d)
}

// Days visits the days that are over, from a date on, in order.
func (v *View) Days(from credit.Date, fn func(Day) bool) error {
	var inner error
	err := v.reader.Scan(dayKey(max(from, 0)), []byte{'D' + 1}, func(_, b []byte) bool {
		var d Day
		if inner = wire.DecodeTrusted(b, &d); inner != nil {
			return false
		}
		return fn(d)
	})
	return firstError(err, inner)
}

// FirstDayAfter returns the first day whose log holds the event at an index; not
// found while the day that recorded it is not over.
func (v *View) FirstDayAfter(index uint64) (Day, error) {
	event, _, err := v.Event(index)
	if err != nil {
		return Day{}, err
	}
	var found *Day
	// Ledger time runs ahead of real time under a training clock: begin at the genesis then.
	from := realDate(v.Config.GenesisTime)
	if !v.Config.Clock.Training() {
		from = event.Recorded.Date() - 1
	}
	err = v.Days(from, func(d Day) bool {
		if d.Size > index {
			found = &d
		}
		return found == nil
	})
	if err == nil && found == nil {
		err = fault.Newf(fault.NotReady, "day", "the day that recorded it is not over")
	}
	if err != nil {
		return Day{}, err
	}
	return *found, nil
}

// LogProofAt returns the path of the event at an index to the root of the log at an
// older size.
func (v *View) LogProofAt(index, size uint64) ([]wire.Hash, error) {
	return v.prove(size, index, storedHashes{v.reader, v.upper, nil})
}
