//go:build soak

package offline

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestBuildIsReproducible builds the page from two places with two caches.
func TestBuildIsReproducible(t *testing.T) {
	first, err := Build(context.Background(), "..")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if out, err := exec.Command("cp", "-r", "..", elsewhere).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Setenv("GOCACHE", t.TempDir())
	second, err := Build(context.Background(), elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Errorf("%d and %d bytes, not the same", len(first), len(second))
	}
	os.RemoveAll(elsewhere)
}
