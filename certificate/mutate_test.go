package certificate

import (
	"bytes"
	"runtime"
	"sync"
	"testing"

	"github.com/riviera-ledger/riviera/verify"
)

// TestEveryByteCounts changes each byte of a certificate in turn: nothing may pass.
// The place of the signature gets a second change, that of letter case, because there
// two spellings of one digit exist.
func TestEveryByteCounts(t *testing.T) {
	w := newWorld(t, sampleBody())
	pdf, trust := w.issue(t), w.parsedTrust(t)
	options := verify.Options{Now: issueTime}
	from := bytes.Index(pdf, []byte("/Contents <"))
	to := from + bytes.IndexByte(pdf[from:], '>')
	workers := runtime.GOMAXPROCS(0)
	var group sync.WaitGroup
	for n := range workers {
		group.Go(func() {
			file := bytes.Clone(pdf)
			for i := n; i < len(file); i += workers {
				changes := []byte{1}
				if i >= from && i <= to {
					changes = []byte{1, 0x20}
				}
				for _, x := range changes {
					file[i] ^= x
					if r := verify.Verify(file, trust, options); r.Verdict == verify.Passed {
						t.Errorf("byte %d of %d ^ %#x passes", i, len(file), x)
					}
					file[i] ^= x
				}
			}
		})
	}
	group.Wait()
	if r := verify.Verify(pdf, trust, options); r.Verdict != verify.Passed {
		t.Fatalf("the file itself does not pass: %s", r.Reason)
	}
}
