package verify

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// vectorLine is one line of docs/vectors/manifest.json, as docs/format.md describes it.
type vectorLine struct {
	Name   string
	File   string
	Splice []struct {
		At, Remove, Times int
		Insert            string
	}
	Trust, Refresh string
	Require        bool   `json:"require_status"`
	SM2            bool   `json:"require_sm2"`
	Pinned         string `json:"authorities"`
	Now            time.Time
	Verdict        Verdict
	Sub            string `json:"sub_indication"`
	Reason         string
}

const vectorDir = "../docs/vectors"

func vectorFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(vectorDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func vectorLines(t testing.TB) []vectorLine {
	t.Helper()
	var lines []vectorLine
	d := json.NewDecoder(bytes.NewReader(vectorFile(t, "manifest.json")))
	d.DisallowUnknownFields()
	if err := d.Decode(&lines); err != nil {
		t.Fatal(err)
	}
	return lines
}

// certificate applies a vector's splices.
func (v *vectorLine) certificate(t testing.TB) []byte {
	t.Helper()
	b := vectorFile(t, v.File)
	for _, s := range v.Splice {
		insert, err := hex.DecodeString(s.Insert)
		if err != nil || s.At < 0 || s.Remove < 0 || s.At+s.Remove > len(b) {
			t.Fatalf("%s: a splice that does not fit (%v)", v.Name, err)
		}
		b = slices.Concat(b[:s.At], bytes.Repeat(insert, max(s.Times, 1)), b[s.At+s.Remove:])
	}
	return b
}

func (v *vectorLine) judge(t testing.TB) Report {
	t.Helper()
	o := Options{Now: v.Now, RequireStatus: v.Require, RequireSM2: v.SM2}
	var trust *Trust
	var err error
	if v.Pinned != "" {
		if o.Authorities, err = ParseAuthorities(vectorFile(t, v.Pinned)); err != nil {
			t.Fatal(err)
		}
	}
	if v.Trust != "" {
		if trust, err = ParseTrust(vectorFile(t, v.Trust)); err != nil {
			t.Fatal(err)
		}
	}
	if v.Refresh != "" {
		if o.Refresh, err = ParseRefresh(vectorFile(t, v.Refresh)); err != nil {
			t.Fatal(err)
		}
	}
	return Verify(v.certificate(t), trust, o)
}

// TestPublishedVectors: each published file gives its published verdict, every reason
// there is has a file, and every file is used.
func TestPublishedVectors(t *testing.T) {
	reasons := map[string]bool{string(reasonUnreached): true} // never the deciding one
	used := map[string]bool{"manifest.json": true, "README.md": true}
	for _, v := range vectorLines(t) {
		r := v.judge(t)
		if r.Verdict != v.Verdict || r.Sub != v.Sub || r.Reason != v.Reason {
			t.Errorf("%s: %s %s %s, published %s %s %s", v.Name, r.Verdict, r.Sub, r.Reason, v.Verdict, v.Sub, v.Reason)
		}
		if (v.Verdict == Passed) != (v.Name[:5] == "good:") {
			t.Errorf("%s: %s", v.Name, v.Verdict)
		}
		reasons[v.Reason] = true
		used[v.File], used[v.Trust], used[v.Refresh], used[v.Pinned] = true, true, true, true
	}
	for _, r := range slices.Sorted(maps.Keys(outcomes)) {
		if !reasons[string(r)] {
			t.Errorf("no vector ends with %s", r)
		}
	}
	files, err := os.ReadDir(vectorDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !used[f.Name()] {
			t.Errorf("%s is in no line of the manifest", f.Name())
		}
	}
}
