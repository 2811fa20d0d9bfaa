package audit

import (
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
)

// owing is what members have to confirm the erasure of, oldest first (ledger.Watermark).
type owing map[ledger.MemberID][]owed

// owed are the records that one block ended, of which a member could hold the content.
type owed struct {
	height  int64
	due     credit.Moment
	records int
}

// ended is what the holders of a record's content depend on.
type ended struct {
	phase    contract.Phase
	proposer ledger.MemberID
}

// erasures counts what a block makes members owe. The view is that after it.
func (t *tally) erasures(view *ledger.View, events []*proof.Event) error {
	ends := map[ended]int{}
	for _, e := range events {
		if !ledger.Forgets(e) || t.forgotten[e.Record] {
			continue
		}
		record, err := view.Record(ledger.RecordID(e.Record))
		if err != nil {
			return err
		}
		t.forgotten[e.Record] = true
		ends[ended{contract.Phase(e.Phase), record.Proposer}]++
	}
	due := view.Config.ReceiptDue(view.Moment)
	for end, n := range ends {
		holders, err := view.Receipts(end.phase, end.proposer, view.Height, due)
		if err != nil {
			return err
		}
		for _, h := range holders {
			t.member(h.Member).Receipts.Owed += n
			t.owing.add(h.Member, owed{view.Height, due, n})
		}
	}
	return nil
}

func (o owing) add(m ledger.MemberID, x owed) {
	if list := o[m]; len(list) > 0 && list[len(list)-1].height == x.height {
		list[len(list)-1].records += x.records
		return
	}
	o[m] = append(o[m], x)
}

// confirm takes in a member's word, recorded at a moment, that nothing is left of what
// ended up to a height.
func (o owing) confirm(m ledger.MemberID, height int64, at credit.Moment, r *Receipts) {
	r.Height = height
	for len(o[m]) > 0 && o[m][0].height <= height {
		if x := o[m][0]; at > x.due {
			r.Late += x.records
			r.Longest = max(r.Longest, int64(at-x.due))
		}
		o[m] = o[m][1:]
	}
}

// open counts what a member has not confirmed by now.
func (o owing) open(m ledger.MemberID, now credit.Moment, r *Receipts) {
	for _, x := range o[m] {
		r.Missing += x.records
		if now > x.due {
			r.Overdue += x.records
			if r.Since == "" {
				r.Since = x.due.String()
			}
		}
	}
}
