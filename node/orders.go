package node

import (
	"context"
	"slices"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/docket"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/store"
	"github.com/riviera-ledger/riviera/vault"
)

// docketPatience is how long an answer waits for the docket to take in the newest block.
const docketPatience = 5 * time.Second

// openDocket opens the projection of orders; follow keeps it up to date.
func (n *Node) openDocket() error {
	db, err := store.Open(n.home.Data("docket"), store.Options{OnFatal: n.fail, Log: n.log, Remember: docket.AskedInVain()})
	if err != nil {
		return err
	}
	n.orders = &orders{db: db, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	n.orders.docket, err = docket.Open(db, n.home.Member.ID)
	return err
}

// orders is the docket with the goroutine that keeps it.
type orders struct {
	docket *docket.Docket
	db     *store.DB
	wake   chan struct{}
	stop   context.CancelFunc // nil before follow
	ended  chan struct{}
}

// follow runs until close. A docket that fails takes the node with it: what it would go
// on to say about institutions would be false.
func (o *orders) follow(views func() *ledger.View, fail func(error)) {
	ctx, stop := context.WithCancel(context.Background())
	o.stop = stop
	go func() {
		defer close(o.ended)
		if err := o.docket.Run(ctx, views, o.wake); err != nil {
			fail(err)
		}
	}()
}

// committed tells of a new block.
func (o *orders) committed() {
	select {
	case o.wake <- struct{}{}:
	default: // told already
	}
}

func (o *orders) close() error {
	if o.stop != nil {
		o.stop()
		<-o.ended
	}
	return o.db.Close()
}

// ready returns a view that the docket has taken in.
func (n *Node) ready(ctx context.Context) (*ledger.View, error) {
	view, err := n.current()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, docketPatience)
	defer cancel()
	return view, n.orders.docket.Wait(ctx, view.Height)
}

// toDo are the states in which the institution has to do or may do something.
var toDo = []ledger.OrderState{ledger.Ordered, ledger.StopOrdered, ledger.StopAcked, ledger.StopFailed}

// OwnOrders returns a page of the orders of this node's institution, with the party that
// each concerns for as long as something is left to do.
func (n *Node) OwnOrders(ctx context.Context, state string, after uint64, limit int) (client.Orders, error) {
	states := toDo
	switch s := ledger.ParseOrderState(state); {
	case state == "all":
		states = ledger.OrderStates()
	case s != 0:
		states = []ledger.OrderState{s}
	case state != "":
		return client.Orders{}, fault.New(fault.BadRequest, "state")
	}
	view, err := n.ready(ctx)
	if err != nil {
		return client.Orders{}, err
	}
	out := client.Orders{Clock: n.clock(view), Next: after, Orders: []client.Order{}}
	seqs, more, err := n.orders.docket.Mine(states, after, page(limit))
	if err != nil {
		return out, err
	}
	out.More = more
	for _, seq := range seqs {
		r, err := view.RecordAt(seq)
		if err != nil {
			return out, err
		}
		if out.Orders, err = n.appendOrders(out.Orders, view, r, states); err != nil {
			return out, err
		}
		out.Next = seq + 1
	}
	return out, nil
}

