package ledger

import (
	"cmp"
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
)

// Duty is what a record asks of the bodies that carry out its measures: since when, until
// when, and what they have told. Which orders follow from it is derived (Orders), so
// that coming into force and being released cost a moment each and nothing per order.
type Duty struct {
	Ordered credit.Moment `cbor:"1,keyasint,omitempty"` // effective time of the effect "order"; 0: never
	Stop    credit.Moment `cbor:"2,keyasint,omitempty"` // effective time of the effect "stop"; 0: not yet
	Told    []Told        `cbor:"3,keyasint,omitempty"` // ascending by measure and executor
}

// Told is the last that an executing body has said about one order.
type Told struct {
	_        struct{} `cbor:",toarray"`
	Measure  uint16
	Executor MemberID
	State    OrderState
	Reason   Reason        // with NotCarriedOut and StopFailed
	Acked    credit.Moment // of the order; once it is to stop, of the stop; 0: not
	At       credit.Moment
}

func (t Told) order() (uint16, MemberID) { return t.Measure, t.Executor }

// IsZero reports that nothing was ever ordered; it lets the field be left out.
func (d Duty) IsZero() bool { return d.Ordered == 0 && d.Stop == 0 && len(d.Told) == 0 }

// after is the duty once transitions were taken. A record that comes into force again
// after a stop is ordered anew: what was told about the old orders is history. What an
// erased record asked of anyone is forgotten with it.
func (d Duty) after(taken []contract.Taken) Duty {
	for _, t := range taken {
		for _, effect := range t.Effects {
			switch effect {
			case contract.EffectOrder:
				if d.Ordered == 0 || d.Stop != 0 {
					d = Duty{Ordered: t.Effective}
				}
			case contract.EffectStop:
				d = d.stopped(t.Effective)
			case contract.EffectErase:
				d = Duty{}
			}
		}
		if t.Phase != contract.Active && t.Phase != contract.ExitDue && t.Phase != contract.Suspended {
			d = d.stopped(t.Effective) // whatever the document forgot to say
		}
	}
	return d
}

func (d Duty) stopped(at credit.Moment) Duty {
	if d.Ordered != 0 && d.Stop == 0 {
		d.Stop = at
	}
	return d
}

// told returns the last word about an order.
func (d Duty) told(measure uint16, executor MemberID) (Told, bool) {
	i, found := d.find(measure, executor)
	if !found {
		return Told{}, false
	}
	return d.Told[i], true
}

// with returns the duty with a new last word; the old list stays as it is.
func (d Duty) with(t Told) Duty {
	i, found := d.find(t.order())
	d.Told = slices.Clone(d.Told)
	if found {
		d.Told[i] = t
	} else {
		d.Told = slices.Insert(d.Told, i, t)
	}
	return d
}

func (d Duty) find(measure uint16, executor MemberID) (int, bool) {
	return slices.BinarySearchFunc(d.Told, Told{Measure: measure, Executor: executor}, func(a, b Told) int {
		return cmp.Or(cmp.Compare(a.Measure, b.Measure), cmp.Compare(a.Executor, b.Executor))
	})
}
