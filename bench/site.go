package bench

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/network"
)

// site is the network that is measured.
type site struct {
	*network.Running
	o      Options
	dir    string
	doors  []door // of each node, recorders first
	clerks []*clerk.Clerk
	orgs   bool      // the load is about organisations only
	made   int       // records made so far: no case comes twice
	pace   float64   // records a second while warming up
	rates  []float64 // records a second, of each part that was preloaded
}

// door is where an institution's people hand in an envelope: the node itself where it
// runs in this process, its API where it runs in another.
type door interface {
	Submit(context.Context, client.Submission) (client.Receipt, error)
	Status(context.Context) (client.Status, error)
}

const readyWithin = 60 * time.Second

// found makes a network and starts it. It is the demonstration's but for its ports and
// its clock: nothing that a node checks, signs, syncs or encrypts can be chosen here.
func found(ctx context.Context, o Options) (*site, error) {
	s := &site{o: o, dir: o.Dir}
	var err error
	if s.dir == "" {
		if s.dir, err = os.MkdirTemp("", "riviera-bench-"); err != nil {
			return nil, fault.Wrap(fault.DiskFull, "bench", err)
		}
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *site) start(ctx context.Context) error {
	n, err := Create(s.o, filepath.Join(s.dir, "network"))
	if err != nil {
		return err
	}
	if s.o.snapshotEvery != 0 {
		if err := offerEvery(n, s.o.snapshotEvery); err != nil {
			return err
		}
	}
	s.o.Say("starting", len(n.Recorders)+len(n.Contributors))
	if s.Running, err = n.Start(ctx, network.RunOptions{Program: s.o.Program}); err != nil {
		return err
	}
	ready, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	if err := s.Ready(ready); err != nil {
		return err
	}
	for i := range s.Len() {
		if err := s.open(i); err != nil {
			return err
		}
	}
	return nil
}

// Create makes the network that the options describe in dir.
func Create(o Options, dir string) (*network.Network, error) {
	port, err := network.FreePorts(2 * (o.Recorders + o.Contributors))
	if err != nil {
		return nil, err
	}
	return network.Create(network.Options{Out: dir, Recorders: o.Recorders, Contributors: o.Contributors,
		TrainingDay: o.TrainingDay, BasePort: port, Now: time.Now()})
}

// open makes the door and the clerk of node i.
func (s *site) open(i int) error {
	c, err := s.Client(i)
	if err != nil {
		return err
	}
	k, err := s.Home(i).Clerk(c)
	if err != nil {
		return err
	}
	s.clerks = append(s.clerks, k)
	if n := s.Inside(i); n != nil {
		s.doors = append(s.doors, n)
	} else {
		s.doors = append(s.doors, c)
	}
	return nil
}

func (s *site) close() error {
	var err error
	if s.Running != nil {
		err = s.Stop()
	}
	if s.o.Dir == "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

// settle waits until each of the nodes has executed what any of them has now, and holds
// every body that it may.
func (s *site) settle(ctx context.Context, nodes []int) error {
	var height int64
	for _, i := range nodes {
		st, err := s.doors[i].Status(ctx)
		if err != nil {
			return err
		}
		height = max(height, st.Height)
	}
	for _, i := range nodes {
		for {
			st, err := s.doors[i].Status(ctx)
			if err == nil && st.Height >= height && st.Missing == 0 {
				break
			}
			select {
			case <-ctx.Done():
				return fault.Wrap(fault.NotReady, "bench", ctx.Err())
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
	return nil
}

// all lists the nodes.
func (s *site) all() []int {
	nodes := make([]int, s.Len())
	for i := range nodes {
		nodes[i] = i
	}
	return nodes
}
