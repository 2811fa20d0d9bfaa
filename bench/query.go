package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/store"
)

// Query is how fast one node answers standing questions beside writes, each listed answer
// with its proof, and how fast a
// handler on the same machine that does nothing but look a key up.
type Query struct {
	Disclosure
	Records    int     `json:"records"` // in the ledger
	Askers     int     `json:"askers"`
	Writes     float64 `json:"writes_per_second"`
	Answers    int     `json:"answers"`
	Listed     int     `json:"listed"`
	Rate       float64 `json:"answers_per_second"`
	P50        float64 `json:"p50_ms"`
	P99        float64 `json:"p99_ms"`
	Lookup     float64 `json:"lookups_per_second"`
	LookupP99  float64 `json:"lookup_p99_ms"`
	OfLookup   float64 `json:"share_of_lookup"` // median of the pairs
	OfLow      float64 `json:"share_of_lookup_low"`
	OfHigh     float64 `json:"share_of_lookup_high"`
	AnswerSize int     `json:"answer_bytes"`
}

const (
	askers       = 8
	writesBeside = 500
)

// question is what both handlers are asked.
type question struct{ code, name string }

// RunQuery measures answers over HTTP from one node, in turns with the bare lookup.
func RunQuery(ctx context.Context, o Options) (r *Query, err error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	s, err := found(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	records := max(s.o.Preload, 2000)
	questions, err := s.enterAsked(ctx, records)
	if err != nil {
		return nil, err
	}
	bare, err := startLookup(filepath.Join(s.dir, "lookup"), questions)
	if err != nil {
		return nil, err
	}
	defer bare.close()
	r = &Query{Disclosure: disclose("query", s), Records: s.made, Askers: askers, Writes: writesBeside}
	r.Record = "an existing decision, active"
	stop, err := startProfile(s.o.Profile)
	if err != nil {
		return nil, err
	}
	defer stop()
	return r, s.askInTurns(ctx, r, bare, questions)
}

// enterAsked enters records until there are n and returns the questions whose answer is "listed".
func (s *site) enterAsked(ctx context.Context, n int) ([]question, error) {
	var mu sync.Mutex
	var all []question
	for s.made < n {
		p, err := s.spool(ctx, min(50_000, n-s.made), maxBatch, remember(&mu, &all))
		if err != nil {
			return nil, err
		}
		_, err = s.drive(ctx, p, pace{duration: time.Hour, window: s.o.Window, batch: maxBatch})
		if err = errors.Join(err, p.close()); err != nil {
			return nil, err
		}
	}
	return all, s.settle(ctx, s.all())
}

// answering is one turn of asking.
type answering struct {
	count, listed, bytes int
	took                 time.Duration
	latencies            []time.Duration
}

func (a *answering) rate() float64 { return float64(a.count) / a.took.Seconds() }

func (s *site) askInTurns(ctx context.Context, r *Query, bare *lookup, questions []question) error {
	token, err := s.Home(0).Token()
	if err != nil {
		return err
	}
	var shares, rates, lookups []float64
	var all, bareAll []time.Duration
	for left := s.o.Duration; left > 0; left -= 2 * s.o.Slice {
		p, err := s.load(ctx, writesBeside, 2*s.o.Slice)
		if err != nil {
			return err
		}
		writing := make(chan error, 1)
		go func() {
			_, err := s.drive(ctx, p, pace{duration: 2 * s.o.Slice, rate: writesBeside, batch: s.o.Batch})
			writing <- errors.Join(err, p.close())
		}()
		answers := askFor(ctx, s.o.Slice, s.URL(0)+"/v1/standing", token, questions)
		bareTurn := askFor(ctx, s.o.Slice, bare.url, token, questions)
		if err := errors.Join(<-writing, answers.err, bareTurn.err); err != nil {
			return err
		}
		shares = append(shares, answers.rate()/bareTurn.rate())
		rates, lookups = append(rates, answers.rate()), append(lookups, bareTurn.rate())
		all, bareAll = append(all, answers.latencies...), append(bareAll, bareTurn.latencies...)
		r.Answers += answers.count
		r.Listed += answers.listed
		r.AnswerSize = answers.bytes / max(answers.count, 1)
		s.o.Say("answers", answers.rate(), bareTurn.rate())
	}
	low, mid, high := spread(shares)
	r.OfLow, r.OfLookup, r.OfHigh = round(low, 3), round(mid, 3), round(high, 3)
	_, rate, _ := spread(rates)
	_, looked, _ := spread(lookups)
	r.Rate, r.Lookup = round(rate, 1), round(looked, 1)
	r.P50, r.P99, r.LookupP99 = ms(percentile(all, 50)), ms(percentile(all, 99)), ms(percentile(bareAll, 99))
	return nil
}

type turnOfAnswers struct {
	answering
	err error
}

// askFor asks one question after the other, from several connections, for d.
func askFor(ctx context.Context, d time.Duration, url, token string, questions []question) (t turnOfAnswers) {
	h := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: askers}}
	defer h.CloseIdleConnections()
	var next atomic.Int64
	var mu sync.Mutex
	var group sync.WaitGroup
	begin := time.Now()
	for range askers {
		group.Go(func() {
			var own answering
			var err error
			for time.Since(begin) < d && err == nil && ctx.Err() == nil {
				q := questions[int(next.Add(1)*7919)%len(questions)]
				err = own.ask(ctx, h, url, token, q)
			}
			mu.Lock()
			defer mu.Unlock()
			t.count += own.count
			t.listed += own.listed
			t.bytes += own.bytes
			t.latencies = append(t.latencies, own.latencies...)
			t.err = errors.Join(t.err, err)
		})
	}
	group.Wait()
	t.took = time.Since(begin)
	return t
}

