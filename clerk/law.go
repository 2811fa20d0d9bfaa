package clerk

import (
	"context"
	"strings"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/wire"
)

// ProposeContract puts a contract document to the recorders. Two persons of a recorder sign it.
func ProposeContract(source []byte, paper *wire.Hash) Entry {
	o := &ledger.ContractProposal{Source: source, Paper: paper}
	return Entry{Event: "contract-propose", Operation: o.Operation(), Adverse: true}
}

// VoteOnContract votes on a proposed document. Two persons approve; one suffices to
// reject, which leaves the law as it is.
func VoteOnContract(proposal wire.Hash, approve bool, paper *wire.Hash) Entry {
	o := &ledger.ContractVote{Proposal: proposal, Approve: approve, Paper: paper}
	return Entry{Event: "contract-vote", Operation: o.Operation(), Adverse: approve}
}

// Book returns the law as this clerk knows it: that of the genesis document, and what it
// has learnt from its node since (Refresh).
func (c *Clerk) Book() (*Book, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.book == nil && c.bad == nil {
		c.book, c.bad = OpenBook(c.Genesis)
	}
	return c.book, c.bad
}

// Refresh learns from the institution's own node which contracts have come into force. A
// clerk does so by itself when the node's status names a newer one, or when the ledger
// refuses a record under one that is retired.
func (c *Clerk) Refresh(ctx context.Context) error {
	book, err := c.Book()
	if err != nil {
		return err
	}
	list, err := c.Client.Contracts(ctx)
	if err != nil {
		return err
	}
	next := book.clone()
	for _, x := range list.Contracts {
		if book.Document(x.Number) != nil {
			continue
		}
		d, err := c.Client.Contract(ctx, x.Number)
		if err != nil {
			return err
		}
		if err := next.add(x.Number, []byte(d.Source)); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if next.newest() > c.book.newest() {
		c.book = next
	}
	return nil
}

// learn refreshes the book where the node's status names a contract that is not in it.
func (c *Clerk) learn(ctx context.Context, newest uint32) error {
	book, err := c.Book()
	if err != nil || newest <= book.newest() {
		return err
	}
	return c.Refresh(ctx)
}

// declared returns what the contract of a record says of an event: its own version, or
// for an event that this one does not know the newer ones that run beside it.
func (c *Clerk) declared(ctx context.Context, id ledger.RecordID, kind credit.Kind, event string) (contract.EventSpec, credit.Kind, error) {
	book, err := c.Book()
	if err != nil {
		return contract.EventSpec{}, kind, err
	}
	if kind != "" && book.versions(kind) == 1 {
		doc, _, err := book.Contract(kind)
		if err != nil {
			return contract.EventSpec{}, kind, err
		}
		spec, err := after(doc, event)
		return spec, kind, err
	}
	r, err := c.Client.Record(ctx, id.String())
	if err != nil {
		return contract.EventSpec{}, kind, err
	}
	if book, err = c.knows(ctx, book, append(r.Beside, r.Number)); err != nil {
		return contract.EventSpec{}, kind, err
	}
	kind = credit.Kind(r.Kind)
	doc := book.Document(r.Number)
	if doc == nil {
		if doc, _, err = book.Contract(kind); err != nil {
			return contract.EventSpec{}, kind, err
		}
	}
	spec, refused := after(doc, event)
	for _, n := range r.Beside {
		if newer, err := after(book.Document(n), event); refused != nil && err == nil && newer.Favourable {
			return newer, kind, nil
		}
	}
	return spec, kind, refused
}

// knows returns a book that holds the documents with these numbers.
func (c *Clerk) knows(ctx context.Context, book *Book, numbers []uint32) (*Book, error) {
	for _, n := range numbers {
		if n != 0 && book.Document(n) == nil {
			if err := c.Refresh(ctx); err != nil {
				return book, err
			}
			return c.Book()
		}
	}
	return book, nil
}

// after returns what a contract declares for an event that is sent to an existing record.
func after(doc *contract.Contract, event string) (contract.EventSpec, error) {
	if doc == nil {
		return contract.EventSpec{}, fault.New(fault.UnknownContract, "contract")
	}
	spec, ok := doc.Event(event)
	if !ok || spec.Creates {
		return spec, fault.Newf(fault.UnknownEvent, "event", "%s", strings.Join(eventsAfter(doc), ", "))
	}
	return spec, nil
}

// renumber makes the creation of a record under the version of its contract that is in
// force now. It reports false where there is no newer one.
func (c *Clerk) renumber(ctx context.Context, e *Entry) bool {
	var o ledger.Create
	if e.Operation.Kind != ledger.KindCreate || wire.Decode(e.Operation.Data, &o) != nil || c.Refresh(ctx) != nil {
		return false
	}
	book, err := c.Book()
	if err != nil {
		return false
	}
	old := book.Document(o.Contract)
	if old == nil {
		return false
	}
	_, number, err := book.Contract(old.Kind())
	if err != nil || number == o.Contract {
		return false
	}
	o.Contract = number
	e.Operation = o.Operation()
	return true
}
