package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"
)

// testDir is nested, so that forgetting to sync a new directory's name shows.
const testDir = "home/data/db"

type pair struct{ K, V string }

func open(t *testing.T, o Options) *DB {
	t.Helper()
	if o.FS == nil {
		o.FS = vfs.NewMem()
	}
	db, err := Open(testDir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func collect(t *testing.T, r Reader, from, to []byte) []pair {
	t.Helper()
	var got []pair
	if err := r.Scan(from, to, func(k, v []byte) bool { got = append(got, pair{string(k), string(v)}); return true }); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestConformance runs the same random changes against every Store and a plain map.
func TestConformance(t *testing.T) {
	stores := map[string]func(*testing.T) Store{
		"pebble":  func(t *testing.T) Store { return open(t, Options{ReserveBytes: -1}) },
		"erasing": func(t *testing.T) Store { return open(t, Options{ReserveBytes: -1, Erasing: true}) },
		"memory":  func(*testing.T) Store { return NewMemory() },
	}
	for name, make := range stores {
		t.Run(name, func(t *testing.T) {
			s := make(t)
			model := map[string]string{}
			rng := rand.New(rand.NewPCG(1, 2))
			key := func() []byte { return []byte(fmt.Sprintf("%c%02d", 'a'+rng.IntN(4), rng.IntN(60))) }
			for round := range 120 {
				b := s.NewBatch()
				for range rng.IntN(12) {
					change(b, model, rng, key)
				}
				if err := b.Commit(round%5 == 0); err != nil {
					t.Fatal(err)
				}
				if round%10 == 0 {
					agree(t, s, model, key(), key())
				}
			}
			agree(t, s, model, nil, nil)
		})
	}
}

func change(b Batch, model map[string]string, rng *rand.Rand, key func() []byte) {
	k := key()
	switch rng.IntN(8) {
	case 0:
		b.Delete(k)
		delete(model, string(k))
	case 1:
		to := key()
		if bytes.Compare(k, to) > 0 {
			k, to = to, k
		}
		b.DeleteRange(k, to)
		for m := range model {
			if m >= string(k) && m < string(to) {
				delete(model, m)
			}
		}
	default:
		v := bytes.Repeat([]byte{byte(rng.IntN(256))}, rng.IntN(20))
		b.Set(k, v)
		model[string(k)] = string(v)
	}
}

func agree(t *testing.T, s Store, model map[string]string, from, to []byte) {
	t.Helper()
	var want []pair
	for k, v := range model {
		if (from == nil || k >= string(from)) && (to == nil || k < string(to)) {
			want = append(want, pair{k, v})
		}
		got, err := s.Get([]byte(k))
		if err != nil || string(got) != v || got == nil {
			t.Fatalf("Get(%q) = %q, %v, want %q", k, got, err, v)
		}
		if ok, err := s.Has([]byte(k)); !ok || err != nil {
			t.Fatalf("Has(%q) = %v, %v", k, ok, err)
		}
	}
	sort.Slice(want, func(i, j int) bool { return want[i].K < want[j].K })
	if d := cmp.Diff(want, collect(t, s, from, to)); d != "" {
		t.Fatalf("Scan(%q, %q) (-want +got)\n%s", from, to, d)
	}
}

func TestConformanceEdges(t *testing.T) {
	for name, s := range map[string]Store{"pebble": open(t, Options{ReserveBytes: -1}), "memory": NewMemory()} {
		t.Run(name, func(t *testing.T) {
			if v, err := s.Get([]byte("none")); v != nil || err != nil {
				t.Errorf("absent: %v, %v", v, err)
			}
			if ok, err := s.Has([]byte("none")); ok || err != nil {
				t.Errorf("absent: %v, %v", ok, err)
			}
			k, v := []byte("k"), []byte("v")
			b := s.NewBatch()
			b.Set(k, v)
			b.Set([]byte("empty"), nil)
			k[0], v[0] = 'x', 'x' // arguments are copied
			if b.Len() != 2 || b.Size() == 0 {
				t.Errorf("Len %d, Size %d", b.Len(), b.Size())
			}
			if err := b.Commit(true); err != nil {
				t.Fatal(err)
			}
			if err := b.Commit(true); err == nil {
				t.Error("a batch was committed twice")
			}
			got, _ := s.Get([]byte("k"))
			if string(got) != "v" {
				t.Errorf("got %q", got)
			}
			got[0] = 'y' // results are the caller's
			if again, _ := s.Get([]byte("k")); string(again) != "v" {
				t.Errorf("a caller's change reached the store: %q", again)
			}
			if e, err := s.Get([]byte("empty")); e == nil || len(e) != 0 || err != nil {
				t.Errorf("empty value: %v, %v", e, err)
			}
			badBatches(t, s)
			stops := 0
			s.Scan(nil, nil, func(_, _ []byte) bool { stops++; return false })
			if stops != 1 {
				t.Errorf("Scan went on %d times after false", stops)
			}
		})
	}
}

// badBatches holds that a batch with one wrong change changes nothing.
func badBatches(t *testing.T, s Store) {
	t.Helper()
	before := collect(t, s, nil, nil)
	for name, spoil := range map[string]func(Batch){
		"empty key":       func(b Batch) { b.Set(nil, []byte("v")) },
		"empty delete":    func(b Batch) { b.Delete([]byte{}) },
		"reversed range":  func(b Batch) { b.DeleteRange([]byte("b"), []byte("a")) },
		"unbounded range": func(b Batch) { b.DeleteRange([]byte("b"), nil) },
		"closed":          func(b Batch) { b.Close() },
	} {
		b := s.NewBatch()
		b.Set([]byte("new"), []byte("v"))
		spoil(b)
		if err := b.Commit(false); err == nil {
			t.Errorf("%s: accepted", name)
		}
		b.Close()
	}
	if d := cmp.Diff(before, collect(t, s, nil, nil)); d != "" {
		t.Errorf("a refused batch left something\n%s", d)
	}
}

func TestSnapshot(t *testing.T) {
	db := open(t, Options{ReserveBytes: -1})
	mem := NewMemory()
	for _, s := range []Store{db, mem} {
		b := s.NewBatch()
		b.Set([]byte("a"), []byte("1"))
		b.Set([]byte("b"), []byte("1"))
		if err := b.Commit(false); err != nil {
			t.Fatal(err)
		}
	}
	snap, err := db.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	readers := map[string]Reader{"pebble": snap, "memory": mem.Snapshot()}
	for _, s := range []Store{db, mem} {
		b := s.NewBatch()
		b.Set([]byte("a"), []byte("2"))
		b.Delete([]byte("b"))
		b.Set([]byte("c"), []byte("2"))
		if err := b.Commit(false); err != nil {
			t.Fatal(err)
		}
	}
	want := []pair{{"a", "1"}, {"b", "1"}}
	for name, r := range readers {
		if d := cmp.Diff(want, collect(t, r, nil, nil)); d != "" {
			t.Errorf("%s: the snapshot moved\n%s", name, d)
		}
		if v, err := r.Get([]byte("a")); string(v) != "1" || err != nil {
			t.Errorf("%s: %q, %v", name, v, err)
		}
		if ok, err := r.Has([]byte("c")); ok || err != nil {
			t.Errorf("%s: sees a later key", name)
		}
	}
	if err := snap.Close(); err != nil {
		t.Error(err)
	}
}

func TestIterator(t *testing.T) {
	db := open(t, Options{ReserveBytes: -1})
	for _, k := range []string{"a", "b", "c", "d"} {
		if err := db.Set([]byte(k), []byte("v"+k)); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.DeleteSync([]byte("c")); err != nil {
		t.Fatal(err)
	}
	if err := db.SetSync([]byte("e"), []byte("ve")); err != nil {
		t.Fatal(err)
	}
	if err := db.Delete([]byte("e")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, to string
		reverse  bool
		want     []string
	}{
		{"", "", false, []string{"a", "b", "d"}},
		{"", "", true, []string{"d", "b", "a"}},
		{"b", "d", false, []string{"b"}},
		{"b", "d", true, []string{"b"}},
		{"b", "", true, []string{"d", "b"}},
		{"x", "", false, nil},
	} {
		it, err := db.Iterator(bound(c.from), bound(c.to), c.reverse)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for ; it.Valid(); it.Next() {
			if string(it.Value()) != "v"+string(it.Key()) {
				t.Errorf("%q has %q", it.Key(), it.Value())
			}
			got = append(got, string(it.Key()))
		}
		from, to := it.Domain()
		if !slices.Equal(got, c.want) || it.Error() != nil || string(from) != c.from || string(to) != c.to || it.Key() != nil || it.Value() != nil {
			t.Errorf("%q to %q, reverse %v: %q, %v", c.from, c.to, c.reverse, got, it.Error())
		}
		if err := it.Close(); err != nil || it.Close() != nil {
			t.Error(err)
		}
	}
}

func bound(s string) []byte {
	if s == "" {
		return nil
	}
	return []byte(s)
}
