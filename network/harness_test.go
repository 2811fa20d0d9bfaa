package network

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/consensus"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/intake"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/node"
)

// shape is a network to be tested.
type shape struct {
	recorders    int
	contributors int
	day          time.Duration // of the training clock
	processes    bool          // each node a process of its own
	sm2          bool          // institutions sign with SM2 too
	dir          string        // where it lives; empty is a directory of the test

	prepare func(i int, h *node.Home) // each home before its node starts
}

// testNetwork is a running network under test.
type testNetwork struct {
	*Running
	t testing.TB
}

// patience bounds every wait. It says that something never came, not that it was slow.
const patience = 3 * time.Minute

// founding keeps two tests from choosing the same free ports.
var founding sync.Mutex

// start founds a network and waits until every node is ready.
func start(t testing.TB, s shape) *testNetwork {
	t.Helper()
	o := RunOptions{Prepare: s.prepare}
	if s.processes {
		o.Program = built(t)
	}
	founding.Lock()
	n := found(t, s)
	running, err := n.Start(context.Background(), o)
	founding.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	tn := &testNetwork{running, t}
	t.Cleanup(func() {
		if err := running.Stop(); err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
	tn.ready()
	return tn
}

// found creates the homes of a network on free ports.
func found(t testing.TB, s shape) *Network {
	t.Helper()
	if s.dir == "" {
		s.dir = t.TempDir()
	}
	base, err := FreePorts(2 * (s.recorders + s.contributors))
	if err != nil {
		t.Fatal(err)
	}
	n, err := Create(Options{Out: filepath.Join(s.dir, "network"), Recorders: s.recorders, Contributors: s.contributors,
		TrainingDay: s.day, BasePort: base, SM2: s.sm2, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// program holds the riviera program, built once for all tests that need processes.
var program struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	if inNamespace() {
		os.Exit(m.Run())
	}
	code := m.Run()
	if program.dir != "" {
		os.RemoveAll(program.dir)
	}
	os.Exit(code)
}

// built returns the path of the riviera program. RIVIERA_PROGRAM spares building it.
func built(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("RIVIERA_PROGRAM"); path != "" {
		return path
	}
	program.once.Do(func() {
		if program.dir, program.err = os.MkdirTemp("", "riviera-network-test-"); program.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-o", filepath.Join(program.dir, "riviera"), "github.com/riviera-ledger/riviera/cmd/riviera").CombinedOutput()
		if err != nil {
			program.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if program.err != nil {
		t.Fatal(program.err)
	}
	return filepath.Join(program.dir, "riviera")
}

// eventually tries again and again until it works.
func (n *testNetwork) eventually(what string, try func() error) {
	n.t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err = try(); err == nil {
			return
		}
	}
	n.t.Fatalf("%s: %v", what, err)
}

func (n *testNetwork) ready() {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := n.Ready(ctx); err != nil {
		n.t.Fatal(err)
	}
}

// halt ends nodes in order; all of them without arguments.
func (n *testNetwork) halt(nodes ...int) {
	n.t.Helper()
	for _, i := range n.or(nodes) {
		if err := n.nodes[i].stop(false); err != nil {
			n.t.Fatalf("node %d: %v", i, err)
		}
	}
}

// kill ends nodes as a power failure would; all of them without arguments.
func (n *testNetwork) kill(nodes ...int) {
	n.t.Helper()
	for _, i := range n.or(nodes) {
		if err := n.Kill(i); err != nil {
			n.t.Fatal(err)
		}
	}
}

// resume starts nodes again and waits until all are ready.
func (n *testNetwork) resume(nodes ...int) {
	n.t.Helper()
	for _, i := range n.or(nodes) {
		if err := n.Restart(context.Background(), i); err != nil {
			n.t.Fatalf("node %d: %v", i, err)
		}
	}
	n.ready()
}

func (n *testNetwork) or(nodes []int) []int {
	if len(nodes) > 0 {
		return nodes
	}
	for i := range n.Len() {
		nodes = append(nodes, i)
	}
	return nodes
}

func (n *testNetwork) client(i int) *client.Client {
	n.t.Helper()
	c, err := n.Client(i)
	if err != nil {
		n.t.Fatal(err)
	}
	return c
}

func (n *testNetwork) clerk(i int) *clerk.Clerk {
	n.t.Helper()
	c, err := n.Home(i).Clerk(n.client(i))
	if err != nil {
		n.t.Fatal(err)
	}
	return c
}

func (n *testNetwork) status(i int) client.Status {
	n.t.Helper()
	var s client.Status
	n.eventually(fmt.Sprintf("status of node %d", i), func() (err error) {
		s, err = n.client(i).Status(context.Background())
		return err
	})
	return s
}

// today is the ledger's date.
func (n *testNetwork) today() credit.Date {
	n.t.Helper()
	d, err := credit.ParseDate(n.status(0).LedgerDate)
	if err != nil {
		n.t.Fatal(err)
	}
	return d
}

// agree waits until every node has shown its roots at one same height, and fails where
// two nodes differ at any height on the way.
func (n *testNetwork) agree() {
	n.t.Helper()
	seen := map[int64]map[int]string{}
	n.eventually("a height that every node has shown", func() error {
		for i := range n.Len() {
			s := n.status(i)
			if seen[s.Height] == nil {
				seen[s.Height] = map[int]string{}
			}
			seen[s.Height][i] = s.AppHash
			for other, hash := range seen[s.Height] {
				if hash != s.AppHash {
					n.t.Fatalf("nodes %d and %d differ at height %d", i, other, s.Height)
				}
			}
			if len(seen[s.Height]) == n.Len() {
				return nil
			}
		}
		return errors.New("not yet")
	})
}

// holds waits until every node has exactly so many records, so many of them active, and
// every body that it may hold.
func (n *testNetwork) holds(records, active int) {
	n.t.Helper()
	for i := range n.Len() {
		n.eventually(fmt.Sprintf("%d records, %d active on node %d", records, active, i), func() error {
			s := n.status(i)
			if int(s.Records) > records {
				n.t.Fatalf("node %d has %d records, %d are expected", i, s.Records, records)
			}
			if got := phase(s, contract.Active); int(s.Records) != records || got != active || s.Missing != 0 || !s.Ready {
				return fmt.Errorf("%d records, %d active, %d bodies missing, ready %t %s", s.Records, got, s.Missing, s.Ready, s.NotReady)
			}
			return nil
		})
	}
}

func phase(s client.Status, p contract.Phase) int {
	for _, c := range s.Phases {
		if c.Phase == p.String() {
			return int(c.Count)
		}
	}
	return 0
}

// importFile imports a file at node i and returns the report of a run that finished it.
func (n *testNetwork) importFile(ctx context.Context, i int, mode intake.Mode, file string, more func(*intake.Options)) (*intake.Report, error) {
	o := intake.Options{File: file, Imports: n.Home(i).Imports(), Mode: mode, Declared: true, Clerk: n.clerk(i), Lang: message.English}
	if more != nil {
		more(&o)
	}
	return intake.Run(ctx, o)
}

// everyRow fails where a report does not account for each row as being in the ledger.
func everyRow(t testing.TB, r *intake.Report, rows int) {
	t.Helper()
	if r.Rows != rows || r.Accepted+r.Already != rows || r.Rejected != 0 {
		t.Fatalf("%d rows: %d accepted, %d already, %d rejected of %d", rows, r.Accepted, r.Already, r.Rejected, r.Rows)
	}
}

// act sends one event to one record, as often as the ledger answers that it is too early.
func (n *testNetwork) act(c *clerk.Clerk, a clerk.ActSpec) {
	n.t.Helper()
	n.eventually(a.Event, func() error {
		e, err := c.Act(context.Background(), a)
		if err != nil {
			n.t.Fatal(err)
		}
		out, err := c.Send(context.Background(), []clerk.Entry{e})
		if err != nil {
			n.t.Fatal(err)
		}
		if err := out.First(); err != nil && !fault.Is(err, fault.EventNotAccepted) {
			n.t.Fatal(err)
		}
		return out.First()
	})
}

// standing asks node i as its own people until it does not say "try later".
func (n *testNetwork) standing(i int, code, name string) client.StandingAnswer {
	n.t.Helper()
	var answer client.StandingAnswer
	n.eventually("an answer", func() (err error) {
		answer, err = n.client(i).Standing(context.Background(), client.StandingRequest{Code: code, Name: name, Purpose: "test"})
		if err != nil && !fault.Is(err, fault.StaleNode) {
			n.t.Fatal(err)
		}
		return err
	})
	return answer
}

// answers waits until every node answers as of the height at which the first of them now
// is, and gives the same answer.
func (n *testNetwork) answers(code, name, want string) {
	n.t.Helper()
	var height int64
	for i := range n.Len() {
		height = max(height, n.status(i).Height)
	}
	for i := range n.Len() {
		var got client.StandingAnswer
		n.eventually(fmt.Sprintf("an answer of node %d as of height %d", i, height), func() error {
			if got = n.standing(i, code, name); got.Height < height {
				return fmt.Errorf("as of height %d", got.Height)
			}
			return nil
		})
		if got.Answer != want {
			n.t.Errorf("node %d answers %s, not %s", i, got.Answer, want)
		}
	}
}

// member is the institution of node i.
func (n *testNetwork) member(i int) ledger.MemberID { return n.Home(i).Member.ID }

// quiet drops what a node logs.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// nodeID is the peer id of a node key.
func nodeID(key crypto.Signer) string {
	return consensus.NodeID(key.Public().(ed25519.PublicKey))
}

// copyHome copies what a new home holds, without the node's data.
func copyHome(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(filepath.Join(to, "keys"), os.DirFS(filepath.Join(from, "keys"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{node.ConfigFile, node.GenesisFile} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
