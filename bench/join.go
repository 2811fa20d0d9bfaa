package bench

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/network"
	"github.com/riviera-ledger/riviera/node"
)

// Measuring how a node joins by a snapshot. joinEvery is the one setting of a home that
// differs from the demonstration's: a network that is a few minutes old would otherwise
// have made no snapshot yet.
const (
	joinEvery = 100   // blocks between two snapshots
	joinRate  = 200.0 // records a second that are written meanwhile
	joinBatch = 10
	joinSlice = 30 * time.Second // of load at a time: an envelope is good for a thousand blocks
)

// offerEvery has every node of a network make snapshots at a distance of its own.
func offerEvery(n *network.Network, blocks int64) error {
	for _, dir := range append(append([]string{}, n.Recorders...), n.Contributors...) {
		h, err := node.OpenHome(dir)
		if err != nil {
			return err
		}
		h.Config.Engine.SnapshotEvery = blocks
		b, err := h.Config.Encode()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, node.ConfigFile), b, 0o644); err != nil {
			return fault.Wrap(fault.DiskFull, "bench", err)
		}
	}
	return nil
}

// Join is how a node with nothing but its keys and a trust file comes into a large ledger by
// a snapshot, beside a load. Seconds count from its start.
type Join struct {
	Disclosure
	Before   int     `json:"records_before"`   // in the ledger when the node started
	Records  int     `json:"records"`          // in it when the node was whole
	Taken    float64 `json:"snapshot_seconds"` // until the state was there, with both roots computed
	Ready    float64 `json:"ready_seconds"`    // until it took part in the blocks
	Seconds  float64 `json:"join_seconds"`     // until it held every body too, and answered
	PerSec   float64 `json:"join_records_per_second"`
	Load     float64 `json:"join_beside_records_per_second"`
	Restart  float64 `json:"restart_seconds"`          // afterwards, with everything there, until ready
	First    float64 `json:"entered_per_second_first"` // of the first 300,000 records
	Last     float64 `json:"entered_per_second_last"`  // and of the last
	Base     int64   `json:"join_first_block"`         // that the node has; 1 would be no snapshot
	Resident int64   `json:"resident_bytes"`           // of the largest node
	Disk     float64 `json:"disk_bytes_per_record_and_node"`
}