// appendOrders appends those orders of a record that are this institution's and in one
// of the states at the view's time.
func (n *Node) appendOrders(out []client.Order, view *ledger.View, r *ledger.Record, states []ledger.OrderState) ([]client.Order, error) {
	var body *credit.Body
	for _, o := range view.Orders(r, view.Moment) {
		if o.Executor != n.home.Member.ID || !slices.Contains(states, o.State) {
			continue
		}
		c := n.order(view, r, o)
		if body == nil && !o.State.Settled() {
			var err error
			if body, err = n.subject(r); err != nil {
				return nil, err
			}
		}
		if body != nil && !o.State.Settled() {
			c.SubjectType, c.SubjectName, c.SubjectCode = string(body.SubjectType), body.SubjectName, body.SubjectCode
			if o.State.Stopping() {
				others, err := n.supporters(view, r, body, o.Measure)
				if err != nil {
					return nil, err
				}
				c.Suggest = suggest(others)
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// subject reads a record's body, nil where this node does not hold it.
func (n *Node) subject(r *ledger.Record) (*credit.Body, error) {
	packet, err := n.vault.Get(r.Commitment)
	if err != nil {
		return nil, skip(err, fault.BodyMissing)
	}
	return content(packet)
}

func (n *Node) order(view *ledger.View, r *ledger.Record, o ledger.Order) client.Order {
	m, _ := law.MeasureByNumber(o.Measure)
	c := client.Order{Record: r.ID.String(), Kind: string(view.Config.Contract(r.Contract).Kind()), Measure: m.Code, MeasureZH: m.ZH, MeasureEN: m.EN,
		State: o.State.String(), Reason: o.Reason.String(), Ordered: o.Ordered.String(), Ends: moment(o.Ends), Stop: moment(o.Stop),
		AckDue: moment(o.AckDue), StopDue: moment(o.StopDue), Acked: moment(o.Acked), Told: moment(o.Told),
		LateAck: o.LateAck(view.Moment), LateStop: o.LateStop(view.Moment)}
	c.OrderedByZH, c.OrderedByEN = names(view, r.Recorder)
	return c
}

func moment(m credit.Moment) string {
	if m == 0 {
		return ""
	}
	return m.String()
}

func names(view *ledger.View, id ledger.MemberID) (zh, en string) {
	if m := view.Config.Member(id); m != nil {
		return m.NameZH, m.NameEN
	}
	return "", ""
}

// Support returns the other records in force that order the same measure against the
// same party, for an order of this institution. What it learns stays with it: the ledger
// is told STOPPED or CONTINUES and no more.
func (n *Node) Support(ctx context.Context, id, measure string) (client.Support, error) {
	view, err := n.fresh() // a missing body would make "stopped" of "continues"
	if err != nil {
		return client.Support{}, err
	}
	r, err := find(view, id)
	if err != nil {
		return client.Support{}, err
	}
	m, known := law.MeasureByCode(measure)
	if !known || !slices.ContainsFunc(view.Orders(r, view.Moment), func(o ledger.Order) bool {
		return o.Executor == n.home.Member.ID && o.Measure == m.Number && !o.State.Settled()
	}) {
		return client.Support{}, fault.New(fault.UnknownOrder, "measure")
	}
	body, err := n.subject(r)
	if err != nil {
		return client.Support{}, err
	}
	if body == nil {
		return client.Support{}, fault.New(fault.BodyMissing, "record")
	}
	others, err := n.supporters(view, r, body, m.Number)
	if err != nil {
		return client.Support{}, err
	}
	out := client.Support{Clock: n.clock(view), Suggest: suggest(others)}
	for _, o := range others {
		body, err := n.subject(o)
		if err != nil {
			return out, err
		}
		if body != nil {
			out.Others = append(out.Others, *n.entry(view, o, body, false))
		}
	}
	return out, nil
}

// supporters finds the other records of the same party under which this institution is
// to carry out the same measure now.
func (n *Node) supporters(view *ledger.View, r *ledger.Record, body *credit.Body, measure uint16) ([]*ledger.Record, error) {
	ids, err := n.vault.Find(vault.Subject{Type: body.SubjectType, Code: body.SubjectCode})
	if err != nil {
		return nil, err
	}
	var out []*ledger.Record
	for _, id := range ids {
		if ledger.RecordID(id) == r.ID {
			continue
		}
		other, err := view.Record(ledger.RecordID(id))
		if fault.Is(err, fault.UnknownRecord) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(view.Orders(other, view.Moment), func(o ledger.Order) bool {
			return o.Executor == n.home.Member.ID && o.Measure == measure && o.Stop == 0 && o.State != ledger.Paused
		}) {
			out = append(out, other)
		}
	}
	return out, nil
}

func suggest(others []*ledger.Record) string {
	if len(others) == 0 {
		return ledger.WordStopped.String()
	}
	return ledger.WordContinues.String()
}
