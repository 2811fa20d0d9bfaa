package certificate

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/message"
)

// TestIndependentLibrary lets somebody else's implementation of Data Integrity, on
// Node.js, judge our documents: each kind, both suites, and changed ones. It reads no
// network: what the library asks for beyond the key is refused. scripts/tools.sh
// installs it from its lock file.
func TestIndependentLibrary(t *testing.T) {
	dir := t.TempDir()
	want := map[string]string{}
	add := func(name, verdict string, document []byte) {
		want[name] = verdict
		if err := os.WriteFile(filepath.Join(dir, name), document, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, make := range kinds {
		if name != "held" { // a presentation: nobody signs it
			add(name, "verified", attached(t, make(t, newWorld(t, sampleBody()), []message.Lang{message.English})))
		}
	}
	hsm := newWorld(t, sampleBody())
	hsm.input.Issuer.CredentialKey = p256("credential key in an HSM")
	add("p256", "verified", hsm.document(t))
	add("rare", "verified", newWorld(t, personBody()).document(t))
	good := newWorld(t, sampleBody()).document(t)
	add("another name", "refused", bytes.Replace(good, []byte("云帆"), []byte("云朵"), 1))
	add("another time", "refused", bytes.Replace(good, []byte(`"validFrom":"2026`), []byte(`"validFrom":"2025`), 1))
	add("another event", "refused", bytes.Replace(good, []byte(`"event":"r`), []byte(`"event":"s`), 1))

	var args []string
	for name := range want {
		args = append(args, filepath.Join(dir, name))
	}
	cmd := exec.Command("node", append([]string{"testdata/npm/verify.mjs"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("node (scripts/tools.sh installs what it needs): %v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(args) {
		t.Fatalf("%d answers for %d documents:\n%s", len(lines), len(args), out)
	}
	for i, path := range args {
		if name := filepath.Base(path); lines[i] != want[name] {
			t.Errorf("%s: %s, want %s", name, lines[i], want[name])
		}
	}
}
