//go:build soak

package network

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/intake"
)

// setting reads a number from the environment.
func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// TestSoakHundredThousand brings 100,000 records (RIVIERA_SOAK_RECORDS) to active in four
// recorders and a contributor, in one step and the whole way, with the nodes in this
// process and as processes. It measures and judges the count alone.
func TestSoakHundredThousand(t *testing.T) {
	rows := setting(t, "RIVIERA_SOAK_RECORDS", 100_000)
	for _, processes := range []bool{true, false} {
		for _, c := range []struct {
			mode intake.Mode
			by   int
			day  time.Duration
		}{
			{intake.Migrate, registry, time.Hour},
			{intake.List, court, 10 * time.Second}, // a proposal lives for 30 days: five minutes
		} {
			where := map[bool]string{true: "processes", false: "goroutines"}[processes]
			t.Run(fmt.Sprintf("%s/%s", where, c.mode), func(t *testing.T) {
				n := start(t, shape{recorders: 4, contributors: 1, day: c.day, processes: processes})
				file := sampleFile(t, rows, 1, n.today())
				before := cpu(t, n)
				began := time.Now()
				r, err := n.importFile(context.Background(), c.by, c.mode, file, nil)
				if err != nil {
					t.Fatal(err)
				}
				imported := time.Since(began)
				everyRow(t, r, rows)
				n.holds(rows, rows)
				logStages(t, r)
				t.Logf("%d rows imported after %.1f s (%.0f a second), on every node after %.1f s", rows, imported.Seconds(),
					float64(rows)/imported.Seconds(), time.Since(began).Seconds())
				n.logMemory()
				n.agree()
				n.halt()
				t.Logf("CPU of nodes and import together: %.1f s", (cpu(t, n) - before).Seconds())
				for i := range n.Len() {
					if held := checkVault(t, n.Home(i)); held != rows {
						t.Errorf("node %d holds %d bodies", i, held)
					}
				}
			})
		}
	}
}

// cpu is the time that this process and its ended children have used.
func cpu(t *testing.T, _ *testNetwork) (sum time.Duration) {
	t.Helper()
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			t.Fatal(err)
		}
		sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return sum
}

// TestSoakKill kills nodes and imports at random for many rounds (RIVIERA_SOAK_ROUNDS).
// RIVIERA_SOAK_SEED repeats the choices of a run, though not its timing.
func TestSoakKill(t *testing.T) {
	rounds := setting(t, "RIVIERA_SOAK_ROUNDS", 40)
	seed := setting(t, "RIVIERA_SOAK_SEED", int(time.Now().UnixNano()%1_000_000))
	t.Logf("RIVIERA_SOAK_SEED=%d", seed)
	s := &soak{testNetwork: start(t, shape{recorders: 4, contributors: 1, day: 24 * time.Hour, processes: true}),
		rand: rand.New(rand.NewPCG(uint64(seed), 1))}
	for i := range rounds {
		if !t.Run(fmt.Sprint("round ", i), s.round) {
			t.FailNow()
		}
	}
	s.logMemory()
	s.halt()
	for i := range s.Len() {
		if held := checkVault(t, s.Home(i)); held != s.records {
			t.Errorf("node %d holds %d bodies of %d", i, held, s.records)
		}
	}
}

type soak struct {
	*testNetwork
	rand    *rand.Rand
	records int
	active  int
	drafts  int
}

// round imports a file while nodes, and perhaps the import, are killed.
func (s *soak) round(t *testing.T) {
	s.t = t
	rows := 500 + s.rand.IntN(3000)
	file := sampleFile(t, rows, uint64(s.records+1), s.today())
	args := []string{"import", file, "--json", "--quiet", "--batch", strconv.Itoa(10 + s.rand.IntN(90)), "--in-flight", strconv.Itoa(1 + s.rand.IntN(6))}
	if s.rand.IntN(3) == 0 {
		args = append(args, "--home", s.Home(bureau).Dir, "--as", "propose", "--recorder", "2")
		s.drafts += rows
	} else {
		args = append(args, "--home", s.Home(registry).Dir, "--as", "migrate")
		s.active += rows
	}
	s.records += rows
	running := exec.Command(built(t), args...)
	if err := running.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- running.Wait() }()
	for range 1 + s.rand.IntN(2) {
		time.Sleep(time.Duration(s.rand.IntN(2500)) * time.Millisecond)
		victims := s.rand.Perm(s.Len())[:1+s.rand.IntN(s.Len())]
		s.kill(victims...)
		if s.rand.IntN(2) == 0 {
			running.Process.Kill() // it may have ended
		}
		time.Sleep(time.Duration(s.rand.IntN(1500)) * time.Millisecond)
		s.resume(victims...)
	}
	<-ended // killed, failed or done: the next run finds out
	in := s.status(registry).Records
	r := importAgain(t, args)
	everyRow(t, r, rows)
	t.Logf("%d rows %s; %d records before the last run", rows, r.Mode, in)
	s.holds(s.records, s.active)
	s.agree()
}

// TestSoakMassRelease is TestMassRelease with 100,000 records (RIVIERA_SOAK_RECORDS):
// answered as released at once, recorded by and by.
func TestSoakMassRelease(t *testing.T) {
	massRelease(t, setting(t, "RIVIERA_SOAK_RECORDS", 100_000), 150*time.Second)
}
