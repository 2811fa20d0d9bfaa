package clerk

import (
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
)

// Events that begin a record.
const (
	Propose = "propose" // 提请: a draft for another institution to decide
	Migrate = "migrate" // an existing decision, entered in one step
)

// Draft is a record that does not exist yet. Record and Secret are random and used
// once: NewRecordID and NewSecret draw them, an import derives them from its journal.
type Draft struct {
	Record   ledger.RecordID
	Secret   proof.Secret
	Recorder ledger.MemberID // the institution that decides; 0 is the clerk's own
	Body     *credit.Body
	// Args adds to the arguments that follow from the body.
	Args contract.Args
}

// Entry is one operation ready to be sealed, with the body that travels beside it.
type Entry struct {
	Record    ledger.RecordID
	Event     string
	Operation ledger.Operation
	Packet    []byte // nil where the event brings no body
	Paper     []byte // nil where nothing is written to go with it
	Adverse   bool   // a second person has to sign
}

// Create makes the operation that begins a record. What the body's own rules, the
// contract or the catalogue would refuse is refused here, with the import column as its
// place.
func (c *Clerk) Create(event string, d Draft) (Entry, error) {
	book, err := c.Book()
	if err != nil {
		return Entry{}, err
	}
	if err := d.Body.Check(); err != nil {
		return Entry{}, err
	}
	doc, number, err := book.Contract(d.Body.Kind)
	if err != nil {
		return Entry{}, err
	}
	spec, ok := doc.Event(event)
	if !ok || !spec.Creates {
		return Entry{}, fault.New(fault.UnknownEvent, "event")
	}
	op := ledger.Create{Record: d.Record, Contract: number, Event: event, Recorder: d.Recorder,
		Commitment: proof.Commit(d.Record, d.Secret, d.Body.Disclose())}
	if op.Recorder == 0 {
		op.Recorder = c.Member
	}
	if op.Args, err = creationArgs(spec, d.Body, d.Args); err != nil {
		return Entry{}, err
	}
	if op.Measures, err = book.Measures(d.Body.Measures); err != nil {
		return Entry{}, err
	}
	if spec.Adverse {
		if op.CaseTag, err = c.caseTag(d.Body); err != nil {
			return Entry{}, err
		}
	}
	return Entry{Record: d.Record, Event: event, Operation: op.Operation(), Adverse: spec.Adverse,
		Packet: encodePacket(d.Record, d.Secret, d.Body)}, nil
}

// creationArgs takes from the body each argument that the contract declares and the
// body holds. The ledger refuses an argument that says something else than its body.
func creationArgs(spec contract.EventSpec, b *credit.Body, more contract.Args) (contract.Args, error) {
	args := contract.Args{}
	for _, a := range spec.Args {
		if v, given := more[a.Name]; given {
			args[a.Name] = v
			continue
		}
		v := bodyArgument(a.Name, b)
		switch {
		case v != 0:
			args[a.Name] = v
		case a.Required:
			return nil, fault.New(fault.FieldMissing, a.Name)
		}
	}
	for name := range more { // order does not matter: any unknown one refuses
		if _, known := args[name]; !known {
			return nil, fault.New(fault.BadArgument, name)
		}
	}
	return args, nil
}

// bodyArgument is what a body says under the name of an argument; 0 is nothing.
func bodyArgument(name string, b *credit.Body) int64 {
	switch name {
	case credit.ColGrounds:
		return int64(b.Grounds)
	case credit.ColDecidedOn:
		return int64(b.DecidedOn)
	case credit.ColPublishedOn:
		return int64(b.PublishedOn)
	case credit.ColFiledOn:
		return int64(b.FiledOn)
	}
	return 0
}

func (c *Clerk) caseTag(b *credit.Body) (*ledger.CaseTag, error) {
	if len(c.CaseSecret) == 0 {
		return nil, fault.Newf(fault.BadConfig, "case.key", "a listing needs the recorder's secret for case tags")
	}
	tag := ledger.CaseTag(credit.CaseTag(c.CaseSecret, b.Kind, b.JudgmentNo, b.CaseNo, b.SubjectCode))
	return &tag, nil
}
