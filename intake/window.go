package intake

import (
	"context"
	"sync"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
)

// longestWindow is how many ledger days the objection window may take before a guard
// that is not met counts as a refusal. The windows of the law are of some weeks.
const longestWindow = 120

// listing notices the drafts, waits for the subjects' objection windows to close, and
// lists. Whether a window has closed is the contract's word: one draft is tried, and
// while the contract takes no listing of it the others wait. On a network that keeps real time the
// wait takes days: the run ends with Waiting, and the same call lists later.
func (r *run) listing(ctx context.Context) error {
	noticed, err := r.today(ctx)
	if err != nil {
		return err
	}
	if err := r.once(ctx, pass{stage: StageNotice, past: beforeNotice, entry: r.notice}); err != nil {
		return err
	}
	p := pass{stage: StageList, past: beforeListing, entry: r.list, window: true, here: new(sync.Map)}
	wait := StageTally{Stage: StageWindow}
	for {
		began := time.Now()
		open, err := r.window(ctx, &p, noticed)
		wait.Seconds += time.Since(began).Seconds()
		if err != nil || open {
			r.report.Waiting = open
			r.report.Stages = append(r.report.Stages, wait, StageTally{Stage: StageList})
			return err
		}
		t, pending, err := r.pass(ctx, p)
		if err != nil || pending == 0 {
			r.report.Stages = append(r.report.Stages, wait, t)
			return err
		}
	}
}

// window returns when the first draft that is not listed yet can be, or with open where
// nobody would wait that long. It leaves p as the pass to take next.
func (r *run) window(ctx context.Context, p *pass, noticed credit.Date) (open bool, err error) {
	for {
		waits, err := r.probe(ctx, *p)
		if err != nil || !waits {
			return false, err
		}
		s, err := r.Clerk.Client.Status(ctx)
		if err != nil {
			if !retry(ctx, err) {
				return false, err
			}
			continue
		}
		if s.Training == "" {
			return true, nil
		}
		today, err := credit.ParseDate(s.LedgerDate)
		if err != nil {
			return false, err
		}
		if today > noticed.AddDays(longestWindow) {
			p.window = false
			return false, nil
		}
		if err := sleep(ctx, half(s.Training)); err != nil {
			return false, err
		}
	}
}

// probe tries to list the first draft of the file that is noticed and not listed.
func (r *run) probe(ctx context.Context, p pass) (waits bool, err error) {
	p.before, p.out = r.journal.done[string(p.stage)], r.journal.refused
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan batch)
	var reading sync.WaitGroup
	var file scan
	reading.Go(func() {
		defer close(batches)
		file = r.read(ctx, batches)
	})
	defer reading.Wait()
	defer cancel()
	for b := range batches {
		if _, done := p.before[b.number]; done {
			continue
		}
		for _, it := range b.rows {
			if _, refused := p.out[it.row]; refused || p.noted(it.row) {
				continue
			}
			res := r.send(ctx, p, batch{number: b.number, rows: []item{it}, size: 1})
			return len(res.pending) > 0, res.err
		}
	}
	reading.Wait()
	return false, file.err
}

// half is half a day of a training network, at most five seconds.
func half(day string) time.Duration {
	d, err := time.ParseDuration(day)
	if err != nil {
		return time.Second
	}
	return min(max(d/2, 20*time.Millisecond), 5*time.Second)
}

// retry waits a little where the same question may be answered later.
func retry(ctx context.Context, err error) bool {
	after, again := client.Retry(err)
	return again && sleep(ctx, after) == nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
