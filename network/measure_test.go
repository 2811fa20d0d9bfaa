package network

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
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
	file := filepath.Join(t.TempDir(), "sample-"+strconv.FormatUint(seed, 10)+".csv")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w, err := sheet.NewWriter(f, sheet.UTF8, message.Chinese)
	if err != nil {
		t.Fatal(err)
	}
	g := sample.New(sample.Options{Seed: seed, Reference: today})
	for n > 0 {
		b := g.Next()
		if b.Kind == credit.GeneralMinor {
			continue
		}
		if err := w.Write(&b); err != nil {
			t.Fatal(err)
		}
		n--
	}
	for i := range more {
		if err := w.Write(&more[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return file
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
