package ledger

import (
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// TestAnchorsInOrder: each hour once, in order, after it is over, by whoever runs a node.
func TestAnchorsInOrder(t *testing.T) {
	w := newWorld(t)
	w.block()
	hour := w.time/1e9/3600 - 1
	anchor := func(m MemberID, h int64) []byte {
		return w.seal(m, false, (&Anchor{Hour: h, Root: wire.Hash{byte(h), 1}}).Operation())
	}
	w.want(w.block(anchor(court, hour+1)), fault.HourAnchored) // not over
	res := w.block(anchor(court, hour))
	w.want(res, fault.OK)
	e := res.Events[0]
	if e.Type != proof.TypeQueries || e.Commitment != (wire.Hash{byte(hour), 1}) || e.Args["hour"] != hour || e.Member != uint32(court) {
		t.Errorf("event %+v", e)
	}
	w.want(w.block(anchor(court, hour)), fault.HourAnchored)
	w.want(w.block(anchor(court, hour-1)), fault.HourAnchored) // nothing is slipped in behind
	w.want(w.block(anchor(contributor, hour-1)), fault.OK)
	w.want(w.block(anchor(authority, hour)), fault.RoleNotAllowed) // runs no node
	before := w.ledger.Head().AppHash
	w.reopen()
	if w.ledger.Head().AppHash != before || w.ledger.lastHour(court) != hour || w.ledger.lastHour(contributor) != hour-1 {
		t.Error("a restart forgets which hours are anchored")
	}
	w.want(w.block(anchor(court, hour)), fault.HourAnchored)
	w.checkRoots()
}

// TestAnchorIsBound: another last hour gives another state root.
func TestAnchorIsBound(t *testing.T) {
	w := newWorld(t)
	w.block()
	hour := w.time/1e9/3600 - 1
	root := w.ledger.stateRoot()
	w.ledger.anchors.put(func(_, _ []byte) {}, court, uint64Bytes(uint64(hour)))
	if w.ledger.stateRoot() == root {
		t.Error("the state root does not bind the anchors")
	}
}
