package witness

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/riviera-ledger/riviera/checkpoint"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// Node is the node that is asked. A *client.Client is one.
type Node interface {
	Checkpoint(ctx context.Context, size uint64, witnesses int) ([]byte, error)
	Consistency(ctx context.Context, older, size uint64) (client.Consistency, error)
	LogProof(ctx context.Context, events []uint64, heights []int64) ([]byte, error)
}

// Signed is a checkpoint that the witness has signed.
type Signed struct {
	checkpoint.Checkpoint
	Before  uint64   // size of the one before, 0 for the first
	Height  int64    // block whose signed root it leads to
	Members []uint32 // whose signatures it bears
	Note    []byte   // with the members' signatures and the witness's
}

// Fork is the evidence of two histories: two notes of which neither continues the other.
type Fork struct {
	Seen, Shown string // files
	Size        uint64
}

// Error implements error.
func (f *Fork) Error() string {
	return fmt.Sprintf("two roots of %d events: %s, %s", f.Size, f.Seen, f.Shown)
}

// Unwrap is fault.CheckpointForked, with the two files as detail.
func (f *Fork) Unwrap() error {
	return fault.Newf(fault.CheckpointForked, "checkpoint", "%s", f.Error())
}

// Cosign asks a node for its checkpoint and signs it if it may. A *Fork is kept as evidence;
// what the node has told too early, a proof that does not hold and everything else leave
// nothing behind.
func (w *Witness) Cosign(ctx context.Context, node Node) (*Signed, error) {
	unlock, err := w.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	key, err := w.signer()
	if err != nil {
		return nil, err
	}
	seen, _, err := w.Seen()
	if err != nil {
		return nil, err
	}
	note, err := node.Checkpoint(ctx, 0, 0)
	if err != nil {
		return nil, err
	}
	shown, err := checkpoint.Open(note, w.Trust, []checkpoint.Witness{w.Key})
	if err != nil {
		return nil, err
	}
	if err := w.follows(ctx, node, seen, shown, note); err != nil {
		return nil, err
	}
	s := &Signed{Checkpoint: shown.Checkpoint, Members: shown.Members}
	if seen != nil {
		s.Before = seen.Size
	}
	if s.Height, err = w.decided(ctx, node, shown.Checkpoint); err != nil {
		return nil, err
	}
	if s.Note, err = checkpoint.Cosign(note, w.Key.Witness, key, w.now()); err != nil {
		return nil, err
	}
	return s, custody.Replace(w.path(seenFile), s.Note)
}

// follows holds what is shown to what has been seen. Where the node cannot prove that one
// continues the other, it is asked for its checkpoint of the size that has been seen: two
// roots of one size are a proof, a failed proof is none.
func (w *Witness) follows(ctx context.Context, node Node, seen *checkpoint.Checkpoint, shown *checkpoint.Opened, note []byte) error {
	if seen == nil {
		if shown.Size == 0 {
			return fault.Newf(fault.NotReady, "checkpoint", "the log is empty")
		}
		return nil
	}
	var path []wire.Hash
	if shown.Size > seen.Size {
		p, err := node.Consistency(ctx, seen.Size, shown.Size)
		if err != nil {
			return err
		}
		path = p.Hashes()
	}
	err := shown.Continues(*seen, path)
	if fault.Is(err, fault.LogUnproved) {
		if note, failed := node.Checkpoint(ctx, seen.Size, 0); failed == nil {
			if then, failed := checkpoint.Open(note, w.Trust, nil); failed == nil && fault.Is(then.Continues(*seen, nil), fault.CheckpointForked) {
				return w.keep(seen, note)
			}
		}
	}
	if fault.Is(err, fault.CheckpointForked) {
		return w.keep(seen, note)
	}
	return err
}

// keep writes the two notes of a fork beside each other. What has been kept stays.
func (w *Witness) keep(seen *checkpoint.Checkpoint, shown []byte) error {
	own, err := w.read(seenFile)
	if err != nil {
		return err
	}
	f := &Fork{Size: seen.Size}
	at := w.now().UTC().Format("20060102T150405.000")
	for _, x := range []struct {
		name string
		path *string
		b    []byte
	}{{"seen", &f.Seen, own}, {"shown", &f.Shown, shown}} {
		*x.path = w.path(fmt.Sprintf("fork-%d-%s-%s.txt", seen.Size, at, x.name))
		if err := custody.Create(*x.path, x.b); err != nil {
			return err
		}
	}
	return f
}

// decided holds a checkpoint to what the recorders have signed: it is a beginning of the log
// under the newest header, by the trust file. It returns the header's height.
func (w *Witness) decided(ctx context.Context, node Node, c checkpoint.Checkpoint) (int64, error) {
	b, err := node.LogProof(ctx, nil, nil)
	if err != nil {
		return 0, err
	}
	p, err := verify.ParseLogProof(b)
	if err != nil {
		return 0, err
	}
	r, err := p.Verify(w.Trust)
	if err != nil {
		return 0, err
	}
	if r.Retired && !r.Witness {
		return 0, fault.Newf(fault.LogUnproved, "anchor", "signed by recorders who have been replaced since")
	}
	anchor := checkpoint.Checkpoint{Origin: c.Origin, Size: r.Size, Root: wire.Hash(p.Anchor.Root)}
	if anchor.Size < c.Size {
		return 0, fault.Newf(fault.LogUnproved, "checkpoint", "%d events; the recorders have signed %d", c.Size, anchor.Size)
	}
	var path []wire.Hash
	if anchor.Size > c.Size {
		q, err := node.Consistency(ctx, c.Size, anchor.Size)
		if err != nil {
			return 0, err
		}
		path = q.Hashes()
	}
	if anchor.Continues(c, path) != nil {
		return 0, fault.Newf(fault.LogUnproved, "checkpoint", "the log that the recorders have signed does not begin with it")
	}
	return r.Height, nil
}

// Forks counts the pairs of notes that are kept as evidence.
func (w *Witness) Forks() (int, error) {
	shown, err := filepath.Glob(w.path("fork-*-shown.txt"))
	if err != nil {
		return 0, fault.Wrap(fault.Internal, w.dir, err)
	}
	return len(shown), nil
}
