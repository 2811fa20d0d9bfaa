package node

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/proof"
)

// refusedAccess is the one answer to whoever does not hold a record's access code: the
// same where there is no such record, where the code is another's or has been replaced,
// and where the record has been erased.
func refusedAccess() error { return fault.New(fault.AccessRefused, "") }

// holder finds the record that an access opens, with a ticket for other nodes. What it
// reads and computes is the same whatever the answer; only a code that cannot be one is
// told apart, before anything is looked up.
func (n *Node) holder(a client.SubjectAccess) (*ledger.View, *ledger.Record, credit.Ticket, error) {
	genesis, now := n.home.Genesis.Hash(), n.home.now()
	id, err := ledger.ParseRecordID(a.Record)
	if err != nil {
		return nil, nil, credit.Ticket{}, err
	}
	var t credit.Ticket
	switch {
	case a.Ticket != nil && a.Code == "":
		t = credit.Ticket{Record: id, Issued: a.Ticket.Issued, Signature: a.Ticket.Signature}
	default:
		code, err := credit.ParseAccessCode(a.Code)
		if err != nil {
			return nil, nil, credit.Ticket{}, err
		}
		t = credit.NewTicket(genesis, id, now, code.SigningKey())
	}
	view, err := n.current()
	if err != nil {
		return nil, nil, t, err
	}
	r, err := n.opens(view, t)
	return view, r, t, err
}

// nobody is the key against which a ticket is checked where there is none.
var nobody = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)

// opens checks a ticket against the ledger, under the limit of the record's failures.
func (n *Node) opens(view *ledger.View, t credit.Ticket) (*ledger.Record, error) {
	r, key, err := view.AccessKey(t.Record)
	if err != nil {
		return nil, err
	}
	known := r != nil
	if !known {
		key = nobody
	}
	if err := t.Check(n.home.Genesis.Hash(), key, n.home.now()); err != nil || !known {
		// The holder of the right code gets in whatever others have tried.
		if err := n.doors.failed(t.Record, n.home.now()); err != nil {
			return nil, err
		}
		return nil, refusedAccess()
	}
	return r, nil
}

// SubjectView shows everything that is held about a record.
func (n *Node) SubjectView(ctx context.Context, a client.SubjectAccess) (client.SubjectView, error) {
	view, r, ticket, err := n.holder(a)
	if err != nil {
		return client.SubjectView{}, err
	}
	status := view.Status(r)
	out := client.SubjectView{Clock: n.clock(view), Record: n.record(view, r), Shown: status.InForce && !status.Hidden,
		Marked: status.Annotated, Explain: view.Explain(r), Serial: r.Filings, May: subjectEvents(view, r),
		Filings: []client.SubjectFiling{}, Papers: []client.SubjectPaper{}}
	if err := n.proceedings(view, r, &out); err != nil {
		return client.SubjectView{}, err
	}
	packet, err := n.vault.Get(r.Commitment)
	switch {
	case err == nil:
		body, err := content(packet)
		if err != nil {
			return client.SubjectView{}, err
		}
		out.Record.Body, out.Holds = body, true
	case !fault.Is(err, fault.BodyMissing):
		return client.SubjectView{}, err
	}
	if err := n.noteSubject(r.ID); err != nil {
		return client.SubjectView{}, err
	}
	out.Queries, err = n.allQueries(ctx, view, ticket)
	return out, err
}

// proceedings adds a record's history with the filings and papers in it.
func (n *Node) proceedings(view *ledger.View, r *ledger.Record, out *client.SubjectView) error {
	indices, err := view.History(r)
	if err != nil {
		return err
	}
	for _, i := range indices {
		e, _, err := view.Event(i)
		if err != nil {
			return err
		}
		c := ChangeOf(view, i, e)
		out.Record.History = append(out.Record.History, c)
		if e.Type == proof.TypeFiled && e.Name != "" {
			f := client.SubjectFiling{Serial: uint32(len(out.Filings)), Change: c, Carrier: e.Member}
			if !e.Paper.Zero() {
				f.Paper = hex.EncodeToString(e.Paper[:])
			}
			out.Filings = append(out.Filings, f)
		}
		if e.Paper.Zero() {
			continue
		}
		p, err := n.subjectPaper(view, r, i, e, false)
		if err != nil {
			return err
		}
		out.Papers = append(out.Papers, p)
	}
	return nil
}

// subjectPaper is a paper as its subject sees it: what it says where this node has it,
// else who may have it.
func (n *Node) subjectPaper(view *ledger.View, r *ledger.Record, i uint64, e *proof.Event, whole bool) (client.SubjectPaper, error) {
	out := client.SubjectPaper{Commitment: hex.EncodeToString(e.Paper[:]), Event: ChangeOf(view, i, e)}
	may, err := audience(view, r, i, e)
	if err != nil {
		return out, err
	}
	seen := map[ledger.MemberID]bool{}
	for _, m := range may {
		if !seen[m] {
			seen[m] = true
			out.Audience = append(out.Audience, uint32(m))
		}
	}
	p, err := n.paper(r.ID, e.Paper)
	if err != nil || p == nil {
		return out, err
	}
	out.Here, out.Kind, out.Author, out.Text = true, string(p.Kind), p.Author, p.Text
	for _, f := range p.Files {
		pf := client.PaperFile{Name: f.Name, Media: f.Media, Size: len(f.Data)}
		if whole {
			pf.Data = f.Data
		}
		out.Files = append(out.Files, pf)
	}
	return out, nil
}

// SubjectPaper shows one paper with its files.
func (n *Node) SubjectPaper(_ context.Context, q client.PaperRequest) (client.SubjectPaper, error) {
	view, r, _, err := n.holder(q.SubjectAccess)
	if err != nil {
		return client.SubjectPaper{}, err
	}
	b, err := hex.DecodeString(q.Commitment)
	if err != nil || len(b) != 32 {
		return client.SubjectPaper{}, fault.New(fault.BadRequest, "commitment")
	}
	i, e, err := paperEvent(view, r, [32]byte(b))
	if err != nil {
		return client.SubjectPaper{}, err
	}
	if e == nil {
		return client.SubjectPaper{}, fault.New(fault.NotFound, "paper")
	}
	return n.subjectPaper(view, r, i, e, true)
}

// subjectEvents lists what a record's contract lets the subject send, and whether it
// would take it now.
func subjectEvents(view *ledger.View, r *ledger.Record) []client.SubjectEvent {
	out := []client.SubjectEvent{}
	c := view.Config.Contract(r.Contract)
	now := view.Evaluate(r, view.Moment)
	for _, spec := range c.Events() {
		if spec.By&contract.RoleSubject == 0 || spec.Creates || spec.NewBody {
			continue
		}
		_, _, err := c.Step(now.Instance, contract.Event{Name: spec.Name, Args: tried(spec), By: contract.RoleSubject}, view.Moment, view.Config.Calendar)
		code := fault.Of(err)
		out = append(out, client.SubjectEvent{Event: spec.Name, TitleZH: spec.Title.ZH, TitleEN: spec.Title.EN,
			Open: code != fault.EventNotAccepted && code != fault.GuardNotMet && code != fault.RecordQuarantined, Args: spec.Args})
	}
	return out
}

// tried are arguments with which an event can be tried out.
func tried(spec contract.EventSpec) contract.Args {
	args := contract.Args{}
	for _, a := range spec.Args {
		if a.Required {
			args[a.Name] = max(a.Min, min(a.Max, 1))
		}
	}
	return args
}