// RunJoin enters Preload records into a network of which one node is off, and lets that one
// join.
func RunJoin(ctx context.Context, o Options) (r *Join, err error) {
	o.Contributors = max(o.Contributors, 1)
	o.snapshotEvery = joinEvery
	if err := o.complete(); err != nil {
		return nil, err
	}
	s, err := found(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	r = &Join{Disclosure: disclose("join", s)}
	r.Record = migrated
	node := len(s.Recorders)
	if err := s.StopNode(node); err != nil {
		return nil, err
	}
	if err := s.preload(ctx, max(o.Preload, 1000), s.all()[:node]); err != nil {
		return nil, err
	}
	some := min(3, len(s.rates))
	r.First, r.Last = round(mean(s.rates[:some]), 1), round(mean(s.rates[len(s.rates)-some:]), 1)
	if err := s.joinBySnapshot(ctx, node, r); err != nil {
		return nil, err
	}
	r.Restart, err = s.comeBack(ctx, node, nil)
	return r, err
}

func mean(all []float64) (sum float64) {
	for _, x := range all {
		sum += x / float64(len(all))
	}
	return sum
}

// joinBySnapshot lets a node begin with nothing but its keys and a trust file while records
// are written, and measures until it is ready with every body.
func (s *site) joinBySnapshot(ctx context.Context, node int, r *Join) error {
	if err := s.snapshotMade(ctx); err != nil {
		return err
	}
	if err := s.StopNode(node); err != nil {
		return err
	}
	if err := s.bare(ctx, node); err != nil {
		return err
	}
	before, err := s.doors[0].Status(ctx)
	if err != nil {
		return err
	}
	r.Before = int(before.Records)
	writing, stop := context.WithCancel(ctx)
	defer stop()
	wrote := make(chan error, 1)
	written := 0
	begin := time.Now()
	go func() {
		var err error
		written, err = s.writeOn(writing)
		wrote <- err
	}()
	if err = s.Restart(ctx, node); err == nil {
		err = s.joining(ctx, node, begin, r)
	}
	took := time.Since(begin)
	stop()
	if failed := <-wrote; err == nil && !errors.Is(failed, context.Canceled) {
		err = failed
	}
	if err != nil {
		return err
	}
	r.PerSec, r.Load = round(float64(r.Records)/r.Seconds, 1), round(float64(written)/took.Seconds(), 1)
	if r.Base <= 1 {
		return fault.Newf(fault.NotFound, "bench", "the node has taken every block instead of a snapshot")
	}
	r.Resident, r.Disk = s.resident(), round(float64(s.disk(node).all())/float64(r.Records), 1)
	return s.settle(ctx, s.all())
}

// writeOn writes records at the rate of a join until ctx ends, and counts them.
func (s *site) writeOn(ctx context.Context) (written int, err error) {
	for ctx.Err() == nil {
		p, err := s.migrations(ctx, int(joinRate*joinSlice.Seconds()), joinBatch)
		if err != nil {
			return written, err
		}
		r, err := s.drive(ctx, p, pace{duration: joinSlice, rate: joinRate, batch: joinBatch})
		if r != nil {
			written += r.applied()
		}
		if err = errors.Join(err, p.close()); err != nil {
			return written, err
		}
	}
	return written, ctx.Err()
}

// joining measures a node that has been started.
func (s *site) joining(ctx context.Context, node int, begin time.Time, r *Join) error {
	stop, err := startProfile(s.o.Profile)
	if err != nil {
		return err
	}
	defer stop()
	if n := s.Inside(node); n != nil {
		s.doors[node] = n
	}
	for {
		st, err := s.doors[node].Status(ctx)
		switch {
		case err != nil: // its API is not there yet
		case st.Records > 0 && r.Taken == 0:
			r.Taken, r.Base = round(time.Since(begin).Seconds(), 2), st.FirstBlock
			s.o.Say("joined", r.Taken, st.Records)
		case st.Records > 0 && st.Ready && r.Ready == 0:
			r.Ready = round(time.Since(begin).Seconds(), 2)
		}
		if r.Ready > 0 && st.Missing == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return fault.Wrap(fault.NotReady, "bench", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	if err := s.settle(ctx, []int{0, node}); err != nil {
		return err
	}
	r.Seconds = round(time.Since(begin).Seconds(), 2)
	st, err := s.doors[node].Status(ctx)
	if err != nil {
		return err
	}
	r.Records, r.Base = int(st.Records), st.FirstBlock
	s.o.Say("back", r.Seconds)
	return nil
}

// bare leaves of a node its keys, and gives it the network's trust file.
func (s *site) bare(ctx context.Context, node int) error {
	c, err := s.Client(0)
	if err != nil {
		return err
	}
	trust, err := c.Trust(ctx)
	if err != nil {
		return err
	}
	home := s.Home(node)
	if err := os.RemoveAll(home.Data("")); err != nil {
		return fault.Wrap(fault.Internal, "bench", err)
	}
	if err := os.WriteFile(filepath.Join(home.Dir, trustFile), trust, 0o644); err != nil {
		return fault.Wrap(fault.DiskFull, "bench", err)
	}
	return nil
}

const trustFile = node.TrustFile

// snapshotMade waits until the recorders have made a snapshot of what the ledger holds now.
func (s *site) snapshotMade(ctx context.Context) error {
	st, err := s.doors[0].Status(ctx)
	if err != nil {
		return err
	}
	now, made := st.Height, int64(0)
	for {
		if st, err = s.doors[0].Status(ctx); err != nil {
			return err
		}
		if made = st.Snapshot; made >= now {
			return nil
		}
		select {
		case <-ctx.Done():
			return fault.Wrap(fault.NotReady, "bench", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
