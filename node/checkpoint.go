package node

import (
	"context"
	"strings"
	"time"

	"github.com/riviera-ledger/riviera/checkpoint"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// CheckpointConfig is who watches the log.
type CheckpointConfig struct {
	// Witnesses are the keys (vkey, NAME+ID+KEY) of the witnesses whose cosignatures this node
	// takes and gives out.
	Witnesses []string `toml:"witnesses,omitempty"`
}

// checkpointEvery is how many blocks apart the checkpoints are that witnesses are given: as
// every node gives the same ones, witnesses that ask different nodes sign the same.
const checkpointEvery = 64

// witnessAhead is how far a witness's clock may be ahead of this machine's.
const witnessAhead = 5 * time.Minute

// Checkpoint returns the log's checkpoint, signed by this institution, with the cosignatures
// that this node has. Size 0 is the newest that witnesses are given, witnesses the least
// number of cosignatures that it must have: the newest that has them, or the one of the
// given size. What there is not is fault.NotFound.
func (n *Node) Checkpoint(_ context.Context, size uint64, witnesses int) (string, error) {
	view := n.engine.View()
	var err error
	switch {
	case size == 0 && witnesses > 0:
		size = n.cosigned.newest(witnesses)
	case size == 0:
		size, err = published(view)
	}
	if err != nil {
		return "", err
	}
	c, err := n.headAt(view, size)
	if err != nil {
		return "", err
	}
	lines := n.cosigned.lines(c)
	if len(lines) < witnesses {
		return "", fault.Newf(fault.NotFound, "checkpoint", "%d witnesses have signed it", len(lines))
	}
	key, err := n.credential()
	if err != nil {
		return "", err
	}
	note, err := c.Sign(key)
	if err != nil {
		return "", err
	}
	return string(note) + strings.Join(lines, ""), nil
}

// published is the size of the log that witnesses are asked to sign now.
func published(view *ledger.View) (uint64, error) {
	size, err := view.SizeAt(view.Height - view.Height%checkpointEvery)
	if size == 0 { // a young log
		size = view.LogSize
	}
	return size, err
}

func (n *Node) headAt(view *ledger.View, size uint64) (checkpoint.Checkpoint, error) {
	root, err := view.RootAt(size)
	return checkpoint.Checkpoint{Origin: checkpoint.Origin(n.home.Genesis.Hash()), Size: size, Root: root}, err
}

// Consistency proves that the log of a size begins with that of an older one.
func (n *Node) Consistency(_ context.Context, older, size uint64) (client.Consistency, error) {
	if older == 0 || older > size {
		return client.Consistency{}, fault.Newf(fault.BadRequest, "older", "from 1 to size")
	}
	path, err := n.engine.View().LogConsistencyAt(older, size)
	if err != nil {
		return client.Consistency{}, err
	}
	out := client.Consistency{Older: older, Size: size, Path: make([][]byte, len(path))}
	for i := range path {
		out.Path[i] = path[i][:]
	}
	return out, nil
}

// Cosign takes a note with cosignatures of the configured witnesses. One of another root
// than this node's log has is fault.CheckpointForked: somebody has shown the witness another
// history.
func (n *Node) Cosign(_ context.Context, note []byte) (client.Cosigned, error) {
	c, sigs, err := checkpoint.Cosignatures(note, n.cosigned.witnesses)
	if err != nil {
		return client.Cosigned{}, err
	}
	view := n.engine.View()
	if c.Size > view.LogSize {
		return client.Cosigned{}, fault.Newf(fault.NotReady, "checkpoint", "this node's log has %d events", view.LogSize)
	}
	own, err := n.headAt(view, c.Size)
	if err != nil {
		return client.Cosigned{}, err
	}
	if err := c.Continues(own, nil); err != nil {
		if fault.Is(err, fault.CheckpointForked) {
			n.log.Error("a witness has signed another history of the log", "witness", sigs[0].Witness, "size", c.Size)
		}
		return client.Cosigned{}, err
	}
	latest := n.home.now().Add(witnessAhead)
	for _, s := range sigs {
		if s.Time.After(latest) {
			return client.Cosigned{}, fault.Newf(fault.CheckpointInvalid, "time", "the witness's clock is ahead")
		}
	}
	names, err := n.cosigned.add(c, sigs)
	return client.Cosigned{Size: c.Size, Witnesses: names}, err
}
