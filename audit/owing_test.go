package audit

import (
	"testing"

	"github.com/riviera-ledger/riviera/credit"
)

// TestReceipts: a word covers what ended up to its height; what it covers after the time
// for it was late, and what nothing covers is missing, and overdue once the time is over.
func TestReceipts(t *testing.T) {
	o := owing{}
	for _, x := range []owed{{10, 1000, 2}, {10, 1000, 1}, {12, 1200, 4}, {20, 2000, 8}, {30, 3000, 16}} {
		o.add(1, x)
	}
	o.add(2, owed{10, 1000, 2})
	var r Receipts
	o.confirm(1, 9, 900, &r)
	if r != (Receipts{Height: 9}) || len(o[1]) != 4 {
		t.Fatalf("below all of them: %+v, %d blocks", r, len(o[1]))
	}
	o.confirm(1, 10, 1000, &r) // at the last moment
	o.confirm(1, 19, 1201, &r)
	if r != (Receipts{Height: 19, Late: 4, Longest: 1}) {
		t.Errorf("in time, and a second late: %+v", r)
	}
	now := credit.Moment(2001)
	o.open(1, now, &r)
	if r != (Receipts{Height: 19, Late: 4, Longest: 1, Missing: 24, Overdue: 8, Since: credit.Moment(2000).String()}) {
		t.Errorf("missing: %+v", r)
	}
	var other Receipts
	o.open(2, 1000, &other)
	if other != (Receipts{Missing: 2}) {
		t.Errorf("another member, still in time: %+v", other)
	}
}
