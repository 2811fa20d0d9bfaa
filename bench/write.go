package bench

import (
	"context"
	"errors"
	"os"
	"runtime/pprof"
	"slices"
	"time"

	"github.com/riviera-ledger/riviera/fault"
)

// Write is what writing records costs.
type Write struct {
	Disclosure
	Loop       string  `json:"loop"` // "closed", or "open" at a rate
	Offered    float64 `json:"offered_per_second,omitempty"`
	Window     int     `json:"window,omitempty"`
	Batch      int     `json:"batch"`
	Seconds    float64 `json:"seconds"` // of sending
	Slices     int     `json:"slices"`
	BodyBytes  int     `json:"body_bytes"`
	RecordOps  int     `json:"operation_bytes"` // of one record on the chain, without the envelope's share
	Records    int     `json:"records"`
	Rate       float64 `json:"records_per_second"`
	RateLow    float64 `json:"records_per_second_low"`
	RateHigh   float64 `json:"records_per_second_high"`
	CPU        float64 `json:"cpu_us_per_record"`
	P50        float64 `json:"p50_ms"`
	P99        float64 `json:"p99_ms"`
	Max        float64 `json:"max_ms"`
	Gap        float64 `json:"longest_gap_ms"`
	Blocks     int64   `json:"blocks"`
	PerBlock   float64 `json:"records_per_block"`
	Refused    int     `json:"refused_records"`
	RefusedP99 float64 `json:"refusal_p99_ms"`
	Retries    int     `json:"retries"`
	Memory     int64   `json:"resident_bytes"`
	Disk       float64 `json:"disk_bytes_per_record_and_node"`
	DiskEngine float64 `json:"disk_engine_bytes"`
	DiskLedger float64 `json:"disk_ledger_bytes"`
	DiskVault  float64 `json:"disk_vault_bytes"`
	Before     int     `json:"records_before"`

	RulerCPU   float64 `json:"ruler_us_per_transaction,omitempty"`
	RulerRate  float64 `json:"ruler_transactions_per_second,omitempty"`
	RulerBytes int     `json:"ruler_transaction_bytes,omitempty"`
	Ratio      float64 `json:"ruler_ratio,omitempty"` // of processor time; median of the pairs
	RatioLow   float64 `json:"ruler_ratio_low,omitempty"`
	RatioHigh  float64 `json:"ruler_ratio_high,omitempty"`
}

// migrated is what a record is in the figures of write.
const migrated = "an existing decision entered as active in one operation: create, settle, list"

// turn is one slice of a write measurement.
type turn struct {
	*result
	cpu time.Duration
}

func (t turn) cpuPerRecord() float64 {
	return float64(t.cpu) / 1e3 / float64(max(t.applied(), 1))
}

// perSecond counts from the first envelope to the fate of the last.
func (t turn) perSecond() float64 { return float64(t.applied()) / max(t.took.Seconds(), 1e-9) }

