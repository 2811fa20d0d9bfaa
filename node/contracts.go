package node

import (
	"context"
	"encoding/hex"
	"sync"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/wire"
)

// Contracts lists the contract documents in force.
func (n *Node) Contracts(context.Context) (client.Contracts, error) {
	view := n.engine.View()
	out := client.Contracts{Clock: n.clock(view), MaxVersions: ledger.MaxVersions, Contracts: []client.Contract{}}
	for _, number := range view.Config.Contracts() {
		c, err := contractOf(view, number)
		if err != nil {
			return out, err
		}
		out.Contracts = append(out.Contracts, c)
	}
	return out, nil
}

func contractOf(view *ledger.View, number uint32) (client.Contract, error) {
	doc := view.Config.Contract(number)
	ref, hash := doc.Ref(), doc.Hash()
	live, err := view.LiveRecords(number)
	c := client.Contract{Number: number, ID: ref.ID, Version: ref.Version, Kind: string(doc.Kind()), TitleZH: doc.Title(chinese),
		TitleEN: doc.Title(english), Hash: hex.EncodeToString(hash[:]), Live: live, Since: moment(view.Config.Since(number))}
	newest, _ := view.Config.ContractOf(doc.Kind())
	c.Current = newest == number
	return c, err
}

// Contract returns a document in force with its text.
func (n *Node) Contract(_ context.Context, number uint32) (client.ContractDocument, error) {
	view := n.engine.View()
	doc := view.Config.Contract(number)
	if doc == nil {
		return client.ContractDocument{}, fault.New(fault.NotFound, "contract")
	}
	c, err := contractOf(view, number)
	if err != nil {
		return client.ContractDocument{}, err
	}
	out := client.ContractDocument{Clock: n.clock(view), Contract: c}
	for _, s := range n.home.Genesis.Contracts {
		if s.Number == number {
			out.Source = s.Source
			return out, nil
		}
	}
	source, err := view.ContractSource(doc.Hash())
	out.Source = string(source)
	return out, err
}

// Proposals lists the documents on their way into force.
func (n *Node) Proposals(context.Context) (client.Proposals, error) {
	view := n.engine.View()
	out := client.Proposals{Clock: n.clock(view), Proposals: []client.Proposal{}}
	all, err := view.Proposals()
	if err != nil {
		return out, err
	}
	for i := range all {
		p, _, err := n.proposalOf(view, &all[i])
		if err != nil {
			return out, err
		}
		out.Proposals = append(out.Proposals, p)
	}
	return out, nil
}

// Proposal returns one of them with its text.
func (n *Node) Proposal(_ context.Context, hash string) (client.ProposalDocument, error) {
	view := n.engine.View()
	p, err := findProposal(view, hash)
	if err != nil {
		return client.ProposalDocument{}, err
	}
	out := client.ProposalDocument{Clock: n.clock(view)}
	var source []byte
	out.Proposal, source, err = n.proposalOf(view, p)
	out.Source = string(source)
	return out, err
}

func findProposal(view *ledger.View, hash string) (*ledger.Proposal, error) {
	all, err := view.Proposals()
	if err != nil {
		return nil, err
	}
	for i := range all {
		if hex.EncodeToString(all[i].Document[:]) == hash {
			return &all[i], nil
		}
	}
	return nil, fault.New(fault.UnknownProposal, "contract")
}

