package intake

import (
	"context"
	"errors"
	"io"
	"maps"
	"sync"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/sheet"
)

// maxPackets bounds the bodies that one envelope brings, in bytes.
const maxPackets = 512 << 10

// batch is a run of consecutive rows, cut at the same places in every run and stage.
type batch struct {
	number int
	rows   []item
	bad    int // rows that the reader refused
	size   int // all rows of the batch
}

// item is one good row.
type item struct {
	row  int // position in the file, from 0
	body *credit.Body
}

// result is what became of a batch.
type result struct {
	batch   batch
	tally   tally
	refused map[int]refusal
	pending []int // rows that wait for the objection window; the batch comes again
	err     error
}

// pass takes every row through one stage: one goroutine reads, InFlight of them build,
// sign and send, and this one notes what became of each batch, in whatever order. It
// returns the tally of the stage and how many rows have to come again.
func (r *run) pass(ctx context.Context, p pass) (t StageTally, pending int, err error) {
	began := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan batch, 4)
	results := make(chan result)
	var all sync.WaitGroup
	var file scan
	all.Go(func() {
		defer close(batches)
		file = r.read(ctx, batches)
	})
	p.before = maps.Clone(r.journal.done[string(p.stage)])
	p.out = maps.Clone(r.journal.refused)
	for range r.InFlight {
		all.Go(func() { r.work(ctx, p, batches, results) })
	}
	go func() { // ends when the workers have
		all.Wait()
		close(results)
	}()
	t, pending, err = r.collect(p, results, cancel)
	t.Seconds = time.Since(began).Seconds()
	if err == nil {
		err = file.err
	}
	if err == nil {
		r.rows, r.report.Unknown = file.rows, file.unknown
	}
	return t, pending, err
}

// scan is what reading the file told.
type scan struct {
	rows    int
	unknown []string
	err     error
}

// collect journals the results. After the first error it only drains.
func (r *run) collect(p pass, results <-chan result, cancel func()) (StageTally, int, error) {
	t := StageTally{Stage: p.stage}
	progress := Progress{Stage: p.stage, Total: r.rows}
	var first error
	pending := 0
	for res := range results {
		if _, done := p.before[res.batch.number]; res.err == nil && !done && len(res.batch.rows) > 0 && len(res.pending) == 0 {
			res.err = r.journal.write(string(p.stage), res.batch.number, res.tally, res.refused)
		}
		if res.err != nil {
			if first == nil {
				first = res.err
				cancel()
			}
			continue
		}
		t.Accepted += res.tally.accepted
		t.Already += res.tally.already
		t.Rejected += res.tally.refused + res.batch.bad
		pending += len(res.pending)
		progress.Done += res.batch.size - len(res.pending)
		progress.Accepted, progress.Already, progress.Rejected = t.Accepted, t.Already, t.Rejected
		if r.rows == 0 {
			progress.Total = max(int(r.expected.Load()), progress.Done)
		}
		if r.Progress != nil {
			r.Progress(progress)
		}
	}
	return t, pending, first
}

// read cuts the file into batches.
func (r *run) read(ctx context.Context, out chan<- batch) (file scan) {
	f, err := openFile(r.File)
	if err != nil {
		return scan{err: err}
	}
	defer f.Close()
	in, err := sheet.NewReader(f)
	if err != nil {
		return scan{err: err}
	}
	r.expected.Store(max(in.Lines()-2, 1))
	for _, h := range in.Unknown() {
		file.unknown = append(file.unknown, h.String())
	}
	b := batch{}
	for ; ; file.rows++ {
		next, err := in.Next()
		if errors.Is(err, io.EOF) {
			file.err = deliver(ctx, out, b)
			return file
		}
		if err != nil {
			return scan{err: disk("file", err)}
		}
		if b.size == r.Batch {
			if err := deliver(ctx, out, b); err != nil {
				return scan{err: err}
			}
			b = batch{number: b.number + 1}
		}
		b.add(file.rows, next)
	}
}

func (b *batch) add(row int, next sheet.Row) {
	b.size++
	if len(next.Problems) > 0 {
		b.bad++
		return
	}
	b.rows = append(b.rows, item{row, &next.Body})
}

func deliver(ctx context.Context, out chan<- batch, b batch) error {
	if b.size == 0 {
		return nil
	}
	select {
	case out <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *run) work(ctx context.Context, p pass, in <-chan batch, out chan<- result) {
	for b := range in {
		res := result{batch: b}
		if before, done := p.before[b.number]; done {
			res.tally = tally{already: before.accepted + before.already, refused: before.refused}
		} else {
			res = r.send(ctx, p, b)
		}
		out <- res
	}
}

// send takes one batch through a stage, in as many envelopes as its bodies need.
func (r *run) send(ctx context.Context, p pass, b batch) result {
	res := result{batch: b, refused: map[int]refusal{}}
	var entries []clerk.Entry
	var rows []item
	size := 0
	flush := func() {
		if res.err == nil && len(entries) > 0 {
			res.err = r.envelope(ctx, p, entries, rows, &res)
		}
		entries, rows, size = nil, nil, 0
	}
	for _, it := range b.rows {
		if _, refused := p.out[it.row]; refused {
			continue // by an earlier stage
		}
		e, err := p.entry(ctx, it.row, it.body)
		if err != nil {
			res.refuse(it.row, err)
			continue
		}
		if size+len(e.Packet) > maxPackets {
			flush()
		}
		entries, rows, size = append(entries, e), append(rows, it), size+len(e.Packet)
	}
	flush()
	res.tally.refused = len(res.refused)
	return res
}

// refuse notes a refusal that the clerk made before anything was sent.
func (res *result) refuse(row int, err error) {
	var e *fault.Error
	if !errors.As(err, &e) || e.Code == fault.Internal {
		if res.err == nil {
			res.err = err
		}
		return
	}
	res.refused[row] = refusal{e.Code, e.Where}
}

// envelope sends entries and reads their results.
func (r *run) envelope(ctx context.Context, p pass, entries []clerk.Entry, rows []item, res *result) error {
	out, err := r.Clerk.Send(ctx, entries)
	if err != nil {
		return err
	}
	for i, code := range out.Codes {
		if code == fault.OK {
			res.tally.accepted++
			p.note(rows[i].row)
			continue
		}
		found, err := r.resolve(ctx, p, entries[i].Record, code)
		switch {
		case err != nil:
			return err
		case found == there && (out.Unsure || p.noted(rows[i].row)):
			res.tally.accepted++
		case found == there:
			res.tally.already++
		case found == waiting:
			res.pending = append(res.pending, rows[i].row)
		default:
			where := out.Wheres[i]
			if where == "" {
				where = columnOf(code, rows[i].body)
			}
			res.refused[rows[i].row] = refusal{code, where}
		}
	}
	return nil
}
