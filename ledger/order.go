package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
)

// The clock of a stop [ours]: it starts when the stop takes effect, whether a block has
// recorded that yet or not. Beginning a measure has no clock: code presses nobody to
// restrict a person.
const (
	stopAckSeconds  = 24 * 3600 // to acknowledge
	stopWorkingDays = 3         // to have stopped
)

// OrderState is where an order stands. Numbers are consensus data.
type OrderState uint8

const (
	Ordered      OrderState = iota + 1 // 已下达: to be carried out
	Acknowledged                       // 已签收
	Running                            // 执行中
	NotCarried                         // 未执行: cannot be carried out, for a reason
	Paused                             // 已暂停: the record is hidden; nothing may be carried out
	StopOrdered                        // 已下达停止: to stop
	StopAcked                          // 停止已签收
	StopFailed                         // 停止失败: could not be stopped yet, for a reason
	Stopped                            // 已停止
	Continues                          // 因其他记录继续: another record supports the measure
)

var orderStates = [...]string{Ordered: "ordered", Acknowledged: "acknowledged", Running: "running", NotCarried: "not-carried-out",
	Paused: "paused", StopOrdered: "stop-ordered", StopAcked: "stop-acknowledged", StopFailed: "stop-failed", Stopped: "stopped", Continues: "continues"}

// OrderStates returns every state in order of number.
func OrderStates() []OrderState {
	var out []OrderState
	for s := Ordered; s <= Continues; s++ {
		out = append(out, s)
	}
	return out
}

// String names the state: "stop-ordered".
func (s OrderState) String() string {
	if int(s) < len(orderStates) && s != 0 {
		return orderStates[s]
	}
	return "unknown"
}

// ParseOrderState reads a state's name; an unknown one is 0.
func ParseOrderState(name string) OrderState {
	return OrderState(max(slices.Index(orderStates[:], name), 0))
}

// Stopping reports whether the executing body still has to stop, and to say so.
func (s OrderState) Stopping() bool { return s == StopOrdered || s == StopAcked || s == StopFailed }

// Settled reports whether nothing is left to do.
func (s OrderState) Settled() bool { return s == Stopped || s == Continues }

// Order is what one body owes on account of one measure of one record. It is derived
// and stored nowhere.
type Order struct {
	Record   RecordID
	Measure  uint16
	Executor MemberID
	State    OrderState
	Reason   Reason
	Ordered  credit.Moment
	Ends     credit.Moment // when it ends by itself at the latest, by the measure's own term; 0: never
	Stop     credit.Moment // when it was to stop; 0: in force
	AckDue   credit.Moment // of the stop
	StopDue  credit.Moment
	Acked    credit.Moment // of the order; once it is to stop, of the stop
	Told     credit.Moment // of the last word; 0: none yet
}

// LateAck reports whether the stop has not been acknowledged in time.
func (o Order) LateAck(at credit.Moment) bool { return o.State == StopOrdered && at >= o.AckDue }

// LateStop reports whether the stop has not been confirmed in time. A failed stop is
// no stop.
func (o Order) LateStop(at credit.Moment) bool { return o.State.Stopping() && at >= o.StopDue }

// StopDues returns until when a stop that takes effect at a moment is to be acknowledged
// and to be confirmed.
func (c *Config) StopDues(stop credit.Moment) (ack, done credit.Moment) {
	day0 := (stop - 1).Date() // what takes effect at 24:00 takes effect on the day that ends
	return stop + stopAckSeconds, c.Calendar.AddWorkingDays(day0, stopWorkingDays).End()
}

// Orders returns every order of a record as it stands at a moment, ascending by measure
// and executor. It is a pure function of the record and the configuration.
func (v *View) Orders(r *Record, at credit.Moment) []Order {
	r = v.Evaluate(r, at)
	return v.Config.orders(r, v.Config.status(r), at)
}

// orders derives the orders of a settled record.
func (c *Config) orders(r *Record, status contract.Status, at credit.Moment) []Order {
	if r.Duty.Ordered == 0 {
		return nil
	}
	var out []Order
	for _, measure := range r.Measures {
		end := c.ownEnd(measure, r.Duty.Ordered)
		first := len(out)
		for _, t := range c.Tenures(measure) {
			o, there := c.order(r, t, end, at)
			if !there {
				continue
			}
			if !status.InForce && o.Stop == 0 {
				o.State = Paused
			}
			if n := len(out); n > first && out[n-1].Executor == o.Executor {
				out = out[:n-1] // given up and taken on again: the later tenure counts
			}
			out = append(out, o)
		}
	}
	return out
}

// order is what a tenure makes of one measure of a record.
func (c *Config) order(r *Record, t Tenure, end, at credit.Moment) (Order, bool) {
	o := Order{Record: r.ID, Measure: t.Measure, Executor: t.Member, State: Ordered, Ordered: max(r.Duty.Ordered, t.From), Ends: end}
	for _, stop := range []credit.Moment{r.Duty.Stop, t.To, end} {
		if stop != 0 && stop <= at && (o.Stop == 0 || stop < o.Stop) {
			o.Stop = stop
		}
	}
	if t.To != 0 && t.To <= r.Duty.Ordered || o.Stop != 0 && t.From > 0 && o.Stop <= t.From {
		return o, false
	}
	if told, ok := r.Duty.told(t.Measure, t.Member); ok && told.At >= o.Ordered {
		o.State, o.Reason, o.Acked, o.Told = told.State, told.Reason, told.Acked, told.At
	}
	if o.Stop != 0 {
		o.AckDue, o.StopDue = c.StopDues(o.Stop)
		if o.State < StopOrdered {
			o.State, o.Reason, o.Acked = StopOrdered, 0, 0
		}
	}
	return o, true
}

// ownEnd is when a measure ends by its own longest term; 0 where it has none.
func (c *Config) ownEnd(measure uint16, ordered credit.Moment) credit.Moment {
	for _, m := range c.Measures {
		if m.Number == measure && m.Months > 0 {
			return ordered.Date().AddMonths(int(m.Months)).End()
		}
	}
	return 0
}

// Measures returns the measures of a record that are in force at the view's ledger time:
// none while it is hidden or out of force, and none whose own term has run.
func (v *View) Measures(r *Record) []uint16 {
	r = v.Evaluate(r, v.Moment)
	if !v.Config.status(r).InForce {
		return nil
	}
	var out []uint16
	for _, m := range r.Measures {
		if end := v.Config.ownEnd(m, r.Duty.Ordered); end == 0 || end > v.Moment {
			out = append(out, m)
		}
	}
	return out
}
