package sample

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/law"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/sheet"
)

func write(t *testing.T, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSamplesAreValid reads what is written, in both encodings, and looks at how the
// records spread.
func TestSamplesAreValid(t *testing.T) {
	for _, o := range []Options{{N: 3000, Seed: 1}, {N: 300, Seed: 2, Encoding: sheet.GB18030, Headings: message.Chinese}} {
		r, err := sheet.NewReader(bytes.NewReader(write(t, o)))
		if err != nil || r.Encoding() != o.Encoding {
			t.Fatal(r.Encoding(), err)
		}
		count := map[string]int{}
		n := 0
		for ; ; n++ {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(row.Problems) > 0 {
				t.Fatalf("%v: %q", row.Problems, row.Raw)
			}
			tally(t, count, &row.Body)
		}
		if n != o.N {
			t.Fatalf("%d records, want %d", n, o.N)
		}
		for what, bound := range map[string][2]int{ // in per mille
			"person": {800, 900}, "judgment-defaulter": {830, 930}, "ground 1": {600, 700}, "general-minor": {5, 70},
			"rare": {1, 60}, "dot": {3, 40}, "zone": {2, 60}, "guangdong": {40, 150}, "above a million": {30, 150},
		} {
			if k := count[what] * 1000 / n; k < bound[0] || k > bound[1] {
				t.Errorf("%s: %d in a thousand, want %d to %d", what, k, bound[0], bound[1])
			}
		}
	}
}

func tally(t *testing.T, count map[string]int, b *credit.Body) {
	t.Helper()
	count[string(b.Kind)]++
	count[string(b.SubjectType)]++
	region := b.SubjectCode[:6]
	if b.SubjectType == credit.Org {
		region = b.SubjectCode[2:8]
	}
	for what, is := range map[string]bool{
		"ground 1":        b.Grounds.Has(1),
		"rare":            strings.ContainsFunc(b.SubjectName, func(r rune) bool { return r > 0xFFFF }),
		"dot":             strings.Contains(b.SubjectName, "·"),
		"zone":            strings.HasSuffix(region, "99"),
		"guangdong":       strings.HasPrefix(region, "44"),
		"above a million": b.Amount > 100_000_000,
	} {
		if is {
			count[what]++
		}
	}
	evident := strings.Contains(b.SubjectName, "示例") && strings.Contains(b.DecidingOffice, "示例") && strings.Contains(b.CaseNo, "示")
	if b.SubjectType == credit.Org {
		evident = evident && b.SubjectCode[8:10] == "YL"
	} else {
		evident = evident && b.SubjectCode[14:17] == "000"
	}
	if !evident {
		t.Errorf("%s could be a real one", b.CaseNo)
	}
	for _, m := range b.Measures {
		if _, known := law.MeasureByCode(m); !known {
			t.Errorf("%s is not in the catalogue", m)
		}
	}
	reference := credit.NewDate(2026, 3, 31)
	if b.DecidedOn >= reference || b.DecidedOn < reference.AddDays(-60) || b.PublishedOn > reference {
		t.Errorf("decided %s, published %s", b.DecidedOn, b.PublishedOn)
	}
}

// TestSampleIsFrozen holds that a seed means the same file for ever: bench figures and
// bug reports name a seed.
func TestSampleIsFrozen(t *testing.T) {
	for want, o := range map[string]Options{
		"67e9d98f11e6925d": {N: 1000, Seed: 42},
		"5ccc7af4538446a6": {N: 1000, Seed: 42, Reference: credit.NewDate(2026, 11, 22)},
	} {
		sum := sha256.Sum256(write(t, o))
		if got := hex.EncodeToString(sum[:8]); got != want {
			t.Errorf("the file of seed 42 before %s is now %s", o.Reference, got)
		}
	}
}

// TestChineseTerms holds that Chinese headings come with Chinese kinds and types.
func TestChineseTerms(t *testing.T) {
	out := string(write(t, Options{N: 400, Seed: 3, Headings: message.Chinese}))
	for _, term := range []string{"失信被执行人,自然人,", "失信被执行人,法人或其他组织,", "轻微失信,", "一般失信,", "严重失信,"} {
		if !strings.Contains(out, "\n"+term) {
			t.Errorf("no row begins with %s", term)
		}
	}
	for _, code := range []string{"judgment", "general", "person", "org"} {
		if strings.Contains(out, code) {
			t.Errorf("%s stands among Chinese", code)
		}
	}
}

func TestPrefix(t *testing.T) {
	short, long := write(t, Options{N: 50, Seed: 7}), write(t, Options{N: 60, Seed: 7})
	if !bytes.HasPrefix(long, short) {
		t.Error("a longer file does not begin with the shorter one")
	}
	if other := write(t, Options{N: 50, Seed: 8}); bytes.Equal(other, short) {
		t.Error("another seed gives the same file")
	}
}

func TestReference(t *testing.T) {
	day := credit.NewDate(2025, 3, 1)
	g := New(Options{Seed: 1, Reference: day, Spread: 1})
	for range 200 {
		if b := g.Next(); b.DecidedOn != day-1 || b.PublishedOn > day || b.Check() != nil {
			t.Fatalf("decided %s, published %s, %v", b.DecidedOn, b.PublishedOn, b.Check())
		}
	}
}

type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errors.New("full")
	}
	return len(p), nil
}

func TestWriteFails(t *testing.T) {
	for _, room := range []int{0, 3, 10_000} {
		if err := Write(&full{room}, Options{N: 1000, Encoding: sheet.UTF8BOM}); err == nil {
			t.Errorf("a full disk after %d bytes goes unnoticed", room)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	g := New(Options{Seed: 1})
	for b.Loop() {
		g.Next()
	}
}
