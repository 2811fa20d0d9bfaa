package proof

import (
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// plainLog is a log held in memory: the oracle for paths.
type plainLog struct {
	entries [][]byte
	stored  []tlog.Hash
}

func newLog(t testing.TB, n int) *plainLog {
	t.Helper()
	l := &plainLog{}
	for i := range n {
		e := fmt.Appendf(nil, "entry %d", i)
		more, err := tlog.StoredHashes(int64(i), e, l)
		if err != nil {
			t.Fatal(err)
		}
		l.entries, l.stored = append(l.entries, e), append(l.stored, more...)
	}
	return l
}

func (l *plainLog) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, a := range at {
		out[i] = l.stored[a]
	}
	return out, nil
}

func (l *plainLog) root(t testing.TB, size int) wire.Hash {
	t.Helper()
	h, err := tlog.TreeHash(int64(size), l)
	if err != nil {
		t.Fatal(err)
	}
	return wire.Hash(h)
}

func toHashes[P ~[]tlog.Hash](p P) []wire.Hash {
	out := make([]wire.Hash, len(p))
	for i, h := range p {
		out[i] = wire.Hash(h)
	}
	return out
}

func TestInclusion(t *testing.T) {
	log := newLog(t, 40)
	for size := 1; size <= 40; size++ {
		root := log.root(t, size)
		for i := range size {
			p, err := tlog.ProveRecord(int64(size), int64(i), log)
			if err != nil {
				t.Fatal(err)
			}
			path := toHashes(p)
			if err := VerifyInclusion(log.entries[i], uint64(i), uint64(size), root, path); err != nil {
				t.Fatalf("%d of %d: %v", i, size, err)
			}
			got, err := RootFromPath(log.entries[i], uint64(i), uint64(size), path)
			if err != nil || got != root {
				t.Fatalf("%d of %d: root %x, want %x (%v)", i, size, got, root, err)
			}
			refuseOtherPaths(t, log, i, size, path)
		}
	}
}

func refuseOtherPaths(t *testing.T, log *plainLog, i, size int, path []wire.Hash) {
	t.Helper()
	root, entry := log.root(t, size), log.entries[i]
	if VerifyInclusion([]byte("another"), uint64(i), uint64(size), root, path) == nil {
		t.Fatalf("%d of %d: another entry passes", i, size)
	}
	if size > 1 && VerifyInclusion(entry, uint64((i+1)%size), uint64(size), root, path) == nil {
		t.Fatalf("%d of %d: another index passes", i, size)
	}
	if _, err := RootFromPath(entry, uint64(i), uint64(size), append(path[:len(path):len(path)], wire.Hash{1})); err == nil {
		t.Fatalf("%d of %d: a longer path passes", i, size)
	}
	if len(path) > 0 {
		if _, err := RootFromPath(entry, uint64(i), uint64(size), path[:len(path)-1]); err == nil {
			t.Fatalf("%d of %d: a shorter path passes", i, size)
		}
	}
}

func TestInclusionOutOfRange(t *testing.T) {
	for _, c := range [][2]uint64{{0, 0}, {1, 1}, {5, 4}, {0, 1<<62 + 1}, {1 << 63, 1<<64 - 1}} {
		if err := VerifyInclusion(nil, c[0], c[1], wire.Hash{}, nil); !fault.Is(err, fault.Malformed) {
			t.Errorf("index %d of %d: %v", c[0], c[1], err)
		}
		if _, err := RootFromPath(nil, c[0], c[1], nil); !fault.Is(err, fault.Malformed) {
			t.Errorf("root, index %d of %d: %v", c[0], c[1], err)
		}
	}
}

func TestConsistency(t *testing.T) {
	log := newLog(t, 20)
	for newer := 1; newer <= 20; newer++ {
		for older := 1; older <= newer; older++ {
			p, err := tlog.ProveTree(int64(newer), int64(older), log)
			if err != nil {
				t.Fatal(err)
			}
			path := toHashes(p)
			if err := VerifyConsistency(uint64(older), log.root(t, older), uint64(newer), log.root(t, newer), path); err != nil {
				t.Fatalf("%d in %d: %v", older, newer, err)
			}
			if err := VerifyConsistency(uint64(older), wire.Hash{7}, uint64(newer), log.root(t, newer), path); !fault.Is(err, fault.CommitmentMismatch) {
				t.Fatalf("%d in %d with another root: %v", older, newer, err)
			}
		}
	}
	for _, c := range [][2]uint64{{0, 3}, {4, 3}, {1, 1<<62 + 1}} {
		if err := VerifyConsistency(c[0], wire.Hash{}, c[1], wire.Hash{}, nil); !fault.Is(err, fault.Malformed) {
			t.Errorf("%d in %d: %v", c[0], c[1], err)
		}
	}
}

func TestAppHashBindsBothRoots(t *testing.T) {
	a, b := wire.Hash{1}, wire.Hash{2}
	if AppHash(a, b) == AppHash(b, a) || AppHash(a, b) == AppHash(a, a) {
		t.Error("two pairs of roots, one hash")
	}
	if got, want := AppHash(a, b), wire.Digest("riviera/app/1", a[:], b[:]); got != want {
		t.Errorf("%x, want %x", got, want)
	}
}
