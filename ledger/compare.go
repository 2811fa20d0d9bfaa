package ledger

import (
	"github.com/riviera-ledger/riviera/contract"
)

// Compare plays the history of a record under two documents and looks ahead from each, as
// if nobody did anything more. It is how a newer version is tried on records before it is
// voted on.
func (v *View) Compare(r *Record, older, newer *contract.Contract) (a, b contract.Outlook, err error) {
	p, err := readPast(v.reader, r.Seq)
	if err != nil {
		return a, b, err
	}
	var history []contract.Past
	for _, e := range p.events {
		history = append(history, e.Past)
	}
	return older.Outlook(history, v.Moment, v.Config.Calendar), newer.Outlook(history, v.Moment, v.Config.Calendar), nil
}

// Listed reports whether a record stands on the list or in a suspension: it has an exit
// that a newer version could move.
func (v *View) Listed(r *Record) bool {
	phase := v.Status(r).Phase
	return phase == contract.Active || phase == contract.ExitDue || phase == contract.Suspended
}

// LiveRecords returns how many records of a contract have not ended, as recorded.
func (v *View) LiveRecords(number uint32) (uint64, error) {
	head, err := readLawHead(v.reader)
	return head.records(number), err
}
