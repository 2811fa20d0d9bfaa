package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/intake"
)

// TestProcesses runs the nodes as processes of their own and ends them without warning.
func TestProcesses(t *testing.T) {
	t.Parallel()
	n := start(t, shape{recorders: 4, contributors: 1, day: time.Second, processes: true})
	const rows = 1000
	for _, step := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"errors of a start", func(t *testing.T) { startErrors(t, n) }},
		{"one recorder killed during an import", func(t *testing.T) { killOne(t, n, rows, 2) }},
		{"all nodes and the import killed", func(t *testing.T) { killAll(t, n, rows, rows, rand.IntN(rows/2)) }},
		{"proposed, noticed and listed", func(t *testing.T) { listAll(t, n, 2*rows, rows) }},
		{"a node ends with its starter", func(t *testing.T) { orphan(t, n, 3) }},
		{"roots", func(*testing.T) { n.agree() }},
		{"bodies", func(t *testing.T) {
			n.logMemory()
			n.halt()
			for i := range n.Len() {
				if held := checkVault(t, n.Home(i)); held != 3*rows {
					t.Errorf("node %d holds %d bodies", i, held)
				}
			}
		}},
	} {
		if !t.Run(step.name, step.run) {
			t.FailNow()
		}
	}
}

// orphan closes a node's lifeline, as the end of the program that started it does.
func orphan(t *testing.T, n *testNetwork, i int) {
	rn := n.nodes[i]
	if err := rn.lifeline.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-rn.exited:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("it runs on")
	}
	rn.process = nil
	n.resume(i)
}

// killOne kills a recorder while another one imports. The import goes on, the recorder
// comes back, catches up and holds every body.
func killOne(t *testing.T, n *testNetwork, rows, victim int) {
	file := sampleFile(t, rows, 100, n.today())
	type result struct {
		report *intake.Report
		err    error
	}
	done, middle := make(chan result, 1), make(chan struct{})
	go func() {
		told := false
		r, err := n.importFile(context.Background(), registry, intake.Migrate, file, func(o *intake.Options) {
			o.Batch, o.InFlight = 25, 2 // so that there is a middle
			o.Progress = func(p intake.Progress) {
				if !told && p.Accepted >= rows/4 {
					told = true
					close(middle)
				}
			}
		})
		done <- result{r, err}
	}()
	select {
	case <-middle:
	case r := <-done:
		t.Fatalf("it has ended before its middle: %+v, %v", r.report, r.err)
	}
	n.kill(victim)
	r := <-done
	if r.err != nil {
		t.Fatal(r.err)
	}
	everyRow(t, r.report, rows)
	n.resume(victim)
	n.holds(rows, rows)
	n.agree()
}

// killAll has the program import a file, kills it and every node when so many of its
// rows are in, starts the nodes and imports again: no row is lost and none doubled.
// Before is how many records the network has.
func killAll(t *testing.T, n *testNetwork, before, rows, at int) {
	file := sampleFile(t, rows, uint64(before+1), n.today())
	args := []string{"import", file, "--home", n.Home(registry).Dir, "--as", "migrate", "--json", "--quiet", "--batch", "25", "--in-flight", "2"}
	running := exec.Command(built(t), args...)
	if err := running.Start(); err != nil {
		t.Fatal(err)
	}
	n.eventually(fmt.Sprintf("%d rows", at), func() error {
		if s := n.status(registry); int(s.Records) < before+at {
			return fmt.Errorf("%d records", s.Records)
		}
		return nil
	})
	n.kill()
	if err := running.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	running.Wait() // it was killed
	n.resume()
	in := int(n.status(registry).Records) - before
	r := importAgain(t, args)
	everyRow(t, r, rows)
	t.Logf("%d of %d rows were in when everything was killed", in, rows)
	if in < rows && r.Before {
		t.Errorf("finished before with %d of %d rows", in, rows)
	}
	n.holds(before+rows, before+rows)
	n.agree()
	if r := importAgain(t, args); !r.Before {
		t.Error("a third run does not know the file")
	}
	n.holds(before+rows, before+rows)
}

func importAgain(t *testing.T, args []string) *intake.Report {
	t.Helper()
	out, err := exec.Command(built(t), args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("%v: %s", err, exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := new(intake.Report)
	if err := json.Unmarshal(out, r); err != nil {
		t.Fatal(err)
	}
	return r
}

// listAll takes records the whole way: proposed, noticed, their windows waited out,
// listed.
func listAll(t *testing.T, n *testNetwork, before, rows int) {
	r, err := n.importFile(context.Background(), court, intake.List, sampleFile(t, rows, 300, n.today()), nil)
	if err != nil {
		t.Fatal(err)
	}
	everyRow(t, r, rows)
	logStages(t, r)
	n.holds(before+rows, before+rows)
}

func logStages(t testing.TB, r *intake.Report) {
	for _, s := range r.Stages {
		t.Logf("%-8s %6d rows, %7.2f s", s.Stage, s.Accepted, s.Seconds)
	}
}
