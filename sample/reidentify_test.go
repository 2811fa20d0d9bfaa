package sample

import (
	"fmt"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// chained is what a migrated record leaves on the chain for ever, as far as it differs
// between records: everything else is random or the same for all.
type chained struct {
	recorder           string
	kind               credit.Kind
	person             bool // the measures tell
	decided, published credit.Date
	grounds            credit.Grounds
}

// TestReidentification joins the chain of synthetic records to a synthetic copy of the
// courts' public list, which has court, dates, amount, grounds and a masked number, as
// somebody would who kept the list and holds the whole chain. It measures how many
// records fit one row of the list alone, and holds the result to docs/privacy.md: joining
// by day and recorder must not become easier by accident. Figures: go test ./sample -run
// TestReidentification -v.
func TestReidentification(t *testing.T) {
	const records = 100_000
	made := map[int][]credit.Body{}
	for _, c := range []struct {
		name     string
		spread   int                       // days over which the decisions lie
		recorder func(*credit.Body) string // who records for whom
		coarse   bool                      // dates by month, as they would be if they left the chain
		max      float64                   // share of unique matches in docs/privacy.md, rounded up
	}{
		{"one recorder a province, a year", 365, ofProvince, false, 0.60},
		{"one recorder a province, two months", 60, ofProvince, false, 0.25},
		{"every court its own recorder, a year", 365, courtOf, false, 1},
		{"one recorder a province, a year, dates by month", 365, ofProvince, true, 0.06},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := map[chained]int{}    // rows of the public list that fit
			byDay := map[[2]string]int{} // anonymity set by day and recorder
			var all []chained
			for i := range judgments(made, c.spread, records) {
				b := &made[c.spread][i]
				x := chained{c.recorder(b), b.Kind, b.SubjectType == credit.Person, b.DecidedOn, b.PublishedOn, b.Grounds}
				if c.coarse {
					x.decided, x.published = month(x.decided), month(x.published)
				}
				list[x]++
				byDay[[2]string{x.recorder, x.published.String()}]++
				all = append(all, x)
			}
			unique, few, set := 0, 0, 0
			for _, x := range all {
				if list[x] == 1 {
					unique++
				}
				if list[x] <= 5 {
					few++
				}
				set += byDay[[2]string{x.recorder, x.published.String()}]
			}
			share := float64(unique) / records
			t.Logf("%.1f %% of records fit one row alone, %.1f %% at most five; by day and recorder a record stands among %.0f on average",
				100*share, 100*float64(few)/records, float64(set)/records)
			if share > c.max {
				t.Errorf("%.3f of the records fit one row alone; docs/privacy.md says at most %.2f", share, c.max)
			}
		})
	}
}

// judgments makes the records of a spread once. The courts' list has no other kind.
func judgments(made map[int][]credit.Body, spread, n int) []credit.Body {
	g := New(Options{Seed: 7, Spread: spread})
	for len(made[spread]) < n {
		if b := g.Next(); b.Kind == credit.JudgmentDefaulter {
			made[spread] = append(made[spread], b)
		}
	}
	return made[spread]
}

func ofProvince(b *credit.Body) string {
	return courtOf(b)[:2]
}

// courtOf takes the four digits of the court out of a made-up case number.
func courtOf(b *credit.Body) string {
	_, rest, found := strings.Cut(b.CaseNo, "示")
	if !found || len(rest) < 4 {
		return "0000"
	}
	return rest[:4]
}

func month(d credit.Date) credit.Date {
	y, m, _ := d.Civil()
	return credit.NewDate(y, m, 1)
}

// TestCandidatesCannotBeTried: somebody who has 33 candidates for a masked number, and
// knows everything else about a record, cannot tell by the commitment which one it is.
func TestCandidatesCannotBeTried(t *testing.T) {
	g := New(Options{Seed: 8})
	hits, tried := 0, 0
	for n := 0; n < 100; {
		b := g.Next()
		if b.SubjectType != credit.Person {
			continue
		}
		n++
		secret := proof.Secret(wire.Digest("test", fmt.Append(nil, n)))
		record := [16]byte{byte(n)}
		var onlyRecord proof.Secret
		copy(onlyRecord[:], record[:])
		on := proof.Commit(record, secret, b.Disclose())
		if proof.Commit(record, secret, b.Disclose()) != on {
			t.Fatal("with the secret it opens: this test could not fail otherwise")
		}
		for k := range 33 {
			guess := b
			if k > 0 { // the right one is among them
				guess.SubjectCode = guess.SubjectCode[:10] + fmt.Sprintf("%04d", k) + guess.SubjectCode[14:]
			}
			for _, s := range []proof.Secret{{}, {1}, onlyRecord} {
				tried++
				if proof.Commit(record, s, guess.Disclose()) == on {
					hits++
				}
			}
		}
	}
	if hits != 0 {
		t.Errorf("%d of %d guesses open a commitment without its secret", hits, tried)
	}
}
