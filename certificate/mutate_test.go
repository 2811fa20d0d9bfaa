package certificate

import (
	"bytes"
	"runtime"
	"sync"
	"testing"

	"github.com/riviera-ledger/riviera/verify"
)

// TestEveryByteCounts changes bytes of a certificate one by one: nothing may pass. It
// takes every byte of the dictionaries, of the table and of the signature; of the long
// streams and of the empty room behind the signature it takes a sample, with primes as
// steps. With the build tag soak the step is 1 and every byte of the file is changed.
// Digits of the signature get a second change, that of letter case, because there two
// spellings of one digit exist.
func TestEveryByteCounts(t *testing.T) {
	w := newWorld(t, sampleBody())
	everyByte(t, w, w.issue(t), 1)
}

// TestEveryByteCountsInOthers: likewise, a sample, for what rests on attestations and for
// what a holder made without any signature on the file.
func TestEveryByteCountsInOthers(t *testing.T) {
	for _, name := range []string{"clear", "held", "listed"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sampleBody())
			everyByte(t, w, kinds[name](t, w, nil), 23)
		})
	}
}

func everyByte(t *testing.T, w *world, pdf []byte, step int) {
	t.Helper()
	trust := w.parsedTrust(t)
	options := verify.Options{Now: issueTime}
	places := placesOf(pdf)
	workers := runtime.GOMAXPROCS(0)
	var group sync.WaitGroup
	for n := range workers {
		group.Go(func() {
			file := bytes.Clone(pdf)
			for k := n * step; k < len(places); k += workers * step {
				i := places[k]
				changes := []byte{1}
				if file[i] >= 'a' && file[i] <= 'f' {
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

// placesOf lists the bytes to change.
func placesOf(pdf []byte) []int {
	var places []int
	room, end, used := 0, 0, 0 // of the signature, where there is one
	if at := bytes.Index(pdf, []byte("/Contents <")); at >= 0 {
		room = at + len("/Contents <")
		end = room + bytes.IndexByte(pdf[room:], '>')
		used = room + len(bytes.TrimRight(pdf[room:end], "0"))
	}
	stream := false
	for i := range pdf {
		switch {
		case bytes.HasPrefix(pdf[i:], []byte("\nendstream")):
			stream = false
		case i > 8 && string(pdf[i-8:i]) == "\nstream\n":
			stream = true
		}
		step := 1
		switch {
		case i > used && i < end:
			step = paddingStep
		case stream:
			step = streamStep
		}
		if i%step == 0 {
			places = append(places, i)
		}
	}
	return places
}
