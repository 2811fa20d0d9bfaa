package contract_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/message"
)

// TestProblemTexts: every problem that the checker can name has a text in the
// catalogue, and every such text belongs to a problem.
func TestProblemTexts(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	call := regexp.MustCompile(`(?:refuse|add)\(.*?, "([a-z0-9-]+)"(?:,|\))`)
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(b), "\n") {
			if !strings.Contains(line, "refuse(") && !strings.Contains(line, "add(fault.") {
				continue
			}
			if m := call.FindStringSubmatch(line); m != nil {
				used[m[1]] = true
			}
		}
	}
	for key := range used {
		if !message.English.Has("contract.problem." + key) {
			t.Errorf("no text for the problem %q", key)
		}
	}
	for _, k := range message.English.Keys() {
		if key, ok := strings.CutPrefix(k, "contract.problem."); ok && !used[key] {
			t.Errorf("%s belongs to no problem", k)
		}
	}
	if len(used) < 100 {
		t.Errorf("only %d problems found: the search is broken", len(used))
	}
}
