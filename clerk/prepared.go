package clerk

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/wire"
)

// PreparedFormat is the version of the file in which an act waits for its second person.
const PreparedFormat = "riviera/prepared/1"

// Prepared is an envelope that one person has signed and that names who is to approve it,
// with what travels beside it. It holds personal data, as the bodies do: it goes from one
// of the two to the other and nowhere else.
type Prepared struct {
	Format   string   `json:"format"`
	Genesis  string   `json:"genesis"` // hash of the network's genesis document, hex
	Envelope []byte   `json:"envelope"`
	Packets  [][]byte `json:"packets,omitempty"` // bodies that travel beside it
	Papers   [][]byte `json:"papers,omitempty"`
	// Subjects are the packets of the records that its acts are about, for the second person
	// to read. They are not sent.
	Subjects [][]byte  `json:"subjects,omitempty"`
	Height   int64     `json:"height"` // newest block when it was signed
	Time     time.Time `json:"time"`   // of that block
}

// maxPrepared bounds such a file: a full envelope, its bodies and papers, in base64.
const maxPrepared = 16 << 20

// Prepare signs entries as the first of two people. They can be committed up to
// ledger.MaxAhead blocks from now, and never after. Where an entry is not adverse, one
// person suffices: that is fault.Usage.
func (c *Clerk) Prepare(ctx context.Context, entries []Entry, approver ledger.KeyID) (*Prepared, error) {
	for _, e := range entries {
		if !e.Adverse {
			return nil, fault.Newf(fault.Usage, "", "one person suffices for %s: send it without preparing", e.Event)
		}
	}
	s, err := c.Client.Status(ctx)
	if err != nil {
		return nil, err
	}
	c.meet(s.Edition)
	p := &Prepared{Format: PreparedFormat, Genesis: hex.EncodeToString(c.Hash[:]), Height: s.Height, Time: s.BlockTime}
	content := ledger.Content{Member: c.Member, Key: c.Operator.Key, Approver: approver, NotAfter: s.Height + ledger.MaxAhead, Calendar: c.CalendarEdition()}
	for _, e := range entries {
		content.Ops = append(content.Ops, e.Operation)
		if e.Packet != nil {
			p.Packets = append(p.Packets, e.Packet)
		}
		if e.Paper != nil {
			p.Papers = append(p.Papers, e.Paper)
		}
		if e.Packet == nil && e.Record != (ledger.RecordID{}) {
			if raw, err := c.Client.Packet(ctx, e.Record.String()); err == nil {
				p.Subjects = append(p.Subjects, raw)
			}
		}
	}
	p.Envelope, err = ledger.Seal(c.random(), c.Hash, content, c.Operator.Signer, nil)
	return p, err
}

// Encode writes the file.
func (p *Prepared) Encode() ([]byte, error) {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, fault.New(fault.Internal, "prepared act")
	}
	return append(b, '\n'), nil
}

// DecodePrepared reads such a file for the network with this genesis hash, and the envelope
// in it. What is not whole is fault.PreparedInvalid, what is for another network
// fault.ForeignGenesis.
func DecodePrepared(b []byte, genesis wire.Hash) (*Prepared, *ledger.Envelope, error) {
	p := new(Prepared)
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if len(b) > maxPrepared || d.Decode(p) != nil { // the cause may quote the content
		return nil, nil, fault.Newf(fault.PreparedInvalid, "file", "not a prepared act")
	}
	if _, err := d.Token(); err != io.EOF || p.Format != PreparedFormat {
		return nil, nil, fault.Newf(fault.PreparedInvalid, "file", "not a prepared act of form %s", PreparedFormat)
	}
	if p.Genesis != hex.EncodeToString(genesis[:]) {
		return nil, nil, fault.New(fault.ForeignGenesis, "file")
	}
	e, err := ledger.ParseEnvelope(genesis, p.Envelope)
	if err != nil {
		return nil, nil, fault.Wrap(fault.PreparedInvalid, "file", err)
	}
	if e.Approver == 0 {
		return nil, nil, fault.Newf(fault.PreparedInvalid, "file", "names nobody to approve it")
	}
	return p, e, nil
}

// Approve adds the second person's signature. The key must be the one that the first person
// has named: otherwise it is fault.PreparedInvalid.
func (p *Prepared) Approve(genesis wire.Hash, e *ledger.Envelope, approver Signer) error {
	switch {
	case e.Approved():
		return fault.Newf(fault.PreparedInvalid, "file", "is approved already")
	case approver.Key != e.Approver:
		return fault.Newf(fault.PreparedInvalid, "file", "is to be approved with key %d, and this home holds key %d", e.Approver, approver.Key)
	}
	raw, err := ledger.Approve(rand.Reader, genesis, p.Envelope, approver.Signer)
	if err == nil {
		p.Envelope = raw
	}
	return err
}

// Office is a node as far as handing a prepared act in needs one; *client.Client has it.
type Office interface {
	Door
	Submit(ctx context.Context, s client.Submission) (client.Receipt, error)
}

// Submit hands an approved act in and waits for its block. What brings neither body nor
// paper goes to any node, the rest to the institution's own. It is sent again after a "not
// now", but never signed again: once its last height has passed it is fault.Expired, and
// has either been committed or never can be.
func (p *Prepared) Submit(ctx context.Context, node Office, e *ledger.Envelope) (*Outcome, error) {
	if !e.Approved() {
		return nil, fault.New(fault.ApproverMissing, "file")
	}
	out := &Outcome{Codes: make([]fault.Code, len(e.Ops)), Wheres: make([]string, len(e.Ops))}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		var r client.Receipt
		var err error
		if len(p.Packets)+len(p.Papers) == 0 {
			r, err = node.HandIn(ctx, client.Act{Envelope: p.Envelope, Wait: true})
		} else {
			r, err = node.Submit(ctx, client.Submission{Envelope: p.Envelope, Packets: p.Packets, Papers: p.Papers, Wait: true})
		}
		if err == nil && r.Height > 0 {
			if code := parseCode(r.Code); code != fault.OK {
				return nil, fault.New(code, "envelope")
			}
			for i := range r.Ops {
				out.Codes[i] = parseCode(r.Ops[i])
			}
			out.Height = r.Height
			return out, nil
		}
		if _, again := client.Retry(err); err != nil && (!again || fault.Is(err, fault.QuotaExceeded)) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}
