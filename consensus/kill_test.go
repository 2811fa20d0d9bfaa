package consensus

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// childEnv tells this test program to be a node: directory, member, genesis time and
// the addresses of all nodes.
const childEnv = "RIVIERA_CONSENSUS_TEST_NODE"

func TestMain(m *testing.M) {
	if spec := os.Getenv(childEnv); spec != "" {
		runChild(strings.Split(spec, " "))
		return
	}
	os.Exit(m.Run())
}

// childTB lets the helpers of the tests run outside a test.
type childTB struct{ testing.TB }

func (childTB) Helper()                   {}
func (childTB) Errorf(f string, a ...any) { fmt.Fprintf(os.Stderr, f+"\n", a...) }
func (c childTB) Fatal(a ...any)          { fmt.Fprintln(os.Stderr, a...); os.Exit(3) }
func (c childTB) Fatalf(f string, a ...any) {
	c.Errorf(f, a...)
	os.Exit(3)
}

// runChild is a node that submits records of its own member, one envelope after
// another, and writes down the id of each that it knows to be committed.
func runChild(spec []string) {
	member, _ := strconv.Atoi(spec[1])
	at, _ := strconv.ParseInt(spec[2], 10, 64)
	n := &network{t: childTB{}, dir: spec[0]}
	n.found(time.Unix(0, at), spec[3:])
	n.serial.Store(uint64(time.Now().UnixNano()))
	d := n.node(ledger.MemberID(member))
	d.start()
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent
		os.Exit(4)
	}()
	journal, err := os.OpenFile(journalOf(n.dir, d.member), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		n.t.Fatal(err)
	}
	for stop.Err() == nil {
		if d.engine.Ready() != nil || d.member == contributor {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		s := n.create(d.member, "migrate", 5, d.ahead())
		if _, err := d.engine.Submit(stop, s.raw, s.packets); err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		wait, cancel := context.WithTimeout(stop, 10*time.Second)
		if o, err := d.engine.Await(wait, s.id); err == nil && o.Code == fault.OK {
			for i, r := range s.records {
				fmt.Fprintf(journal, "%s %x\n", r, s.bodies[i])
			}
		}
		cancel()
	}
	d.stop()
}

func journalOf(dir string, m ledger.MemberID) string {
	return filepath.Join(dir, fmt.Sprint("journal", m))
}

// children runs each node of a network as a process of its own.
type children struct {
	n    *network
	at   int64
	proc []*exec.Cmd
}

func (c *children) start(i int) {
	c.n.t.Helper()
	spec := []string{c.n.dir, strconv.Itoa(i + 1), strconv.FormatInt(c.at, 10)}
	for _, d := range c.n.nodes {
		spec = append(spec, d.address)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+strings.Join(spec, " "))
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		c.n.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.n.t.Fatal(err)
	}
	c.proc[i] = cmd
}

func (c *children) end(i int, s os.Signal) {
	if p := c.proc[i]; p != nil {
		_ = p.Process.Signal(s) // it may have ended by itself, which Wait tells
		if err := p.Wait(); s == syscall.SIGTERM && err != nil {
			c.n.t.Errorf("node %d: %v", i+1, err)
		}
		c.proc[i] = nil
	}
}

// journaled returns what the nodes knew to be committed.
func (c *children) journaled() map[ledger.RecordID]wire.Hash {
	out := map[ledger.RecordID]wire.Hash{}
	for _, d := range c.n.nodes {
		f, err := os.Open(journalOf(c.n.dir, d.member))
		if err != nil {
			continue
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			id, commitment, ok := strings.Cut(lines.Text(), " ")
			a, err1 := hex.DecodeString(id)
			b, err2 := hex.DecodeString(commitment)
			if ok && err1 == nil && err2 == nil && len(a) == 16 && len(b) == 32 {
				out[ledger.RecordID(a)] = wire.Hash(b)
			}
		}
	}
	return out
}

// TestKill kills one node and then all nodes with SIGKILL at random moments under load.
// Afterwards the nodes agree, nothing that was known to be committed is lost, and every
// node holds the body of every record.
func TestKill(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	c := &children{n: n, at: n.genesis.TimeNS, proc: make([]*exec.Cmd, len(n.nodes))}
	defer func() {
		for i := range c.proc {
			c.end(i, syscall.SIGKILL)
		}
	}()
	for i := range c.proc {
		c.start(i)
	}
	c.progress(40)
	for round := range 4 {
		time.Sleep(time.Duration(rand.IntN(1200)) * time.Millisecond)
		victims := []int{rand.IntN(len(c.proc))}
		if round == 2 {
			victims = []int{0, 1, 2, 3, 4}
		}
		for _, i := range victims {
			c.end(i, syscall.SIGKILL)
		}
		time.Sleep(time.Duration(rand.IntN(500)) * time.Millisecond)
		for _, i := range victims {
			c.start(i)
		}
		c.progress(len(c.journaled()) + 40)
	}
	for i := range c.proc {
		c.end(i, syscall.SIGTERM)
	}
	n.startAll()
	n.agree(n.node(1).engine.View().Height + 1)
	known := c.journaled()
	for _, d := range n.nodes {
		eventually(t, 30*time.Second, func() error {
			if m := d.engine.Missing(); m > 0 {
				return fmt.Errorf("node %d misses %d bodies", d.member, m)
			}
			return nil
		})
		d.holdsAll(known)
	}
	t.Logf("%d records, %d of them journaled, height %d", n.node(1).engine.View().Records, len(known), n.node(1).engine.View().Height)
}

// progress waits until the journals name as many records.
func (c *children) progress(records int) {
	c.n.t.Helper()
	eventually(c.n.t, 90*time.Second, func() error {
		if got := len(c.journaled()); got < records {
			return fmt.Errorf("%d of %d records", got, records)
		}
		return nil
	})
}

// holdsAll checks a node's records against the journals and its vault against its
// records.
func (d *testNode) holdsAll(known map[ledger.RecordID]wire.Hash) {
	t := d.net.t
	v := d.engine.View()
	found := 0
	err := v.EachRecord(0, func(r *ledger.Record) bool {
		if c, ok := known[r.ID]; ok {
			if found++; c != r.Commitment {
				t.Errorf("node %d: a record has another body", d.member)
			}
		}
		var p vault.Packet
		p, err := d.vault.Get(r.Commitment)
		if err != nil {
			t.Errorf("node %d: %v", d.member, err)
		} else if checked, err := p.Check(); err != nil || checked.Commitment != r.Commitment {
			t.Errorf("node %d: a body does not open its commitment", d.member)
		}
		return true
	})
	if err != nil {
		t.Error(err)
	}
	if found != len(known) {
		t.Errorf("node %d has %d of the %d records known to be committed", d.member, found, len(known))
	}
}
