package ledger

import (
	"time"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// Clock turns block time into ledger time. On an ordinary network they are the same.
// A training clock lets one ledger day last Day of real time, starting at Epoch; it
// drives terms, deadlines, the calendar and retention, and nothing else: headers,
// expiries, quotas and keys stay real.
type Clock struct {
	// Day is how long a ledger day lasts, in nanoseconds; 0 means 24 hours. From
	// 50 ms to 24 h.
	Day int64 `cbor:"1,keyasint,omitempty" json:"day_ns,omitempty"`
	// Epoch is the ledger date that begins at genesis on a training network.
	Epoch credit.Date `cbor:"2,keyasint,omitempty" json:"epoch,omitempty"`
}

const (
	realDay        = int64(24 * time.Hour)
	minTrainingDay = int64(50 * time.Millisecond)
)

func (c Clock) check() error {
	if c.Day != 0 && (c.Day < minTrainingDay || c.Day > realDay) {
		return fault.Newf(fault.BadConfig, "clock.day_ns", "a training day lasts from 50ms to 24h")
	}
	if c.Day != 0 && (c.Epoch < credit.MinDate || c.Epoch > credit.MaxDate) {
		return fault.New(fault.BadConfig, "clock.epoch")
	}
	return nil
}

// Training reports whether ledger time runs at another speed than real time.
func (c Clock) Training() bool { return c.Day != 0 && c.Day != realDay }

// Moment returns the ledger time of a block time, both counted from the genesis time
// (Unix nanoseconds). Before genesis it is the genesis' own.
func (c Clock) Moment(genesis, block int64) credit.Moment {
	if !c.Training() {
		return credit.Moment(floorSeconds(block))
	}
	elapsed := max(block-genesis, 0)
	days, rest := elapsed/c.Day, elapsed%c.Day
	return c.Epoch.Start() + credit.Moment(days*86400+rest*86400/c.Day)
}

// Real returns the earliest block time whose ledger time is at least m.
func (c Clock) Real(genesis int64, m credit.Moment) int64 {
	if !c.Training() {
		return int64(m) * int64(time.Second)
	}
	s := int64(m - c.Epoch.Start())
	if s <= 0 {
		return genesis
	}
	return genesis + s/86400*c.Day + (s%86400*c.Day+86399)/86400
}

func floorSeconds(ns int64) int64 {
	s := ns / int64(time.Second)
	if ns%int64(time.Second) < 0 {
		s--
	}
	return s
}
