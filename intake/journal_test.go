package intake

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/fault"
)

func open(t *testing.T, path string) *journal {
	t.Helper()
	j, err := openJournal(path, 100, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// TestKilledAnywhere cuts a journal off after each of its bytes: what is read back is
// never more than what was written, and the keys are the same ones or the journal
// begins anew, which is only right while no mark stands in it.
func TestKilledAnywhere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.journal")
	j := open(t, path)
	marks := []struct {
		batch   int
		tally   tally
		refused map[int]refusal
	}{{0, tally{accepted: 100}, nil}, {2, tally{accepted: 97, already: 1, refused: 2}, map[int]refusal{201: {fault.DuplicateCase, ""}, 250: {fault.Minor, "subject_code"}}},
		{1, tally{already: 100}, nil}}
	for _, m := range marks {
		if err := j.write("migrate", m.batch, m.tally, m.refused); err != nil {
			t.Fatal(err)
		}
	}
	ids, bodies, done, refused := j.ids, j.bodies, j.done, j.refused
	j.close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) + 1 {
		cut := filepath.Join(dir, "cut.journal")
		if err := os.WriteFile(cut, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		k := open(t, cut)
		begun := k.ids != ids || k.bodies != bodies
		if begun && len(k.done) > 0 {
			t.Fatalf("cut at %d: other keys and marks", n)
		}
		if begun && n >= marksFrom+len("batch 100\n") {
			t.Fatalf("cut at %d: began anew although something may have been sent", n)
		}
		for b, m := range k.done["migrate"] {
			if m != done["migrate"][b] {
				t.Fatalf("cut at %d: batch %d is %+v", n, b, m)
			}
		}
		if n == len(whole) && (!cmp.Equal(done, k.done, cmp.AllowUnexported(tally{})) || !cmp.Equal(refused, k.refused, cmp.AllowUnexported(refusal{}))) {
			t.Fatal("a whole journal reads back differently")
		}
		// What goes on from here is read back too.
		if err := k.write("migrate", 7, tally{accepted: 1}, nil); err != nil {
			t.Fatal(err)
		}
		k.close()
		k = open(t, cut)
		if k.done["migrate"][7].accepted != 1 {
			t.Fatalf("cut at %d: the next mark is lost", n)
		}
		k.close()
	}
}

// TestKilledWhileFinishing leaves marker and journal together: the next look finishes.
func TestKilledWhileFinishing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.journal")
	j := open(t, path)
	j.close()
	if err := writeFile(donePath(path), []byte(`{"rows": 3}`)); err != nil {
		t.Fatal(err)
	}
	r, err := finished(path)
	if err != nil || r == nil || r.Rows != 3 {
		t.Fatalf("%v, %+v", err, r)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error("the journal is still there")
	}
}

func TestKeysAreOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.journal")
	j := open(t, path)
	before, _ := os.ReadFile(path)
	if err := j.created(7); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bodiesAt + len("bodies ")
	if !bytes.Equal(before[:at], after[:at]) || !bytes.Equal(after[at:at+64], bytes.Repeat([]byte("0"), 64)) {
		t.Errorf("journal: %s", after)
	}
	j.close()
	if k := open(t, path); k.rows != 7 || k.bodies != noKey || k.ids == noKey {
		t.Errorf("%+v", k)
	}
}

func TestForeignJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.journal")
	if err := os.WriteFile(path, []byte("riviera-import/2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openJournal(path, 100, rand.Reader); !fault.Is(err, fault.VersionMismatch) {
		t.Errorf("%v", err)
	}
}

func TestDerived(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "a.journal"))
	defer j.close()
	seen := map[string]bool{}
	for row := range 1000 {
		id, secret := j.record(row), j.secret(row)
		seen[string(id[:])], seen[string(secret[:])] = true, true
		if j.record(row) != id || j.secret(row) != secret {
			t.Fatal("not the same twice")
		}
	}
	if len(seen) != 2000 {
		t.Errorf("%d of 2000 are distinct", len(seen))
	}
}

func FuzzJournal(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("riviera-import/1\nids    "))
	f.Fuzz(func(t *testing.T, b []byte) {
		j := &journal{done: map[string]map[int]tally{}, refused: map[int]refusal{}}
		good, ok, err := j.parse(b)
		if ok && (err != nil || good < marksFrom || good > len(b)) {
			t.Errorf("%d of %d bytes, %v", good, len(b), err)
		}
	})
}
