package bench

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/riviera-ledger/riviera/fault"
)

// Sync is how a node comes back: at once, behind, and with nothing but its keys.
type Sync struct {
	Disclosure
	Batch      int     `json:"batch"`
	Records    int     `json:"records"`
	Restart    float64 `json:"restart_seconds"` // with everything there, until ready
	Behind     int     `json:"records_behind"`
	CatchUp    float64 `json:"catch_up_seconds"` // until ready and with every body
	CatchRate  float64 `json:"catch_up_records_per_second"`
	Fresh      float64 `json:"fresh_seconds"` // from an empty directory
	FreshRate  float64 `json:"fresh_records_per_second"`
	Join       float64 `json:"join_seconds"` // from an empty directory by a snapshot, beside JoinLoad
	JoinRate   float64 `json:"join_records_per_second"`
	JoinLoad   float64 `json:"join_beside_records_per_second"`
	JoinBase   int64   `json:"join_first_block"` // that the node has; 1 would be no snapshot
	Memory     int64   `json:"resident_bytes"`
	Disk       float64 `json:"disk_bytes_per_record_and_node"`
	DiskEngine float64 `json:"disk_engine_bytes"`
	DiskLedger float64 `json:"disk_ledger_bytes"`
	DiskVault  float64 `json:"disk_vault_bytes"`
}

// RunSync enters records and lets a contributor's node come back in four ways.
func RunSync(ctx context.Context, o Options) (r *Sync, err error) {
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
	r = &Sync{Disclosure: disclose("sync", s), Batch: s.o.Batch}
	r.Record = migrated
	records := max(s.o.Preload, 1000)
	if err := s.preload(ctx, records/2, s.all()); err != nil {
		return nil, err
	}
	node := len(s.Recorders)
	if r.Restart, err = s.comeBack(ctx, node, nil); err != nil {
		return nil, err
	}
	before := s.made
	r.CatchUp, err = s.comeBack(ctx, node, func() error { return s.preloadWithout(ctx, node, records) })
	if err != nil {
		return nil, err
	}
	r.Behind = s.made - before
	r.CatchRate = round(float64(r.Behind)/r.CatchUp, 1)
	r.Fresh, err = s.comeBack(ctx, node, func() error {
		if err := os.RemoveAll(s.Home(node).Data("")); err != nil {
			return fault.Wrap(fault.Internal, "bench", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.Records = s.made
	r.FreshRate = round(float64(r.Records)/r.Fresh, 1)
	d, n := s.disk(0), float64(r.Records)
	r.Disk, r.DiskEngine = round(float64(d.all())/n, 1), round(float64(d.engine)/n, 1)
	r.DiskLedger, r.DiskVault = round(float64(d.ledger)/n, 1), round(float64(d.vault)/n, 1)
	joined := new(Join)
	if err := s.joinBySnapshot(ctx, node, joined); err != nil {
		return nil, err
	}
	r.Join, r.JoinRate, r.JoinLoad, r.JoinBase = joined.Seconds, joined.PerSec, joined.Load, joined.Base
	r.Memory = s.resident()
	return r, nil
}

// comeBack stops a node, does something meanwhile, starts it again and returns how many
// seconds it takes until it is ready with everything that node 0 has.
func (s *site) comeBack(ctx context.Context, node int, meanwhile func() error) (float64, error) {
	if err := s.StopNode(node); err != nil {
		return 0, err
	}
	if meanwhile != nil {
		if err := meanwhile(); err != nil {
			return 0, err
		}
	}
	begin := time.Now()
	if err := s.Restart(ctx, node); err != nil {
		return 0, err
	}
	if n := s.Inside(node); n != nil {
		s.doors[node] = n
	}
	if err := s.Ready(ctx); err != nil {
		return 0, err
	}
	if err := s.settle(ctx, []int{0, node}); err != nil {
		return 0, err
	}
	took := round(time.Since(begin).Seconds(), 2)
	s.o.Say("back", took)
	return took, nil
}

// preloadWithout enters records while a node is away.
func (s *site) preloadWithout(ctx context.Context, node, n int) error {
	p, err := s.migrations(ctx, n-s.made, s.o.Batch)
	if err != nil {
		return err
	}
	defer p.close()
	if _, err := s.drive(ctx, p, pace{duration: time.Hour, window: s.o.Window, batch: s.o.Batch}); err != nil {
		return err
	}
	return s.settle(ctx, s.all()[:node])
}
