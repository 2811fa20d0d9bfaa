package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/sample"
	"github.com/riviera-ledger/riviera/sheet"
)

// file writes n sample records, with lines put behind them, and returns its path.
func file(t *testing.T, n int, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cases.csv")
	var b bytes.Buffer
	w, err := sheet.NewWriter(&b, sheet.UTF8, message.English)
	if err != nil {
		t.Fatal(err)
	}
	g := sample.New(sample.Options{Seed: 7, Reference: credit.NewDate(2026, 3, 31)})
	for made := 0; made < n; {
		if body := g.Next(); body.Kind == credit.JudgmentDefaulter {
			made++
			if err := w.Write(&body); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		b.WriteString(l + "\r\n")
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func options(t *testing.T, n *chain, path string, mode Mode, who ledger.MemberID) Options {
	t.Helper()
	return Options{File: path, Imports: filepath.Join(filepath.Dir(path), "imports"), Mode: mode, Clerk: n.clerk(who),
		Batch: 10, InFlight: 3, Declared: true, Lang: message.English}
}

func mustRun(t *testing.T, o Options) *Report {
	t.Helper()
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// inPhase counts the records in a phase, by evaluation.
func inPhase(t *testing.T, n *chain, want contract.Phase) int {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	v, count := n.view(), 0
	err := v.EachRecord(0, func(r *ledger.Record) bool {
		if v.Status(r).Phase == want {
			count++
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

func TestMigrate(t *testing.T) {
	n := newChain(t)
	var last Progress
	o := options(t, n, file(t, 25), Migrate, court)
	o.Progress = func(p Progress) { last = p }
	r := mustRun(t, o)
	if r.Rows != 25 || r.Accepted != 25 || r.Rejected != 0 || inPhase(t, n, contract.Active) != 25 {
		t.Errorf("%+v", r)
	}
	if last.Done != 25 || last.Accepted != 25 || last.Stage != StageMigrate {
		t.Errorf("progress %+v", last)
	}
}

func TestPropose(t *testing.T) {
	n := newChain(t)
	o := options(t, n, file(t, 12), Propose, bureau)
	o.Recorder = court
	if r := mustRun(t, o); r.Accepted != 12 || inPhase(t, n, contract.Draft) != 12 {
		t.Errorf("%+v", r)
	}
}

func TestProposeFindsTheDecidingBody(t *testing.T) {
	n := newChain(t)
	path := file(t, 3)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(b), "\r\n")
	office := strings.Split(lines[1], ",")[5]
	lines[1] = strings.Replace(lines[1], office, "示例机构2", 1)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\r\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	r := mustRun(t, options(t, n, path, Propose, bureau))
	if r.Accepted != 1 || r.Rejected != 2 {
		t.Errorf("%+v", r)
	}
	rejects, err := os.ReadFile(r.RejectsFile)
	if err != nil || bytes.Count(rejects, []byte("deciding_office")) != 3 { // heading and two reasons
		t.Errorf("%v\n%s", err, rejects)
	}
}

// TestRefusalsNameTheirColumn holds that a row which the ledger itself refuses says
// where: the ledger's result is a code alone.
func TestRefusalsNameTheirColumn(t *testing.T) {
	n := newChain(t)
	line := func(no, decided, published, measures string) string {
		return "judgment-defaulter,org,示例甲有限公司,91330100MA0CCCC104," + no + ",示例市人民法院,," +
			"法释〔2017〕7号第一条,1,100.00,2026-01-05," + decided + "," + published + ",,," + measures
	}
	r := mustRun(t, options(t, n, file(t, 1, line("（2026）示1号", "2026-03-02", "2031-03-02", "I-04"),
		line("（2026）示2号", "2031-03-02", "2031-03-02", "I-04"), line("（2026）示3号", "2026-03-02", "2026-03-03", "")), Migrate, court))
	if r.Accepted != 1 || r.Rejected != 3 {
		t.Fatalf("%+v", r)
	}
	rejects, err := os.ReadFile(r.RejectsFile)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"reject_column", ",13 published_on,", ",13 published_on,", ",16 measures,"} {
		if got := strings.Split(string(rejects), "\r\n")[i]; !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

func TestList(t *testing.T) {
	n := newChain(t)
	r := mustRun(t, options(t, n, file(t, 25), List, court))
	if r.Accepted != 25 || r.Rejected != 0 || inPhase(t, n, contract.Active) != 25 {
		t.Errorf("%+v", r)
	}
	var stages []Stage
	for _, s := range r.Stages {
		stages = append(stages, s.Stage)
	}
	if diff := cmp.Diff([]Stage{StagePropose, StageNotice, StageWindow, StageList}, stages); diff != "" {
		t.Error(diff)
	}
}

// TestListOnRealTime ends with the window open and lists when the call comes again.
func TestListOnRealTime(t *testing.T) {
	n := newChain(t)
	n.training, n.dayAtStatus = "", 0
	o := options(t, n, file(t, 12), List, court)
	r := mustRun(t, o)
	if !r.Waiting || inPhase(t, n, contract.Noticed) != 12 || r.Accepted != 12 {
		t.Errorf("%+v", r)
	}
	if again := mustRun(t, o); !again.Waiting {
		t.Errorf("%+v", again)
	}
	n.mu.Lock()
	n.time += 20 * n.genesis.Clock.Day
	n.block(nil)
	n.mu.Unlock()
	if r = mustRun(t, o); r.Waiting || r.Accepted != 12 || inPhase(t, n, contract.Active) != 12 {
		t.Errorf("%+v", r)
	}
}

func TestBadRowsGoAside(t *testing.T) {
	n := newChain(t)
	path := file(t, 15, "judgment-defaulter,org,示例,91330100MA0TEST10X,x,y,,z,1,1.00,,2026-03-01,2026-03-02,,,I-04")
	// A case that the ledger knows: only it can tell.
	first := mustRun(t, options(t, n, file(t, 1), Migrate, court))
	r := mustRun(t, options(t, n, path, Migrate, court))
	if first.Accepted != 1 || r.Rows != 16 || r.Accepted != 14 || r.Rejected != 2 {
		t.Fatalf("%+v", r)
	}
	b, err := os.ReadFile(path + RejectsSuffix)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\r\n")
	if len(lines) != 3 || !strings.Contains(lines[1], ",2,") || !strings.Contains(lines[2], ",17,") {
		t.Errorf("rejects:\n%s", b)
	}
}

// TestRefusedStaysRefused has a row that cannot be proposed: later stages leave it out,
// and its reason stays the first one.
func TestRefusedStaysRefused(t *testing.T) {
	n := newChain(t)
	path := file(t, 5)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(b), "\r\n")
	lines[2] = lines[2][:strings.LastIndex(lines[2], ",")] + ",IX-99"
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\r\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	r := mustRun(t, options(t, n, path, List, court))
	if r.Accepted != 4 || r.Rejected != 1 {
		t.Fatalf("%+v", r)
	}
	rejects, err := os.ReadFile(r.RejectsFile)
	want, _ := message.English.Fault(fault.UnknownMeasure)
	if err != nil || !strings.Contains(string(rejects), want) {
		t.Errorf("%v\n%s", err, rejects)
	}
}

func TestFinishedFile(t *testing.T) {
	n := newChain(t)
	o := options(t, n, file(t, 15), Migrate, court)
	mustRun(t, o)
	sent := n.sent
	r := mustRun(t, o)
	if n.sent != sent || !r.Before || r.Already != 15 || r.Accepted != 0 {
		t.Errorf("%d sent, %+v", n.sent-sent, r)
	}
}

func TestNoKeyLingers(t *testing.T) {
	n := newChain(t)
	o := options(t, n, file(t, 15), List, court)
	o.Random = strings.NewReader(strings.Repeat("k", 32) + strings.Repeat("s", 32))
	seen := map[string]bool{}
	stage := StagePropose
	o.Progress = func(p Progress) {
		if p.Stage != stage {
			stage = p.Stage
		}
		for name, key := range map[string]string{"ids": "k", "bodies": "s"} {
			seen[string(stage)+" "+name] = seen[string(stage)+" "+name] || inFiles(t, o.Imports, fmt.Sprintf("%x", strings.Repeat(key, 32)))
		}
	}
	mustRun(t, o)
	want := map[string]bool{"propose ids": true, "propose bodies": true, "notice ids": true, "notice bodies": false, "list ids": true, "list bodies": false}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("keys on disk while running: %s", diff)
	}
	for _, key := range []string{"k", "s"} {
		if inFiles(t, o.Imports, fmt.Sprintf("%x", strings.Repeat(key, 32))) {
			t.Errorf("key %s is left", key)
		}
	}
}

func inFiles(t *testing.T, dir, text string) bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err == nil && bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	return false
}

func TestSecondImportIsRefused(t *testing.T) {
	n := newChain(t)
	o := options(t, n, file(t, 15), Migrate, court)
	var second error
	o.Progress = func(Progress) {
		if second == nil {
			p := o
			p.Progress = nil
			_, second = Run(t.Context(), p)
		}
	}
	mustRun(t, o)
	if !fault.Is(second, fault.HomeLocked) {
		t.Errorf("%v", second)
	}
}

// TestStoppedAndRunAgain stops an import after each of its envelopes in turn, with the
// answer lost or not sent at all, and goes on.
func TestStoppedAndRunAgain(t *testing.T) {
	stop := errors.New("stop")
	for _, mode := range []Mode{Migrate, List} {
		for at := 1; at <= 12; at += 2 {
			for _, lost := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s at %d, lost %t", mode, at, lost), func(t *testing.T) {
					n := newChain(t)
					o := options(t, n, file(t, 35), mode, court)
					o.InFlight = 2
					ctx, cancel := context.WithCancelCause(t.Context())
					die := func(i int) error {
						if i >= at {
							cancel(stop)
							return context.Canceled
						}
						return nil
					}
					if n.before = die; lost {
						n.before, n.after = nil, die
					}
					_, first := Run(ctx, o)
					n.before, n.after = nil, nil
					r := mustRun(t, o)
					if got := inPhase(t, n, contract.Active); got != 35 || r.Rows != 35 || r.Rejected != 0 || r.Accepted+r.Already != 35 {
						t.Errorf("first %v; %d active, %+v", first, got, r)
					}
					if got := n.ledger.Head().Records; got != 35 {
						t.Errorf("%d records", got)
					}
				})
			}
		}
	}
}

func TestRefusedOptions(t *testing.T) {
	n := newChain(t)
	path := file(t, 1)
	for name, tc := range map[string]struct {
		change func(*Options)
		want   fault.Code
	}{
		"contributor migrates":    {func(o *Options) { o.Clerk = n.clerk(bureau) }, fault.RoleNotAllowed},
		"foreign recorder":        {func(o *Options) { o.Recorder = 2 }, fault.ForeignRecorder},
		"proposed to no recorder": {func(o *Options) { o.Mode, o.Recorder = Propose, bureau }, fault.UnknownMember},
		"no declaration":          {func(o *Options) { o.Mode, o.Declared = List, false }, fault.Usage},
		"no mode":                 {func(o *Options) { o.Mode = "" }, fault.Usage},
		"batch too large":         {func(o *Options) { o.Batch = 1000 }, fault.Usage},
		"no file":                 {func(o *Options) { o.File += "x" }, fault.NotFound},
		"a directory":             {func(o *Options) { o.File = filepath.Dir(path) }, fault.BadRequest},
	} {
		o := options(t, n, path, Migrate, court)
		tc.change(&o)
		if _, err := Run(t.Context(), o); !fault.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n.sent != 0 {
		t.Error("something was sent")
	}
}

func TestColumnMissing(t *testing.T) {
	n := newChain(t)
	path := filepath.Join(t.TempDir(), "bad.csv")
	if err := os.WriteFile(path, []byte("kind,subject_name\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := options(t, n, path, Migrate, court)
	if _, err := Run(t.Context(), o); !fault.Is(err, fault.MissingColumn) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(o.Imports); !os.IsNotExist(err) {
		t.Error("a file that is none has a journal")
	}
}
