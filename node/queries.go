package node

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/register"
	"github.com/riviera-ledger/riviera/wire"
)

const (
	queriesShown = 200             // of each node
	queriesTime  = 3 * time.Second // to wait for the other nodes
	anchorGrace  = 2 * time.Hour   // after an hour's end until its root should be there
)

// answeredQueries is what one node tells another about a record, to one who holds its
// access code.
type answeredQueries struct {
	Entries []answeredQuery `cbor:"1,keyasint,omitempty"`
	More    bool            `cbor:"2,keyasint,omitempty"`
}

type answeredQuery struct {
	Query proof.Query `cbor:"1,keyasint"`
	Hour  int64       `cbor:"2,keyasint"`
	Index uint64      `cbor:"3,keyasint,omitempty"`
	Size  uint64      `cbor:"4,keyasint,omitempty"` // 0: the hour is not over
	Path  []wire.Hash `cbor:"5,keyasint,omitempty"`
}

// serveQueries answers another member's node that shows a ticket of the record's holder.
func (n *Node) serveQueries(_ context.Context, _ ledger.MemberID, request []byte) ([]byte, error) {
	var t credit.Ticket
	if err := wire.Decode(request, &t); err != nil {
		return nil, err
	}
	view, err := n.current()
	if err != nil {
		return nil, err
	}
	if _, err := n.opens(view, t); err != nil {
		return nil, err
	}
	out, err := n.ownQueries(t.Record)
	if err != nil {
		return nil, err
	}
	return wire.Encode(out), nil
}

func (n *Node) ownQueries(id register.Record) (answeredQueries, error) {
	entries, err := n.register.OfRecord(id, queriesShown+1)
	var out answeredQueries
	if out.More = len(entries) > queriesShown; out.More {
		entries = entries[:queriesShown]
	}
	for _, e := range entries {
		out.Entries = append(out.Entries, answeredQuery{e.Query, e.Hour, e.Index, e.Size, e.Path})
	}
	return out, err
}

// allQueries asks every member's node who asked about a record, itself first, and names
// those that did not answer. The ticket shows that the record's holder wants to know;
// nobody learns the code.
func (n *Node) allQueries(ctx context.Context, view *ledger.View, t credit.Ticket) ([]client.QueriesOfNode, error) {
	mine, err := n.ownQueries(t.Record)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, queriesTime)
	defer cancel()
	out := []client.QueriesOfNode{n.shown(n.home.Member.ID, t.Record, mine)}
	var mu sync.Mutex
	var asked sync.WaitGroup
	for i := range view.Config.Members {
		m := &view.Config.Members[i]
		if m.Node == "" || m.ID == n.home.Member.ID {
			continue
		}
		asked.Go(func() {
			got := client.QueriesOfNode{Member: uint32(m.ID), Queries: []client.Query{}}
			if b, err := n.engine.Ask(ctx, m.ID, topicQueries, wire.Encode(t)); err == nil {
				var a answeredQueries
				if wire.Decode(b, &a) == nil && len(a.Entries) <= queriesShown {
					got = n.shown(m.ID, t.Record, a)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			out = append(out, got)
		})
	}
	asked.Wait()
	slices.SortFunc(out[1:], func(a, b client.QueriesOfNode) int { return cmp.Compare(a.Member, b.Member) })
	return out, nil
}

// shown is a node's answer, each entry with what the ledger says of it.
func (n *Node) shown(m ledger.MemberID, id register.Record, a answeredQueries) client.QueriesOfNode {
	out := client.QueriesOfNode{Member: uint32(m), Answered: true, More: a.More, Queries: []client.Query{}}
	for i := range a.Entries {
		e := &a.Entries[i]
		if e.Query.Record != id {
			continue // another record's: nobody's business here
		}
		q := shownQuery(&e.Query)
		q.Anchored = n.anchored(m, e)
		out.Queries = append(out.Queries, q)
	}
	return out
}

func shownQuery(q *proof.Query) client.Query {
	return client.Query{Time: q.Time, By: q.By, Member: q.Member, Name: q.Name, Purpose: q.Purpose, What: q.What, Listed: q.Listed}
}

// anchored says what the ledger holds of an entry.
func (n *Node) anchored(m ledger.MemberID, e *answeredQuery) string {
	_, root, known, err := n.register.Anchored(uint32(m), e.Hour)
	over := time.Unix((e.Hour+1)*3600, 0)
	switch {
	case err == nil && known && proof.VerifyQuery(&e.Query, e.Index, e.Size, root, e.Path) == nil:
		return "yes"
	case known:
		return "broken"
	case n.home.now().After(over.Add(anchorGrace)):
		return "missing"
	}
	return "open"
}

// OwnQueries lists what a caller has asked at this node, newest first.
func (n *Node) OwnQueries(_ context.Context, by api.Caller, limit int) (client.Queries, error) {
	out := client.Queries{Queries: []client.Query{}}
	caller := callerID(by)
	if caller == "" {
		return out, fault.New(fault.NotAuthenticated, "Authorization")
	}
	entries, err := n.register.OfCaller(caller, page(limit))
	if err != nil {
		return out, err
	}
	for _, e := range entries {
		out.Queries = append(out.Queries, shownQuery(&e.Query))
	}
	return out, nil
}

// Corrections lists what a caller has to be told and has not acknowledged. The node's
// own people see everybody's, so that they can tell those who do not ask.
func (n *Node) Corrections(_ context.Context, by api.Caller) (client.Corrections, error) {
	out := client.Corrections{Corrections: []client.Correction{}}
	caller := callerID(by)
	var all []register.Correction
	var err error
	switch {
	case by.Kind == api.Operator:
		all, err = n.register.AllCorrections(maxPage)
	case caller == "":
		return out, fault.New(fault.NotAuthenticated, "Authorization")
	default:
		all, err = n.register.Corrections(caller, maxPage)
	}
	for _, c := range all {
		x := client.Correction{ID: ledger.RecordID(c.ID).String(), Record: ledger.RecordID(c.Record).String(), Annulled: c.Annulled,
			Event: c.Name, Index: c.Event, Noted: c.Noted, First: c.First, Last: c.Last, Told: c.Told}
		if by.Kind == api.Operator {
			x.Caller = c.Caller
		}
		out.Corrections = append(out.Corrections, x)
	}
	return out, err
}

// Acknowledge forgets corrections that a caller has read.
func (n *Node) Acknowledge(_ context.Context, by api.Caller, ids []string) error {
	caller := callerID(by)
	if caller == "" {
		return fault.New(fault.NotAuthenticated, "Authorization")
	}
	var parsed [][16]byte
	for _, s := range ids {
		id, err := ledger.ParseRecordID(s)
		if err != nil {
			return fault.New(fault.BadRequest, "ids")
		}
		parsed = append(parsed, id)
	}
	return n.register.Acknowledge(caller, parsed...)
}
