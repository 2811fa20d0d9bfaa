package network

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
	"github.com/riviera-ledger/riviera/store"
)

// TestNewHomesDivideTheWork: of a new institution's keys, whichever way its home was made,
// one prepares and another approves, two can govern, either person can release, and the
// node's has nothing that a person decides. Each lies where who needs it is.
func TestNewHomesDivideTheWork(t *testing.T) {
	dir := t.TempDir()
	n, err := Create(Options{Out: filepath.Join(dir, "n"), Recorders: 4, Contributors: 1, Protect: true, SM2: true, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	m, err := Apply(Application{Out: filepath.Join(dir, "new"), Genesis: n.Genesis, Number: 7, Roles: []ledger.Role{ledger.Recorder}, NameZH: "新", NameEN: "New", Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range append(slices.Clone(n.Genesis.Members[:5]), *m) {
		holders := map[ledger.Scope]int{}
		for _, k := range m.Keys {
			if (k.Purpose == ledger.Operate) != (k.Scope != 0) || k.Scope.Any(ledger.ScopeService) && k.Scope != ledger.ScopeService {
				t.Errorf("member %d, key %d: %s", m.ID, k.ID, k.Scope)
			}
			if k.Scope.Any(ledger.ScopePrepare) && k.Scope.Any(ledger.ScopeApprove) {
				t.Errorf("member %d: key %d prepares and approves", m.ID, k.ID)
			}
			for f := ledger.ScopePrepare; f <= ledger.ScopeService; f <<= 1 {
				if k.Scope.Any(f) {
					holders[f]++
				}
			}
		}
		want := map[ledger.Scope]int{ledger.ScopePrepare: 1, ledger.ScopeApprove: 1, ledger.ScopeFavourable: 2, ledger.ScopeCase: 1, ledger.ScopeReport: 1, ledger.ScopeGovern: 2, ledger.ScopeService: 1}
		if diff := cmp.Diff(want, holders); diff != "" {
			t.Errorf("member %d: %s", m.ID, diff)
		}
	}
	for _, k := range n.Genesis.Members[5].Keys {
		if k.Scope != ledger.ScopeGovern {
			t.Errorf("the authority's key %d: %s", k.ID, k.Scope)
		}
	}
	for i, dir := range n.Recorders {
		h, second := &node.Home{Dir: dir}, &node.Home{Dir: Apart(dir)}
		if !h.HasKey(node.ServiceKey) || h.HasKey(node.ApproverKey) || second.HasKey(node.ServiceKey) || !second.HasKey(node.ApproverKey) {
			t.Errorf("recorder %d: a key lies in the wrong home", i+1)
		}
	}
}

// TestGenesisIsSound: what network init writes is a document that a ledger starts from,
// equal in every home, with the whole embedded law in it.
func TestGenesisIsSound(t *testing.T) {
	for name, day := range map[string]time.Duration{"real time": 0, "training clock": time.Second} {
		t.Run(name, func(t *testing.T) {
			n, err := Create(Options{Out: filepath.Join(t.TempDir(), "n"), Recorders: 4, Contributors: 2, TrainingDay: day, Now: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
			l, err := ledger.Open(store.NewMemory(), n.Genesis)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := len(l.Config().Recorders()), 4; got != want {
				t.Errorf("%d recorders", got)
			}
			for _, k := range []credit.Kind{credit.JudgmentDefaulter, credit.GeneralMinor, credit.GeneralGeneral, credit.GeneralSerious} {
				found := false
				for _, s := range n.Genesis.Contracts {
					found = found || l.Config().Contract(s.Number).Kind() == k
				}
				if !found {
					t.Errorf("no contract for %s", k)
				}
			}
			if len(n.Genesis.Calendars) == 0 || len(n.Genesis.Measures) == 0 {
				t.Error("no calendar or no measure")
			}
			if l.Config().Clock.Training() != (day != 0) {
				t.Error("the training clock is not as asked for")
			}
			for _, dir := range append(append([]string(nil), n.Recorders...), n.Contributors...) {
				h, err := node.OpenHome(dir)
				if err != nil {
					t.Fatal(err)
				}
				if h.Genesis.Hash() != n.Genesis.Hash() {
					t.Errorf("%s holds another genesis", filepath.Base(dir))
				}
				if got := len(h.Config.Engine.Peers); got != 5 {
					t.Errorf("%s knows %d peers", filepath.Base(dir), got)
				}
			}
		})
	}
}

// TestKeysStayAtHome: every key is in one home alone, and only its owner reads it.
func TestKeysStayAtHome(t *testing.T) {
	out := filepath.Join(t.TempDir(), "n")
	if _, err := Create(Options{Out: out, Recorders: 4, Contributors: 1, Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Base(filepath.Dir(path)) != "keys" {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		b, err := os.ReadFile(path)
		if other, twice := seen[string(b)]; twice {
			t.Errorf("%s and %s hold the same", path, other)
		}
		seen[string(b)] = path
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// Ten files in a recorder's home, nine in a contributor's, one for each officer in the authority's.
	if len(seen) != 4*10+9+2 {
		t.Errorf("%d keys", len(seen))
	}
	genesis, err := os.ReadFile(filepath.Join(out, node.GenesisFile))
	if err != nil {
		t.Fatal(err)
	}
	for secret, path := range seen {
		if bytes.Contains(genesis, []byte(strings.TrimSpace(secret))) {
			t.Errorf("the genesis document holds %s", path)
		}
	}
}

func TestCreateRefuses(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "something"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(full, "something")
	for _, c := range []struct {
		name string
		o    Options
		want fault.Code
	}{
		{"three recorders", Options{Recorders: 3}, fault.Usage},
		{"too many recorders", Options{Recorders: 101}, fault.Usage},
		{"fewer than no contributors", Options{Recorders: 4, Contributors: -1}, fault.Usage},
		{"too many contributors", Options{Recorders: 4, Contributors: 501}, fault.Usage},
		{"a place too few", Options{Recorders: 4, Contributors: 1, Places: examplePlaces(4, 0, 27600)}, fault.Usage},
		{"a directory with something in it", Options{Recorders: 4, Out: full}, fault.HomeExists},
		{"a file for a directory", Options{Recorders: 4, Out: file}, fault.BadConfig},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Now = time.Now()
			fresh := c.o.Out == ""
			if fresh {
				c.o.Out = filepath.Join(t.TempDir(), "n")
			}
			if _, err := Create(c.o); !fault.Is(err, c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if _, err := os.Stat(c.o.Out); fresh && err == nil {
				t.Error("something was written")
			}
		})
	}
	if left, _ := os.ReadDir(full); len(left) != 1 {
		t.Errorf("%d entries in a directory that was refused", len(left))
	}
	empty := t.TempDir()
	if _, err := Create(Options{Out: empty, Recorders: 4, Now: time.Now()}); err != nil {
		t.Errorf("an empty directory: %v", err)
	}
	if _, err := Create(Options{Out: empty, Recorders: 4, Now: time.Now()}); !fault.Is(err, fault.HomeExists) {
		t.Errorf("over a network that exists: %v", err)
	}
}

func TestParsePlaces(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []Place
		where    string // of the error
	}{
		{"all parts", "a.example:1:2  甲法院 | Court A | court\n", []Place{{"a.example:1", "a.example:2", "甲法院", "Court A", "court", 0, nil}}, ""},
		{"a superior", "h:1:2 甲 | A | court | 2\n", []Place{{"h:1", "h:2", "甲", "A", "court", 2, nil}}, ""},
		{"measures", "h:1:2 甲 | A | | | I-02, I-01\n", []Place{{"h:1", "h:2", "甲", "A", "", 0, []string{"I-02", "I-01"}}}, ""},
		{"defaults", "10.0.0.1 甲法院", []Place{{"10.0.0.1:27600", "10.0.0.1:27601", "甲法院", "甲法院", "", 0, nil}}, ""},
		{"engine port alone", "h:5 甲", []Place{{"h:5", "h:27601", "甲", "甲", "", 0, nil}}, ""},
		{"comments and blanks", "# all\n\n  \nh 甲 | A # here\nk 乙\n", []Place{{"h:27600", "h:27601", "甲", "A", "", 0, nil}, {"k:27600", "k:27601", "乙", "乙", "", 0, nil}}, ""},
		{"a byte order mark and line ends of Windows", "\ufeffh 甲 | A\r\nk 乙\r\n", []Place{{"h:27600", "h:27601", "甲", "A", "", 0, nil}, {"k:27600", "k:27601", "乙", "乙", "", 0, nil}}, ""},
		{"a tab between", "h:5:6\t甲 | A", []Place{{"h:5", "h:6", "甲", "A", "", 0, nil}}, ""},
		{"IPv6", "[fd00::1]:5:6 甲", []Place{{"[fd00::1]:5", "[fd00::1]:6", "甲", "甲", "", 0, nil}}, ""},
		{"IPv6 without ports", "[fd00::1] 甲", []Place{{"[fd00::1]:27600", "[fd00::1]:27601", "甲", "甲", "", 0, nil}}, ""},
		{"nothing", "", nil, ""},
		{"a superior by name", "h 甲 | A | c | Court\n", nil, "host file, line 1"},
		{"no name", "h 甲\nk:1:2\n", nil, "host file, line 2"},
		{"no host", ":1:2 甲\n", nil, "host file, line 1"},
		{"no host, no port", "h 甲\n: 甲\n", nil, "host file, line 2"},
		{"a port of letters", "h:x 甲\n", nil, "host file, line 1"},
		{"a port too high", "h:1:65536 甲\n", nil, "host file, line 1"},
		{"a port of zero", "h:0 甲\n", nil, "host file, line 1"},
		{"one port for both", "h:5:5 甲\n", nil, "host file, line 1"},
		{"an address twice", "h:5:6 甲\nh:7:5 乙\n", nil, "host file, line 2"},
		{"an empty name", "h | A\n", nil, "host file, line 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParsePlaces(strings.NewReader(c.in))
			if c.where != "" {
				if !fault.Is(err, fault.Usage) || !strings.Contains(err.Error(), c.where) {
					t.Fatalf("got %v, %v, want an error at %s", got, err, c.where)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func FuzzParsePlaces(f *testing.F) {
	f.Add("a.example:1:2  甲法院 | Court A | court\n# x\n[::1] 乙")
	f.Fuzz(func(t *testing.T, in string) {
		places, err := ParsePlaces(strings.NewReader(in))
		if err != nil {
			if !fault.Is(err, fault.Usage) {
				t.Errorf("another code: %v", err)
			}
			return
		}
		for _, p := range places {
			if p.NameZH == "" || p.NameEN == "" || p.Engine == p.API {
				t.Errorf("accepted %+v", p)
			}
		}
	})
}

func TestFreePorts(t *testing.T) {
	base, err := FreePorts(10)
	if err != nil {
		t.Fatal(err)
	}
	if base < lowestFreePort || base+10 > highestFreePort {
		t.Errorf("ports from %d", base)
	}
	if !allFree(base, 10) {
		t.Error("not free")
	}
	if _, err := FreePorts(highestFreePort); !fault.Is(err, fault.PortInUse) {
		t.Errorf("more ports than there are: %v", err)
	}
}
