package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestRememberedKeys: what a store that remembers says of any key is what one says that
// does not, now, under a snapshot and after opening again, whatever was deleted how.
func TestRememberedKeys(t *testing.T) {
	fs := vfs.NewMem()
	o := Options{FS: fs, ReserveBytes: -1, Remember: map[byte]int{'a': 1, 'b': 3, 0xff: 1}}
	db := open(t, o)
	model := NewMemory()
	rng := rand.New(rand.NewPCG(7, 7))
	key := func() []byte {
		first := []byte{'a', 'b', 'c', 0xff}[rng.IntN(4)]
		return []byte(fmt.Sprintf("%c%02d%02d", first, rng.IntN(6), rng.IntN(40)))[:1+rng.IntN(5)]
	}
	compare := func(got, want Reader) {
		t.Helper()
		for range 300 {
			k := key()
			g, err := got.Get(k)
			if err != nil {
				t.Fatal(err)
			}
			w, _ := want.Get(k)
			if has, err := got.Has(k); err != nil || has != (w != nil) || !bytes.Equal(g, w) || (g == nil) != (w == nil) {
				t.Fatalf("%q: got %q (%t), want %q, %v", k, g, has, w, err)
			}
		}
	}
	for round := range 60 {
		b, m := db.NewBatch(), model.NewBatch()
		for range 12 {
			k := key()
			switch rng.IntN(10) {
			case 0:
				b.Delete(k)
				m.Delete(k)
			case 1:
				from, to := []byte(fmt.Sprintf("b%02d", rng.IntN(6))), []byte(fmt.Sprintf("b%02d", rng.IntN(7)))
				if bytes.Compare(from, to) < 0 {
					b.DeleteRange(from, to)
					m.DeleteRange(from, to)
				}
			default:
				v := binary.BigEndian.AppendUint32(nil, rng.Uint32())
				b.Set(k, v)
				m.Set(k, v)
			}
		}
		before := model.copy()
		snap, err := db.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Commit(false); err != nil {
			t.Fatal(err)
		}
		if err := m.Commit(false); err != nil {
			t.Fatal(err)
		}
		compare(snap, before)
		if err := snap.Close(); err != nil {
			t.Fatal(err)
		}
		compare(db, model)
		if round%20 == 19 {
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			db = open(t, o)
			compare(db, model)
		}
	}
}

// copy is the store as it is now.
func (m *Memory) copy() *Memory {
	c := NewMemory()
	b := c.NewBatch()
	m.Scan(nil, nil, func(k, v []byte) bool { b.Set(k, v); return true })
	b.Commit(false)
	return c
}

// TestAbsentKeysSpareTheDisk: of a key that never was, the store knows so without a look
// at its tables; of one that was, it never says so.
func TestAbsentKeysSpareTheDisk(t *testing.T) {
	db := open(t, Options{ReserveBytes: -1, Remember: map[byte]int{'a': 1, 'x': 9}})
	const n = 20_000
	key := func(first byte, i int) []byte {
		return binary.BigEndian.AppendUint64(append(make([]byte, 0, 17), first, 0, 0, 0, 0, 0, 0, 0, byte(i%8)), uint64(i))
	}
	b := db.NewBatch()
	for i := range n {
		b.Set(key('a', i), nil)
		b.Set(key('x', i), nil)
	}
	if err := b.Commit(false); err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i := range n {
		if db.known.absent(key('a', i)) || db.known.absent(key('x', i)) {
			t.Fatalf("key %d is there and is called absent", i)
		}
		if !db.known.absent(key('a', i+n)) {
			wrong++
		}
		if !db.known.absent(key('x', i+n)) {
			wrong++
		}
	}
	if wrong > 10 { // of 40,000; 0.2 are expected
		t.Errorf("%d absent keys would be looked for on the disk", wrong)
	}
	if db.known.absent([]byte("z")) || db.known.absent([]byte("x")) || db.known.absent(nil) {
		t.Error("a key of no family is called absent")
	}
	b = db.NewBatch()
	b.DeleteRange(key('x', 3)[:9], key('x', 4)[:9])
	if err := b.Commit(false); err != nil {
		t.Fatal(err)
	}
	if len(db.known.families['x'].groups) != 7 {
		t.Errorf("%d groups are kept of 8, of which one was deleted", len(db.known.families['x'].groups))
	}
}

func BenchmarkGetAbsent(b *testing.B) {
	for name, remember := range map[string]map[byte]int{"remembered": {'a': 1}, "not": nil} {
		b.Run(name, func(b *testing.B) {
			db, err := Open(b.TempDir(), Options{Remember: remember})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			rng := rand.New(rand.NewPCG(1, 1))
			key := func() []byte { return binary.BigEndian.AppendUint64([]byte{'a'}, rng.Uint64()) }
			for range 100 {
				batch := db.NewBatch()
				for range 1000 {
					batch.Set(key(), []byte("12345678"))
				}
				if err := batch.Commit(false); err != nil {
					b.Fatal(err)
				}
			}
			if err := db.Compact(b.Context(), nil, nil); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for range b.N {
				if v, err := db.Get(key()); err != nil || v != nil {
					b.Fatal(v, err)
				}
			}
		})
	}
}
