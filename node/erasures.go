package node

import (
	"context"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/ledger"
)

// Erasure tells how far the end of a record has come. It says what the log and the
// watermarks say, to anyone who has the record's random number: after the end there is no
// access code left to ask for, and there is nothing to hide but the content, which is gone.
func (n *Node) Erasure(_ context.Context, id string) (client.Erasure, error) {
	view := n.engine.View()
	r, err := find(view, id)
	if err != nil {
		return client.Erasure{}, err
	}
	e, err := view.Erasure(r)
	if err != nil {
		return client.Erasure{}, err
	}
	out := client.Erasure{Clock: n.clock(view), Record: r.ID.String(), State: client.Kept}
	if e == nil {
		if due, ok := view.Due(r); ok {
			out.Due = due.String()
		}
		return out, nil
	}
	out.State, out.Event, out.Height = client.Erased, e.Event, e.Height
	out.Due, out.Recorded, out.ConfirmBy = e.Due.String(), e.Recorded.String(), e.Confirm.String()
	out.Confirmed, out.Of = e.Confirmed(), len(e.Receipts)
	for _, x := range e.Receipts {
		out.Receipts = append(out.Receipts, receiptOf(view, e, x))
	}
	return out, nil
}

func receiptOf(view *ledger.View, e *ledger.Erasure, x ledger.Receipt) client.ErasureReceipt {
	out := client.ErasureReceipt{Member: uint32(x.Member), State: receiptState(x), Watermark: x.Mark.Height, At: moment(x.Mark.At)}
	out.NameZH, out.NameEN = names(view, x.Member)
	if x.Late {
		out.LateSince = e.Confirm.String()
	}
	return out
}
