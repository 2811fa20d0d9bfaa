package main

import (
	"io"
	"os"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/intake"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/node"
	"github.com/riviera-ledger/riviera/sample"
	"github.com/riviera-ledger/riviera/sheet"
)

func (s *story) importFile(file string, mode intake.Mode, recorder ledger.MemberID, h *node.Home, c *clerk.Clerk) error {
	shown := s.app.progress(s.app.errs)
	report, err := intake.Run(s.ctx, intake.Options{File: file, Imports: h.Imports(), Mode: mode, Recorder: recorder,
		Clerk: c, Lang: s.lang, Progress: shown.tell})
	shown.close()
	if err != nil {
		return err
	}
	s.say("imported", report.Accepted, report.Rejected)
	if report.Rejected > 0 || report.Accepted != report.Rows {
		return s.broken("import")
	}
	return nil
}

// own lists the records of node i's institution in a phase.
func (s *story) own(i int, phase contract.Phase) ([]client.Record, error) {
	var out []client.Record
	for after, more := uint64(0), true; more; {
		page, err := s.client(i).OwnRecords(s.ctx, phase.String(), after, 0)
		if err != nil {
			return nil, err
		}
		out = append(out, page.Records...)
		after, more = page.Next, page.More
	}
	return out, nil
}

// actAll sends one event to many records, a hundred an envelope.
func (s *story) actAll(c *clerk.Clerk, records []client.Record, event string, args contract.Args) error {
	for len(records) > 0 {
		n := min(100, len(records))
		var entries []clerk.Entry
		for _, r := range records[:n] {
			id, err := ledger.ParseRecordID(r.ID)
			if err != nil {
				return err
			}
			e, err := c.Act(s.ctx, clerk.ActSpec{Record: id, Event: event, Args: args, Kind: credit.Kind(r.Kind)})
			if err != nil {
				return err
			}
			entries = append(entries, e)
		}
		outcome, err := c.Send(s.ctx, entries)
		if err != nil {
			return err
		}
		if err := outcome.First(); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// catchUp waits until every node has every block that some node has: an answer is the
// truth as of its block, and the story goes on from the newest one.
func (s *story) catchUp() error {
	var newest int64
	for i := range s.net.Len() {
		status, err := s.client(i).Status(s.ctx)
		if err != nil {
			return err
		}
		newest = max(newest, status.Height)
	}
	for i := range s.net.Len() {
		for {
			status, err := s.client(i).Status(s.ctx)
			if err != nil {
				return err
			}
			if status.Height >= newest {
				break
			}
			if err := s.pause(50 * time.Millisecond); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeSample writes an import file of synthetic records with one party among them.
func writeSample(file string, n int, seed uint64, today credit.Date, extra credit.Body) error {
	f, err := os.Create(file)
	if err != nil {
		return fault.Wrap(fault.BadConfig, file, err)
	}
	if err := writeBodies(f, n, sample.New(sample.Options{Seed: seed, Reference: today}), extra); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func writeBodies(f io.Writer, n int, g *sample.Generator, extra credit.Body) error {
	w, err := sheet.NewWriter(f, sheet.UTF8, message.Chinese)
	if err != nil {
		return err
	}
	for range n {
		b := g.Next()
		if err := w.Write(&b); err != nil {
			return err
		}
	}
	if err := w.Write(&extra); err != nil {
		return err
	}
	return w.Close()
}
