package network

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/intake"
)

// namespaceEnv tells this test program that it runs in a namespace of its own, where it
// may mount a small disk. What is mounted there is gone when the program ends.
const namespaceEnv = "RIVIERA_NETWORK_TEST_NAMESPACE"

func inNamespace() bool { return os.Getenv(namespaceEnv) != "" }

// TestFullDisk gives one recorder a small disk and fills it under load: the node stops
// by itself and says why, the others go on, and with space again it starts, catches up
// and has lost nothing.
func TestFullDisk(t *testing.T) {
	if inNamespace() {
		fullDisk(t)
		return
	}
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.v", "-test.timeout=10m")
	cmd.Env = append(os.Environ(), namespaceEnv+"=1", "RIVIERA_PROGRAM="+built(t))
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}, GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		t.Fatalf("%v\n%s", err, out)
	case err != nil:
		t.Logf("NOT PROVEN HERE: this system lets nobody make a namespace of his own (%v)", err)
	default:
		t.Logf("%s", out)
	}
}

func fullDisk(t *testing.T) {
	const small = 3 // the recorder with the small disk
	n := &testNetwork{t: t}
	var disk string
	n.Running = startOn(t, func(network *Network) {
		disk = filepath.Join(network.Recorders[small], "data")
		if err := os.Mkdir(disk, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=512m"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { // a store that could not be opened may have left files open
			if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
	})
	n.ready()
	records := 0
	for _, c := range []struct {
		name string
		left int64 // bytes left free
	}{{"nothing left", 0}, {"less than the reserve left", 16 << 20}} {
		t.Run(c.name, func(t *testing.T) {
			n.t = t
			const rows = 4000
			done := make(chan error, 1)
			go func() {
				r, err := n.importFile(context.Background(), registry, intake.Migrate, sampleFile(t, rows, uint64(records+1), n.today()), nil)
				if err == nil {
					everyRow(t, r, rows)
				}
				done <- err
			}()
			ballast := fill(t, disk, c.left)
			n.stopsWith(small, fault.DiskFull)
			if err := <-done; err != nil {
				t.Fatalf("the others do not go on: %v", err)
			}
			records += rows
			if c.left == 0 { // a start without space says so as well
				failsToStart(t, n.Home(small).Dir, fault.DiskFull, "")
			}
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			n.resume(small)
			n.holds(records, records)
			n.agree()
		})
	}
	n.t = t
	n.halt()
	if held := checkVault(t, n.Home(small)); held != records {
		t.Errorf("%d bodies for %d records", held, records)
	}
}

// startOn starts four recorders as processes after something was done to their homes.
func startOn(t *testing.T, prepare func(*Network)) *Running {
	t.Helper()
	network := found(t, shape{recorders: 4, day: 10 * time.Second})
	prepare(network)
	r, err := network.Start(context.Background(), RunOptions{Program: built(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Stop() }) // the node whose disk is full may have ended by itself
	return r
}

// fill writes a file until so many bytes are free.
func fill(t *testing.T, dir string, left int64) string {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size := int64(s.Bavail)*s.Bsize - left
	if left == 0 {
		size += 1 << 30
	}
	if _, err := io.CopyN(f, zeros{}, size); err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return f.Name()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// stopsWith waits until a node's process has ended by itself, and looks at what it said.
func (n *testNetwork) stopsWith(i int, want fault.Code) {
	n.t.Helper()
	var end error
	n.eventually("the node's end", func() error {
		if end = n.nodes[i].ended(); end == nil {
			return errors.New("it runs")
		}
		return nil
	})
	err := n.nodes[i].stop(false)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		n.t.Errorf("it ended with %v", err)
	}
	log, err := os.ReadFile(n.nodes[i].log)
	if err != nil {
		n.t.Fatal(err)
	}
	tail := string(log[max(len(log)-4000, 0):])
	if !strings.Contains(tail, faultText(want)) {
		n.t.Errorf("it does not say %q: %v\n%s", faultText(want), end, tail)
	}
}
