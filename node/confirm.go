package node

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
)

const (
	confirmEvery  = 30 * time.Second // how often a node looks whether it is to confirm again
	confirmOften  = time.Second      // on a training clock with short hours
	followTime    = 10 * time.Second // for the register to take in a block
	followAgain   = 50 * time.Millisecond
	eraseTries    = 3
	sweepRest     = 4    // times as long as a stretch of a sweep took, it rests: blocks go first
	aliveStep     = 4000 // records of a stretch of the ledger
	hoursOfTheDay = 24
)

// confirm puts a watermark of erasures on the ledger once an hour of ledger time until ctx
// ends. Nobody decides on it: it says what is so.
func (n *Node) confirm(ctx context.Context) {
	every := confirmEvery
	if c := n.engine.View().Config.Clock; c.Training() {
		every = min(every, max(confirmOften, time.Duration(c.Day/hoursOfTheDay)))
	}
	for {
		if err := n.confirmDue(ctx); err != nil && ctx.Err() == nil {
			n.log.Warn("erasures not confirmed yet", "code", fault.Of(err).String(), "error", err)
		}
		if _, err := n.ended.Days(n.engine.View, erasureDays); err != nil && ctx.Err() == nil { // so that nobody waits for it
			n.log.Warn("ends of records not counted", "code", fault.Of(err).String())
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}

// confirmDue confirms where it is time to. A node that has not caught up says nothing: what
// it holds may have had to go meanwhile.
func (n *Node) confirmDue(ctx context.Context) error {
	view, err := n.current()
	if err != nil {
		return nil
	}
	me := view.Config.Member(n.home.Member.ID)
	if me == nil || me.Removed != 0 {
		return nil
	}
	mark, err := view.Watermark(me.ID)
	if err != nil {
		return err
	}
	last := max(mark.At, view.Config.Clock.Moment(view.Config.GenesisTime, view.Config.GenesisTime))
	if view.Moment < view.Config.NextWatermark(last) || view.Height <= mark.Height {
		return nil
	}
	if err := n.emptied(ctx, view); err != nil {
		return err
	}
	o := ledger.Watermark{Height: view.Height}
	if _, err := n.send(ctx, o.Operation()); !fault.Is(err, fault.WatermarkBehind) {
		return err
	}
	return nil
}

// emptied returns nil once nothing is left here of any record whose end the view knows: the
// register has followed and rewritten its files, and no slot of the vault holds a secret of
// such a record. The vault itself is through before a view is published (consensus), unless
// a copy of its keys was brought back; what is found is erased, and looked for again.
func (n *Node) emptied(ctx context.Context, view *ledger.View) error {
	if err := n.followed(ctx, view.LogSize); err != nil {
		return err
	}
	dirty, err := n.register.Dirty()
	if dirty && err == nil {
		err = n.register.Purge(ctx)
	}
	if err != nil {
		return err
	}
	for range eraseTries {
		left, err := n.leftOver(ctx)
		if err != nil || len(left) == 0 {
			return err
		}
		n.log.Warn("the vault held what had been erased; it is erased again", "secrets", len(left))
		n.metrics.leftOver.Add(float64(len(left)))
		if err := n.vault.EraseHeld(left); err != nil {
			return err
		}
	}
	return fault.Newf(fault.NotReady, "vault", "it still holds what has to go")
}

// followed waits until the register has taken in the events of the log up to a size.
func (n *Node) followed(ctx context.Context, size uint64) error {
	for end := time.Now().Add(followTime); ; pause(ctx, followAgain) {
		cursor, err := n.register.Cursor()
		if err != nil || cursor >= size {
			return err
		}
		if ctx.Err() != nil || time.Now().After(end) {
			return fault.Newf(fault.NotReady, "register", "it has not followed yet")
		}
	}
}

// leftOver goes through every secret that is on the disk and returns those of records that
// have been erased. A body whose record no block holds yet is on its way, and nobody's end.
func (n *Node) leftOver(ctx context.Context) (left []vault.Held, err error) {
	alive, err := n.alive(ctx)
	if err != nil {
		return nil, err
	}
	for from := uint32(0); ; {
		begin := time.Now()
		view := n.engine.View() // before the slots are read: what it knows as erased is gone from them
		held, next, err := n.vault.Held(from)
		if err != nil {
			return nil, err
		}
		for _, h := range held {
			if _, ok := slices.BinarySearchFunc(alive, h.Record, compareIDs); ok {
				continue
			}
			r, err := view.Record(ledger.RecordID(h.Record))
			if fault.Is(err, fault.UnknownRecord) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if over(view, r) {
				left = append(left, h)
			}
		}
		if next == 0 || ctx.Err() != nil {
			return left, ctx.Err()
		}
		from = next
		rest(ctx, begin, sweepRest)
	}
}

// alive returns the ids, in order, of the records whose content may be here. To go through
// all records in the ledger's order takes much less than to ask for each secret's.
// What ends while it looks may be among them: that is the next watermark's.
func (n *Node) alive(ctx context.Context) (ids []vault.Record, err error) {
	for from, more := uint64(0), true; more && err == nil; {
		begin := time.Now()
		more = false
		view := n.engine.View()
		end := from + aliveStep
		err = view.EachRecord(from, func(r *ledger.Record) bool {
			if from, more = r.Seq+1, true; !over(view, r) {
				ids = append(ids, vault.Record(r.ID))
			}
			return from < end
		})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		rest(ctx, begin, sweepRest)
	}
	slices.SortFunc(ids, compareIDs)
	return ids, err
}

func compareIDs(a, b vault.Record) int { return bytes.Compare(a[:], b[:]) }

// over reports whether a record has come to the end after which nobody holds its content.
func over(view *ledger.View, r *ledger.Record) bool {
	return view.Config.Contract(r.Contract).Status(r.Instance).Phase.Forgotten()
}
