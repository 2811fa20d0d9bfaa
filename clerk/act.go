package clerk

import (
	"context"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
)

// Events of every contract that the clerk knows by name.
const (
	Notice = "notice" // the notice has been served
	List   = "list"   // turns a noticed draft into a listing; carries the recorder's case tag
)

// ActSpec is an event that the institution sends to an existing record.
type ActSpec struct {
	Record ledger.RecordID
	Event  string
	Args   contract.Args
	// Kind spares asking the node for the record, where the caller knows it.
	Kind credit.Kind
	// Body is the record's body where the caller has it; else an event that needs it
	// fetches it from the institution's own node.
	Body *credit.Body
	// Amend changes the body, for an event that brings a new one. It works on a copy.
	Amend func(*credit.Body) error
	// Reasons is what the institution writes to the subject, nil for nothing: a refusal
	// needs it. Its text and files are used; it reaches those who may read it beside the
	// envelope, and the ledger gets its commitment.
	Reasons *credit.Paper
}

// Spec returns what the record's contract declares for an event.
func (c *Clerk) Spec(ctx context.Context, id ledger.RecordID, event string) (contract.EventSpec, credit.Kind, error) {
	return c.declared(ctx, id, "", event)
}

// eventsAfter names the events that a contract takes after the creation of a record.
func eventsAfter(doc *contract.Contract) []string {
	var names []string
	for _, e := range doc.Events() {
		if !e.Creates {
			names = append(names, e.Name)
		}
	}
	return names
}

// Act makes the operation of an event.
func (c *Clerk) Act(ctx context.Context, a ActSpec) (Entry, error) {
	spec, kind, err := c.declared(ctx, a.Record, a.Kind, a.Event)
	if err != nil {
		return Entry{}, err
	}
	a.Kind = kind
	if a.Amend != nil && !spec.NewBody {
		return Entry{}, fault.Newf(fault.BadArgument, "event", "this event brings no body")
	}
	op := ledger.Act{Record: a.Record, Event: a.Event, Args: a.Args}
	e := Entry{Record: a.Record, Event: a.Event, Adverse: spec.Adverse}
	if a.Body == nil && (spec.NewBody || a.Event == List) {
		if a.Body, err = c.Body(ctx, a.Record); err != nil {
			return Entry{}, err
		}
	}
	if a.Event == List {
		if op.CaseTag, err = c.caseTag(a.Body); err != nil {
			return Entry{}, err
		}
	}
	if spec.Reasons && a.Reasons == nil {
		return Entry{}, fault.New(fault.ReasonsMissing, "paper")
	}
	if a.Reasons != nil {
		kind := credit.Answer
		if spec.Reasons {
			kind = credit.Reasons
		}
		if e.Paper, op.Paper, err = c.write(a.Record, a.Reasons, kind); err != nil {
			return Entry{}, err
		}
	}
	if spec.NewBody {
		if e.Packet, err = c.amend(&op, a); err != nil {
			return Entry{}, err
		}
	}
	e.Operation = op.Operation()
	return e, nil
}

// amend makes the record's next body, under a secret of its own.
func (c *Clerk) amend(op *ledger.Act, a ActSpec) ([]byte, error) {
	if a.Amend == nil {
		return nil, fault.Newf(fault.BadArgument, "event", "this event brings a new body")
	}
	next := *a.Body
	if err := a.Amend(&next); err != nil {
		return nil, err
	}
	if err := next.Check(); err != nil {
		return nil, err
	}
	if err := next.CheckAmendment(a.Body, false); err != nil {
		return nil, err
	}
	secret, err := c.NewSecret()
	if err != nil {
		return nil, err
	}
	commitment := proof.Commit(a.Record, secret, next.Disclose())
	op.Commitment = &commitment
	return encodePacket(a.Record, secret, &next), nil
}

// Pay returns an Amend that sets the outstanding amount, in fen. A higher one than
// before is refused as fault.AmountRaised.
func Pay(outstanding int64, performance string) func(*credit.Body) error {
	return func(b *credit.Body) error {
		if outstanding < 0 || outstanding > credit.MaxAmount {
			return fault.New(fault.AmountMalformed, credit.ColAmount)
		}
		b.Amount = outstanding
		if performance != "" {
			b.Performance = performance
		}
		return nil
	}
}
