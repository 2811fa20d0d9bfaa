package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/sample"
)

// spool is signed envelopes with their packets in a file, for each node its own.
type spool struct {
	file  *os.File
	nodes [][]item
	next  []atomic.Int64 // of each node
	turn  atomic.Int64   // of take
	ops   int

	bodyBytes, operationBytes int // on average
}

// item is where one envelope lies.
type item struct {
	offset int64
	size   int32
	ops    int32
}

// bodyBytes is the size that a body is filled up to: that of a record with a few lines
// of facts.
const bodyBytes = 700

// ahead is how many heights an envelope of the load may wait, a little below what the
// ledger takes.
const ahead = ledger.MaxAhead - 20

// migrations makes about n records as decisions made before, from the recorders in
// turn, batch to an envelope.
func (s *site) migrations(ctx context.Context, n, batch int) (*spool, error) {
	return s.spool(ctx, n, batch, migration)
}

// migration enters a body as a decision made before.
func migration(k *clerk.Clerk, b *credit.Body) (clerk.Entry, error) {
	d := clerk.Draft{Body: b}
	var err error
	if d.Record, err = k.NewRecordID(); err == nil {
		d.Secret, err = k.NewSecret()
	}
	if err != nil {
		return clerk.Entry{}, err
	}
	return k.Create(clerk.Migrate, d)
}

// maker turns a body into an operation.
type maker func(*clerk.Clerk, *credit.Body) (clerk.Entry, error)

func (s *site) spool(ctx context.Context, n, batch int, make_ maker) (*spool, error) {
	file, err := os.CreateTemp(s.dir, "load-")
	if err != nil {
		return nil, fault.Wrap(fault.DiskFull, "bench", err)
	}
	os.Remove(file.Name()) // it lives as long as it is open
	recorders := len(s.Recorders)
	p := &spool{file: file, nodes: make([][]item, recorders), next: make([]atomic.Int64, recorders)}
	st, err := s.doors[0].Status(ctx)
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	today, err := credit.ParseDate(st.LedgerDate)
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	envelopes := max((n+batch-1)/batch, recorders)
	w := &writer{spool: p, height: st.Height, edition: st.Edition}
	var workers sync.WaitGroup
	var failed atomic.Pointer[error]
	for k := range recorders {
		workers.Go(func() {
			g := sample.New(sample.Options{Seed: uint64(s.made + k + 1), Reference: today.AddDays(-1)})
			for e := k; e < envelopes && failed.Load() == nil && ctx.Err() == nil; e += recorders {
				if err := w.one(s.clerks[k], k, batch, s.made+e*batch, &source{g, s.orgs}, make_); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	workers.Wait()
	s.made += envelopes * batch
	p.ops = envelopes * batch
	p.bodyBytes, p.operationBytes = w.bodies/p.ops, w.operations/p.ops
	if err := failed.Load(); err != nil {
		return nil, errors.Join(*err, p.close())
	}
	return p, ctx.Err()
}

// writer fills a spool from several goroutines.
type writer struct {
	*spool
	height  int64
	edition uint32

	mu                 sync.Mutex
	end                int64
	bodies, operations int
}

// one makes, signs and writes an envelope of node k.
func (w *writer) one(c *clerk.Clerk, k, batch, number int, g *source, make_ maker) error {
	second, err := c.Approver()
	if err != nil {
		return err
	}
	content := ledger.Content{Member: c.Member, Key: c.Operator.Key, Approver: second.Key, NotAfter: w.height + ahead, Calendar: w.edition}
	var packets [][]byte
	bodies, operations := 0, 0
	for i := range batch {
		e, err := make_(c, body(g, number+i))
		if err != nil {
			return err
		}
		content.Ops = append(content.Ops, e.Operation)
		packets = append(packets, e.Packet)
		bodies += len(e.Packet)
		operations += len(e.Operation.Data)
	}
	raw, err := ledger.Seal(nil, c.Hash, content, c.Operator.Signer, second.Signer)
	if err != nil {
		return err
	}
	b := frame(nil, raw)
	for _, p := range packets {
		b = frame(b, p)
	}
	w.mu.Lock()
	at := w.end
	w.end += int64(len(b))
	w.bodies += bodies
	w.operations += operations
	w.nodes[k] = append(w.nodes[k], item{at, int32(len(b)), int32(batch)})
	w.mu.Unlock()
	if _, err := w.file.WriteAt(b, at); err != nil {
		return fault.Wrap(fault.DiskFull, "bench", err)
	}
	return nil
}

// source makes bodies.
type source struct {
	*sample.Generator
	orgs bool // of organisations only
}

// body makes a judgment defaulter with a case number of its own and facts that fill it
// up.
func body(g *source, number int) *credit.Body {
	b := g.Next()
	for b.Kind != credit.JudgmentDefaulter || g.orgs && b.SubjectType != credit.Org {
		b = g.Next()
	}
	b.CaseNo = "（2026）示测执" + strconv.Itoa(number) + "号"
	const line = "被执行人有履行能力而拒不履行生效法律文书确定的义务。"
	if missing := bodyBytes - size(&b); missing > 0 {
		b.Facts += strings.Repeat(line, (missing+len(line)-1)/len(line))
	}
	return &b
}

func size(b *credit.Body) (n int) {
	for _, unit := range b.Disclose() {
		n += len(unit)
	}
	return n
}

func frame(to, b []byte) []byte {
	return append(binary.BigEndian.AppendUint32(to, uint32(len(b))), b...)
}

// take returns the next envelope of node k; false when there is none left.
func (p *spool) take(k int) (client.Submission, int, bool, error) {
	n := p.next[k].Add(1) - 1
	if n >= int64(len(p.nodes[k])) {
		return client.Submission{}, 0, false, nil
	}
	it := p.nodes[k][n]
	b := make([]byte, it.size)
	if _, err := p.file.ReadAt(b, it.offset); err != nil {
		return client.Submission{}, 0, false, fault.Wrap(fault.Internal, "bench", err)
	}
	var parts [][]byte
	for len(b) > 0 {
		n := binary.BigEndian.Uint32(b)
		parts = append(parts, b[4:4+n:4+n])
		b = b[4+n:]
	}
	return client.Submission{Envelope: parts[0], Packets: parts[1:], Wait: true}, int(it.ops), true, nil
}

func (p *spool) close() error { return p.file.Close() }
