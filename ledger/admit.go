package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// Admit applies the admission rules to operation i with the body that travels beside
// it; the caller has checked that the body opens the operation's commitment. Submitter,
// proposer and every recorder in ProcessProposal call it; replay never does, so a
// block stays valid after its bodies are gone. previous is the body that an amendment
// replaces, nil where there is none or this node does not hold it.
func Admit(v *View, e *Envelope, i int, body, previous *credit.Body) error {
	var err error
	switch o := e.acts[i].(type) {
	case *Create:
		err = o.admit(v, body)
	case *Act:
		err = o.admit(v, body, previous)
	}
	if err != nil {
		return atOperation(i, err)
	}
	return nil
}

func (o *Create) admit(v *View, body *credit.Body) error {
	c := v.Config.Contract(o.Contract)
	if c == nil {
		return fault.New(fault.UnknownContract, "contract")
	}
	if c.Kind() != body.Kind {
		return fault.New(fault.KindMismatch, "kind")
	}
	if err := body.Check(); err != nil {
		return err
	}
	if len(o.Measures) != len(body.Measures) {
		return fault.Newf(fault.BadArgument, "measures", "operation and body differ")
	}
	for _, m := range o.Measures {
		if code, _ := v.Config.Measure(m); !slices.Contains(body.Measures, code) {
			return fault.Newf(fault.BadArgument, "measures", "operation and body differ")
		}
	}
	return agree(o.Args, body)
}

func (o *Act) admit(v *View, body, previous *credit.Body) error {
	if body == nil {
		return nil
	}
	r, err := v.Record(o.Record)
	if err != nil {
		return err
	}
	c := v.Config.Contract(r.Contract)
	if c.Kind() != body.Kind {
		return fault.New(fault.KindMismatch, "kind")
	}
	if err := body.Check(); err != nil {
		return err
	}
	if previous == nil {
		return nil
	}
	spec, _ := c.Event(o.Event)
	return body.CheckAmendment(previous, spec.Adverse) // an adverse amendment is a reasoned decision of two
}

// agree refuses an operation whose arguments say something else than its body: the
// guards run on the arguments, the person is told the body.
func agree(args map[string]int64, b *credit.Body) error {
	for _, pair := range []struct {
		name string
		want int64
	}{
		{"decided_on", int64(b.DecidedOn)},
		{"published_on", int64(b.PublishedOn)},
		{"filed_on", int64(b.FiledOn)},
		{"grounds", int64(b.Grounds)},
	} {
		if got, ok := args[pair.name]; ok && got != pair.want {
			return fault.Newf(fault.BadArgument, pair.name, "operation and body differ")
		}
	}
	return nil
}
