package node

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// SubjectFile signs a filing with the access code that its subject gives this node, and
// carries it. Whoever does not want to hand the code over signs by itself (FileSigned).
func (n *Node) SubjectFile(ctx context.Context, f client.Filing) (json.RawMessage, error) {
	code, err := credit.ParseAccessCode(f.Code)
	if err != nil {
		return nil, err // a ticket files nothing
	}
	for try := 0; ; try++ {
		receipt, err := n.fileOnce(ctx, f, code)
		// This node was a block behind another filing of the same person: the serial was
		// taken, and nothing of this one has counted.
		if !fault.Is(err, fault.FilingSerial) || try == filingTries {
			return receipt, err
		}
	}
}

// filingTries is how often a filing is signed anew with the next serial.
const filingTries = 2

func (n *Node) fileOnce(ctx context.Context, f client.Filing, code credit.AccessCode) (json.RawMessage, error) {
	view, r, _, err := n.holder(f.SubjectAccess)
	if err != nil {
		return nil, err
	}
	spec, ok := view.Config.Contract(r.Contract).Event(f.Event)
	if !ok || spec.By&contract.RoleSubject == 0 {
		return nil, fault.New(fault.UnknownEvent, "event")
	}
	args, err := clerk.ParseArgs(spec, f.Args)
	if err != nil {
		return nil, err
	}
	o := ledger.Filing{Record: r.ID, Event: f.Event, Args: args, Serial: r.Filings}
	paper, err := newPaper(r.ID, f)
	if err != nil {
		return nil, err
	}
	if paper != nil {
		c := paper.Commitment()
		o.Paper = &c
	}
	o.Sign(n.home.Genesis.Hash(), code.SigningKey())
	return n.carry(ctx, &o, paper)
}

// newPaper makes the evidence of a filing; nil where there is none.
func newPaper(id ledger.RecordID, f client.Filing) (*credit.Paper, error) {
	p := &credit.Paper{Record: id, Kind: credit.Evidence, Text: credit.Prose(f.Text)}
	for _, file := range f.Files {
		made, err := credit.NewFile(file.Name, file.Data)
		if err != nil {
			return nil, err
		}
		p.Files = append(p.Files, made)
	}
	if p.Text == "" && len(p.Files) == 0 {
		return nil, nil
	}
	rand.Read(p.Salt[:]) // never fails
	return p, p.Check()
}

// FileSigned carries a filing that its subject has signed elsewhere.
func (n *Node) FileSigned(ctx context.Context, f client.SignedFiling) (json.RawMessage, error) {
	o := new(ledger.Filing)
	if err := wire.Decode(f.Filing, o); err != nil {
		return nil, err
	}
	var paper *credit.Paper
	if len(f.Paper) > 0 {
		var err error
		if paper, err = credit.DecodePaper(f.Paper); err != nil {
			return nil, err
		}
	}
	// Whether a filing comes from the holder of the code is found out like the code
	// itself: with the same reads, and one answer to all others.
	view, err := n.current()
	if err != nil {
		return nil, err
	}
	r, key, err := view.AccessKey(o.Record)
	if err != nil {
		return nil, err
	}
	if r == nil {
		key = nobody
	}
	if !ledger.SignedBy(n.home.Genesis.Hash(), o, key) || r == nil {
		if err := n.doors.failed(o.Record, n.home.now()); err != nil {
			return nil, err
		}
		return nil, refusedAccess()
	}
	return n.carry(ctx, o, paper)
}

// carry hands a signed filing in under this institution's signature and gives a receipt
// for it. The paper is kept first, so that what the ledger commits to is somewhere. What
// is refused leaves nothing behind; where no block has taken it in time, the receipt says
// so and the paper stays.
func (n *Node) carry(ctx context.Context, o *ledger.Filing, paper *credit.Paper) (json.RawMessage, error) {
	if err := checkEvidence(o, paper); err != nil {
		return nil, err
	}
	genesis := n.home.Genesis.Hash()
	if err := n.engine.View().CheckFiling(genesis, o); err != nil {
		return nil, err
	}
	received := n.home.now()
	if paper != nil {
		if err := n.keepPaper(paper); err != nil {
			return nil, err
		}
	}
	s, err := n.send(ctx, o.Operation())
	if err != nil && (!fault.Is(err, fault.NotReady) || s.id.Zero()) {
		if paper != nil {
			n.dropPaper(paper)
		}
		return nil, err
	}
	return n.receipt(o, s, received)
}

// checkEvidence holds a filing and its paper together.
func checkEvidence(o *ledger.Filing, paper *credit.Paper) error {
	switch {
	case o.Paper == nil && paper == nil:
		return nil
	case paper == nil:
		return fault.Newf(fault.BodyMissing, "paper", "the filing commits to one that was not sent")
	case o.Paper == nil || paper.Commitment() != *o.Paper || paper.Record != o.Record:
		return fault.New(fault.CommitmentMismatch, "paper")
	case paper.Kind != credit.Evidence || paper.Author != 0:
		return fault.New(fault.FieldInvalid, "paper")
	}
	return nil
}

// receipt signs a receipt and keeps it with the record.
func (n *Node) receipt(o *ledger.Filing, s sent, received time.Time) (json.RawMessage, error) {
	genesis := n.home.Genesis.Hash()
	digest := ledger.FilingDigest(genesis, *o)
	r := verify.Receipt{Network: n.home.Genesis.Network, Genesis: hex.EncodeToString(genesis[:]), Record: o.Record.String(),
		Event: o.Event, Serial: o.Serial, Filing: hex.EncodeToString(digest[:]), Received: received.UTC().Format(time.RFC3339),
		Envelope: hex.EncodeToString(s.id[:]), Height: s.height, Member: uint32(n.home.Member.ID),
		NameZH: n.home.Member.NameZH, NameEN: n.home.Member.NameEN}
	if o.Paper != nil {
		r.Paper = hex.EncodeToString(o.Paper[:])
	}
	key, err := n.credential()
	if err != nil {
		return nil, err
	}
	if err := r.Sign(rand.Reader, key); err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "receipt", err)
	}
	// The receipt is out in any case; keeping a copy is a service.
	err = n.vault.Attach(true, vault.Attachment{Record: o.Record, Name: fmt.Sprintf("receipt/%010d", o.Serial), Value: b})
	if err != nil {
		n.log.Warn("receipt not kept", "code", fault.Of(err).String())
	}
	return b, nil
}

// SubjectReceipts returns the receipts that this node gave for a record.
func (n *Node) SubjectReceipts(_ context.Context, a client.SubjectAccess) (client.Receipts, error) {
	out := client.Receipts{Receipts: []json.RawMessage{}}
	_, r, _, err := n.holder(a)
	if err != nil {
		return out, err
	}
	kept, err := n.vault.Attachments(r.ID, "receipt/")
	for _, k := range kept {
		out.Receipts = append(out.Receipts, k.Value)
	}
	return out, err
}
