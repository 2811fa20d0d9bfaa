package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/network"
	"github.com/riviera-ledger/riviera/ruler"
)

// The ruler runs in a process of its own, so that neither its memory nor its idling is
// in the figures of the network, nor the network's in its own. It is told on its standard
// input how long to run, one duration a line, and answers with one object a line.

const rulerBytes = ruler.TransactionBytes

// Measure is one turn of the ruler.
type Measure struct {
	Transactions int64 `json:"transactions"`
	Took         int64 `json:"took_ns"`
	CPU          int64 `json:"cpu_ns"`
}

func (m Measure) microseconds() float64 {
	return float64(m.CPU) / 1e3 / float64(max(m.Transactions, 1))
}

// ServeRuler runs the ruler until in ends.
func ServeRuler(ctx context.Context, in io.Reader, out io.Writer) error {
	n, stop, err := foundRuler(ctx)
	if err != nil {
		return err
	}
	defer stop()
	answer := json.NewEncoder(out)
	if err := answer.Encode(Measure{}); err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		d, err := time.ParseDuration(lines.Text())
		if err != nil {
			return fault.Wrap(fault.Usage, "ruler", err)
		}
		before := ownCPU()
		count, took, err := n.Load(ctx, d)
		if err != nil {
			return err
		}
		if err := answer.Encode(Measure{count, int64(took), int64(ownCPU() - before)}); err != nil {
			return err
		}
	}
	return lines.Err()
}

// rulerProcess is a ruler that waits for its turns.
type rulerProcess struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

// RulerCommand is what the program is called with to be the ruler.
var RulerCommand = []string{"bench", "ruler", "--serve"}

func startRuler(ctx context.Context, program string) (*rulerProcess, error) {
	r := &rulerProcess{cmd: exec.CommandContext(ctx, program, RulerCommand...)}
	r.cmd.Stderr = os.Stderr
	in, err := r.cmd.StdinPipe()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "ruler", err)
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "ruler", err)
	}
	r.in, r.out = in, json.NewDecoder(out)
	if err := r.cmd.Start(); err != nil {
		return nil, fault.Wrap(fault.Internal, "ruler", err)
	}
	var ready Measure
	if err := r.out.Decode(&ready); err != nil {
		r.stop()
		return nil, fault.Wrap(fault.NotReady, "ruler", err)
	}
	return r, nil
}

// turn runs the ruler for d.
func (r *rulerProcess) turn(d time.Duration) (m Measure, err error) {
	if _, err = fmt.Fprintln(r.in, d); err == nil {
		err = r.out.Decode(&m)
	}
	if err != nil {
		return m, fault.Wrap(fault.Internal, "ruler", err)
	}
	return m, nil
}

// stop ends the ruler: it ends by itself when its input does.
func (r *rulerProcess) stop() {
	r.in.Close()
	r.cmd.Wait() // what it had to say, it has said
}

// Ruler is the ruler alone.
type Ruler struct {
	Disclosure
	Transactions int64   `json:"transactions"`
	Rate         float64 `json:"ruler_transactions_per_second"`
	CPU          float64 `json:"ruler_us_per_transaction"`
	Bytes        int     `json:"ruler_transaction_bytes"`
}

// RunRuler runs the ruler in this process for d.
func RunRuler(ctx context.Context, d time.Duration) (*Ruler, error) {
	n, stop, err := foundRuler(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	r := &Ruler{Disclosure: disclose("ruler", nil), Bytes: rulerBytes}
	r.Nodes, r.Recorders = ruler.Validators, ruler.Validators
	before := ownCPU()
	count, took, err := n.Load(ctx, d)
	if err != nil {
		return nil, err
	}
	r.Transactions, r.Rate = count, round(float64(count)/took.Seconds(), 1)
	r.CPU = round(Measure{count, int64(took), int64(ownCPU() - before)}.microseconds(), 1)
	return r, nil
}

// foundRuler starts the ruler in a directory that stop removes.
func foundRuler(ctx context.Context) (n *ruler.Network, stop func(), err error) {
	dir, err := os.MkdirTemp("", "riviera-ruler-")
	if err != nil {
		return nil, nil, fault.Wrap(fault.DiskFull, "ruler", err)
	}
	port, err := network.FreePorts(ruler.Validators)
	if err == nil {
		ready, cancel := context.WithTimeout(ctx, readyWithin)
		defer cancel()
		n, err = ruler.Start(ready, dir, port)
	}
	if err != nil {
		os.RemoveAll(dir)
		return nil, nil, err
	}
	return n, func() {
		n.Stop()
		for range 20 { // the engine's goroutines may write a moment longer
			if os.RemoveAll(dir); gone(dir) {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}, nil
}

func gone(dir string) bool {
	_, err := os.Stat(dir)
	return os.IsNotExist(err)
}
