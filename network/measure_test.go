package network

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/sample"
	"github.com/riviera-ledger/riviera/sheet"
)

// sampleFile writes a file of records decided in the sixty days before a date. Records
// of the minor class are left out: they end after three months, which may be seconds.
// More records stand behind them.
func sampleFile(t testing.TB, n int, seed uint64, today credit.Date, more ...credit.Body) string {
	t.Helper()
	g := sample.New(sample.Options{Seed: seed, Reference: today})
	bodies := make([]credit.Body, 0, n+len(more))
	for len(bodies) < n {
		if b := g.Next(); b.Kind != credit.GeneralMinor {
			bodies = append(bodies, b)
		}
	}
	return sheetOf(t, append(bodies, more...))
}

// sheetOf writes a file of records for an import.
func sheetOf(t testing.TB, bodies []credit.Body) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "records.csv"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := sheet.NewWriter(f, sheet.UTF8, message.Chinese)
	if err != nil {
		t.Fatal(err)
	}
	for i := range bodies {
		if err := w.Write(&bodies[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// memory returns the peak and the present resident memory of a process in bytes; 0
// where the system does not tell.
func memory(pid int) (peak, now int64) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(b)) {
		for name, into := range map[string]*int64{"VmHWM:": &peak, "VmRSS:": &now} {
			if rest, ok := strings.CutPrefix(line, name); ok {
				fmt.Sscanf(rest, "%d", into)
				*into <<= 10
			}
		}
	}
	return peak, now
}

// logMemory tells how much memory the nodes take together.
func (n *testNetwork) logMemory() {
	var peak, now int64
	for _, rn := range n.nodes {
		if rn.process != nil {
			p, r := memory(rn.process.Process.Pid)
			peak, now = peak+p, now+r
		}
	}
	where := "processes"
	if peak == 0 {
		where = "this process"
		peak, now = memory(os.Getpid())
	}
	n.t.Logf("memory of %d nodes (%s): %d MiB now, %d MiB at most", n.Len(), where, now>>20, peak>>20)
}
