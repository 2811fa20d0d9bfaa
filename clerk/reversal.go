package clerk

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"encoding/hex"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// Names of entries about the end of a record.
const (
	reversalEntry = "reverse"
	liftEntry     = "lift"
)

// ReversalSpec is a decision that reverses the end of a record.
type ReversalSpec struct {
	Record     ledger.RecordID
	DecidedOn  credit.Date
	Article    string        // key of an article of the record's contract
	Reasons    *credit.Paper // text and files; they reach those who may read them
	Credential Signer        // the institution's credential key, which every trust file will show
}

// Reverse makes the operation of a reversal: of the event that ended the record, as the
// institution's own node has it. A record that has not ended is fault.GuardNotMet.
func (c *Clerk) Reverse(ctx context.Context, s ReversalSpec) (Entry, error) {
	index, event, err := c.end(ctx, s.Record)
	if err != nil {
		return Entry{}, err
	}
	if s.Reasons == nil {
		return Entry{}, fault.New(fault.ReasonsMissing, "paper")
	}
	op := ledger.Reversal{Record: s.Record, Event: index, DecidedOn: s.DecidedOn, Article: s.Article, Key: s.Credential.Key}
	e := Entry{Record: s.Record, Event: reversalEntry, Adverse: true}
	if e.Paper, op.Paper, err = c.write(s.Record, s.Reasons, credit.Reasons); err != nil {
		return Entry{}, err
	}
	digest := proof.ReversalDigest(c.Hash, event, s.DecidedOn)
	var opts crypto.SignerOpts = crypto.Hash(0)
	if _, curve := s.Credential.Signer.Public().(*ecdsa.PublicKey); curve {
		opts = crypto.SHA256
	}
	if op.Signature, err = s.Credential.Signer.Sign(c.random(), digest[:], opts); err != nil {
		return Entry{}, fault.Wrap(fault.Internal, "credential key", err)
	}
	e.Operation = op.Operation()
	return e, nil
}

// Lift makes the operation that lifts the reversal of a record's end.
func (c *Clerk) Lift(ctx context.Context, record ledger.RecordID) (Entry, error) {
	index, _, err := c.end(ctx, record)
	op := ledger.Reversal{Record: record, Event: index, Lift: true}
	return Entry{Record: record, Event: liftEntry, Operation: op.Operation()}, err
}

// end asks the node for the event that ended a record.
func (c *Clerk) end(ctx context.Context, record ledger.RecordID) (index uint64, event wire.Hash, err error) {
	r, err := c.Client.Record(ctx, record.String())
	if err != nil {
		return 0, event, err
	}
	if r.End == nil {
		return 0, event, fault.Newf(fault.GuardNotMet, "record", "it has not ended, or no block has recorded the end yet")
	}
	b, err := hex.DecodeString(verify.Digits(r.End.Certificate))
	if err != nil || len(b) != len(event) {
		return 0, event, fault.Newf(fault.Malformed, "end", "no number of a certificate")
	}
	return r.End.Index, wire.Hash(b), nil
}
