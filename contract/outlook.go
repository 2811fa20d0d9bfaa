package contract

import (
	"github.com/riviera-ledger/riviera/credit"
)

// Past is an event of a record's history.
type Past struct {
	Event Event
	At    credit.Moment
}

// Outlook is where a record's history leads under a contract if nobody does anything
// more.
type Outlook struct {
	Status  Status
	Out     credit.Date // the day at whose end the record has left the list; 0 if nothing ends it
	Refused []string    // events of the history that the contract does not take, in order
}

// Outlook plays a record's history under the contract up to a moment and looks ahead
// from there. It is how a newer version is tried on records of an older one: an event
// that this contract refuses is left out and named, as beside the original, where a
// newer version can only release. Who sent an event was judged when it happened.
func (c *Contract) Outlook(history []Past, at credit.Moment, cal *credit.Calendar) Outlook {
	var in Instance
	var o Outlook
	for _, p := range history {
		o.Out = c.pass(&in, p.At, cal, o.Out)
		p.Event.By = allRoles
		next, taken, err := c.Step(in, p.Event, p.At, cal)
		if err != nil {
			o.Refused = append(o.Refused, p.Event.Name)
			continue
		}
		in = next
		o.Out = c.left(taken, o.Out)
	}
	o.Out = c.pass(&in, at, cal, o.Out)
	o.Status = c.Status(in)
	for range maxForecast {
		due, more := c.Due(in)
		if !o.Status.Phase.listed() && o.Status.Phase != Suspended || o.Out != 0 || !more {
			break
		}
		o.Out = c.pass(&in, due, cal, o.Out)
	}
	return o
}

// pass settles an instance and returns the day on which it left the list.
func (c *Contract) pass(in *Instance, until credit.Moment, cal *credit.Calendar, out credit.Date) credit.Date {
	next, taken := c.Settle(*in, until, cal)
	*in = next
	return c.left(taken, out)
}

// left finds among transitions the one by which a record left the list, or came back.
func (c *Contract) left(taken []Taken, out credit.Date) credit.Date {
	for _, t := range taken {
		from, to := c.PhaseOf(t.From), c.PhaseOf(t.To)
		switch {
		case to.listed() || to == Suspended:
			out = 0
		case to != 0 && (from.listed() || from == Suspended):
			out = (t.Effective - 1).Date()
		}
	}
	return out
}

// listed reports whether records of a phase stand on the list, shown or not.
func (p Phase) listed() bool { return p == Active || p == ExitDue }
