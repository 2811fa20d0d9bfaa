package docket

import (
	"sync"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
)

// EndedOn is how many records that had been in force came to their end on a day: their
// content was to go at every member's node.
type EndedOn struct {
	Day     ledger.Day // where the ledger stood when it was over
	Records uint64
}

// Ended counts the ends of records by day, from the log. It remembers what it has counted:
// a day that is over does not change. The zero value is ready.
type Ended struct {
	mu   sync.Mutex
	days map[credit.Date]uint64
}

// Days returns the last days that are over, at most so many, oldest first. views gives the
// newest view, again and again: what is to be read may take longer than one lasts.
func (e *Ended) Days(views func() *ledger.View, most int) ([]EndedOn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var days []ledger.Day
	if err := views().Days(0, func(d ledger.Day) bool { days = append(days, d); return true }); err != nil {
		return nil, err
	}
	var out []EndedOn
	for i := max(0, len(days)-most); i < len(days); i++ {
		first := uint64(0)
		if i > 0 {
			first = days[i-1].Size
		}
		n, err := e.count(views, days[i], first)
		if err != nil {
			return nil, err
		}
		out = append(out, EndedOn{days[i], n})
	}
	return out, nil
}

func (e *Ended) count(views func() *ledger.View, d ledger.Day, first uint64) (n uint64, err error) {
	if n, ok := e.days[d.Date]; ok {
		return n, nil
	}
	for at := first; at < d.Size; {
		limit := int(min(step, d.Size-at))
		if err := views().Events(at, limit, func(_ uint64, x *proof.Event) bool {
			if ledger.Forgets(x) && contract.Phase(x.Phase) == contract.Erased {
				n++
			}
			return true
		}); err != nil {
			return 0, err
		}
		at += uint64(limit)
	}
	if e.days == nil {
		e.days = map[credit.Date]uint64{}
	}
	e.days[d.Date] = n
	return n, nil
}
