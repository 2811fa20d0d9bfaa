package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
)

// Erasure is the end of a record and who has confirmed that nothing is left of it. It is
// derived from the record's last event and the members' watermarks; nothing is stored for
// it.
type Erasure struct {
	Event    uint64        // index in the log of the event that ended it
	Height   int64         // block that recorded it
	Due      credit.Moment // when it had to go: the contract's deadline
	Recorded credit.Moment // ledger time of that block
	Confirm  credit.Moment // by when everyone is to have confirmed
	Receipts []Receipt     // of those who could hold its content and still are members, ascending
}

// Receipt is one member's part in an erasure.
type Receipt struct {
	Member    MemberID
	Mark      Mark // its newest watermark
	Confirmed bool
	Late      bool // has not confirmed, and should have by Erasure.Confirm
}

// Confirmed counts the members that have confirmed.
func (e *Erasure) Confirmed() (n int) {
	for _, r := range e.Receipts {
		if r.Confirmed {
			n++
		}
	}
	return n
}

// Forgets reports whether an event is the end of its record's person: everything that
// anyone holds about it goes.
func Forgets(e *proof.Event) bool {
	return e.Record != RecordID{} && (contract.Phase(e.Phase).Forgotten() || e.Effects&(1<<contract.EffectErase) != 0)
}

// Erasure returns the end of a record, nil where no block has recorded it yet.
func (v *View) Erasure(r *Record) (*Erasure, error) {
	indices, err := v.History(r)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "log", err)
	}
	for _, i := range indices { // the first that ends it: nothing worth telling comes after
		e, _, err := v.Event(i)
		if err != nil {
			return nil, err
		}
		if Forgets(e) {
			out := &Erasure{Event: i, Height: e.Height, Due: e.Effective, Recorded: e.Recorded, Confirm: v.Config.ReceiptDue(e.Recorded)}
			out.Receipts, err = v.Receipts(contract.Phase(e.Phase), r.Proposer, out.Height, out.Confirm)
			return out, err
		}
	}
	return nil, nil
}

// Receipts tells for each member that could hold the content of a record, which a block at
// height ended in a phase, whether it has confirmed the erasure, which is due by then.
func (v *View) Receipts(end contract.Phase, proposer MemberID, height int64, due credit.Moment) ([]Receipt, error) {
	var out []Receipt
	for _, m := range v.Config.holders(end, proposer, height) {
		mark, err := v.Watermark(m)
		if err != nil {
			return nil, err
		}
		r := Receipt{Member: m, Mark: mark, Confirmed: mark.Height >= height}
		r.Late = !r.Confirmed && v.Moment > due
		out = append(out, r)
	}
	return out, nil
}

// holders are the members that could hold the content of a record before a block at height
// ended it, and still are members: where it was never in force its proposer and the
// recorders, else every one whose node belonged to the network by then (MayHold). One that
// is suspended is among them: it may have been cut off with what it held.
func (c *Config) holders(end contract.Phase, proposer MemberID, height int64) (ids []MemberID) {
	before := contract.Active
	if end == contract.Rejected {
		before = contract.Draft
	}
	for i := range c.Members {
		m := c.Members[i]
		m.Suspended = false
		if c.MayHold(&m, before, proposer) && m.since() <= height {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// since is the height at which a member was admitted, 0 for a founder: no key of its is
// older.
func (m *Member) since() int64 {
	from := make([]int64, len(m.Keys))
	for i, k := range m.Keys {
		from[i] = k.From
	}
	if len(from) == 0 {
		return 0
	}
	return slices.Min(from)
}
