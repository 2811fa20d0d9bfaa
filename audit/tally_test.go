package audit

import (
	"slices"
	"testing"

	"github.com/riviera-ledger/riviera/ledger"
)

// TestPassedOver: who put something signed later into an earlier block is named, once a
// block; what was signed at about the same time, or before, names nobody.
func TestPassedOver(t *testing.T) {
	p := passing{101: {1, 95}, 102: {2, 140}, 103: {3, 119}, 104: {4, 122}, 106: {5, 900}}
	for _, c := range []struct {
		height, signed int64
		want           []ledger.MemberID
	}{
		{105, 100, []ledger.MemberID{2, 4}}, // 119 is within the slack, 106 comes after
		{105, 102, []ledger.MemberID{}},     // after block 102; 122 is within the slack
		{103, 100, []ledger.MemberID{2}},
		{101, 50, nil},
		{101 + ledger.MaxAhead, 0, []ledger.MemberID{2, 3, 4, 5}}, // 101 is out of the window
	} {
		if got := p.over(c.height, c.signed); !slices.Equal(got, c.want) {
			t.Errorf("at %d, signed at %d: %v, not %v", c.height, c.signed, got, c.want)
		}
	}
}
