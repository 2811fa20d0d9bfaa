package consensus

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"testing"

	cmtdb "github.com/cometbft/cometbft-db"
	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/google/go-cmp/cmp"
)

func openTestDB(t *testing.T) *engineDB {
	t.Helper()
	c := cmtcfg.DefaultConfig()
	c.SetRoot(t.TempDir())
	s := &engineStores{onFatal: func(error) {}, log: slog.New(slog.DiscardHandler)}
	db, err := s.get("blockstore", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// TestEngineDB runs what the engine expects of a database against the reference
// implementation that comes with it.
func TestEngineDB(t *testing.T) {
	for name, db := range map[string]cmtdb.DB{"ours": openTestDB(t), "reference": cmtdb.NewMemDB()} {
		t.Run(name, func(t *testing.T) {
			if err := db.Set(nil, []byte("x")); err == nil {
				t.Error("an empty key was taken")
			}
			if err := db.Set([]byte("k"), nil); err == nil {
				t.Error("a nil value was taken")
			}
			if v, err := db.Get([]byte("absent")); v != nil || err != nil {
				t.Errorf("absent key: %v, %v", v, err)
			}
			b := db.NewBatch()
			for _, k := range []string{"a", "b", "c", "d"} {
				if err := b.Set([]byte(k), []byte("v"+k)); err != nil {
					t.Fatal(err)
				}
			}
			if err := b.Delete([]byte("c")); err != nil {
				t.Fatal(err)
			}
			if err := b.WriteSync(); err != nil {
				t.Fatal(err)
			}
			if err := b.Set([]byte("z"), []byte("z")); err == nil {
				t.Error("a written batch took more")
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			if err := db.SetSync([]byte("e"), []byte{}); err != nil {
				t.Fatal(err)
			}
			if v, err := db.Get([]byte("e")); v == nil || len(v) != 0 || err != nil {
				t.Errorf("empty value came back as %v, %v", v, err)
			}
			want := []string{"a=va", "b=vb", "d=vd"}
			if diff := cmp.Diff(want, walk(t, db.Iterator, "a", "e")); diff != "" {
				t.Error(diff)
			}
			slices.Reverse(want)
			if diff := cmp.Diff(want, walk(t, db.ReverseIterator, "a", "e")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"b=vb"}, walk(t, db.Iterator, "b", "d")); diff != "" {
				t.Error(diff)
			}
			if err := db.DeleteSync([]byte("a")); err != nil {
				t.Fatal(err)
			}
			if has, err := db.Has([]byte("a")); has || err != nil {
				t.Errorf("deleted key: %v, %v", has, err)
			}
		})
	}
}

func walk(t *testing.T, open func(a, b []byte) (cmtdb.Iterator, error), from, to string) (got []string) {
	t.Helper()
	it, err := open([]byte(from), []byte(to))
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	if a, b := it.Domain(); !bytes.Equal(a, []byte(from)) || !bytes.Equal(b, []byte(to)) {
		t.Errorf("domain %q %q", a, b)
	}
	for ; it.Valid(); it.Next() {
		got = append(got, string(it.Key())+"="+string(it.Value()))
	}
	if err := it.Error(); err != nil {
		t.Error(err)
	}
	return got
}

// TestFailedWriteIsReported holds that a failing write reaches the engine's owner with
// its code: the consensus library answers it with a panic and loses it.
func TestFailedWriteIsReported(t *testing.T) {
	db := openTestDB(t)
	var told error
	db.failed = func(err error) { told = err }
	b := db.db.NewBatch()
	b.Close()
	e := &engineBatch{db: db, b: b}
	if err := e.WriteSync(); err == nil || !errors.Is(told, err) {
		t.Errorf("write: %v, told: %v", err, told)
	}
}

// TestStragglersEnd: a goroutine of the engine that reads or writes after the end is
// ended, with its deferred calls run, instead of bringing the process down.
func TestStragglersEnd(t *testing.T) {
	db := openTestDB(t)
	db.failed = func(err error) { t.Errorf("reported: %v", err) }
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for name, use := range map[string]func() error{
		"get":      func() error { _, err := db.Get([]byte("k")); return err },
		"has":      func() error { _, err := db.Has([]byte("k")); return err },
		"set":      func() error { return db.Set([]byte("k"), []byte("v")) },
		"delete":   func() error { return db.Delete([]byte("k")) },
		"iterator": func() error { _, err := db.Iterator(nil, nil); return err },
	} {
		ended := make(chan bool, 1)
		go func() {
			returned := false
			defer func() { ended <- !returned }()
			_ = use()
			returned = true
		}()
		if !<-ended {
			t.Errorf("%s after the end returned", name)
		}
	}
}
