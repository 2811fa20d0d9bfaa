package clerk

import (
	"testing"

	"github.com/riviera-ledger/riviera/ledger"
)

// TestEveryActCanBeReviewed: whatever two people sign about the network itself, the second
// of them can read in another home before signing it.
func TestEveryActCanBeReviewed(t *testing.T) {
	named := 0
	for kind := range ledger.Kind(100) {
		if kind.String() == "" {
			continue
		}
		named++
		if others[kind] == nil {
			t.Errorf("nobody can review %s", kind)
		}
	}
	if named < 11 {
		t.Errorf("only %d kinds have a name", named)
	}
}
