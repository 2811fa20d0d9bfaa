package clerk

import (
	"context"
	"crypto/ed25519"
	"io"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/wire"
)

// Names of entries that are no event of a contract.
const (
	accessEntry = "access"
	MaxPapers   = 4 << 20 // bytes of papers that go beside one envelope
)

// NewAccessCode draws the code of one letter. The clerk keeps no copy: who loses the
// letter needs a new code.
func (c *Clerk) NewAccessCode() (credit.AccessCode, error) {
	var random [17]byte
	if _, err := io.ReadFull(c.random(), random[:]); err != nil {
		return credit.AccessCode{}, fault.Wrap(fault.Internal, "random", err)
	}
	return credit.NewAccessCode(random), nil
}

// Access registers the public key of a record's access code. It rides with the notice in
// one envelope, or goes alone; where it replaces another key a second person signs.
func (c *Clerk) Access(record ledger.RecordID, public ed25519.PublicKey, replaces bool) Entry {
	op := ledger.Access{Record: record, Public: public}
	return Entry{Record: record, Event: accessEntry, Operation: op.Operation(), Adverse: replaces}
}

// Carry sends what a subject has filed, with the paper that it commits to, nil where there
// is none. The filing is signed already; this clerk's institution only carries it. Of a
// lost answer fault.FilingSerial with Outcome.Unsure may mean that it has counted.
func (c *Clerk) Carry(ctx context.Context, f ledger.Filing, paper *credit.Paper) (*Outcome, error) {
	e := Entry{Record: f.Record, Event: f.Event, Operation: f.Operation()}
	switch {
	case (f.Paper == nil) != (paper == nil):
		return nil, fault.Newf(fault.CommitmentMismatch, "paper", "the filing and its paper go together")
	case paper != nil:
		if err := paper.Check(); err != nil {
			return nil, err
		}
		if paper.Commitment() != *f.Paper || paper.Record != f.Record {
			return nil, fault.New(fault.CommitmentMismatch, "paper")
		}
		e.Paper = paper.Encode()
	}
	return c.Send(ctx, []Entry{e})
}

// write makes the paper of an act: what the caller has written, for this record, under a
// salt of its own.
func (c *Clerk) write(record ledger.RecordID, written *credit.Paper, kind credit.PaperKind) ([]byte, *wire.Hash, error) {
	p := credit.Paper{Record: record, Kind: kind, Author: uint32(c.Member), Text: written.Text, Files: written.Files}
	if _, err := io.ReadFull(c.random(), p.Salt[:]); err != nil {
		return nil, nil, fault.Wrap(fault.Internal, "random", err)
	}
	if err := p.Check(); err != nil {
		return nil, nil, err
	}
	commitment := p.Commitment()
	return p.Encode(), &commitment, nil
}

// IsAccess reports whether the entry registers an access key.
func (e *Entry) IsAccess() bool { return e.Operation.Kind == ledger.KindAccess }
