package node

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/verify"
)

// A record's own institution draws the certificate of its end, or the notice of its
// correction, whether or not anybody asks: with what it shows by default, once the day that
// recorded the end is over, so that the file needs no refresh; under a training clock, whose
// retention may be shorter than a real day, at once. It keeps the PDF with the
// record, hands out that very file, and loses it by the record's erasure, which never waits
// for it. What was erased undrawn is counted.
const (
	drawPause  = 100 * time.Millisecond // after each: at most ten a second, 100,000 ends in three hours
	drawIdle   = time.Second
	drawRetry  = time.Minute
	drawBehind = 1000    // failed ones that are tried again; beyond that the oldest waits for a restart
	drawFile   = "drawn" // in data/: index of the next event to look at
)

// drawing is where the drawing of ends stands.
type drawing struct {
	next    uint64
	behind  []uint64 // events before next whose document could not be drawn yet
	retried time.Time
	past    uint64 // events before it may have been drawn and erased before this node began to note it
}

func drawnName(event []byte) string {
	id := proof.EventID(event)
	return "drawn/" + hex.EncodeToString(id[:])
}

// drawDocuments follows the ledger's events until ctx ends, and goes on after a restart
// where it stood. A node that has never drawn any begins with the first event.
func (n *Node) drawDocuments(ctx context.Context) {
	next, ok, err := n.reached(drawFile)
	if err != nil {
		n.log.Warn("drawing", "error", err)
		return
	}
	d := &drawing{next: next, retried: time.Now()}
	if !ok {
		d.next, d.past = 0, n.engine.View().LogSize
	}
	was := d.next
	for ctx.Err() == nil {
		n.drawSome(ctx, d)
		if at := d.reached(); at != was && ctx.Err() == nil {
			if err := n.remember(drawFile, at); err != nil {
				n.log.Warn("drawing", "error", err)
			}
			was = at
		}
		pause(ctx, drawIdle)
	}
}

// reached is the first event that a restart has to look at again.
func (d *drawing) reached() uint64 {
	if len(d.behind) > 0 {
		return min(d.next, slices.Min(d.behind))
	}
	return d.next
}

// drawSome draws what one stretch of events asks for, and from time to time what failed.
func (n *Node) drawSome(ctx context.Context, d *drawing) {
	view := n.engine.View()
	if time.Since(d.retried) > drawRetry {
		d.retried = time.Now()
		again := d.behind
		d.behind = nil
		for _, i := range again {
			n.drawNext(ctx, view, d, i)
		}
	}
	found, next, err := endsFrom(view, d.next)
	if err != nil {
		n.log.Warn("drawing", "code", fault.Of(err).String())
		return
	}
	for _, i := range found {
		if ctx.Err() != nil || !view.Config.Clock.Training() && !closed(view, i) {
			d.next = i // that day is not over, nor any later one
			return
		}
		n.drawNext(ctx, view, d, i)
	}
	d.next = next
}

// closed reports whether the day that recorded an event is over.
func closed(view *ledger.View, index uint64) bool {
	_, err := view.FirstDayAfter(index)
	return err == nil
}

// endsFrom returns the events of a stretch that ended a record.
func endsFrom(view *ledger.View, from uint64) (found []uint64, next uint64, err error) {
	next = from
	err = view.Events(from, followAtOnce, func(i uint64, e *proof.Event) bool {
		if len(found) == keepAtOnce {
			return false
		}
		next = i + 1
		if e.Record != [16]byte{} && ended(e) {
			found = append(found, i)
		}
		return true
	})
	return found, next, err
}

// drawNext draws one document; what fails is tried again later and holds nobody up.
func (n *Node) drawNext(ctx context.Context, view *ledger.View, d *drawing, index uint64) {
	drawn, err := n.draw(ctx, view, index)
	switch {
	case drawn:
		pause(ctx, drawPause)
	case fault.Is(err, fault.UnknownRecord):
		if index >= d.past {
			n.metrics.undrawn.Inc()
			n.log.Warn("erased undrawn", "event", index)
		}
	case err != nil:
		if len(d.behind) == drawBehind {
			d.behind = d.behind[1:]
		}
		d.behind = append(d.behind, index)
		if ctx.Err() == nil {
			n.log.Warn("not drawn yet", "event", index, "code", fault.Of(err).String())
		}
	}
}

// draw draws the document of one end and keeps it; false where that has been done, the
// record is another institution's, or a later event has ended it anew. It fails with
// fault.UnknownRecord when the record has been erased.
func (n *Node) draw(ctx context.Context, view *ledger.View, index uint64) (bool, error) {
	event, _, err := view.Event(index)
	if err != nil {
		return false, err
	}
	r, err := view.Record(event.Record)
	if err != nil || r.Recorder != n.home.Member.ID {
		return false, skip(err, fault.UnknownRecord)
	}
	last, _, raw, err := documented(view, r, client.DocumentCertificate)
	if err != nil || last != index {
		return false, err
	}
	if _, ok, err := n.vault.Attached(vault.Record(r.ID), drawnName(raw)); ok || err != nil {
		return false, err
	}
	erased, err := n.vault.Erased(vault.Record(r.ID))
	if err == nil && erased {
		err = fault.New(fault.UnknownRecord, "erased")
	}
	if err != nil {
		return false, err
	}
	pdf, err := n.render(ctx, view, r, client.DocumentRequest{}, certificate.Choice{})
	if err != nil {
		return false, err
	}
	err = n.vault.Attach(false, vault.Attachment{Record: vault.Record(r.ID), Name: drawnName(raw), Value: pdf})
	return err == nil, err
}

// drawnFile returns the file that was drawn ahead, where it is what a request asks for.
func (n *Node) drawnFile(view *ledger.View, r *ledger.Record, q client.DocumentRequest, c certificate.Choice) ([]byte, bool, error) {
	if q.Kind != "" && q.Kind != client.DocumentCertificate || q.Code != "" || !byDefault(c) {
		return nil, false, nil
	}
	_, _, raw, err := documented(view, r, client.DocumentCertificate)
	if err != nil {
		return nil, false, err
	}
	return n.vault.Attached(vault.Record(r.ID), drawnName(raw))
}

// byDefault reports whether a choice is what nobody chose: what is shown, Chinese before
// English, for anyone.
func byDefault(c certificate.Choice) bool {
	shown := c.Disclose == nil || slices.Equal(slices.Sorted(slices.Values(c.Disclose)), slices.Sorted(slices.Values(certificate.DefaultDisclosure())))
	return shown && c.Recipient == "" &&
		(c.Languages == nil || verify.Languages(c.Languages...) == verify.Languages(message.Chinese, message.English))
}
