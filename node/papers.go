package node

import (
	"context"
	"slices"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/register"
)

// Papers lists the papers of a record's proceedings for the institution's own people: in
// whole where this institution is in a paper's audience, not at all where it is not. Who
// reads them is logged like every look at a record.
func (n *Node) Papers(_ context.Context, by api.Caller, id string) (client.Papers, error) {
	out := client.Papers{Papers: []client.SubjectPaper{}}
	view := n.engine.View()
	r, err := find(view, id)
	if err != nil {
		return out, err
	}
	if view.Status(r).Phase == contract.Erased {
		return out, nil
	}
	indices, err := view.History(r)
	if err != nil {
		return out, err
	}
	for _, i := range indices {
		e, _, err := view.Event(i)
		if err != nil {
			return out, err
		}
		if err := n.addPaper(view, r, i, e, &out); err != nil {
			return out, err
		}
	}
	if len(out.Papers) == 0 {
		return out, nil
	}
	return out, n.noteQuestion(by, "", proof.AskedRecord, register.Hit{Record: r.ID})
}

func (n *Node) addPaper(view *ledger.View, r *ledger.Record, i uint64, e *proof.Event, out *client.Papers) error {
	if e.Paper.Zero() {
		return nil
	}
	may, err := audience(view, r, i, e)
	if err != nil || !slices.Contains(may, n.home.Member.ID) {
		return err
	}
	p, err := n.subjectPaper(view, r, i, e, true)
	if err != nil {
		return fault.Wrap(fault.Of(err), "paper", err)
	}
	out.Papers = append(out.Papers, p)
	return nil
}
