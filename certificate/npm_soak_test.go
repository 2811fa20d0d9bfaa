//go:build soak

package certificate

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// libraries are other people's implementation of Data Integrity.
var libraries = []string{
	"@digitalbazaar/data-integrity@2", "@digitalbazaar/eddsa-jcs-2022-cryptosuite@1",
	"@digitalbazaar/ecdsa-jcs-2019-cryptosuite@1", "jsonld-signatures@11",
}

// TestIndependentLibrary lets a library from npm verify credentials of both suites, and
// refuse a changed one. It needs Node.js and the npm registry, so it belongs to soak.
func TestIndependentLibrary(t *testing.T) {
	dir := t.TempDir()
	script, err := os.ReadFile("testdata/verify.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "verify.mjs"), script, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) string {
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	run("npm", append([]string{"install", "--no-audit", "--no-fund"}, libraries...)...)
	eddsa, ecdsa := newWorld(t, sampleBody()), newWorld(t, sampleBody())
	ecdsa.input.Issuer.CredentialKey = p256("credential key in an HSM")
	for name, c := range map[string]struct {
		credential []byte
		want       string
	}{
		"eddsa":   {eddsa.document(t), "verified"},
		"ecdsa":   {ecdsa.document(t), "verified"},
		"changed": {bytes.Replace(eddsa.document(t), []byte("云帆"), []byte("云朵"), 1), "refused"},
	} {
		path := filepath.Join(dir, name+".json")
		if err := os.WriteFile(path, c.credential, 0o600); err != nil {
			t.Fatal(err)
		}
		if out := strings.TrimSpace(run("node", "verify.mjs", path)); out != c.want {
			t.Errorf("%s: %s, want %s", name, out, c.want)
		}
	}
}
