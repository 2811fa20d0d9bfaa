package bench

import (
	"context"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
)

// TestWriteCountsWhatIsThere: every record that a report counts is in the ledger of
// every node, and nothing else is.
func TestWriteCountsWhatIsThere(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	o := Options{Dir: t.TempDir(), Batch: 5, Duration: 600 * time.Millisecond, Slice: 300 * time.Millisecond, Window: 200, Preload: 300}
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	s, err := found(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	if err := s.preload(ctx, o.Preload, s.all()); err != nil {
		t.Fatal(err)
	}
	if err := s.warm(ctx); err != nil {
		t.Fatal(err)
	}
	r, err := s.write(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Before < 300 || r.Slices != 2 || r.Records == 0 || r.CPU <= 0 || r.P50 <= 0 || r.P99 < r.P50 || r.Max < r.P99 {
		t.Errorf("%+v", r)
	}
	for i, d := range s.doors {
		st, err := d.Status(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if int(st.Records) != r.Before+r.Records || st.Missing != 0 {
			t.Errorf("node %d has %d records and lacks %d bodies; %d were counted on top of %d", i, st.Records, st.Missing, r.Records, r.Before)
		}
	}
}

// TestLatencyCountsFromTheSchedule: of a door that is shut for a while, every envelope
// that was due meanwhile is late, and what a full pool refuses is counted as refused.
func TestLatencyCountsFromTheSchedule(t *testing.T) {
	const shut = 300 * time.Millisecond
	d := &stallingDoor{opens: time.Now().Add(shut)}
	s := &site{doors: []door{d}}
	p := blankSpool(t, 100)
	res, err := s.drive(t.Context(), p, pace{duration: 500 * time.Millisecond, rate: 200, batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.fates) != 100 {
		t.Fatalf("%d envelopes sent, 100 were due", len(res.fates))
	}
	late := 0
	for _, l := range res.latencies(0, time.Second) {
		if l > shut/2 {
			late++
		}
	}
	if late < 25 || late > 35 { // those due in the first half of the time
		t.Errorf("%d envelopes were late by more than %s", late, shut/2)
	}
	if gap := res.gap(0, 500*time.Millisecond); gap < shut*9/10 {
		t.Errorf("the longest gap is %s, the door was shut for %s", gap, shut)
	}
	d.full.Store(true)
	if res, err = s.drive(t.Context(), blankSpool(t, 10), pace{duration: 50 * time.Millisecond, rate: 200, batch: 1}); err != nil {
		t.Fatal(err)
	}
	if n, _ := res.refused(); n != 10 || res.applied() != 0 || len(res.latencies(0, time.Second)) != 0 {
		t.Errorf("%d refused, %d applied", n, res.applied())
	}
}

// stallingDoor answers nobody before it opens, and refuses while it is full.
type stallingDoor struct {
	opens time.Time
	full  atomic.Bool
	mu    sync.Mutex
}

func (d *stallingDoor) Submit(context.Context, client.Submission) (client.Receipt, error) {
	d.mu.Lock()
	time.Sleep(time.Until(d.opens))
	d.mu.Unlock()
	if d.full.Load() {
		return client.Receipt{}, fault.New(fault.PoolFull, "pool")
	}
	return client.Receipt{Height: 1}, nil
}

func (d *stallingDoor) Status(context.Context) (client.Status, error) { return client.Status{}, nil }

// blankSpool holds n envelopes of nothing, for one node.
func blankSpool(t *testing.T, n int) *spool {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "load")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	b := frame(nil, []byte("envelope"))
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
	p := &spool{file: f, nodes: make([][]item, 1), next: make([]atomic.Int64, 1)}
	for range n {
		p.nodes[0] = append(p.nodes[0], item{0, int32(len(b)), 1})
	}
	return p
}

// TestReportsAreFlat: what a script reads from the last line is one object of numbers,
// texts and booleans, under the names that are promised.
func TestReportsAreFlat(t *testing.T) {
	promised := map[any][]string{
		&Write{RulerCPU: 1, Ratio: 1}: {"records_per_second", "cpu_us_per_record", "p50_ms", "p99_ms", "max_ms", "records", "nodes", "batch",
			"ruler_us_per_transaction", "ruler_ratio", "fsync", "peer_encryption", "signatures", "cores", "resident_bytes"},
		&Ruler{}:                              {"ruler_us_per_transaction"},
		&Trial{Saturation: 1, RestartedIn: 1}: {"peak_records_per_second", "kept_of_peak", "longest_gap_ms", "recovered_after_ms", "records_per_second", "p50_ms", "p99_ms"},
		&Exits{}:                              {"records", "recorded_after_seconds", "longest_block_ms", "still_listed"},
		&Erasures{}:                           {"records", "erased_after_seconds", "longest_block_ms", "writes_taken_per_second"},
		&Query{}:                              {"answers_per_second", "share_of_lookup", "p99_ms", "records"},
		&Verify{}:                             {"certificates_per_second", "p50_ms"},
		&Sync{}:                               {"records", "restart_seconds", "resident_bytes", "disk_bytes_per_record_and_node"},
		&Join{}:                               {"records", "join_seconds", "snapshot_seconds", "ready_seconds", "join_first_block", "resident_bytes"},
		&Limits{}:                             {"verify_in_batch_us", "fsync_p50_ms", "floor_batch_us_per_record"},
	}
	for report, names := range promised {
		b, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		var flat map[string]any
		if err := json.Unmarshal(b, &flat); err != nil {
			t.Fatal(err)
		}
		for k, v := range flat {
			if kind := reflect.ValueOf(v).Kind(); kind == reflect.Map || kind == reflect.Slice {
				t.Errorf("%T: %s is no single figure", report, k)
			}
		}
		for _, name := range names {
			if _, ok := flat[name]; !ok {
				t.Errorf("%T lacks %s", report, name)
			}
		}
		if got := Fields(report); len(got) != len(flat) {
			t.Errorf("%T: %d fields are listed, %d are in the object", report, len(got), len(flat))
		}
		if strings.Contains(string(b), "\n") {
			t.Errorf("%T takes more than a line", report)
		}
	}
}
