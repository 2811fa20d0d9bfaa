package docket

import (
	"cmp"
	"slices"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/ledger"
)

// Tally is how one institution stands with one measure. It counts orders and names
// nobody.
type Tally struct {
	Executor  ledger.MemberID
	Measure   uint16
	Orders    [ledger.Continues + 1]uint64 // by state
	LateAcks  uint64                       // stops that are not acknowledged in time
	LateStops uint64                       // stops that are not confirmed in time
	Oldest    credit.Moment                // when the oldest late stop was to begin; 0: none is late
}

// Stopping is how many stops are still to be confirmed, late or not.
func (t Tally) Stopping() uint64 {
	return t.Orders[ledger.StopOrdered] + t.Orders[ledger.StopAcked] + t.Orders[ledger.StopFailed]
}

// Live is how many orders of records in force there are.
func (t Tally) Live() uint64 {
	return t.Orders[ledger.Ordered] + t.Orders[ledger.Acknowledged] + t.Orders[ledger.Running] + t.Orders[ledger.NotCarried] + t.Orders[ledger.Paused]
}

// Tallies returns how every institution that carries out a measure, or has carried one
// out, stands at a moment; ascending by institution and measure.
func (d *Docket) Tallies(c *ledger.Config, at credit.Moment) []Tally {
	type place struct {
		executor ledger.MemberID
		measure  uint16
	}
	all := map[place]*Tally{}
	of := func(executor ledger.MemberID, measure uint16) *Tally {
		p := place{executor, measure}
		if all[p] == nil {
			all[p] = &Tally{Executor: executor, Measure: measure}
		}
		return all[p]
	}
	for _, m := range c.Measures {
		for _, t := range c.Tenures(m.Number) {
			if t.To == 0 {
				of(t.Member, t.Measure)
			}
		}
	}
	d.mu.RLock()
	for k, n := range d.counts { // sums: their order does not matter
		of(k.Executor, k.Measure).add(c, k, n, at)
	}
	d.mu.RUnlock()
	var out []Tally
	for _, t := range all {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b Tally) int {
		return cmp.Or(cmp.Compare(a.Executor, b.Executor), cmp.Compare(a.Measure, b.Measure))
	})
	return out
}

func (t *Tally) add(c *ledger.Config, k count, n uint64, at credit.Moment) {
	t.Orders[k.State] += n
	if !k.State.Stopping() {
		return
	}
	ack, done := c.StopDues(k.Stop)
	late := false
	if k.State == ledger.StopOrdered && at >= ack {
		t.LateAcks += n
		late = true
	}
	if at >= done {
		t.LateStops += n
		late = true
	}
	if late && (t.Oldest == 0 || k.Stop < t.Oldest) {
		t.Oldest = k.Stop
	}
}