func (a *answering) ask(ctx context.Context, h *http.Client, url, token string, q question) error {
	body, err := json.Marshal(client.StandingRequest{Code: q.code, Name: q.name, Purpose: "bench", Proof: true})
	if err != nil {
		return fault.Wrap(fault.Internal, "bench", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return fault.Wrap(fault.Internal, "bench", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	begin := time.Now()
	res, err := h.Do(req)
	if err != nil {
		return fault.Wrap(fault.NotReady, "bench", err)
	}
	b, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil {
		return fault.Wrap(fault.NotReady, "bench", err)
	}
	switch {
	case res.StatusCode == http.StatusServiceUnavailable:
		return nil // stale for a moment: no answer, and none is counted
	case res.StatusCode != http.StatusOK:
		return fault.Newf(fault.Internal, "bench", "status %d", res.StatusCode)
	}
	a.latencies = append(a.latencies, time.Since(begin))
	a.count++
	a.bytes += len(b)
	if bytes.Contains(b, []byte(`"`+client.Listed+`"`)) {
		a.listed++
	}
	return nil
}

// lookup is an HTTP handler that does nothing but look a key up on the disk.
type lookup struct {
	db     *store.DB
	server *http.Server
	url    string
}

func startLookup(dir string, questions []question) (*lookup, error) {
	db, err := store.Open(dir, store.Options{})
	if err != nil {
		return nil, err
	}
	b := db.NewBatch()
	for _, q := range questions {
		b.Set([]byte(q.code), []byte(client.Listed))
	}
	if err := b.Commit(true); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fault.Wrap(fault.PortInUse, "bench", err), db.Close())
	}
	k := &lookup{db: db, url: "http://" + l.Addr().String() + "/"}
	k.server = &http.Server{Handler: http.HandlerFunc(k.answer)}
	go k.server.Serve(l) // ends with close
	return k, nil
}

func (k *lookup) answer(w http.ResponseWriter, r *http.Request) {
	var q client.StandingRequest
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	v, err := k.db.Get([]byte(q.Code))
	if err != nil || v == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]string{"answer": string(v)})
}

func (k *lookup) close() { k.server.Close(); k.db.Close() }

// remember makes migrations and notes what to ask for.
func remember(mu *sync.Mutex, all *[]question) maker {
	return func(c *clerk.Clerk, b *credit.Body) (clerk.Entry, error) {
		mu.Lock()
		*all = append(*all, question{b.SubjectCode, b.SubjectName})
		mu.Unlock()
		return migration(c, b)
	}
}
