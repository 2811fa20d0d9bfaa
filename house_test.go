// Package riviera_test holds the house: which package stands on which floor, and what
// each may bring in from outside.
package riviera_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/riviera-ledger/riviera"

// floors lists every package from the ground up. A package imports only packages on
// lower floors: never up, never sideways.
var floors = [][]string{
	{"law", "fault"},
	{"wire", "message", "signature", "sm2"},
	{"wire/wiretest"},
	{"credit"},
	{"proof"},
	{"contract", "sheet"},
	{"ledger", "verify", "sample"},
	{"store", "custody"},
	{"offline", "vault", "certificate", "docket", "register", "backup", "checkpoint"},
	{"client"},
	{"clerk", "witness"},
	{"api", "web", "intake", "consensus", "ruler"},
	{"audit"},
	{"node"},
	{"network"},
	{"bench"},
	{"cmd/riviera", "cmd/verifier", "offline/make"},
}

// outside lists the libraries that each package may import, by prefix of their path,
// beyond the standard library. A library that is not here does not belong.
var outside = map[string][]string{
	"wire":        {"github.com/fxamacker/cbor/v2"},
	"signature":   {"github.com/oasisprotocol/curve25519-voi/"},
	"credit":      {"golang.org/x/text/"},
	"sheet":       {"golang.org/x/text/"},
	"proof":       {"golang.org/x/mod/sumdb/tlog"},
	"contract":    {"cel.dev/cel-go/", "go.yaml.in/yaml/v3"},
	"ledger":      {"golang.org/x/mod/sumdb/tlog", "github.com/emmansun/gmsm/sm2"},
	"verify":      {"rsc.io/qr"},
	"checkpoint":  {"golang.org/x/mod/sumdb/note"},
	"certificate": {"rsc.io/qr", "filippo.io/age", "github.com/emmansun/gmsm/sm2"},
	"store":       {"github.com/cockroachdb/pebble/v2"},
	"custody":     {"github.com/emmansun/gmsm/", "filippo.io/age", "github.com/ThalesGroup/crypto11"},
	"vault":       {"github.com/cockroachdb/pebble/v2"},
	"api":         {"github.com/danielgtaylor/huma/v2", "golang.org/x/time/rate"},
	"consensus":   {"github.com/cometbft/", "github.com/cosmos/gogoproto"},
	// The bench's ruler is the consensus library itself, with nothing of ours on it.
	"ruler":       {"github.com/cometbft/"},
	"node":        {"github.com/BurntSushi/toml", "github.com/prometheus/client_golang/", "github.com/emmansun/gmsm/"},
	"network":     {"github.com/BurntSushi/toml"},
	"cmd/riviera": {"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/vbauerster/mpb/v8", "golang.org/x/term"},
}

// testOnly may be imported by any test.
var testOnly = []string{"github.com/google/go-cmp/", "pgregory.net/rapid", "github.com/rogpeppe/go-internal/testscript",
	"github.com/gowebpki/jcs", "golang.org/x/text/encoding/", "golang.org/x/mod/sumdb/tlog"}

// pure packages see no clock, disk, network, environment, randomness or goroutine.
var pure = []string{"fault", "wire", "signature", "sm2", "credit", "proof", "contract", "ledger", "verify"}

var impure = []string{"os", "net", "net/http", "time/tzdata", "math/rand", "math/rand/v2", "crypto/rand", "os/exec", "syscall", "sync/atomic"}

type source struct {
	file string
	pkg  string
	test bool
	imps []string
}

func TestImportsOnlyGoDown(t *testing.T) {
	floor := map[string]int{}
	for n, packages := range floors {
		for _, p := range packages {
			floor[p] = n
		}
	}
	for _, s := range sources(t) {
		at, known := floor[s.pkg]
		if !known {
			t.Errorf("%s: package %q stands on no floor of house_test.go", s.file, s.pkg)
			continue
		}
		for _, imp := range s.imps {
			in, own := strings.CutPrefix(imp, module+"/")
			switch {
			case own && floor[in] >= at && !(s.test && in == s.pkg):
				t.Errorf("%s: %s may not import %s: it stands on the same floor or above", s.file, s.pkg, in)
			case !own && strings.Contains(imp, ".") && !allowed(s, imp):
				t.Errorf("%s: %s may not bring in %s", s.file, s.pkg, imp)
			}
		}
	}
}

func TestPurePackagesSeeNothing(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !slices.Contains(pure, s.pkg) {
			continue
		}
		for _, imp := range s.imps {
			if slices.Contains(impure, imp) {
				t.Errorf("%s: %s is pure and may not import %s", s.file, s.pkg, imp)
			}
		}
	}
}

// TestUnracedHaveNoRaces: what the Makefile tests without the race detector starts no
// goroutine and has nothing to lock.
func TestUnracedHaveNoRaces(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^UNRACED = (.+)$`).FindSubmatch(makefile)
	if line == nil {
		t.Fatal("the Makefile has no UNRACED")
	}
	concurrent := regexp.MustCompile(`(?m)^\s*go (func|[a-z])|\.Go\(|\bsync\.(RW)?Mutex|\bsync\.(Map|WaitGroup|Cond)|"sync/atomic"|\bchan `)
	seen := map[string]bool{}
	for _, s := range sources(t) {
		top, _, _ := strings.Cut(s.pkg, "/")
		if s.test || !slices.Contains(strings.Fields(string(line[1])), top) {
			continue
		}
		seen[top] = true
		text, err := os.ReadFile(s.file)
		if err != nil {
			t.Fatal(err)
		}
		if at := concurrent.FindIndex(text); at != nil {
			t.Errorf("%s:%d: %s is tested without the race detector and may not do this", s.file, 1+strings.Count(string(text[:at[0]]), "\n"), top)
		}
	}
	for _, p := range strings.Fields(string(line[1])) {
		if !seen[p] {
			t.Errorf("the Makefile's UNRACED names %q, which is no package", p)
		}
	}
}

func allowed(s source, imp string) bool {
	lists := outside[s.pkg]
	if s.test {
		lists = slices.Concat(lists, testOnly)
	}
	return slices.ContainsFunc(lists, func(prefix string) bool {
		return imp == prefix || strings.HasPrefix(imp, strings.TrimSuffix(prefix, "/")+"/")
	})
}

// sources parses the imports of every Go file but those of this package.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	set := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" || filepath.Dir(path) == "." {
			return nil
		}
		f, err := parser.ParseFile(set, path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		s := source{file: path, pkg: filepath.ToSlash(filepath.Dir(path)), test: strings.HasSuffix(path, "_test.go")}
		for _, i := range f.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imps = append(s.imps, name)
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("only %d files found: the walk is broken", len(out))
	}
	return out
}
