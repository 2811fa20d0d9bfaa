package bench

import (
	"context"
	"errors"
	"time"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
)

// Erasures is what happens when the retention of many records ends in the same second.
type Erasures struct {
	Disclosure
	Batch     int     `json:"batch"`
	Records   int     `json:"records"`              // forgotten together
	Erased    float64 `json:"erased_after_seconds"` // the last of them, on every node
	LongBlock float64 `json:"longest_block_ms"`
	LongEnded float64 `json:"longest_block_after_seconds"` // when it ended
	Blocks    int64   `json:"blocks"`
	Writes    float64 `json:"writes_per_second"` // beside, offered
	Taken     float64 `json:"writes_taken_per_second"`
	WritesP50 float64 `json:"writes_p50_ms"`
	WritesP99 float64 `json:"writes_p99_ms"`
	CPU       float64 `json:"cpu_us_per_erasure"` // with the writes beside
	Memory    int64   `json:"resident_bytes"`
	Alike             // afterwards
}

const (
	besideErasure = 1000 // records a second, written while others are erased
	retention     = 365  // days after the exit, of the contract of general repair
	entering      = 200  // days in which the records are entered
)

// RunErase lets n records be forgotten in the same second: their longest term ends with the
// same day, and their retention so many days later. The network has a training clock whose
// day is long enough to enter them within some two hundred days.
func RunErase(ctx context.Context, n int, o Options) (r *Erasures, err error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	if n < 100 {
		return nil, fault.Newf(fault.Usage, "--records", "at least 100")
	}
	if o.TrainingDay == 0 {
		o.TrainingDay = (15*time.Second + time.Duration(n)*time.Second/400) / entering
	}
	s, err := found(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	r = &Erasures{Disclosure: disclose("erase", s), Batch: s.o.Batch, Records: n, Writes: besideErasure}
	r.Record = "a serious finding that has ended, with its certificate, whose retention ends"
	return r, s.forget(ctx, r)
}

// forget enters the records and waits until every node has erased them, while others are
// written.
func (s *site) forget(ctx context.Context, r *Erasures) error {
	lastDay, bodies, err := s.enterDue(ctx, r.Records, entering)
	if err != nil {
		return err
	}
	if err := s.recorded(ctx, contract.Exited, r.Records); err != nil {
		return err
	}
	moment := s.endOf(lastDay.AddDays(1 + retention))
	long := 10*time.Second + time.Duration(r.Records/2000)*time.Second
	w, err := s.beside(ctx, moment, r.Writes, long, func(ctx context.Context) error {
		return s.recorded(ctx, contract.Erased, r.Records)
	})
	if err != nil {
		return err
	}
	r.Erased, r.CPU, r.Memory = w.took, w.cpuOf(r.Records), w.memory
	r.LongBlock, r.Blocks = ms(w.blocks.longest), w.blocks.count
	r.LongEnded = round(w.blocks.ended.Sub(moment).Seconds(), 1)
	r.Taken, r.WritesP50, r.WritesP99 = w.taken, w.p50, w.p99
	r.Alike, err = s.alike(ctx, bodies)
	return err
}
