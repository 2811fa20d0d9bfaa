package node

import (
	"context"
	"time"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/register"
)

const (
	followAtOnce = 1000
	followRetry  = time.Second
	purgeEvery   = 10 * time.Minute
	pruneEvery   = 24 * time.Hour
)

// wake holds one token: something has been committed.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// follow reads the ledger's events into the register until ctx ends: anchors, the end of
// records, corrections, papers. It goes on where it stood, also after a restart.
func (n *Node) follow(ctx context.Context) {
	var purged, pruned time.Time
	for err := n.seekPapers(ctx); err != nil && ctx.Err() == nil; err = n.seekPapers(ctx) {
		n.logRegister(ctx, err)
		pause(ctx, followRetry)
	}
	for ctx.Err() == nil {
		more, err := n.followSome(n.engine.View())
		switch {
		case err != nil && ctx.Err() == nil:
			n.log.Warn("register", "code", fault.Of(err).String(), "error", err)
			pause(ctx, followRetry)
			continue
		case more:
			continue
		}
		if time.Since(purged) > purgeEvery && n.purge(ctx) {
			purged = time.Now()
		}
		if time.Since(pruned) > pruneEvery {
			pruned = time.Now()
			_, err := n.register.Prune(n.home.now().Unix())
			n.logRegister(ctx, err)
		}
		select {
		case <-ctx.Done():
		case <-n.news:
		case <-time.After(time.Minute):
		}
	}
}

// purge makes the register's deletions real, where there are any; it reports whether there
// were.
func (n *Node) purge(ctx context.Context) bool {
	dirty, err := n.register.Dirty()
	if dirty && err == nil {
		err = n.register.Purge(ctx)
	}
	n.logRegister(ctx, err)
	return dirty
}

func (n *Node) logRegister(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		n.log.Warn("register", "code", fault.Of(err).String(), "error", err)
	}
}

// seekPapers notes, once after a restore, the papers of past events that this node lacks: a
// backup holds none.
func (n *Node) seekPapers(ctx context.Context) error {
	lost, err := n.register.LostPapers()
	if err != nil || !lost {
		return err
	}
	cursor, err := n.register.Cursor()
	if err != nil {
		return err
	}
	view := n.engine.View()
	var failed error
	for from := uint64(0); from < min(cursor, view.LogSize) && failed == nil && ctx.Err() == nil; from += followAtOnce {
		err := view.Events(from, followAtOnce, func(i uint64, e *proof.Event) bool {
			if !e.Paper.Zero() && e.Record != [16]byte{} && n.lacks(view, i, e) {
				failed = n.register.Want(register.Want{Commitment: e.Paper, Record: e.Record, Event: i, Holder: e.Member})
			}
			return failed == nil
		})
		if err != nil {
			return err
		}
		view = n.engine.View()
	}
	if failed != nil || ctx.Err() != nil {
		return failed
	}
	wake(n.wanting)
	return n.register.PapersNoted()
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// rest pauses for a number of times as long as work took that began at begin, so that it
// gets out of the way on a machine with too much to do.
func rest(ctx context.Context, begin time.Time, times int) {
	pause(ctx, time.Duration(times)*time.Since(begin))
}

// followSome takes one stretch of events.
func (n *Node) followSome(view *ledger.View) (more bool, err error) {
	cursor, err := n.register.Cursor()
	if err != nil || cursor >= view.LogSize {
		return false, err
	}
	next := cursor
	wanted := false
	var failed error
	_, err = n.register.Follow(min(cursor+followAtOnce, view.LogSize), func(c *register.Changes) {
		failed = view.Events(cursor, followAtOnce, func(i uint64, e *proof.Event) bool {
			next = i + 1
			w := n.event(view, c, i, e)
			wanted = wanted || w
			return true
		})
	})
	if failed != nil {
		return false, failed
	}
	if wanted {
		wake(n.wanting)
	}
	return next < view.LogSize, err
}

// event is what one event means for the register; it reports whether a paper is wanted.
func (n *Node) event(view *ledger.View, c *register.Changes, i uint64, e *proof.Event) (wanted bool) {
	if e.Type == proof.TypeQueries {
		c.Anchored(e.Member, e.Args["hour"], i, e.Commitment)
		return false
	}
	if e.Record == [16]byte{} {
		return false
	}
	if e.Effects&(1<<contract.EffectCorrection) != 0 {
		told := c.Corrected(register.Correction{Record: e.Record, Event: i, Name: e.Name, Noted: n.home.now().Unix(),
			Annulled: contract.Phase(e.Phase) == contract.Annulled})
		n.metrics.corrections.Add(float64(told))
	}
	if !e.Paper.Zero() && n.lacks(view, i, e) {
		c.Want(register.Want{Commitment: e.Paper, Record: e.Record, Event: i, Holder: e.Member})
		wanted = true
	}
	if ledger.Forgets(e) {
		c.Forget(e.Record)
	}
	return wanted
}

// anchor closes hours that are over and puts their roots on the ledger until ctx ends.
func (n *Node) anchor(ctx context.Context) {
	for {
		n.anchorDue(ctx)
		select {
		case <-ctx.Done():
			return
		case <-n.hours:
		case <-time.After(anchorEvery):
		}
	}
}

func (n *Node) anchorDue(ctx context.Context) {
	due, err := n.register.Shut(n.home.now().Unix(), uint32(n.home.Member.ID))
	if err != nil {
		n.logRegister(ctx, err)
		return
	}
	for _, h := range due {
		o := ledger.Anchor{Hour: h.Hour, Root: h.Root}
		_, err := n.send(ctx, o.Operation())
		if err != nil && !fault.Is(err, fault.HourAnchored) {
			if ctx.Err() == nil {
				n.log.Warn("hour not anchored yet", "code", fault.Of(err).String())
			}
			return // in order, next time
		}
	}
}
