package bench

import (
	"context"
	"errors"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// Exits is what happens when many records fall due in the same second.
type Exits struct {
	Disclosure
	Batch       int     `json:"batch"`
	Records     int     `json:"records"` // due together
	Asked       int     `json:"asked_at_once"`
	Wrong       int     `json:"still_listed"` // of these, once the answer's own time had passed the moment
	FirstAnswer float64 `json:"released_by_evaluation_after_ms"`
	Recorded    float64 `json:"recorded_after_seconds"` // the last of them, on every node
	LongBlock   float64 `json:"longest_block_ms"`
	Blocks      int64   `json:"blocks"`
	Writes      float64 `json:"writes_per_second"` // beside, offered
	WritesP50   float64 `json:"writes_p50_ms"`
	WritesP99   float64 `json:"writes_p99_ms"`
	CPU         float64 `json:"cpu_us_per_exit"` // with the writes beside
	Memory      int64   `json:"resident_bytes"`
}

// beside is how many records a second are written while exits are recorded.
const (
	beside      = 200
	besideBatch = 10
)

// RunExits lets n records fall due in the same second. The network has a training clock
// whose day is long enough to enter them.
func RunExits(ctx context.Context, n int, o Options) (r *Exits, err error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	if n < 100 {
		return nil, fault.Newf(fault.Usage, "--records", "at least 100")
	}
	if o.TrainingDay == 0 {
		o.TrainingDay = max(15*time.Second, time.Duration(n/1200)*time.Second)
	}
	s, err := found(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	r = &Exits{Disclosure: disclose("exits", s), Batch: s.o.Batch}
	r.Record = "a serious finding entered as active, whose longest term of three years ends"
	lastDay, bodies, err := s.enterDue(ctx, n, 1)
	if err != nil {
		return nil, err
	}
	r.Records = n
	return r, s.expire(ctx, r, lastDay, bodies)
}

// enterDue enters records whose longest term ends with the same day, so many days from
// today, and returns some of their bodies.
func (s *site) enterDue(ctx context.Context, n, days int) (lastDay credit.Date, some []*credit.Body, err error) {
	st, err := s.doors[0].Status(ctx)
	if err != nil {
		return 0, nil, err
	}
	today, err := credit.ParseDate(st.LedgerDate)
	if err != nil {
		return 0, nil, err
	}
	lastDay = today.AddDays(days)
	s.orgs = true // a person may have been a minor then
	const part = 50_000
	kept := make(chan *credit.Body, 400)
	for left := n; left > 0; left -= part {
		p, err := s.spool(ctx, min(part, left), s.o.Batch, func(k *clerk.Clerk, b *credit.Body) (clerk.Entry, error) {
			dueOn(b, lastDay)
			select {
			case kept <- b:
			default:
			}
			return migration(k, b)
		})
		if err != nil {
			return 0, nil, err
		}
		res, err := s.drive(ctx, p, pace{duration: time.Hour, window: s.o.Window, batch: s.o.Batch})
		if err = errors.Join(err, p.close()); err != nil {
			return 0, nil, err
		}
		if res.applied() < total(res) {
			return 0, nil, fault.Newf(fault.Internal, "bench", "%d records were not taken", total(res)-res.applied())
		}
		s.o.Say("preloaded", s.made, float64(res.applied())/res.took.Seconds(), float64(s.resident())/(1<<20))
	}
	if err := s.settle(ctx, s.all()); err != nil {
		return 0, nil, err
	}
	close(kept)
	for b := range kept {
		some = append(some, b)
	}
	s.orgs = false
	if st, err = s.doors[0].Status(ctx); err == nil && st.LedgerDate > lastDay.String() {
		err = fault.Newf(fault.NotReady, "bench", "entering lasted beyond the day on which the records fall due: this machine needs a longer day")
	}
	return lastDay, some, err
}

// dueOn turns a body into a serious finding whose longest term ends with a day.
func dueOn(b *credit.Body, lastDay credit.Date) {
	decided := lastDay.AddMonths(-36)
	b.Kind, b.Grounds, b.Performance, b.JudgmentNo = credit.GeneralSerious, 0, "", ""
	b.Measures = []string{"II-01", "II-03"}
	b.FiledOn, b.DecidedOn, b.PublishedOn = 0, decided, decided
}

// expire waits for the moment, asks about some at once and waits until all exits are
// recorded, while other records are written.
func (s *site) expire(ctx context.Context, r *Exits, lastDay credit.Date, bodies []*credit.Body) error {
	moment := s.endOf(lastDay)
	w, err := s.beside(ctx, moment, beside, maxSlice, func(ctx context.Context) error {
		if err := s.ask(ctx, r, moment, lastDay, bodies); err != nil {
			return err
		}
		return s.recorded(ctx, contract.Exited, r.Records)
	})
	if err != nil {
		return err
	}
	r.Recorded, r.CPU, r.Memory = w.took, w.cpuOf(r.Records), w.memory
	r.LongBlock, r.Blocks = ms(w.blocks.longest), w.blocks.count
	r.Writes, r.WritesP50, r.WritesP99 = beside, w.p50, w.p99
	return nil
}

func (s *site) endOf(day credit.Date) time.Time {
	return time.Unix(0, s.Genesis.Clock.Real(s.Genesis.TimeNS, day.End()))
}

// writes is what became of the records written beside something, and of the blocks.
type writes struct {
	took     float64 // seconds from the moment until what was waited for
	cpu      time.Duration
	memory   int64
	blocks   seen
	taken    float64 // records a second
	p50, p99 float64 // ms
}

func (w *writes) cpuOf(n int) float64 { return round(float64(w.cpu)/1e3/float64(n), 1) }

// beside writes at a rate for a while from a second before a moment on, and meanwhile does
// and measures something else.
func (s *site) beside(ctx context.Context, moment time.Time, rate float64, long time.Duration, during func(context.Context) error) (w *writes, err error) {
	load, err := s.migrations(ctx, int(rate*long.Seconds()), besideBatch)
	if err != nil {
		return nil, err
	}
	defer load.close()
	if wait := time.Until(moment) - time.Second; wait > 0 {
		s.o.Say("waiting", wait.Seconds())
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
	}
	stopProfile, err := startProfile(s.o.Profile)
	if err != nil {
		return nil, err
	}
	defer stopProfile()
	writing := make(chan *result, 1)
	wctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		res, _ := s.drive(wctx, load, pace{duration: long, rate: rate, batch: besideBatch}) // ended by stop at the latest
		writing <- res
	}()
	watch := s.watchBlocks(wctx)
	before := s.cpu()
	if err := during(ctx); err != nil {
		return nil, err
	}
	w = &writes{took: round(time.Since(moment).Seconds(), 2), cpu: s.cpu() - before, memory: s.resident()}
	res := <-writing
	stop()
	w.blocks = <-watch
	all := res.latencies(0, res.took)
	w.taken, w.p50, w.p99 = round(res.rate(0, res.sending), 1), ms(percentile(all, 50)), ms(percentile(all, 99))
	return w, nil
}

// ask asks about each of the bodies once, from the moment on, until one's own time in
// the answer has passed it.
func (s *site) ask(ctx context.Context, r *Exits, moment time.Time, lastDay credit.Date, bodies []*credit.Body) error {
	c, err := s.Client(0)
	if err != nil {
		return err
	}
	time.Sleep(time.Until(moment))
	for _, b := range bodies {
		for {
			a, err := c.Standing(ctx, client.StandingRequest{Code: b.SubjectCode, Name: b.SubjectName, Purpose: "bench"})
			if fault.Is(err, fault.StaleNode) || err == nil && a.LedgerDate <= lastDay.String() {
				time.Sleep(5 * time.Millisecond)
				continue
			}
			if err != nil {
				return err
			}
			if r.Asked++; r.Asked == 1 {
				r.FirstAnswer = ms(time.Since(moment))
			}
			if a.Answer != client.Clear {
				r.Wrong++
			}
			break
		}
	}
	return nil
}

// recorded waits until every node has recorded that n records are in a phase.
func (s *site) recorded(ctx context.Context, phase contract.Phase, n int) error {
	for i := range s.doors {
		for {
			st, err := s.doors[i].Status(ctx)
			if err == nil && inPhase(st, phase) >= n {
				break
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	return nil
}

func inPhase(st client.Status, phase contract.Phase) int {
	for _, c := range st.Phases {
		if c.Phase == phase.String() {
			return int(c.Count)
		}
	}
	return 0
}

// seen is what watching blocks found.
type seen struct {
	longest time.Duration
	ended   time.Time // the longest
	count   int64
}

// watchBlocks looks at the height of the first node until ctx ends.
func (s *site) watchBlocks(ctx context.Context) <-chan seen {
	out := make(chan seen, 1)
	go func() {
		var w seen
		var height int64
		last := time.Now()
		for ctx.Err() == nil {
			if st, err := s.doors[0].Status(context.WithoutCancel(ctx)); err == nil && st.Height > height {
				if height > 0 {
					if d := time.Since(last); d > w.longest {
						w.longest, w.ended = d, time.Now()
					}
					w.count += st.Height - height
				}
				height, last = st.Height, time.Now()
			}
			time.Sleep(5 * time.Millisecond)
		}
		out <- w
	}()
	return out
}
