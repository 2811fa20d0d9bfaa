package proof

import (
	"golang.org/x/mod/sumdb/tlog"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// maxTree bounds tree sizes and indices so that they fit tlog's int64.
const maxTree = 1 << 62

// LogLeaf is the leaf hash of an entry of the log: SHA-256(0x00 ‖ entry), RFC 6962
// section 2.1.
func LogLeaf(entry []byte) wire.Hash { return wire.Hash(tlog.RecordHash(entry)) }

// VerifyInclusion checks that entry stands at index (from 0) in the log of the given
// size and root. A wrong path is fault.CommitmentMismatch, a size or index out of
// range fault.Malformed.
func VerifyInclusion(entry []byte, index, size uint64, root wire.Hash, path []wire.Hash) error {
	if size > maxTree || index >= size {
		return fault.New(fault.Malformed, "log index")
	}
	err := tlog.CheckRecord(hashes(path), int64(size), tlog.Hash(root), int64(index), tlog.Hash(LogLeaf(entry)))
	if err != nil {
		return fault.Wrap(fault.CommitmentMismatch, "log path", err)
	}
	return nil
}

// RootFromPath computes the root to which a path leads from an entry, without any
// claim that this root is anyone's. The verifier needs it because a certificate
// carries the path alone and the root follows. It fails with fault.Malformed when
// the path has not exactly the length that index and size demand.
func RootFromPath(entry []byte, index, size uint64, path []wire.Hash) (wire.Hash, error) {
	if size > maxTree || index >= size {
		return wire.Hash{}, fault.New(fault.Malformed, "log index")
	}
	root, rest := climb(LogLeaf(entry), index, size, path)
	if root.Zero() || len(rest) != 0 {
		return wire.Hash{}, fault.New(fault.Malformed, "log path")
	}
	return root, nil
}

// climb follows RFC 6962 section 2.1.1 from the leaf up: the path lists siblings from
// the lowest. It returns a zero root when the path is too short.
func climb(leaf wire.Hash, index, size uint64, path []wire.Hash) (wire.Hash, []wire.Hash) {
	root, last := leaf, size-1
	for ; last > 0; index, last = index>>1, last>>1 {
		if index == last && index&1 == 0 {
			continue // a lone node at the right edge moves up unchanged
		}
		if len(path) == 0 {
			return wire.Hash{}, nil
		}
		if index&1 == 1 {
			root = logNode(path[0], root)
		} else {
			root = logNode(root, path[0])
		}
		path = path[1:]
	}
	return root, path
}

func logNode(left, right wire.Hash) wire.Hash {
	return wire.Hash(tlog.NodeHash(tlog.Hash(left), tlog.Hash(right)))
}

// VerifyConsistency checks that the log of size newSize and root newRoot begins with
// the log of size oldSize and root oldRoot. Errors as VerifyInclusion.
func VerifyConsistency(oldSize uint64, oldRoot wire.Hash, newSize uint64, newRoot wire.Hash, path []wire.Hash) error {
	if oldSize == 0 || oldSize > newSize || newSize > maxTree {
		return fault.New(fault.Malformed, "log size")
	}
	err := tlog.CheckTree(hashes(path), int64(newSize), tlog.Hash(newRoot), int64(oldSize), tlog.Hash(oldRoot))
	if err != nil {
		return fault.Wrap(fault.CommitmentMismatch, "log path", err)
	}
	return nil
}

func hashes(path []wire.Hash) []tlog.Hash {
	out := make([]tlog.Hash, len(path))
	for i, h := range path {
		out[i] = tlog.Hash(h)
	}
	return out
}

// AppHash is what the recorders sign in the header after a block: the log of events
// and the state of the ledger under one hash.
func AppHash(logRoot, stateRoot wire.Hash) wire.Hash {
	return wire.Digest("riviera/app/1", logRoot[:], stateRoot[:])
}
