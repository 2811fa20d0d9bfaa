package bench

import (
	"time"

	"github.com/riviera-ledger/riviera/fault"
)

// Options says what is measured and on what. Zero values are defaults.
type Options struct {
	Dir          string // where the network lives; empty is a directory that is removed again
	Recorders    int    // 4
	Contributors int    // 0
	Program      string // this program: runs each node as a process of its own; empty runs all in this one
	TrainingDay  time.Duration

	Batch    int           // operations an envelope; 100
	Duration time.Duration // of sending, in all; 20 s
	Slice    time.Duration // sent at a time, at most; 5 s
	Rate     float64       // records a second, offered whatever happens; 0 is the closed loop
	Window   int           // operations outstanding in the closed loop; 12,000
	Preload  int           // records in the ledger before the clock runs

	Ruler   string // this program: runs the ruler; empty is none
	Profile string // file for a CPU profile of the measured part

	snapshotEvery int64 // blocks between two snapshots; 0 is a node's default

	Say func(key string, args ...any) // told of each step; nil drops it
}

const (
	defaultRecorders = 4
	defaultBatch     = 100
	defaultDuration  = 20 * time.Second
	defaultSlice     = 5 * time.Second
	defaultWindow    = 12_000
	maxBatch         = 100 // larger ones gained nothing
	maxSlice         = 30 * time.Second
)

func (o *Options) complete() error {
	if o.Recorders == 0 {
		o.Recorders = defaultRecorders
	}
	if o.Batch == 0 {
		o.Batch = defaultBatch
	}
	if o.Duration == 0 {
		o.Duration = defaultDuration
	}
	if o.Slice == 0 {
		o.Slice = min(defaultSlice, o.Duration)
	}
	if o.Window == 0 {
		o.Window = defaultWindow
	}
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	switch {
	case o.Batch < 1 || o.Batch > maxBatch:
		return fault.Newf(fault.Usage, "--batch", "from 1 to %d", maxBatch)
	case o.Duration < 0 || o.Slice < 0 || o.Slice > maxSlice:
		return fault.Newf(fault.Usage, "--duration", "slices of up to %s", maxSlice)
	case o.Rate < 0 || o.Window < 0 || o.Preload < 0:
		return fault.Newf(fault.Usage, "bench", "nothing below zero")
	}
	return nil
}
