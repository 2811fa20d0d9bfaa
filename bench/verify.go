package bench

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/verify"
)

// Verify is what checking certificates offline costs, and making them.
type Verify struct {
	Disclosure
	Certificates int     `json:"certificates"` // different ones
	Bytes        int     `json:"certificate_bytes"`
	TrustBytes   int     `json:"trust_file_bytes"`
	Issue        float64 `json:"issue_ms"`
	Checked      int     `json:"checked"`
	Rate         float64 `json:"certificates_per_second"`
	CPU          float64 `json:"cpu_us_per_certificate"`
	P50          float64 `json:"p50_ms"`
	P99          float64 `json:"p99_ms"`
}

const certificates = 8

// RunVerify releases a few records on a network whose day lasts a second, takes their
// certificates and checks them again and again, without the network.
func RunVerify(ctx context.Context, o Options) (r *Verify, err error) {
	o.Recorders, o.TrainingDay = max(o.Recorders, defaultRecorders), time.Second
	if err := o.complete(); err != nil {
		return nil, err
	}
	s, err := found(ctx, o)
	if err != nil {
		return nil, err
	}
	r = &Verify{Disclosure: disclose("verify", s)}
	r.Record = "a judgment defaulter who has performed, released three working days later"
	files, trust, err := s.certificates(ctx, r)
	if err = errors.Join(err, s.close()); err != nil {
		return nil, err
	}
	parsed, err := verify.ParseTrust(trust)
	if err != nil {
		return nil, err
	}
	r.Certificates, r.Bytes, r.TrustBytes = len(files), len(files[0]), len(trust)
	stop, err := startProfile(o.Profile)
	if err != nil {
		return nil, err
	}
	defer stop()
	return r, r.check(files, parsed, o)
}

// certificates makes records end and returns their certificates.
func (s *site) certificates(ctx context.Context, r *Verify) (files [][]byte, trust []byte, err error) {
	var mu sync.Mutex
	var ids []ledger.RecordID
	p, err := s.spool(ctx, certificates, 1, func(k *clerk.Clerk, b *credit.Body) (clerk.Entry, error) {
		var err error
		if b.Grounds, err = credit.NewGrounds(1); err != nil { // the only one that performing ends
			return clerk.Entry{}, err
		}
		e, err := migration(k, b)
		mu.Lock()
		defer mu.Unlock()
		if k == s.clerks[0] {
			ids = append(ids, e.Record)
		}
		return e, err
	})
	if err != nil {
		return nil, nil, err
	}
	defer p.close()
	if _, err := s.drive(ctx, p, pace{duration: maxSlice, window: certificates, batch: 1}); err != nil {
		return nil, nil, err
	}
	c, err := s.Client(0)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range ids {
		if err := s.perform(ctx, id); err != nil {
			return nil, nil, err
		}
	}
	for _, id := range ids {
		if err := s.awaitExit(ctx, id); err != nil {
			return nil, nil, err
		}
		begin := time.Now()
		file, err := c.Certificate(ctx, id.String(), message.Chinese)
		if err != nil {
			return nil, nil, err
		}
		r.Issue = max(r.Issue, ms(time.Since(begin)))
		files = append(files, file)
	}
	trust, err = c.Trust(ctx)
	return files, trust, err
}

// perform has the court attest that an obligation is performed in full.
func (s *site) perform(ctx context.Context, id ledger.RecordID) error {
	st, err := s.doors[0].Status(ctx)
	if err != nil {
		return err
	}
	today, err := credit.ParseDate(st.LedgerDate)
	if err != nil {
		return err
	}
	e, err := s.clerks[0].Act(ctx, clerk.ActSpec{Record: id, Event: "performed", Kind: credit.JudgmentDefaulter, Args: contract.Args{"fact_on": int64(today)}})
	if err != nil {
		return err
	}
	out, err := s.clerks[0].Send(ctx, []clerk.Entry{e})
	if err != nil {
		return err
	}
	return out.First()
}

func (s *site) awaitExit(ctx context.Context, id ledger.RecordID) error {
	c, err := s.Client(0)
	if err != nil {
		return err
	}
	for until := time.Now().Add(2 * readyWithin); time.Now().Before(until); {
		rec, err := c.Record(ctx, id.String())
		if err != nil {
			return err
		}
		if rec.Phase == contract.Exited.String() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fault.Newf(fault.NotReady, "bench", "a record was not released in time")
}

func (r *Verify) check(files [][]byte, trust *verify.Trust, o Options) error {
	var all []time.Duration
	begin, before := time.Now(), ownCPU()
	for time.Since(begin) < o.Duration {
		at := time.Now()
		report := verify.Verify(files[r.Checked%len(files)], trust, verify.Options{Now: at})
		if report.Verdict != verify.Passed {
			return fault.Newf(fault.Internal, "bench", "verdict %v", report.Verdict)
		}
		all = append(all, time.Since(at))
		r.Checked++
	}
	r.Rate = round(float64(r.Checked)/time.Since(begin).Seconds(), 1)
	r.CPU = round(float64(ownCPU()-before)/1e3/float64(max(r.Checked, 1)), 1)
	r.P50, r.P99 = ms(percentile(all, 50)), ms(percentile(all, 99))
	return nil
}
