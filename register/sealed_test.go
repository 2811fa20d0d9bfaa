package register

import (
	"bytes"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// TestSealedCopies: a copy is found under its locator alone, with one read whether it is
// there or not; a new one takes the old one's place; it goes after its time or when asked.
func TestSealedCopies(t *testing.T) {
	r, _ := fresh(t)
	a, b := wire.Hash{1}, wire.Hash{2}
	if err := r.KeepCopy(a, []byte("sealed"), start); err != nil {
		t.Fatal(err)
	}
	reads := func(l wire.Hash) (uint64, []byte, error) {
		before := r.Reads()
		got, err := r.SealedCopy(l)
		return r.Reads() - before, got, err
	}
	n, got, err := reads(a)
	if err != nil || string(got) != "sealed" || n != 1 {
		t.Errorf("%q %v, %d reads", got, err, n)
	}
	if n, _, err := reads(b); !fault.Is(err, fault.NoSealedCopy) || n != 1 {
		t.Errorf("unknown: %v, %d reads", err, n)
	}
	if err := r.db.Scan(nil, nil, func(k, _ []byte) bool {
		if bytes.Contains(k, a[:]) {
			t.Error("the locator is on the disk")
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if err := r.KeepCopy(b, []byte("anew"), start, a); err != nil {
		t.Fatal(err)
	}
	if _, _, err := reads(a); !fault.Is(err, fault.NoSealedCopy) {
		t.Errorf("replaced: %v", err)
	}
	for _, years := range []int64{9, 11} {
		if _, err := r.Prune(start + years*365*24*3600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := reads(b); (err == nil) != (years < 10) {
			t.Errorf("after %d years: %v", years, err)
		}
	}
	if err := r.KeepCopy(a, []byte("x"), start); err != nil {
		t.Fatal(err)
	}
	if err := r.DropCopy(a); err != nil {
		t.Fatal(err)
	}
	if dirty, err := r.Dirty(); err != nil || !dirty {
		t.Errorf("dirty %t %v", dirty, err)
	}
	if _, _, err := reads(a); !fault.Is(err, fault.NoSealedCopy) {
		t.Errorf("dropped: %v", err)
	}
}
