package checkpoint

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// MaxNote bounds a note with all its signatures, in bytes.
const MaxNote = 32 << 10

// Checkpoint is the log's head at a size.
type Checkpoint struct {
	Origin string
	Size   uint64 // number of events
	Root   wire.Hash
}

// Origin names the log of a network by the digest of its genesis document.
func Origin(genesis wire.Hash) string { return "riviera/" + hex.EncodeToString(genesis[:]) }

// Text is the note's text, with its last newline.
func (c Checkpoint) Text() string {
	return c.Origin + "\n" + strconv.FormatUint(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"
}

// parse reads a note's text; anything but its canonical form is fault.CheckpointInvalid.
func parse(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Checkpoint{}, invalid("not three lines")
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	root, failed := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || failed != nil || len(root) != len(wire.Hash{}) {
		return Checkpoint{}, invalid("size or root")
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: wire.Hash(root)}
	if c.Text() != text {
		return Checkpoint{}, invalid("not in its one form")
	}
	return c, nil
}

func invalid(detail string) error {
	return fault.Newf(fault.CheckpointInvalid, "checkpoint", "%s", detail)
}

// Continues holds a checkpoint to an earlier one of the same log, of size 1 or above; path
// is the RFC 6962 consistency path between the two and nil where the sizes are equal. A
// smaller one is fault.CheckpointOutdated, one of the same size with another root is
// fault.CheckpointForked, and where the path does not lead from one to the other it is
// fault.LogUnproved: who gave the path may have erred.
func (c Checkpoint) Continues(earlier Checkpoint, path []wire.Hash) error {
	switch {
	case c.Origin != earlier.Origin:
		return invalid("of another network")
	case c.Size < earlier.Size:
		return fault.Newf(fault.CheckpointOutdated, "checkpoint", "%d events; %d have been seen", c.Size, earlier.Size)
	case c.Size == earlier.Size && c.Root != earlier.Root:
		return fault.Newf(fault.CheckpointForked, "checkpoint", "two roots of %d events", c.Size)
	case c.Size == earlier.Size:
		return nil
	case proof.VerifyConsistency(earlier.Size, earlier.Root, c.Size, c.Root, path) != nil:
		return fault.Newf(fault.LogUnproved, "checkpoint", "%d events do not continue %d", c.Size, earlier.Size)
	}
	return nil
}
