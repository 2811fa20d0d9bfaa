package register

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

const (
	start  = int64(1_800_000_000)
	self   = uint32(3)
	secret = "a purpose that stands nowhere else"
)

func openAt(t *testing.T, dir string) *Register {
	t.Helper()
	r, err := Open(dir, bytes.Repeat([]byte{7}, 32), store.Options{ReserveBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func fresh(t *testing.T) (*Register, string) {
	dir := filepath.Join(t.TempDir(), "queries")
	r := openAt(t, dir)
	t.Cleanup(func() { r.Close() })
	return r, dir
}

func rec(n byte) Record { return Record{0xAB, n} }

func ask(record Record, at int64, listed bool) proof.Query {
	return proof.Query{Record: record, Time: at, By: proof.ByQuerier, Member: 2, Name: "某银行", Purpose: secret, What: proof.AskedStanding, Listed: listed}
}

func note(t *testing.T, r *Register, caller string, queries ...proof.Query) {
	t.Helper()
	for _, q := range queries {
		if err := r.Note(caller, q); err != nil {
			t.Fatal(err)
		}
	}
}

func shut(t *testing.T, r *Register, now int64) []Hour {
	t.Helper()
	due, err := r.Shut(now, self)
	if err != nil {
		t.Fatal(err)
	}
	return due
}

func of(t *testing.T, r *Register, id Record) []Entry {
	t.Helper()
	es, err := r.OfRecord(id, 100)
	if err != nil {
		t.Fatal(err)
	}
	return es
}

func follow(t *testing.T, r *Register, cursor uint64, fn func(*Changes)) {
	t.Helper()
	if _, err := r.Follow(cursor, fn); err != nil {
		t.Fatal(err)
	}
}

// TestRemovedEntryIsFound: entries of a closed hour open against its root; with one of
// the log's leaves taken out or exchanged behind its back none of them does.
func TestRemovedEntryIsFound(t *testing.T) {
	r, _ := fresh(t)
	for i := range int64(600) {
		id := Record{}
		if i%50 == 0 {
			id = rec(byte(i / 50 % 3))
		}
		note(t, r, "", ask(id, start+i, false))
	}
	due := shut(t, r, start+3600)
	if len(due) != 1 || due[0].Size != 600 {
		t.Fatalf("%+v", due)
	}
	root := due[0].Root
	opens := func() (n int) {
		for b := range byte(3) {
			for _, e := range of(t, r, rec(b)) {
				if e.Root == root && proof.VerifyQuery(&e.Query, e.Index, e.Size, root, e.Path) == nil {
					n++
				}
			}
		}
		return n
	}
	if n := opens(); n != 12 {
		t.Fatalf("%d of 12 open", n)
	}
	// A node that takes entry 3 out and numbers the others anew has another tree.
	tree := new(proof.QueryTree)
	if err := r.db.Scan([]byte{'l'}, []byte{'l' + 1}, func(k, v []byte) bool {
		if _, n := place(k[1:]); n != 3 {
			tree.Add(wire.Hash(v))
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if tree.Root() == root {
		t.Error("an entry was taken out and the root is the same")
	}
	// One that exchanges a leaf in place has paths that do not fit.
	hour := due[0].Hour
	if err := r.db.Set(entryKey('l', hour, 1), bytes.Repeat([]byte{1}, 32)); err != nil {
		t.Fatal(err)
	}
	if n := opens(); n != 12-6 { // those of its block, which hold it in their path
		t.Errorf("%d of 12 open with a leaf exchanged in the first block", n)
	}
}

// TestRestart: an hour goes on after a restart, hours that passed meanwhile are closed in
// order, and nothing is added to a closed one.
func TestRestart(t *testing.T) {
	r, dir := fresh(t)
	note(t, r, "", ask(rec(1), start, true), ask(rec(2), start+1, false))
	r.Close()
	r = openAt(t, dir)
	note(t, r, "", ask(rec(1), start+2, true))
	r.Close()
	r = openAt(t, dir)
	defer r.Close()
	note(t, r, "", ask(rec(1), start+2*3600, true))
	due := shut(t, r, start+3*3600)
	if len(due) != 2 || due[0].Size != 3 || due[1].Size != 1 || due[1].Hour != due[0].Hour+2 {
		t.Fatalf("%+v", due)
	}
	note(t, r, "", ask(rec(1), start, true)) // a clock that went back
	es := of(t, r, rec(1))
	if len(es) != 4 || es[0].Hour != due[1].Hour+1 || len(es[0].Path) != 0 || !es[0].Root.Zero() {
		t.Fatalf("%+v", es)
	}
	for _, e := range es[1:] {
		if err := proof.VerifyQuery(&e.Query, e.Index, e.Size, e.Root, e.Path); err != nil {
			t.Error(err)
		}
	}
	follow(t, r, 9, func(c *Changes) { c.Anchored(self, due[0].Hour, 5, due[0].Root) })
	if left := shut(t, r, start+3*3600); len(left) != 1 || left[0] != due[1] {
		t.Errorf("after the first anchor: %+v", left)
	}
	event, root, ok, err := r.Anchored(self, due[0].Hour)
	if err != nil || !ok || event != 5 || root != due[0].Root {
		t.Errorf("%d %x %v %v", event, root, ok, err)
	}
	if _, _, ok, _ := r.Anchored(self+1, due[0].Hour); ok {
		t.Error("anchored for another member")
	}
	if cursor, err := r.Cursor(); err != nil || cursor != 9 {
		t.Errorf("cursor %d %v", cursor, err)
	}
}

func TestForget(t *testing.T) {
	r, dir := fresh(t)
	note(t, r, "key/1", ask(Record{}, start, true), ask(rec(1), start, true), ask(rec(2), start, true))
	if err := r.Want(Want{Commitment: wire.Hash{5}, Record: rec(1), Event: 3, Holder: 2}); err != nil {
		t.Fatal(err)
	}
	root := shut(t, r, start+3600)[0].Root
	inFiles := func() bool {
		found := false
		tag := r.tag('a', "key/1")
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			id := rec(1)
			for _, plain := range []string{secret, "某银行", string(id[:])} {
				if strings.Contains(string(b), plain) {
					t.Errorf("%s is in the clear in %s", plain, d.Name())
				}
			}
			found = found || bytes.Contains(b, tag)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if !inFiles() {
		t.Fatal("the search finds nothing that is there")
	}
	if dirty, err := r.Dirty(); err != nil || dirty {
		t.Errorf("before anything was forgotten: dirty %t, %v", dirty, err)
	}
	forgot, err := r.Follow(2, func(c *Changes) { c.Forget(rec(1)) })
	if err != nil || forgot != 1 {
		t.Fatalf("%d %v", forgot, err)
	}
	if got := of(t, r, rec(1)); len(got) != 0 {
		t.Errorf("still read: %+v", got)
	}
	if wanted, err := r.Wanted(); err != nil || len(wanted) != 0 {
		t.Errorf("wanted: %+v %v", wanted, err)
	}
	es := of(t, r, rec(2))
	if len(es) != 1 || es[0].Root != root || proof.VerifyQuery(&es[0].Query, es[0].Index, es[0].Size, root, es[0].Path) != nil {
		t.Error("what is left does not open against the root any more")
	}
	follow(t, r, 3, func(c *Changes) { c.Forget(rec(2)) })
	if gone, err := r.Prune(start + 2*KeepStray); err != nil || gone != 1 {
		t.Fatalf("%d %v", gone, err)
	}
	if dirty, err := r.Dirty(); err != nil || !dirty {
		t.Errorf("after something was forgotten: dirty %t, %v", dirty, err)
	}
	if err := r.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if dirty, err := r.Dirty(); err != nil || dirty {
		t.Errorf("after the purge: dirty %t, %v", dirty, err)
	}
	sealed := 0
	if err := r.db.Scan([]byte{'a'}, []byte{'b'}, func(_, _ []byte) bool { sealed++; return true }); err != nil || sealed != 0 {
		t.Errorf("%d entries left, %v", sealed, err)
	}
}

// TestCallersLearnNothing: one who was told "clear" about a party with two records that
// are not shown reads back what it reads about a party without any, before and after they
// are erased.
func TestCallersLearnNothing(t *testing.T) {
	r, _ := fresh(t)
	note(t, r, "key/1", ask(Record{}, start, false), ask(rec(1), start, false), ask(rec(2), start, false))
	note(t, r, "key/2", ask(Record{}, start, false))
	read := func(caller string) []proof.Query {
		es, err := r.OfCaller(caller, 10)
		if err != nil {
			t.Fatal(err)
		}
		var out []proof.Query
		for _, e := range es {
			e.Query.Salt = wire.Hash{}
			out = append(out, e.Query)
		}
		return out
	}
	if diff := cmp.Diff(read("key/2"), read("key/1")); diff != "" || len(read("key/1")) != 1 {
		t.Error(diff)
	}
	follow(t, r, 1, func(c *Changes) { c.Forget(rec(1)); c.Forget(rec(2)) })
	if diff := cmp.Diff(read("key/2"), read("key/1")); diff != "" {
		t.Errorf("after the erasure: %s", diff)
	}
}

func TestCorrections(t *testing.T) {
	r, _ := fresh(t)
	note(t, r, "key/1", ask(rec(1), start, true), ask(rec(1), start+50, true))
	note(t, r, "key/2", ask(rec(1), start, false), ask(rec(2), start, true))
	note(t, r, "own", ask(rec(1), start+9, true))
	note(t, r, "", ask(rec(1), start, true))
	of := Correction{Record: rec(1), Event: 40, Name: "annul", Annulled: true, Noted: start + 100}
	for range 2 { // following an event again makes no second one
		follow(t, r, 41, func(c *Changes) {
			if n := c.Corrected(of); n != 2 {
				t.Errorf("%d callers told", n)
			}
		})
	}
	got, err := r.Corrections("key/1", 10)
	want := of
	want.Caller, want.First, want.Last, want.Told = "key/1", start, start+50, 2
	if err != nil || len(got) != 1 || got[0].ID == ([16]byte{}) {
		t.Fatalf("%+v %v", got, err)
	}
	want.ID = got[0].ID
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Error(diff)
	}
	if got, _ := r.Corrections("key/2", 10); len(got) != 0 {
		t.Errorf("told though it never heard: %+v", got)
	}
	if err := r.Acknowledge("key/2", want.ID); err != nil {
		t.Fatal(err)
	}
	if all, _ := r.AllCorrections(10); len(all) != 2 {
		t.Errorf("another's acknowledgement counts: %+v", all)
	}
	if err := r.Acknowledge("key/1", want.ID); err != nil {
		t.Fatal(err)
	}
	if all, _ := r.AllCorrections(10); len(all) != 1 || all[0].Caller != "own" {
		t.Errorf("%+v", all)
	}
}

func TestPrune(t *testing.T) {
	r, _ := fresh(t)
	note(t, r, "key/1", ask(Record{}, start, false), ask(rec(1), start, true))
	note(t, r, "key/1", ask(Record{}, start+7200, false))
	shut(t, r, start+3*3600)
	follow(t, r, 1, func(c *Changes) { c.Corrected(Correction{Record: rec(1), Event: 1, Noted: start}) })
	if gone, err := r.Prune(start + KeepCorrections); err != nil || gone != 0 {
		t.Fatalf("early: %d %v", gone, err)
	}
	gone, err := r.Prune(start + KeepStray + 4*3600)
	if err != nil || gone != 3 { // two strays and the correction
		t.Fatalf("%d %v", gone, err)
	}
	if es := of(t, r, rec(1)); len(es) != 1 || proof.VerifyQuery(&es[0].Query, es[0].Index, es[0].Size, es[0].Root, es[0].Path) != nil {
		t.Errorf("an entry of a live record went, or lost its path: %+v", es)
	}
	leaves := 0
	if err := r.db.Scan([]byte{'l'}, []byte{'l' + 1}, func(_, _ []byte) bool { leaves++; return true }); err != nil || leaves != 2 {
		t.Errorf("%d leaves left", leaves)
	}
}

func TestAnotherKeyReadsNothing(t *testing.T) {
	r, dir := fresh(t)
	note(t, r, "key/1", ask(rec(1), start, true))
	r.Close()
	r, err := Open(dir, bytes.Repeat([]byte{8}, 32), store.Options{ReserveBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if es := of(t, r, rec(1)); len(es) != 0 {
		t.Error("found under another key")
	}
	k := entryKey('q', hourOf(start), 0)
	sealed, err := r.db.Get(k)
	if err != nil || sealed == nil || r.open(k, sealed, new(noted)) == nil {
		t.Error("opened under another key")
	}
}

func BenchmarkNote(b *testing.B) {
	r, err := Open(b.TempDir(), make([]byte, 32), store.Options{ReserveBytes: -1})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for i := range b.N {
		if err := r.Note("key/1", ask(rec(byte(i)), start, true)); err != nil {
			b.Fatal(err)
		}
	}
}

// TestLateEntries: an entry that comes after its record was forgotten is taken out again,
// and leaves the register to be purged.
func TestLateEntries(t *testing.T) {
	r, _ := fresh(t)
	follow(t, r, 1, func(c *Changes) { c.Forget(rec(1)) })
	note(t, r, "key/1", ask(Record{}, start, false), ask(rec(1), start, true), ask(rec(2), start, true))
	if err := r.Drop(rec(1)); err != nil {
		t.Fatal(err)
	}
	if dirty, err := r.Dirty(); err != nil || !dirty {
		t.Errorf("dirty %t, %v", dirty, err)
	}
	if a, b := of(t, r, rec(1)), of(t, r, rec(2)); len(a) != 0 || len(b) != 1 {
		t.Errorf("%d entries of the forgotten record, %d of another", len(a), len(b))
	}
}
