package clerk

import (
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
	"github.com/riviera-ledger/riviera/ledger"
)

// Feedback makes the operation by which the institution says a word about one of its
// orders. The measure is named by its code in the catalogue; reason is 0 but for a failure.
func (c *Clerk) Feedback(record ledger.RecordID, measure string, word ledger.Word, reason ledger.Reason) (Entry, error) {
	m, known := law.MeasureByCode(measure)
	if !known {
		return Entry{}, fault.New(fault.UnknownMeasure, "measure")
	}
	op := ledger.Feedback{Record: record, Measure: m.Number, Code: word, Reason: reason}
	return Entry{Record: record, Event: word.String(), Operation: op.Operation()}, nil
}
