package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/node"
)

// RunOptions says how the nodes of a network run on this machine.
type RunOptions struct {
	// Program is the riviera program to run each node with, as a process of its own;
	// empty runs them all inside this process.
	Program string
	// Logs is the directory for the nodes' logs; empty is each home.
	Logs string
	// Prepare is called with the number of each node and its home before the node starts
	// inside this process; nil does nothing.
	Prepare func(i int, h *node.Home)
}

// Running is a network whose nodes run on this machine.
type Running struct {
	*Network
	nodes []*runningNode // recorders first
}

// runningNode is one node, in this process or in one of its own.
type runningNode struct {
	home    *node.Home
	program string
	log     string
	inside  *node.Node
	process *exec.Cmd
	// lifeline is the process' standard input: it closes when this process ends, even by
	// a signal that it cannot catch, and the node ends with it.
	lifeline io.Closer
	exited   chan error
	logFile  io.Closer
}

// Start starts every node.
func (n *Network) Start(ctx context.Context, o RunOptions) (*Running, error) {
	r := &Running{Network: n}
	for _, dir := range append(append([]string(nil), n.Recorders...), n.Contributors...) {
		h, err := node.OpenHome(dir)
		if err != nil {
			r.Stop()
			return nil, err
		}
		rn := &runningNode{home: h, program: o.Program, log: filepath.Join(dir, "node.log")}
		if o.Prepare != nil {
			o.Prepare(len(r.nodes), h)
		}
		if o.Logs != "" {
			rn.log = filepath.Join(o.Logs, filepath.Base(dir)+".log")
		}
		r.nodes = append(r.nodes, rn)
		if err := rn.start(ctx); err != nil {
			r.Stop()
			return nil, err
		}
	}
	return r, nil
}

func (n *runningNode) start(ctx context.Context) error {
	f, err := os.OpenFile(n.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fault.Wrap(fault.BadConfig, n.log, err)
	}
	n.logFile = f
	if n.program == "" {
		n.inside, err = node.Start(ctx, n.home, slog.New(slog.NewTextHandler(f, nil)))
		return err
	}
	n.process = exec.Command(n.program, "node", "start", "--home", n.home.Dir, "--attached")
	n.process.Stdout, n.process.Stderr = f, f
	if n.lifeline, err = n.process.StdinPipe(); err != nil {
		return fault.Wrap(fault.Internal, n.program, err)
	}
	if err := n.process.Start(); err != nil {
		return fault.Wrap(fault.Internal, n.program, err)
	}
	n.exited = make(chan error, 1)
	go func() { n.exited <- n.process.Wait() }()
	return nil
}

// stop ends a node in order; kill says to end it as a power failure would, which only
// a process of its own can do.
func (n *runningNode) stop(kill bool) error {
	var err error
	switch {
	case n.inside != nil:
		err = n.inside.Stop()
		n.inside = nil
	case n.process != nil:
		signal := syscall.SIGTERM
		if kill {
			signal = syscall.SIGKILL
		}
		n.process.Process.Signal(signal) // it may have ended by itself
		select {
		case err = <-n.exited:
		case <-time.After(20 * time.Second):
			n.process.Process.Kill()
			err = <-n.exited
		}
		n.process = nil
		if kill {
			err = nil
		}
	}
	if n.logFile != nil {
		n.logFile.Close()
		n.logFile = nil
	}
	return err
}

// Stop ends every node.
func (r *Running) Stop() error {
	var errs []error
	for _, n := range r.nodes {
		errs = append(errs, n.stop(false))
	}
	return errors.Join(errs...)
}

// Kill ends node i (recorders first) as a power failure would; it must run as a process.
func (r *Running) Kill(i int) error { return r.nodes[i].stop(true) }

// Restart starts node i again.
func (r *Running) Restart(ctx context.Context, i int) error { return r.nodes[i].start(ctx) }

// Home returns the home of node i, recorders first.
func (r *Running) Home(i int) *node.Home { return r.nodes[i].home }

// Inside returns node i where it runs in this process, else nil.
func (r *Running) Inside(i int) *node.Node { return r.nodes[i].inside }

// Processes returns the process ids of the nodes that run in processes of their own.
func (r *Running) Processes() (ids []int) {
	for _, n := range r.nodes {
		if n.process != nil {
			ids = append(ids, n.process.Process.Pid)
		}
	}
	return ids
}

// StopNode ends node i in order; Restart starts it again.
func (r *Running) StopNode(i int) error { return r.nodes[i].stop(false) }

// Len returns the number of nodes.
func (r *Running) Len() int { return len(r.nodes) }

// Client speaks to node i as its institution's own people.
func (r *Running) Client(i int) (*client.Client, error) { return r.nodes[i].home.Client() }

// Ready waits until every running node answers and is ready, or the context ends.
func (r *Running) Ready(ctx context.Context) error {
	for i, n := range r.nodes {
		if n.inside == nil && n.process == nil {
			continue
		}
		if err := r.ready(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

func (r *Running) ready(ctx context.Context, i int) error {
	c, err := r.Client(i)
	if err != nil {
		return err
	}
	var last error
	for {
		if last = c.Ready(ctx); last == nil {
			return nil
		}
		if err := r.nodes[i].ended(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fault.Wrap(fault.NotReady, filepath.Base(r.nodes[i].home.Dir), last)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// ended reports why a node is gone; of a process, the end of its log tells.
func (n *runningNode) ended() error {
	if n.inside != nil && n.inside.Live() != nil {
		return n.inside.Wait()
	}
	if n.process == nil {
		return nil
	}
	select {
	case err := <-n.exited:
		n.exited <- err
		b, _ := os.ReadFile(n.log)
		lines := strings.Split(strings.TrimSpace(string(b)), "\n")
		last := strings.Join(lines[max(len(lines)-lastWords, 0):], " ")
		return fault.Newf(fault.Internal, filepath.Base(n.home.Dir), "the node ended: %v: %s", err, last)
	default:
		return nil
	}
}

// lastWords is how many lines a node that ends writes: what is wrong, the detail, what
// to do next.
const lastWords = 3

// URL returns the address of node i's API and pages.
func (r *Running) URL(i int) string {
	return fmt.Sprintf("http://%s", r.nodes[i].home.Config.API.Listen)
}
