package riviera_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

var (
	named   = regexp.MustCompile(`(?m)(?:^|[^.\w])((?:Test|Fuzz|Benchmark)[A-Z]\w+)`)
	defined = regexp.MustCompile(`(?m)(?:^func |\bRun\(")((?:Test|Fuzz|Benchmark)[A-Z]\w+)`)
)

// TestNamedTestsExist: where a comment or a document names the test that holds a
// promise, that test is there.
func TestNamedTestsExist(t *testing.T) {
	out, err := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard", "*.go", "*.md").Output()
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	said := map[string]string{}
	for _, file := range strings.Fields(string(out)) {
		b, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue // deleted, not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range defined.FindAllSubmatch(b, -1) {
			there[string(m[1])] = true
		}
		for _, m := range named.FindAllSubmatch(b, -1) {
			said[string(m[1])] = file
		}
	}
	for name, file := range said {
		if !there[name] && !strings.HasPrefix(name, "TestMain") && !strings.HasPrefix(name, "TestSoak") {
			t.Errorf("%s names %s, which does not exist", file, name)
		}
	}
	if len(there) < 100 {
		t.Fatalf("only %d tests found: the search is broken", len(there))
	}
}

// TestEveryDependencyIsExplained: each direct dependency has its line.
func TestEveryDependencyIsExplained(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	direct := 0
	for line := range strings.Lines(string(mod)) {
		name, _, ok := strings.Cut(strings.TrimSpace(line), " v")
		if !ok || strings.Contains(line, "// indirect") {
			continue
		}
		direct++
		if !strings.Contains(string(doc), strings.TrimPrefix(name, "require ")) {
			t.Errorf("docs/dependencies.md says nothing about %s", name)
		}
	}
	if direct < 10 {
		t.Fatalf("only %d direct dependencies found: the search is broken", direct)
	}
}
