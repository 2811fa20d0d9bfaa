//go:build soak

package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// TestSoakJoin: a node joins a ledger of 1,000,000 records (RIVIERA_SOAK_JOIN) by a snapshot
// while 200 a second are written, and is ready within three minutes on two cores: with the
// state, taking part in the blocks and with every body. With fewer records it has the same
// time. It takes about 4 KB of disk a record and node, on five nodes, and removes them; no
// node is to need more than 1 GiB of memory.
func TestSoakJoin(t *testing.T) {
	records := 1_000_000
	if s := os.Getenv("RIVIERA_SOAK_JOIN"); s != "" {
		var err error
		if records, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	program := os.Getenv("RIVIERA_PROGRAM")
	if program == "" {
		program = filepath.Join(t.TempDir(), "riviera")
		if out, err := exec.Command("go", "build", "-o", program, "github.com/riviera-ledger/riviera/cmd/riviera").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	r, err := RunJoin(t.Context(), Options{Program: program, Preload: records, Say: func(key string, args ...any) { t.Log(key, args) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", *r)
	if r.Before < records || r.Base <= 1 || r.Records < r.Before {
		t.Errorf("%d records before, %d after, first block %d", r.Before, r.Records, r.Base)
	}
	if limit := 3 * time.Minute; r.Seconds > limit.Seconds() {
		t.Errorf("ready after %.1f s, not %s", r.Seconds, limit)
	}
	if r.Restart > 10 {
		t.Errorf("ready %.1f s after a restart", r.Restart)
	}
	if r.Last < 0.8*r.First && r.Before >= 1_000_000 {
		t.Errorf("%.0f records/s at the end, %.0f in the beginning", r.Last, r.First)
	}
	if r.Disk > 2560 {
		t.Errorf("%.0f bytes of disk a record", r.Disk)
	}
	if r.Resident > 1<<30 {
		t.Errorf("a node needs %d MiB", r.Resident>>20)
	}
}
