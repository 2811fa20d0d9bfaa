package proof

import (
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/riviera-ledger/riviera/wire"
)

// TestQueryTree holds the tree of an hour against the library's plain computation, at
// sizes around the blocks.
func TestQueryTree(t *testing.T) {
	for _, size := range []int{1, 2, 3, 255, 256, 257, 511, 512, 513, 767, 1025} {
		tree := &QueryTree{}
		queries := make([]*Query, size)
		leaves := make([]wire.Hash, size)
		var stored []tlog.Hash
		reader := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
			out := make([]tlog.Hash, len(at))
			for i, x := range at {
				out[i] = stored[x]
			}
			return out, nil
		})
		for i := range size {
			queries[i] = &Query{Salt: wire.Hash{byte(i), byte(i >> 8), 1}, Time: int64(i), By: ByPublic, What: AskedStanding}
			leaves[i] = queries[i].Leaf()
			tree.Add(leaves[i])
			more, err := tlog.StoredHashes(int64(i), leaves[i][:], reader)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, more...)
		}
		want, err := tlog.TreeHash(int64(size), reader)
		if err != nil {
			t.Fatal(err)
		}
		if got := tree.Root(); got != wire.Hash(want) || tree.Size() != uint64(size) {
			t.Fatalf("size %d: root %x, want %x", size, got, want)
		}
		for _, i := range []uint64{0, uint64(size) / 2, uint64(size) - 1} {
			from, to := tree.Block(i)
			path, err := tree.Path(i, leaves[from:to])
			if err != nil {
				t.Fatal(err)
			}
			if err := VerifyQuery(queries[i], i, tree.Size(), tree.Root(), path); err != nil {
				t.Errorf("size %d, entry %d: %v", size, i, err)
			}
			other := *queries[i]
			other.Listed = true
			if VerifyQuery(&other, i, tree.Size(), tree.Root(), path) == nil {
				t.Errorf("size %d: another entry passes in place %d", size, i)
			}
		}
	}
	if _, err := new(QueryTree).Path(0, nil); err == nil {
		t.Error("a path in an empty hour")
	}
}

// TestQueryBinds: every part of an entry changes its leaf.
func TestQueryBinds(t *testing.T) {
	full := Query{Salt: wire.Hash{1}, Record: [16]byte{1}, Time: 5, By: ByQuerier, Member: 2, Name: "n", Purpose: "p", What: AskedStanding, Listed: true}
	leaf := full.Leaf()
	for name, change := range map[string]func(*Query){
		"salt": func(q *Query) { q.Salt[3] = 1 }, "record": func(q *Query) { q.Record = [16]byte{} }, "time": func(q *Query) { q.Time++ },
		"by": func(q *Query) { q.By = ByOwn }, "member": func(q *Query) { q.Member = 0 }, "name": func(q *Query) { q.Name = "" },
		"purpose": func(q *Query) { q.Purpose = "q" }, "what": func(q *Query) { q.What = AskedRecord }, "listed": func(q *Query) { q.Listed = false },
	} {
		q := full
		change(&q)
		if q.Leaf() == leaf {
			t.Errorf("%s is not bound", name)
		}
	}
}
