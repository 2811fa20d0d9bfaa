package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// Feedback is what an executing body says about one of its orders: a code, never content.
// It needs one person: nothing in it worsens a position.
type Feedback struct {
	Record  RecordID `cbor:"1,keyasint"`
	Measure uint16   `cbor:"2,keyasint"`
	Code    Word     `cbor:"3,keyasint"`
	Reason  Reason   `cbor:"4,keyasint,omitempty"` // with WordFailed, and only then
}

// Word is what can be said. Numbers are consensus data.
type Word uint8

const (
	WordAcknowledged Word = iota + 1 // of the order; once it is to stop, of the stop
	WordRunning                      // carried out
	WordStopped
	WordContinues // another record still supports the measure; which, is not said
	WordFailed    // cannot be carried out; once it is to stop, cannot be stopped yet
)

var words = [...]string{WordAcknowledged: "acknowledged", WordRunning: "running", WordStopped: "stopped", WordContinues: "continues", WordFailed: "failed"}

// String names the word: "acknowledged".
func (w Word) String() string {
	if int(w) < len(words) && w != 0 {
		return words[w]
	}
	return "unknown"
}

// Reason is why something could not be done: a closed set, no free text. Numbers are
// consensus data.
type Reason uint8

const (
	ReasonNothing      Reason = iota + 1 // 无可执行内容: the party has nothing here that could be restricted
	ReasonUnidentified                   // 无法识别主体: the party cannot be matched beyond doubt
	ReasonSystem                         // 系统故障
	ReasonNotCompetent                   // 不属职权范围
	ReasonLegalBar                       // 依法不得执行: another ruling forbids it
)

var reasons = [...]string{ReasonNothing: "nothing-to-restrict", ReasonUnidentified: "not-identified", ReasonSystem: "system-failure",
	ReasonNotCompetent: "not-competent", ReasonLegalBar: "legal-bar"}

// String names the reason: "system-failure"; "" for none.
func (r Reason) String() string {
	if int(r) < len(reasons) {
		return reasons[r]
	}
	return "unknown"
}

// Reasons returns every reason in order of number.
func Reasons() []Reason {
	var out []Reason
	for r := ReasonNothing; r <= ReasonLegalBar; r++ {
		out = append(out, r)
	}
	return out
}

// ParseReason reads a reason's name; an unknown one is 0.
func ParseReason(name string) Reason { return Reason(max(slices.Index(reasons[:], name), 0)) }

// Operation encodes the feedback.
func (o *Feedback) Operation() Operation { return Operation{Kind: KindFeedback, Data: wire.Encode(o)} }

func (o *Feedback) check() error {
	switch {
	case o.Record == RecordID{}:
		return fault.New(fault.Malformed, "record")
	case o.Code == 0 || o.Code > WordFailed:
		return fault.New(fault.BadArgument, "code")
	case (o.Code == WordFailed) != (o.Reason != 0) || o.Reason > ReasonLegalBar:
		return fault.Newf(fault.BadArgument, "reason", "a failure, and nothing else, has a reason of the list")
	}
	return nil
}

func (o *Feedback) scope() Scope              { return ScopeReport }
func (o *Feedback) subject() (RecordID, bool) { return o.Record, true }
func (o *Feedback) body() (wire.Hash, bool)   { return wire.Hash{}, false }

// favourable: what is said about a stop is; what is said about carrying out is not.
func (o *Feedback) favourable(v *View) bool {
	switch o.Code {
	case WordStopped, WordContinues:
		return true
	case WordAcknowledged:
		r, err := v.Record(o.Record)
		return err == nil && v.Evaluate(r, v.Moment).Duty.Stop != 0
	}
	return false
}

func (o *Feedback) apply(x *execution, e *Envelope) error {
	r, err := x.record(o.Record) // settles the record's due deadlines first
	if err != nil {
		return err
	}
	order, err := o.order(x, &r.Record, e.Member)
	if err != nil {
		return err
	}
	if x.config.Member(e.Member).Suspended && order.Stop == 0 {
		return fault.New(fault.MemberSuspended, "envelope")
	}
	next, err := order.next(o.Code, o.Reason)
	if err != nil {
		return err
	}
	told := Told{Measure: o.Measure, Executor: e.Member, State: next, Reason: o.Reason, Acked: order.Acked, At: x.now}
	if told.Acked == 0 {
		told.Acked = x.now // whoever reports has received
	}
	r.Duty = r.Duty.with(told)
	r.told = true
	x.tell(r, o, e)
	return nil
}

// order finds the sender's order, or says why there is none.
func (o *Feedback) order(x *execution, r *Record, member MemberID) (Order, error) {
	if r.Duty.Ordered == 0 || !slices.Contains(r.Measures, o.Measure) {
		return Order{}, fault.New(fault.UnknownOrder, "measure")
	}
	status := x.config.status(r)
	for _, order := range x.config.orders(r, status, x.now) {
		if order.Measure == o.Measure && order.Executor == member {
			return order, nil
		}
	}
	return Order{}, fault.New(fault.NotExecutor, "measure")
}

// next is the state into which a word brings an order.
func (o Order) next(w Word, reason Reason) (OrderState, error) {
	switch {
	case o.State == Paused && w != WordStopped && w != WordContinues:
		return 0, fault.New(fault.OrderPaused, "code")
	case o.repeats(w, reason):
		return 0, fault.New(fault.FeedbackRepeated, "code")
	}
	for _, s := range steps {
		if s.word == w && slices.Contains(s.from, o.State) {
			return s.to, nil
		}
	}
	return 0, fault.Newf(fault.FeedbackOutOfTurn, "code", "%s does not follow %s", w, o.State)
}

// steps is the table of what may follow what.
var steps = []struct {
	word Word
	from []OrderState
	to   OrderState
}{
	{WordAcknowledged, []OrderState{Ordered, NotCarried}, Acknowledged},
	{WordRunning, []OrderState{Acknowledged}, Running},
	{WordFailed, []OrderState{Ordered, Acknowledged, Running, NotCarried}, NotCarried},
	{WordAcknowledged, []OrderState{StopOrdered}, StopAcked},
	{WordStopped, []OrderState{StopOrdered, StopAcked, StopFailed, Continues}, Stopped},
	{WordContinues, []OrderState{StopOrdered, StopAcked, StopFailed}, Continues},
	{WordFailed, []OrderState{StopOrdered, StopAcked, StopFailed}, StopFailed},
}

// repeats reports whether the same has been said, or more.
func (o Order) repeats(w Word, reason Reason) bool {
	switch w {
	case WordAcknowledged:
		return o.State == Acknowledged || o.State == Running || o.State == StopAcked
	case WordRunning:
		return o.State == Running
	case WordStopped:
		return o.State == Stopped
	case WordContinues:
		return o.State == Continues
	case WordFailed:
		return (o.State == NotCarried || o.State == StopFailed) && o.Reason == reason
	}
	return false
}

// TypeFeedback is the type of the event that feedback leaves. Its arguments are the
// numbers of measure, word and reason; it moves nothing and has no phase.
const TypeFeedback = "feedback"

func (x *execution) tell(r *working, o *Feedback, e *Envelope) {
	args := map[string]int64{"measure": int64(o.Measure), "code": int64(o.Code)}
	if o.Reason != 0 {
		args["reason"] = int64(o.Reason)
	}
	x.enter(r, &proof.Event{Type: TypeFeedback, Record: r.ID, Contract: r.Contract, Effective: x.now, Recorded: x.now,
		Member: uint32(e.Member), Key: uint32(e.Key), Height: x.height, Args: args})
}
