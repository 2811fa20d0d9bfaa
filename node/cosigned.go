package node

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/riviera-ledger/riviera/checkpoint"
	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/fault"
)

// cosignedKept is how many checkpoints are kept with their cosignatures.
const cosignedKept = 32

// cosigned keeps what this node's witnesses have signed, in a file of notes without the
// members' signatures. It can be lost: witnesses sign anew.
type cosigned struct {
	path      string
	witnesses []checkpoint.Witness

	mu   sync.Mutex
	kept []cosignedAt // ascending by size
}

// cosignedAt is a checkpoint with one signature a witness.
type cosignedAt struct {
	checkpoint.Checkpoint
	sigs []checkpoint.Cosignature
}

// openCosigned reads the file; signatures by witnesses that are no longer configured stay
// behind.
func openCosigned(path string, vkeys []string) (*cosigned, error) {
	c := &cosigned{path: path}
	for _, v := range vkeys {
		w, err := checkpoint.ParseWitness(v)
		if err != nil {
			return nil, fault.Wrap(fault.BadConfig, "checkpoint.witnesses", err)
		}
		c.witnesses = append(c.witnesses, w)
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	var notes []string
	if err == nil {
		err = json.Unmarshal(b, &notes)
	}
	if err != nil {
		return nil, fault.Wrap(fault.BadConfig, path, err)
	}
	for _, note := range notes {
		if head, sigs, err := checkpoint.Cosignatures([]byte(note), c.witnesses); err == nil {
			c.kept = append(c.kept, cosignedAt{head, sigs})
		}
	}
	return c, nil
}

// add takes verified cosignatures of a checkpoint of this log and returns who has signed it.
// One that is older than what its witness has signed before is fault.CheckpointOutdated.
func (c *cosigned) add(head checkpoint.Checkpoint, sigs []checkpoint.Cosignature) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range sigs {
		if before, last := c.last(s.Witness); last != nil && (head.Size < before || s.Time.Before(last.Time)) {
			return nil, fault.Newf(fault.CheckpointOutdated, "checkpoint", "%s has signed one of %d events since", s.Witness, before)
		}
	}
	next := slices.Clone(c.kept)
	at, found := slices.BinarySearchFunc(next, head.Size, func(x cosignedAt, size uint64) int { return cmp.Compare(x.Size, size) })
	if !found {
		next = slices.Insert(next, at, cosignedAt{Checkpoint: head})
	}
	all := slices.Clone(next[at].sigs)
	for _, s := range sigs {
		all = slices.DeleteFunc(all, func(o checkpoint.Cosignature) bool { return o.Witness == s.Witness })
		all = append(all, s)
	}
	next[at].sigs = all
	names := next[at].names()
	next = next[max(len(next)-cosignedKept, 0):]
	if err := c.save(next); err != nil {
		return nil, err
	}
	c.kept = next
	return names, nil
}

func (a cosignedAt) names() []string {
	var out []string
	for _, s := range a.sigs {
		out = append(out, s.Witness)
	}
	slices.Sort(out)
	return out
}

// last is a witness's newest cosignature and the size that it is of. Under mu.
func (c *cosigned) last(witness string) (size uint64, last *checkpoint.Cosignature) {
	for i := range c.kept {
		for j := range c.kept[i].sigs {
			if s := &c.kept[i].sigs[j]; s.Witness == witness {
				size, last = c.kept[i].Size, s
			}
		}
	}
	return size, last
}

func (c *cosigned) save(kept []cosignedAt) error {
	var notes []string
	for _, k := range kept {
		notes = append(notes, k.Text()+"\n"+strings.Join(k.lines(), ""))
	}
	b, err := json.MarshalIndent(notes, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, c.path, err)
	}
	return custody.Replace(c.path, b)
}

func (a cosignedAt) lines() []string {
	var out []string
	for _, s := range a.sigs {
		out = append(out, s.Line+"\n")
	}
	return out
}

// newest is the size of the newest checkpoint that so many witnesses have signed, 0 for none.
func (c *cosigned) newest(witnesses int) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.kept) - 1; i >= 0; i-- {
		if len(c.kept[i].sigs) >= witnesses {
			return c.kept[i].Size
		}
	}
	return 0
}

// lines are the cosignatures of a checkpoint as they stand in a note.
func (c *cosigned) lines(head checkpoint.Checkpoint) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.kept {
		if k.Checkpoint == head {
			return k.lines()
		}
	}
	return nil
}

// witnessMetrics tells how long ago each witness has signed.
type witnessMetrics struct{ node *Node }

var witnessAge = prometheus.NewDesc("riviera_witness_age_seconds", "Time since a witness last signed a checkpoint of this node's log.", []string{"witness"}, nil)

// Describe implements prometheus.Collector.
func (m witnessMetrics) Describe(ch chan<- *prometheus.Desc) { ch <- witnessAge }

// Collect implements prometheus.Collector. A witness that has never signed is left out.
func (m witnessMetrics) Collect(ch chan<- prometheus.Metric) {
	c := m.node.cosigned
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.witnesses {
		if _, last := c.last(w.Witness); last != nil {
			ch <- prometheus.MustNewConstMetric(witnessAge, prometheus.GaugeValue, m.node.home.now().Sub(last.Time).Seconds(), w.Witness)
		}
	}
}
