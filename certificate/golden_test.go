package certificate

import (
	"bytes"
	"compress/zlib"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/riviera-ledger/riviera/verify"
)

var update = flag.Bool("update", false, "write the certificate that package verify keeps")

// TestGolden writes, with -update, the files that package verify holds itself against.
// A certificate once out is out: they are only ever added to, and a new one is written
// in a directory of its own when a new form comes. Without the flag it checks that the certificate of today
// says the same as the one kept.
func TestGolden(t *testing.T) {
	const dir = "../verify/testdata/2"
	w := newWorld(t, sampleBody())
	w.clearInput(t) // recorders with their keys
	trust, err := w.trust.Encode()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"certificate.pdf": w.issue(t), "credential.json": w.document(t), "trust.json": trust}
	for name, make := range kinds {
		if name == "exit" {
			continue
		}
		pdf := make(t, newWorld(t, sampleBody()), nil)
		if files[name+".json"] = attached(t, pdf); name == "held" {
			files["held.pdf"] = pdf
		}
	}
	for name, now := range files {
		path := filepath.Join(dir, name)
		if *update {
			if err := os.WriteFile(path, now, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(name) == ".json" {
			if string(kept) != string(now) {
				t.Errorf("%s is written differently now", name)
			}
		} else if r := w.verify(t, kept); r.Verdict != verify.Passed {
			t.Errorf("%s, kept: %s %s", name, r.Verdict, r.Reason)
		}
	}
}

// attached takes the document out of a PDF.
func attached(t testing.TB, pdf []byte) []byte {
	t.Helper()
	_, stream, ok := bytes.Cut(pdf, []byte("/Type /EmbeddedFile"))
	if !ok {
		t.Fatal("no attachment")
	}
	_, stream, _ = bytes.Cut(stream, []byte("stream\n"))
	z, err := zlib.NewReader(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
