package bench

import (
	"strings"
	"testing"
)

// TestTable: medians and spreads of what was run, a note for what was not, in the place
// that the document keeps for them.
func TestTable(t *testing.T) {
	reports := "write batch 100\t{\"ruler_ratio\":2.5,\"cores\":2}\nwrite batch 100\t{\"ruler_ratio\":3.5,\"cores\":2}\nwrite batch 100\t{\"ruler_ratio\":3,\"cores\":2}\nlimits\t{\"floor_batch_us_per_record\":54.1}\n"
	table, err := Table(strings.NewReader(reports))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| write batch 100 | ruler's over ours | 3 | 2.5 to 3.5 | ≥ 5 |", "| 54.1 |  |", "| exits | longest block, ms | not run |"} {
		if !strings.Contains(table, want) {
			t.Errorf("lacks %q:\n%s", want, table)
		}
	}
	doc, err := Insert("a\n"+tableBegin+"\nold\n"+tableEnd+"\nb\n", table)
	if err != nil || strings.Contains(doc, "old") || !strings.HasPrefix(doc, "a\n") || !strings.HasSuffix(doc, "\nb\n") {
		t.Errorf("%v\n%s", err, doc)
	}
	if again, err := Insert(doc, table); err != nil || again != doc {
		t.Error("inserting again changes the document")
	}
	if _, err := Insert("no place", table); err == nil {
		t.Error("a document without marks was taken")
	}
	if _, err := Table(strings.NewReader("nonsense\n")); err == nil {
		t.Error("nonsense was taken for a report")
	}
}
