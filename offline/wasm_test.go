package offline

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/verify"
)

// maxCompressed is what the verifier may weigh for a browser.
const maxCompressed = 2_000_000

// compiled builds the verifier once for all tests of this package.
func compiled(t *testing.T) (wasm, runtime []byte) {
	t.Helper()
	wasm, runtime, err := Compile(context.Background(), "..")
	if err != nil {
		t.Fatal(err)
	}
	return wasm, runtime
}

type job struct {
	File    string `json:"file"`
	Trust   string `json:"trust"`
	Refresh string `json:"refresh"`
	Times   int    `json:"times"`
}

type ran struct {
	Ready    float64
	Texts    [2]string
	Outcomes []struct {
		Outcome string
		Kind    string
		MS      float64
	}
}

// runNode verifies files with the WebAssembly in Node.js.
func runNode(t *testing.T, wasm, runtime []byte, now time.Time, jobs []job) ran {
	t.Helper()
	dir := t.TempDir()
	for name, b := range map[string][]byte{"verifier.wasm": wasm, "wasm_exec.js": runtime} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in, err := json.Marshal(map[string]any{"now": now.UnixMilli(), "jobs": jobs})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "testdata/run.mjs", filepath.Join(dir, "wasm_exec.js"), filepath.Join(dir, "verifier.wasm"))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node (scripts/tools.sh installs it): %v", err)
	}
	var r ran
	if err := json.Unmarshal(out, &r); err != nil || len(r.Outcomes) != len(jobs) {
		t.Fatalf("%v in %.300s", err, out)
	}
	return r
}

// TestSameReports lets the package and its WebAssembly judge the same files, good, bad
// and without a trust file, and compares the reports byte by byte: rules, texts and
// drawn pages are the same in a browser. It also weighs and times the WebAssembly.
func TestSameReports(t *testing.T) {
	wasm, runtime := compiled(t)
	packed, err := Compress(wasm)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes, %d compressed", len(wasm), len(packed))
	if len(packed) > maxCompressed {
		t.Errorf("%d bytes compressed, at most %d", len(packed), maxCompressed)
	}
	files, err := filepath.Glob("../verify/testdata/2/*")
	if err != nil || len(files) < 8 {
		t.Fatal(files, err)
	}
	const trust = "../verify/testdata/2/trust.json"
	bad := filepath.Join(t.TempDir(), "bad.pdf")
	pdf, err := os.ReadFile("../verify/testdata/2/certificate.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, append(pdf, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	var jobs []job
	for _, f := range append(files, bad) {
		jobs = append(jobs, job{File: f, Trust: trust}, job{File: f})
	}
	jobs = append(jobs, job{File: "../verify/testdata/2/certificate.pdf", Trust: trust, Times: 60})
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	got := runNode(t, wasm, runtime, now, jobs)
	for i, j := range jobs {
		compareReport(t, j, now, got.Outcomes[i].Outcome)
	}
	last := got.Outcomes[len(jobs)-1].MS
	t.Logf("start %.0f ms, a PDF %.1f ms, the fastest of several", got.Ready, last)
	if last > 150 {
		t.Errorf("a PDF takes %.1f ms", last)
	}
	for _, texts := range got.Texts {
		if len(texts) < 1000 || strings.Contains(texts, "[verify") {
			t.Errorf("texts of the page: %.200s", texts)
		}
	}
}

func compareReport(t *testing.T, j job, now time.Time, outcome string) {
	t.Helper()
	file, err := os.ReadFile(j.File)
	if err != nil {
		t.Fatal(err)
	}
	var trust *verify.Trust
	if j.Trust != "" {
		b, err := os.ReadFile(j.Trust)
		if err != nil {
			t.Fatal(err)
		}
		if trust, err = verify.ParseTrust(b); err != nil {
			t.Fatal(err)
		}
	}
	r := verify.Verify(file, trust, verify.Options{Now: now})
	var got struct{ Report, Facts json.RawMessage }
	if err := json.Unmarshal([]byte(outcome), &got); err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got.Report)); d != "" {
		t.Errorf("%s with %q (-Go +WebAssembly):\n%s", j.File, j.Trust, d)
	}
	facts, err := json.Marshal(r.Facts())
	if err != nil {
		t.Fatal(err)
	}
	if r.Facts() != nil && string(facts) != string(got.Facts) {
		t.Errorf("%s: facts %s, want %s", j.File, got.Facts, facts)
	}
	if strings.Contains(string(want), "[verify") || strings.Contains(string(facts), "[verify") {
		t.Errorf("%s: a text is missing: %s", j.File, facts)
	}
}

// TestPageForbidsItselfTheNetwork reads the page's policy: it allows its own script and
// style and nothing from anywhere, and nothing in the page would ask.
func TestPageForbidsItselfTheNetwork(t *testing.T) {
	page, err := Assemble([]byte("\x00asm"), []byte("// runtime"))
	if err != nil {
		t.Fatal(err)
	}
	policy := Policy(page)
	for _, want := range []string{"default-src 'none'; ", "script-src 'sha256-", "style-src 'sha256-", "base-uri 'none'", "form-action 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %q", policy, want)
		}
	}
	for _, never := range []string{"connect-src", "unsafe-inline", "'self'", "http", "data:", "blob:", "*", "'unsafe-eval'"} {
		if strings.Contains(policy, never) {
			t.Errorf("policy %q allows %q", policy, never)
		}
	}
	for _, never := range []string{"http://", "https://", "fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon", "localStorage", "style=", "src=", "onclick"} {
		if strings.Contains(pageHTML+pageJS+pageCSS, never) {
			t.Errorf("the page has %q in it", never)
		}
	}
	if Policy([]byte("<html>")) != "" {
		t.Error("a policy of a page that is none")
	}
	if _, err := Assemble(nil, []byte("</script><script>")); err == nil {
		t.Error("a runtime that ends its own element")
	}
}

func TestBuildWithoutSources(t *testing.T) {
	if _, err := Build(context.Background(), t.TempDir()); err == nil {
		t.Error("built from nothing")
	}
}
