package clerk

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/vault"
	"github.com/riviera-ledger/riviera/wire"
)

// Reviewed is one act of a prepared envelope, as its second person reads it.
type Reviewed struct {
	Kind   ledger.Kind
	Record ledger.RecordID // zero for an act on no record
	Event  string          // "" for an act on no record
	Spec   contract.EventSpec
	Args   contract.Args
	Body   *credit.Body    // what the record says now; nil where the file does not hold it
	Next   *credit.Body    // what it will say, where the act brings a new body
	Paper  *credit.Paper   // what goes to the subject with it
	Known  bool            // the ledger of the node that was asked has this body under this record
	Detail json.RawMessage // what an act on no record says
}

// recorded is what a review needs of a node.
type recorded interface {
	Record(ctx context.Context, id string) (client.Record, error)
}

// Review opens what a prepared act does, and to whom. Every body in the file must be the
// one that an operation or the ledger's record commits to; one that is not is
// fault.PreparedInvalid. Node may be nil: then the bodies of existing records are taken as
// the first person gave them, and Known says no.
func (p *Prepared) Review(ctx context.Context, e *ledger.Envelope, book *Book, node recorded) ([]Reviewed, error) {
	bodies, err := openPackets(append(slices.Clone(p.Packets), p.Subjects...))
	if err != nil {
		return nil, err
	}
	var out []Reviewed
	for i, op := range e.Ops {
		r := Reviewed{Kind: op.Kind}
		switch op.Kind {
		case ledger.KindCreate:
			err = r.create(op, book, bodies)
		case ledger.KindAct:
			err = r.act(ctx, op, book, bodies, node)
		default:
			r.Detail, err = detail(op)
		}
		if err == nil {
			r.Paper, err = p.paper(e, i)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// others are the acts that two people sign and that are on no record.
var others = map[ledger.Kind]func() any{
	ledger.KindGate: func() any { return new(ledger.Gate) }, ledger.KindStay: func() any { return new(ledger.Stay) },
	ledger.KindKeyChange: func() any { return new(ledger.KeyChange) }, ledger.KindRotate: func() any { return new(ledger.Rotate) },
	ledger.KindObjection: func() any { return new(ledger.Objection) }, ledger.KindOfficersVote: func() any { return new(ledger.OfficersVote) },
	ledger.KindStop: func() any { return new(ledger.StopAdverse) }, ledger.KindSuccession: func() any { return new(ledger.Succession) },
	ledger.KindCosign: func() any { return new(ledger.Cosign) }, ledger.KindCalendar: func() any { return new(ledger.CalendarVote) },
	ledger.KindLeave: func() any { return new(ledger.Leave) }, ledger.KindUpgrade: func() any { return new(ledger.UpgradeVote) },
	ledger.KindContractVote: func() any { return new(ledger.ContractVote) }, ledger.KindContractProposal: func() any { return new(ledger.ContractProposal) },
}

// detail is what an act on no record says, as JSON: nothing that is signed stays unread. An
// act of another kind is fault.PreparedInvalid.
func detail(op ledger.Operation) (json.RawMessage, error) {
	made := others[op.Kind]
	if made == nil {
		return nil, fault.Newf(fault.PreparedInvalid, "file", "an act of a kind that cannot be shown")
	}
	v := made()
	if err := wire.Decode(op.Data, v); err != nil {
		return nil, err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fault.New(fault.Internal, "review")
	}
	return b, nil
}

// Name is what the act is called where its contract does not say.
func (r *Reviewed) Name() string {
	switch {
	case r.Event != "":
		return r.Event
	case r.Kind == ledger.KindContractVote:
		return "contract-vote"
	case r.Kind == ledger.KindContractProposal:
		return "contract-propose"
	case r.Kind.String() != "":
		return r.Kind.String()
	}
	return "operation-" + strconv.Itoa(int(r.Kind))
}

func openPackets(raw [][]byte) (map[wire.Hash]*vault.Checked, error) {
	out := map[wire.Hash]*vault.Checked{}
	for _, b := range raw {
		p, err := vault.DecodePacket(b)
		if err != nil {
			return nil, fault.Newf(fault.PreparedInvalid, "packet", "cannot be read")
		}
		c, err := p.Check()
		if err != nil {
			return nil, fault.Newf(fault.PreparedInvalid, "packet", "cannot be read")
		}
		out[c.Commitment] = c
	}
	return out, nil
}

func (r *Reviewed) create(op ledger.Operation, book *Book, bodies map[wire.Hash]*vault.Checked) error {
	var o ledger.Create
	if err := wire.Decode(op.Data, &o); err != nil {
		return err
	}
	r.Record, r.Event, r.Args = o.Record, o.Event, o.Args
	c := bodies[o.Commitment]
	if c == nil || c.Record != o.Record {
		return fault.Newf(fault.PreparedInvalid, "packet", "a body that the act brings is missing")
	}
	r.Next = &c.Content
	if doc := book.Document(o.Contract); doc != nil {
		r.Spec, _ = doc.Event(o.Event)
	}
	return nil
}

func (r *Reviewed) act(ctx context.Context, op ledger.Operation, book *Book, bodies map[wire.Hash]*vault.Checked, node recorded) error {
	var o ledger.Act
	if err := wire.Decode(op.Data, &o); err != nil {
		return err
	}
	r.Record, r.Event, r.Args = o.Record, o.Event, o.Args
	if o.Commitment != nil {
		c := bodies[*o.Commitment]
		if c == nil || c.Record != o.Record {
			return fault.Newf(fault.PreparedInvalid, "packet", "a body that the act brings is missing")
		}
		r.Next = &c.Content
	}
	var number uint32
	var kind credit.Kind
	if node != nil {
		there, err := node.Record(ctx, o.Record.String())
		if err != nil {
			return err
		}
		number, kind = there.Number, credit.Kind(there.Kind)
		if c, err := hex.DecodeString(there.Commitment); err == nil && len(c) == len(wire.Hash{}) {
			if b := bodies[wire.Hash(c)]; b != nil && b.Record == o.Record {
				r.Body, r.Known = &b.Content, true
			}
		}
	}
	for _, c := range bodies {
		if c.Record != o.Record || o.Commitment != nil && c.Commitment == *o.Commitment {
			continue
		}
		if node != nil && !r.Known {
			return fault.Newf(fault.PreparedInvalid, "packet", "the ledger has another body under this record")
		}
		r.Body, kind = &c.Content, c.Content.Kind
	}
	r.Spec = specOf(book, number, kind, o.Event)
	return nil
}

// specOf is what the record's contract says of an event; where its number is not known,
// what the newest one for its kind says.
func specOf(book *Book, number uint32, kind credit.Kind, event string) contract.EventSpec {
	doc := book.Document(number)
	if doc == nil {
		var err error
		if doc, _, err = book.Contract(kind); err != nil {
			return contract.EventSpec{Name: event}
		}
	}
	spec, known := doc.Event(event)
	if !known {
		spec.Name = event
	}
	return spec
}

// paper finds the paper that an operation commits to.
func (p *Prepared) paper(e *ledger.Envelope, i int) (*credit.Paper, error) {
	want, has := e.Paper(i)
	if !has {
		return nil, nil
	}
	for _, raw := range p.Papers {
		paper, err := credit.DecodePaper(raw)
		if err == nil && paper.Commitment() == want {
			return paper, nil
		}
	}
	return nil, fault.Newf(fault.PreparedInvalid, "paper", "what goes with the act is missing")
}