// RunWrite measures writing.
func RunWrite(ctx context.Context, o Options) (r *Write, err error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	s, err := found(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	var beside *rulerProcess
	if o.Ruler != "" {
		if beside, err = startRuler(ctx, o.Ruler); err != nil {
			return nil, err
		}
		defer beside.stop()
	}
	if err := s.preload(ctx, o.Preload, s.all()); err != nil {
		return nil, err
	}
	if err := s.warm(ctx); err != nil {
		return nil, err
	}
	return s.write(ctx, beside)
}

func (s *site) write(ctx context.Context, beside *rulerProcess) (*Write, error) {
	r := &Write{Disclosure: disclose("write", s), Loop: "closed", Window: s.o.Window, Batch: s.o.Batch, Before: s.made}
	r.Record = migrated
	if s.o.Rate > 0 {
		r.Loop, r.Offered, r.Window = "open", s.o.Rate, 0
	}
	height := s.height(ctx)
	stored := s.disk(0)
	var turns []turn
	var ruled []Measure
	stop, err := startProfile(s.o.Profile)
	if err != nil {
		return nil, err
	}
	defer stop()
	for left := s.o.Duration; left > 0; left -= s.o.Slice {
		t, p, err := s.slice(ctx, min(left, s.o.Slice), s.guess(turns))
		if err != nil {
			return nil, err
		}
		turns = append(turns, t)
		r.BodyBytes, r.RecordOps = p.bodyBytes, p.operationBytes
		s.o.Say("slice", len(turns), t.perSecond(), t.cpuPerRecord())
		if beside == nil {
			continue
		}
		m, err := beside.turn(min(left, s.o.Slice))
		if err != nil {
			return nil, err
		}
		ruled = append(ruled, m)
		s.o.Say("ruler", len(ruled), float64(m.Transactions)/(float64(m.Took)/1e9), m.microseconds())
	}
	stop()
	r.sum(turns)
	r.Blocks = s.height(ctx) - height
	r.PerBlock = round(float64(r.Records)/float64(max(r.Blocks, 1)), 1)
	r.Memory = s.resident()
	r.space(stored, s.disk(0))
	r.ruled(turns, ruled)
	return r, nil
}

// startProfile writes a CPU profile of this process until stop; stopping twice is
// harmless.
func startProfile(name string) (stop func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, fault.Wrap(fault.BadRequest, "--profile", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, fault.Wrap(fault.Internal, "--profile", err)
	}
	return func() { pprof.StopCPUProfile(); f.Close() }, nil
}

// guess is how many records a slice may need: more than the last ones took.
func (s *site) guess(turns []turn) float64 {
	if s.o.Rate > 0 {
		return s.o.Rate
	}
	most := s.pace
	for _, t := range turns {
		most = max(most, t.perSecond())
	}
	return most * 1.4
}

// slice sends for d and waits until every node has everything.
func (s *site) slice(ctx context.Context, d time.Duration, rate float64) (turn, *spool, error) {
	p, err := s.migrations(ctx, int(rate*d.Seconds())+s.o.Window, s.o.Batch)
	if err != nil {
		return turn{}, nil, err
	}
	defer p.close()
	before := s.cpu()
	res, err := s.drive(ctx, p, pace{duration: d, rate: s.o.Rate, window: s.o.Window, batch: s.o.Batch})
	if err != nil {
		return turn{}, nil, err
	}
	if err := s.settle(ctx, s.all()); err != nil {
		return turn{}, nil, err
	}
	t := turn{result: res, cpu: s.cpu() - before}
	if t.applied() < total(res) {
		return t, nil, fault.Newf(fault.Internal, "bench", "%d of %d operations were not applied", total(res)-t.applied(), total(res))
	}
	return t, p, nil
}

// total is the number of operations that were neither refused nor lost.
func total(r *result) (n int) {
	for _, f := range r.fates {
		if f.refused == fault.OK {
			n += f.ops
		}
	}
	return n
}

// warm fills the caches before anything counts, and sees about how fast it goes.
func (s *site) warm(ctx context.Context) error {
	p, err := s.migrations(ctx, 2*s.o.Window, s.o.Batch)
	if err != nil {
		return err
	}
	defer p.close()
	res, err := s.drive(ctx, p, pace{duration: maxSlice, window: s.o.Window, batch: s.o.Batch})
	if err != nil {
		return err
	}
	s.pace = float64(res.applied()) / res.took.Seconds()
	return s.settle(ctx, s.all())
}

// preload enters n records, in envelopes of the largest size, and waits until these nodes have
// them all.
func (s *site) preload(ctx context.Context, n int, nodes []int) error {
	const part = 100_000
	for s.made < n {
		p, err := s.migrations(ctx, min(part, n-s.made), maxBatch)
		if err != nil {
			return err
		}
		res, err := s.drive(ctx, p, pace{duration: time.Hour, window: defaultWindow, batch: maxBatch})
		if err = errors.Join(err, p.close()); err != nil {
			return err
		}
		if err := s.settle(ctx, nodes); err != nil {
			return err
		}
		s.rates = append(s.rates, float64(res.applied())/res.took.Seconds())
		s.o.Say("preloaded", s.made, s.rates[len(s.rates)-1], float64(s.resident())/(1<<20))
	}
	return nil
}

func (s *site) height(ctx context.Context) int64 {
	st, err := s.doors[0].Status(ctx)
	if err != nil {
		return 0
	}
	return st.Height
}

// sum draws the slices together: rates and processor times as medians, latencies over
// all.
func (r *Write) sum(turns []turn) {
	var rates, cpus []float64
	var all []time.Duration
	for _, t := range turns {
		r.Slices++
		r.Seconds += t.sending.Seconds()
		r.Records += t.applied()
		rates, cpus = append(rates, t.perSecond()), append(cpus, t.cpuPerRecord())
		all = append(all, t.latencies(0, t.took)...)
		r.Gap = max(r.Gap, ms(t.gap(0, t.took)))
		n, p99 := t.refused()
		r.Refused += n
		r.RefusedP99 = max(r.RefusedP99, ms(p99))
		r.Retries += t.retries
	}
	low, mid, high := spread(rates)
	r.RateLow, r.Rate, r.RateHigh = round(low, 1), round(mid, 1), round(high, 1)
	_, cpu, _ := spread(cpus)
	r.CPU = round(cpu, 1)
	r.Seconds = round(r.Seconds, 2)
	r.P50, r.P99, r.Max = ms(percentile(all, 50)), ms(percentile(all, 99)), ms(percentile(all, 100))
}

// spread is the least, the median and the greatest.
func spread(all []float64) (low, median, high float64) {
	if len(all) == 0 {
		return 0, 0, 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[0], sorted[len(sorted)/2], sorted[len(sorted)-1]
}

// space is what the records took on the disk of the first node.
func (r *Write) space(before, after disk) {
	per := func(n int64) float64 { return round(float64(n)/float64(max(r.Records, 1)), 1) }
	r.Disk, r.DiskEngine = per(after.all()-before.all()), per(after.engine-before.engine)
	r.DiskLedger, r.DiskVault = per(after.ledger-before.ledger), per(after.vault-before.vault)
}

// ruled compares each slice with the turn of the ruler that followed it.
func (r *Write) ruled(turns []turn, ruled []Measure) {
	if len(ruled) == 0 {
		return
	}
	var ratios, cpus, rates []float64
	for i, m := range ruled {
		ratios = append(ratios, m.microseconds()/turns[i].cpuPerRecord())
		cpus = append(cpus, m.microseconds())
		rates = append(rates, float64(m.Transactions)/(float64(m.Took)/1e9))
	}
	low, mid, high := spread(ratios)
	r.RatioLow, r.Ratio, r.RatioHigh = round(low, 2), round(mid, 2), round(high, 2)
	_, cpu, _ := spread(cpus)
	_, rate, _ := spread(rates)
	r.RulerCPU, r.RulerRate, r.RulerBytes = round(cpu, 1), round(rate, 1), rulerBytes
}
