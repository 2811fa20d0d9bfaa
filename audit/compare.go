package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/wire"
)

// looksEvery is after how many values a comparison tells how far it is, and looks whether
// it is to end.
const looksEvery = 4096

// stored compares the stored state with the recomputed one: every value byte by byte, and
// the roots once more from the stored events and records alone.
func (r *replay) stored(ctx context.Context) error {
	n, err := r.values(ctx, r.Site.State, OfState)
	r.report.Values = n
	if err != nil {
		return err
	}
	return errors.Join(r.storedLog(ctx), r.storedRecords())
}

// values walks through two stores side by side and names each key in which they differ.
func (r *replay) values(ctx context.Context, other *store.DB, of string) (n int, err error) {
	ours, err := r.scratch.Iterator(nil, nil, false)
	if err != nil {
		return 0, err
	}
	defer ours.Close()
	theirs, err := other.Iterator(nil, nil, false)
	if err != nil {
		return 0, err
	}
	defer theirs.Close()
	for ; ours.Valid() || theirs.Valid(); n++ {
		if n%looksEvery == 0 {
			if ctx.Err() != nil {
				return n, ctx.Err()
			}
			r.Progress(StepState, int64(n), 0)
		}
		a, b := ours.Key(), theirs.Key()
		switch order := bytes.Compare(a, b); {
		case b == nil || a != nil && order < 0:
			r.report.differs(of, ledger.KeyName(a), fault.AuditDiffers, "missing")
			ours.Next()
		case a == nil || order > 0:
			r.report.differs(of, ledger.KeyName(b), fault.AuditDiffers, "not of this ledger")
			theirs.Next()
		default:
			if !bytes.Equal(ours.Value(), theirs.Value()) {
				r.report.differs(of, ledger.KeyName(a), fault.AuditDiffers, "another value")
			}
			ours.Next()
			theirs.Next()
		}
	}
	if err := theirs.Error(); err != nil { // a damaged table
		r.report.failed(of, "store", err)
	}
	return n, ours.Error()
}

// storedLog recomputes leaves, tiles and root of the log from the events on the disk.
func (r *replay) storedLog(ctx context.Context) error {
	view := r.ledger.View(r.Site.State)
	var edge proof.Edge
	var tiles tiling
	var bad error
	err := view.EachEvent(0, func(index uint64, event []byte) bool {
		if index != edge.Size() {
			r.report.differs(OfLog, fmt.Sprintf("event %d", edge.Size()), fault.NotFound, "missing")
			return false
		}
		if index%looksEvery == 0 {
			if bad = ctx.Err(); bad != nil {
				return false
			}
			r.Progress(StepLog, int64(index), int64(view.LogSize))
		}
		leaf := proof.LogLeaf(event)
		edge.Append(leaf)
		bad = tiles.add(0, leaf, r.tile(view))
		return bad == nil
	})
	if err = firstError(bad, err); err != nil {
		return err
	}
	if err := tiles.rest(r.tile(view)); err != nil {
		return err
	}
	if root := edge.Root(); edge.Size() != view.LogSize || root != view.LogRoot {
		r.report.differs(OfLog, "log", fault.CommitmentMismatch, "the stored events lead to another root")
	}
	return nil
}

// tile compares a recomputed tile with the stored one.
func (r *replay) tile(view *ledger.View) func(level int, n uint64, hashes []wire.Hash) error {
	return func(level int, n uint64, hashes []wire.Hash) error {
		stored, err := view.Tile(level, n)
		if err != nil {
			return err
		}
		for i := range max(len(hashes), len(stored)) {
			if i >= len(hashes) || i >= len(stored) || hashes[i] != stored[i] {
				r.report.differs(OfLog, fmt.Sprintf("log tile %d/%d", level, n), fault.CommitmentMismatch, "hash %d is not that of the stored events", i)
				break
			}
		}
		return nil
	}
}

// storedRecords recomputes the root of the record states from the records on the disk.
func (r *replay) storedRecords() error {
	head := r.ledger.Head()
	if head.Records == 0 {
		return nil
	}
	var states proof.StateEdge
	var gap error
	err := r.ledger.View(r.Site.State).EachState(func(seq uint64, state []byte) bool {
		if seq != states.Size() {
			gap = fault.Newf(fault.NotFound, fmt.Sprintf("record %d", states.Size()), "missing")
			return false
		}
		states.Append(proof.StateLeaf(state))
		return true
	})
	if err != nil {
		return err
	}
	if gap != nil {
		r.report.failed(OfState, "records", gap)
		return nil
	}
	first, path, meta, err := r.ledger.StateProof(0)
	if err != nil {
		return err
	}
	ours, err := path.Root(0, proof.StateLeaf(first))
	if err != nil {
		return err
	}
	if states.Root() != ours || wire.Digest("riviera/stateroot/1", ours[:], meta[:]) != head.State {
		r.report.differs(OfState, "records", fault.CommitmentMismatch, "the stored records lead to another root")
	}
	return nil
}

// tiling cuts leaf hashes into tiles of 256 and those into tiles of the level above.
type tiling struct {
	edge [][]wire.Hash
	full []uint64 // tiles of a level that are done
}

func (t *tiling) add(level int, h wire.Hash, done func(level int, n uint64, hashes []wire.Hash) error) error {
	if level == len(t.edge) {
		t.edge, t.full = append(t.edge, nil), append(t.full, 0)
	}
	t.edge[level] = append(t.edge[level], h)
	if len(t.edge[level]) < ledger.TileWidth {
		return nil
	}
	if err := done(level, t.full[level], t.edge[level]); err != nil {
		return err
	}
	var above proof.Edge
	for _, h := range t.edge[level] {
		above.Append(h)
	}
	t.edge[level] = t.edge[level][:0]
	t.full[level]++
	return t.add(level+1, above.Root(), done)
}

func (t *tiling) rest(done func(level int, n uint64, hashes []wire.Hash) error) error {
	for level, hashes := range t.edge {
		if len(hashes) == 0 {
			continue
		}
		if err := done(level, t.full[level], hashes); err != nil {
			return err
		}
	}
	return nil
}

// compareOther holds the second home against this one at a height: its block, and its
// state if that is where it stands.
func (r *replay) compareOther(ctx context.Context, height int64) error {
	_, last := r.Against.Blocks.Range()
	if height > last {
		return nil
	}
	r.report.Other = fmt.Sprintf("member %d, blocks up to %d", r.Against.Member, height)
	b, err := r.Against.Blocks.Read(height)
	switch {
	case err != nil:
		r.report.failed(OfOther, blockPlace(height), err)
	case b.Hash != r.before.Hash:
		r.report.differs(OfOther, blockPlace(height), fault.CommitmentMismatch, "another block")
	}
	if height != r.Against.Head.Height {
		return nil
	}
	_, err = r.values(ctx, r.Against.State, OfOther)
	r.report.Other += ", and its state"
	return err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
