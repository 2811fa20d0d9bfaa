package web

import (
	"context"
	"net/http"
	"strconv"
	"sync"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
)

// Law is what the pages tell of the contract documents.
type Law interface {
	Contracts(ctx context.Context) (client.Contracts, error)
	Contract(ctx context.Context, number uint32) (client.ContractDocument, error)
	Proposals(ctx context.Context) (client.Proposals, error)
	Proposal(ctx context.Context, hash string) (client.ProposalDocument, error)
}

// contractsContent is the law in force and on its way.
type contractsContent struct {
	Contracts []client.Contract
	Proposals []client.Proposal
}

// contractContent is one document, in force or proposed.
type contractContent struct {
	Doc      client.Contract
	Proposal *client.Proposal // nil: in force
	Params   []contract.Parameter
	Ballots  []ballotView
	By       string
	Changes  []changeGroup
	Chart    string // address of its statechart
	Source   string
}

type ballotView struct {
	client.Ballot
	Name string
}

// changeGroup is what differs from the version in force in one section of the document.
type changeGroup struct {
	Section string
	Changes []contract.Change
}

// documents keeps compiled what visitors look at: compiling takes milliseconds, and
// anyone may ask.
type documents struct {
	mu   sync.Mutex
	docs map[string]*contract.Contract // by the document's hash
}

// maxDocuments is above the number of documents that a network has in a decade.
const maxDocuments = 128

// document compiles a text that the ledger has compiled before.
func (s *site) document(hash, source string) (*contract.Contract, error) {
	s.documents.mu.Lock()
	defer s.documents.mu.Unlock()
	if doc := s.documents.docs[hash]; doc != nil {
		return doc, nil
	}
	doc, problems := contract.Compile("contract", []byte(source))
	if doc == nil {
		return nil, fault.Newf(fault.Internal, "contract", "line %d: %s", problems[0].Line, problems[0].Message)
	}
	if len(s.documents.docs) >= maxDocuments || s.documents.docs == nil {
		s.documents.docs = map[string]*contract.Contract{}
	}
	s.documents.docs[hash] = doc
	return doc, nil
}

func (s *site) contracts(w http.ResponseWriter, r *http.Request) {
	all, err := s.backend.Contracts(r.Context())
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	open, err := s.backend.Proposals(r.Context())
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	p := s.newPage(w, r, "contracts.title", "contracts")
	p.Content = contractsContent{all.Contracts, open.Proposals}
	s.render(w, http.StatusOK, "contracts", p)
}

// inForce finds the document that a path names by its number.
func (s *site) inForce(r *http.Request) (client.ContractDocument, *contract.Contract, error) {
	number, err := strconv.ParseUint(r.PathValue("number"), 10, 32)
	if err != nil {
		return client.ContractDocument{}, nil, fault.New(fault.NotFound, "")
	}
	d, err := s.backend.Contract(r.Context(), uint32(number))
	if err != nil {
		return d, nil, err
	}
	doc, err := s.document(d.Hash, d.Source)
	return d, doc, err
}

// contract shows a document in force.
func (s *site) contract(w http.ResponseWriter, r *http.Request) {
	d, doc, err := s.inForce(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	p := s.newPage(w, r, "contract.title", "contracts")
	p.Content = contractContent{Doc: d.Contract, Params: doc.Parameters(), Source: d.Source,
		Chart: "/contracts/" + strconv.FormatUint(uint64(d.Number), 10) + "/chart.svg?lang=" + string(p.Lang)}
	s.render(w, http.StatusOK, "contract", p)
}

func (s *site) contractChart(w http.ResponseWriter, r *http.Request) {
	_, doc, err := s.inForce(r)
	s.chart(w, r, doc, err)
}

// proposal shows a proposed document: where the vote stands and what would change.
func (s *site) proposal(w http.ResponseWriter, r *http.Request) {
	d, doc, err := s.proposed(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	p := s.newPage(w, r, "contract.title", "contracts")
	c := contractContent{Doc: client.Contract{ID: d.ID, Version: d.Version, Kind: d.Kind, TitleZH: d.TitleZH, TitleEN: d.TitleEN, Hash: d.Hash},
		Proposal: &d.Proposal, Params: doc.Parameters(), Source: d.Source, Chart: "/proposals/" + d.Hash + "/chart.svg?lang=" + string(p.Lang)}
	if d.Replaces != 0 {
		if c.Changes, err = s.changes(r.Context(), d.Replaces, doc); err != nil {
			s.refuse(w, r, err)
			return
		}
	}
	members, err := s.backend.Members(r.Context())
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	c.By = p.name(members, d.Member)
	for _, b := range d.Ballots {
		c.Ballots = append(c.Ballots, ballotView{b, p.name(members, b.Member)})
	}
	p.Content = c
	s.render(w, http.StatusOK, "contract", p)
}

func (s *site) proposed(r *http.Request) (client.ProposalDocument, *contract.Contract, error) {
	d, err := s.backend.Proposal(r.Context(), r.PathValue("hash"))
	if err != nil {
		return d, nil, err
	}
	doc, err := s.document(d.Hash, d.Source)
	return d, doc, err
}

func (s *site) proposalChart(w http.ResponseWriter, r *http.Request) {
	_, doc, err := s.proposed(r)
	s.chart(w, r, doc, err)
}

// changes lists what differs from the version in force, by section.
func (s *site) changes(ctx context.Context, number uint32, newer *contract.Contract) ([]changeGroup, error) {
	d, err := s.backend.Contract(ctx, number)
	if err != nil {
		return nil, err
	}
	older, err := s.document(d.Hash, d.Source)
	if err != nil {
		return nil, err
	}
	var groups []changeGroup
	for _, x := range contract.Diff(older, newer) {
		if n := len(groups); n == 0 || groups[n-1].Section != x.Section {
			groups = append(groups, changeGroup{Section: x.Section})
		}
		last := &groups[len(groups)-1]
		last.Changes = append(last.Changes, x)
	}
	return groups, nil
}

// name is an institution's name.
func (p *page) name(all client.Members, id uint32) string {
	for _, m := range all.Members {
		if m.ID == id {
			return p.In(m.NameZH, m.NameEN)
		}
	}
	return p.T("member", id)
}

// Section names a part of a document as the command line does.
func (p *page) Section(name string) string { return p.Lang.Text("cmd.diff.section." + name) }

// chart answers with a document's statechart. The picture brings its own style and may
// load nothing.
func (s *site) chart(w http.ResponseWriter, r *http.Request, doc *contract.Contract, err error) {
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	lang := message.Chinese
	if v := r.URL.Query().Get("lang"); v != "" {
		lang = message.Parse(v)
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Cache-Control", "public, max-age=3600")
	_, _ = w.Write(doc.Draw(lang))
}