func (n *Node) proposalOf(view *ledger.View, p *ledger.Proposal) (client.Proposal, []byte, error) {
	out := client.Proposal{Hash: hex.EncodeToString(p.Document[:]), ID: p.ID, Version: p.Version, Kind: string(p.Kind),
		Member: uint32(p.Member), Key: uint32(p.Key), Approver: uint32(p.Approver), Paper: paperHash(p.Paper),
		Proposed: p.Proposed.String(), Lapses: p.Lapses.String(), Adopted: moment(p.Adopted), Active: moment(p.Active)}
	out.Replaces, _ = view.Config.ContractOf(p.Kind)
	for _, b := range p.Ballots {
		out.Ballots = append(out.Ballots, client.Ballot{Member: uint32(b.Member), Key: uint32(b.Key), Approver: uint32(b.Approver),
			Approve: b.Approve, At: b.At.String(), Paper: paperHash(b.Paper)})
	}
	t := view.Config.Tally(p)
	out.Recorders, out.Approvals, out.Rejections = t.Recorders, t.Approvals, t.Rejections
	out.Constituencies, out.Approving = t.Constituencies, t.Approving
	source, doc, err := n.proposed(view, p)
	if err == nil {
		out.TitleZH, out.TitleEN = doc.Title(chinese), doc.Title(english)
	}
	return out, source, err
}

// drafts keeps proposed documents compiled: asking for them is open to anyone.
type drafts struct {
	mu   sync.Mutex
	docs map[wire.Hash]*contract.Contract
}

// maxDrafts is above the number that can be on their way at once: one of each kind.
const maxDrafts = 16

// proposed returns a document that the ledger has compiled before, and its text.
func (n *Node) proposed(view *ledger.View, p *ledger.Proposal) ([]byte, *contract.Contract, error) {
	source, err := view.ContractSource(p.Document)
	if err != nil {
		return nil, nil, err
	}
	n.drafts.mu.Lock()
	defer n.drafts.mu.Unlock()
	if doc := n.drafts.docs[p.Document]; doc != nil {
		return source, doc, nil
	}
	doc, problems := contract.Compile(p.ID, source)
	if len(problems) > 0 {
		return nil, nil, fault.Newf(fault.Internal, "contract", "line %d: %s", problems[0].Line, problems[0].Message)
	}
	if len(n.drafts.docs) >= maxDrafts || n.drafts.docs == nil {
		n.drafts.docs = map[wire.Hash]*contract.Contract{}
	}
	n.drafts.docs[p.Document] = doc
	return source, doc, nil
}

func paperHash(h *wire.Hash) string {
	if h == nil {
		return ""
	}
	return hex.EncodeToString(h[:])
}

// maxMoved bounds the records that an answer names; all of them are counted.
const maxMoved = 1000

// ContractEffect plays every listed record of a kind under its own version and under a
// proposed document.
func (n *Node) ContractEffect(ctx context.Context, hash string) (client.ContractEffect, error) {
	view := n.engine.View()
	p, err := findProposal(view, hash)
	if err != nil {
		return client.ContractEffect{}, err
	}
	_, doc, err := n.proposed(view, p)
	if err != nil {
		return client.ContractEffect{}, err
	}
	out := client.ContractEffect{Clock: n.clock(view), Moved: []client.MovedExit{}}
	var inner error
	err = view.EachRecord(0, func(r *ledger.Record) bool {
		if inner = ctx.Err(); inner == nil {
			inner = moveExit(view, r, doc, &out)
		}
		return inner == nil
	})
	if err == nil {
		err = inner
	}
	return out, err
}

func moveExit(view *ledger.View, r *ledger.Record, doc *contract.Contract, out *client.ContractEffect) error {
	own := view.Config.Contract(r.Contract)
	if own.Kind() != doc.Kind() || !view.Listed(r) {
		return nil
	}
	a, b, err := view.Compare(r, own, doc)
	if err != nil {
		return err
	}
	out.Records++
	if a.Out == b.Out {
		out.Same++
		return nil
	}
	m := client.MovedExit{Record: r.ID.String(), Own: day(a.Out), New: day(b.Out), Refused: b.Refused,
		Later: b.Out == 0 || a.Out != 0 && b.Out > a.Out}
	if m.Later {
		out.Later++
	} else {
		out.Earlier++
	}
	if len(out.Moved) < maxMoved {
		out.Moved = append(out.Moved, m)
	}
	return nil
}

func day(d credit.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
