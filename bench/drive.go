package bench

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
)

// pace says how a spool is sent.
type pace struct {
	duration time.Duration
	rate     float64          // operations a second in all; 0 keeps window outstanding instead
	window   int              // operations
	batch    int              // operations an envelope, of the spool
	down     func(k int) bool // node k is not to be sent to; nil is none
}

// sample is the fate of one envelope.
type fate struct {
	due     time.Duration // since the begin: when it was to be sent
	done    time.Duration // when its fate was known
	ops     int
	refused fault.Code // a temporary code in an open loop
	applied int
}

// result is what became of a spool.
type result struct {
	begin   time.Time
	sending time.Duration // until the last envelope was sent
	took    time.Duration // until the last fate was known
	fates   []fate
	retries int // temporary refusals in a closed loop
}

// driver is one drive under way.
type driver struct {
	site  *site
	spool *spool
	pace  pace
	begin time.Time

	retries atomic.Int64
	sent    atomic.Int64 // nanoseconds since begin of the last sending

	mu    sync.Mutex
	fates []fate
	err   error
}

// drive sends a spool and waits for the fate of each envelope.
func (s *site) drive(ctx context.Context, p *spool, at pace) (*result, error) {
	d := &driver{site: s, spool: p, pace: at, begin: time.Now()}
	if at.rate > 0 {
		d.open(ctx)
	} else {
		d.closed(ctx)
	}
	if d.err == nil {
		d.err = ctx.Err()
	}
	return &result{begin: d.begin, sending: time.Duration(d.sent.Load()), took: time.Since(d.begin),
		fates: d.fates, retries: int(d.retries.Load())}, d.err
}

// closed keeps a window of operations outstanding.
func (d *driver) closed(ctx context.Context) {
	nodes := len(d.spool.nodes)
	each := max(d.pace.window/(nodes*d.pace.batch), 1)
	var workers sync.WaitGroup
	for k := range nodes {
		for range each {
			workers.Go(func() {
				for time.Since(d.begin) < d.pace.duration && d.alive(ctx) {
					s, ops, more, err := d.spool.take(k)
					if !more {
						d.fail(err)
						return
					}
					now := time.Since(d.begin)
					d.sent.Store(int64(now))
					d.send(ctx, k, s, fate{due: now, ops: ops}, true)
				}
			})
		}
	}
	workers.Wait()
}

// open sends at a rate, whatever happens.
func (d *driver) open(ctx context.Context) {
	gap := time.Duration(float64(d.pace.batch) / d.pace.rate * float64(time.Second))
	var sending sync.WaitGroup
	nodes := len(d.spool.nodes)
	for n := 0; ; n++ {
		due := time.Duration(n) * gap
		if due >= d.pace.duration || !d.alive(ctx) {
			break
		}
		if wait := due - time.Since(d.begin); wait > 0 {
			time.Sleep(wait)
		}
		k := n % nodes
		for skipped := 0; d.pace.down != nil && d.pace.down(k) && skipped < nodes; skipped++ {
			k = (k + 1) % nodes
		}
		s, ops, more, err := d.spool.take(k)
		if !more {
			d.fail(err)
			break
		}
		d.sent.Store(int64(time.Since(d.begin)))
		sending.Go(func() { d.send(ctx, k, s, fate{due: due, ops: ops}, false) })
	}
	sending.Wait()
}

func (d *driver) alive(ctx context.Context) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err == nil && ctx.Err() == nil
}

func (d *driver) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil && err != nil {
		d.err = err
	}
}

// Pauses before what was refused for now is tried again: they double, as a clerk's do.
const (
	againAfter = 50 * time.Millisecond
	againMost  = 400 * time.Millisecond
)

// send hands one envelope in and notes its fate. What a full pool refuses for now is
// tried again in a closed loop, and noted as refused in an open one.
func (d *driver) send(ctx context.Context, k int, s client.Submission, f fate, again bool) {
	for pause := againAfter; ; pause = min(2*pause, againMost) {
		r, err := d.site.doors[k].Submit(ctx, s)
		code := fault.Of(err)
		switch {
		case err == nil && r.Height > 0:
			f.applied = f.ops
			for _, c := range r.Ops {
				if c != fault.OK.String() {
					f.applied--
				}
			}
		case err == nil: // its place in the pool was lost to a restart, or waiting took too long
			f.refused = fault.NotReady
		case code.Temporary() && again && ctx.Err() == nil:
			d.retries.Add(1)
			time.Sleep(pause)
			continue
		case code.Temporary(), d.pace.down != nil && d.pace.down(k):
			f.refused = code
		default:
			d.fail(err)
			return
		}
		f.done = time.Since(d.begin)
		d.mu.Lock()
		d.fates = append(d.fates, f)
		d.mu.Unlock()
		return
	}
}

// applied is the number of operations that the ledger applied.
func (r *result) applied() (n int) {
	for _, f := range r.fates {
		n += f.applied
	}
	return n
}

// refused counts the operations that were refused for now, and how long a refusal took
// at the 99th percentile.
func (r *result) refused() (n int, p99 time.Duration) {
	var took []time.Duration
	for _, f := range r.fates {
		if f.refused != fault.OK {
			n += f.ops
			took = append(took, f.done-f.due)
		}
	}
	return n, percentile(took, 99)
}

// rate is operations applied a second between two moments.
func (r *result) rate(from, to time.Duration) float64 {
	n := 0
	for _, f := range r.fates {
		if f.done >= from && f.done < to {
			n += f.applied
		}
	}
	if to <= from {
		return 0
	}
	return float64(n) / (to - from).Seconds()
}

// latencies lists how long the envelopes due between two moments took to be committed.
func (r *result) latencies(from, to time.Duration) (all []time.Duration) {
	for _, f := range r.fates {
		if f.refused == fault.OK && f.due >= from && f.due < to {
			all = append(all, f.done-f.due)
		}
	}
	slices.Sort(all)
	return all
}

// gap is the longest time without a commit between two moments.
func (r *result) gap(from, to time.Duration) (longest time.Duration) {
	var done []time.Duration
	for _, f := range r.fates {
		if f.refused == fault.OK && f.done >= from && f.done < to {
			done = append(done, f.done)
		}
	}
	slices.Sort(done)
	last := from
	for _, at := range append(done, to) {
		longest = max(longest, at-last)
		last = at
	}
	return longest
}

// percentile returns the p-th percentile; all need not be sorted.
func percentile(all []time.Duration, p int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)*p/100, len(all)-1)]
}

func ms(d time.Duration) float64 { return round(float64(d)/float64(time.Millisecond), 1) }
