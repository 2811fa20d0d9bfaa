package bench

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/riviera-ledger/riviera/fault"
)

// Trial is how writing holds up when something goes wrong or there is too much of it.
type Trial struct {
	Disclosure
	Trial       string  `json:"trial"`
	Batch       int     `json:"batch"`
	Peak        float64 `json:"peak_records_per_second"`
	Offered     float64 `json:"offered_per_second"`
	Records     int     `json:"records"`
	Rate        float64 `json:"records_per_second"`
	KeptOfPeak  float64 `json:"kept_of_peak"`
	P50         float64 `json:"p50_ms"`
	P99         float64 `json:"p99_ms"`
	Max         float64 `json:"max_ms"`
	Gap         float64 `json:"longest_gap_ms"`
	Refused     int     `json:"refused_records"`
	RefusedP50  float64 `json:"refusal_p50_ms"`
	RefusedP99  float64 `json:"refusal_p99_ms"`
	Recovery    float64 `json:"recovered_after_ms"`
	Saturation  float64 `json:"saturation_records_per_second,omitempty"`
	RestartedIn float64 `json:"stopped_recorder_back_after_ms,omitempty"`
}

// Trials that RunTrial knows.
const (
	StopOne  = "stop"     // a recorder is stopped in the middle and started again
	Overload = "overload" // twice the peak is offered
	Ramp     = "ramp"     // more and more is offered until it is not taken
)

// RunTrial puts the network through a trial.
func RunTrial(ctx context.Context, name string, o Options) (r *Trial, err error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	s, err := found(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.warm(ctx); err != nil {
		return nil, err
	}
	r = &Trial{Disclosure: disclose("write", s), Trial: name, Batch: s.o.Batch}
	r.Record = migrated
	if r.Peak, err = s.peak(ctx); err != nil {
		return nil, err
	}
	switch name {
	case StopOne:
		return r, s.stopOne(ctx, r)
	case Overload:
		return r, s.overload(ctx, r)
	case Ramp:
		return r, s.ramp(ctx, r)
	}
	return nil, fault.Newf(fault.Usage, "--trial", "%s, %s or %s", StopOne, Overload, Ramp)
}

// peak is what a closed loop reaches, the better of two slices.
func (s *site) peak(ctx context.Context) (float64, error) {
	best := 0.0
	closed := *s
	closed.o.Rate = 0
	for range 2 {
		t, _, err := closed.slice(ctx, s.o.Slice, max(best, s.pace)*1.4)
		if err != nil {
			return 0, err
		}
		best = max(best, t.perSecond())
		s.made = closed.made
	}
	s.o.Say("peak", best)
	return round(best, 1), nil
}

// offer sends at a rate for a while.
func (s *site) offer(ctx context.Context, rate float64, d time.Duration, down func(int) bool) (*result, error) {
	p, err := s.load(ctx, rate, d)
	if err != nil {
		return nil, err
	}
	defer p.close()
	return s.drive(ctx, p, pace{duration: d, rate: rate, batch: s.o.Batch, down: down})
}

// load makes what is sent at a rate for a while. Where a recorder is down the others
// send its part, so there is some more of each.
func (s *site) load(ctx context.Context, rate float64, d time.Duration) (*spool, error) {
	return s.migrations(ctx, int(rate*d.Seconds()*1.4)+len(s.Recorders)*s.o.Batch*4, s.o.Batch)
}

func (r *Trial) sum(res *result, rate float64) {
	r.Offered, r.Records = round(rate, 1), res.applied()
	r.Rate = round(res.rate(0, res.sending), 1)
	all := res.latencies(0, res.took)
	r.P50, r.P99, r.Max = ms(percentile(all, 50)), ms(percentile(all, 99)), ms(percentile(all, 100))
	r.Gap = ms(res.gap(0, res.sending))
	r.KeptOfPeak = round(r.Rate/max(r.Peak, 1), 3)
	var took []time.Duration
	for _, f := range res.fates {
		if f.refused != fault.OK {
			r.Refused += f.ops
			took = append(took, f.done-f.due)
		}
	}
	r.RefusedP50, r.RefusedP99 = ms(percentile(took, 50)), ms(percentile(took, 99))
}

// stopOne offers what the options say, or half of the peak, and stops a recorder in the
// middle.
func (s *site) stopOne(ctx context.Context, r *Trial) error {
	rate := s.o.Rate
	if rate == 0 {
		rate = r.Peak / 2
	}
	last := len(s.Recorders) - 1
	var gone atomic.Bool
	stopped := make(chan error, 1)
	time.AfterFunc(s.o.Duration/2, func() {
		gone.Store(true)
		stopped <- s.StopNode(last)
	})
	res, err := s.offer(ctx, rate, s.o.Duration, func(k int) bool { return k == last && gone.Load() })
	if err = errors.Join(err, <-stopped); err != nil {
		return err
	}
	r.sum(res, rate)
	begin := time.Now()
	if err := s.Restart(ctx, last); err != nil {
		return err
	}
	if err := s.Ready(ctx); err != nil {
		return err
	}
	r.RestartedIn = ms(time.Since(begin))
	if n := s.Inside(last); n != nil {
		s.doors[last] = n
	}
	return nil
}

const (
	overloaded = 2.0
	calm       = 0.4 // of the peak, offered to see whether it has recovered
	calmFor    = 8 * time.Second
	recovered  = 300 * time.Millisecond
)

// overload offers twice the peak, then little, and sees how soon the little is taken as
// if nothing had been.
func (s *site) overload(ctx context.Context, r *Trial) error {
	rate, d := r.Peak*overloaded, min(s.o.Duration, maxSlice)
	much, err := s.load(ctx, rate, d)
	if err != nil {
		return err
	}
	defer much.close()
	little, err := s.load(ctx, r.Peak*calm, calmFor) // made before: the second begins at once
	if err != nil {
		return err
	}
	defer little.close()
	res, err := s.drive(ctx, much, pace{duration: d, rate: rate, batch: s.o.Batch})
	if err != nil {
		return err
	}
	r.sum(res, rate)
	after, err := s.drive(ctx, little, pace{duration: calmFor, rate: r.Peak * calm, batch: s.o.Batch})
	if err != nil {
		return err
	}
	last := res.took - res.sending
	for _, f := range after.fates {
		if f.refused != fault.OK || f.done-f.due > recovered {
			last = max(last, res.took-res.sending+f.due)
		}
	}
	r.Recovery = ms(last)
	return nil
}

// ramp offers more and more, a tenth of the peak at a step, until less than nine tenths
// of it are taken or the delay passes a second.
func (s *site) ramp(ctx context.Context, r *Trial) error {
	for step := 4; step <= 15; step++ {
		rate := r.Peak * float64(step) / 10
		res, err := s.offer(ctx, rate, s.o.Slice, nil)
		if err != nil {
			return err
		}
		all := res.latencies(0, res.took)
		taken := res.rate(0, res.sending)
		s.o.Say("ramp", rate, taken, ms(percentile(all, 50)), ms(percentile(all, 99)))
		if taken < rate*9/10 || percentile(all, 99) > time.Second {
			return nil
		}
		r.sum(res, rate)
		r.Saturation = round(taken, 1)
		if err := s.settle(ctx, s.all()); err != nil {
			return err
		}
	}
	return nil
}
