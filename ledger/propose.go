package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// Bounds of what is proposed.
const (
	MaxContract       = 48 << 10 // bytes of a document
	MaxVersions       = 8        // of a kind that run side by side
	proposalsPerBlock = 2        // documents that one block compiles
)

// contractFile stands for a document's name in the places of its problems.
const contractFile = "contract"

// ContractProposal puts a contract document to the recorders. Two persons of a recorder
// sign it, and it counts as that recorder's approval. What speaks for it is said outside
// the ledger, in a paper of which the ledger holds the digest.
type ContractProposal struct {
	Source []byte     `cbor:"1,keyasint"`           // the document
	Paper  *wire.Hash `cbor:"2,keyasint,omitempty"` // SHA-256 of a paper that gives the reasons
}

// Operation encodes the proposal.
func (o *ContractProposal) Operation() Operation {
	return Operation{Kind: KindContractProposal, Data: wire.Encode(o)}
}

func (o *ContractProposal) check() error {
	switch {
	case len(o.Source) == 0:
		return fault.New(fault.Malformed, "source")
	case len(o.Source) > MaxContract:
		return fault.Newf(fault.TooLarge, "source", "%d bytes, at most %d", len(o.Source), MaxContract)
	}
	return checkPaper(o.Paper)
}

func checkPaper(h *wire.Hash) error {
	if h != nil && h.Zero() {
		return fault.New(fault.Malformed, "paper")
	}
	return nil
}

func (o *ContractProposal) scope() Scope              { return ScopeGovern }
func (o *ContractProposal) subject() (RecordID, bool) { return RecordID{}, false }
func (o *ContractProposal) body() (wire.Hash, bool)   { return wire.Hash{}, false }
func (o *ContractProposal) favourable(*View) bool     { return false }

// Proposal is a contract document on its way into force.
type Proposal struct {
	Document wire.Hash     `cbor:"1,keyasint"` // Digest("riviera/contract/1", source): what it is voted on by
	ID       string        `cbor:"2,keyasint"`
	Version  uint32        `cbor:"3,keyasint"`
	Kind     credit.Kind   `cbor:"4,keyasint"`
	Member   MemberID      `cbor:"5,keyasint"` // who proposed it
	Key      KeyID         `cbor:"6,keyasint"`
	Approver KeyID         `cbor:"7,keyasint"`
	Paper    *wire.Hash    `cbor:"8,keyasint,omitempty"`
	Proposed credit.Moment `cbor:"9,keyasint"`
	Lapses   credit.Moment `cbor:"10,keyasint"`           // unless it has been adopted by then
	Adopted  credit.Moment `cbor:"11,keyasint,omitempty"` // 0 while it is open
	Active   credit.Moment `cbor:"12,keyasint,omitempty"` // from when it will hold, once adopted
	Ballots  []Ballot      `cbor:"13,keyasint"`           // ascending by member
}

// Ref names the document.
func (p *Proposal) Ref() contract.Ref { return contract.Ref{ID: p.ID, Version: p.Version} }

func (o *ContractProposal) apply(x *execution, e *Envelope) error {
	if err := x.mayDecide(e, true); err != nil {
		return err
	}
	hash := contract.HashOf(o.Source)
	if slices.ContainsFunc(x.law.pending, func(p *pending) bool { return p.Document == hash }) {
		return fault.New(fault.ProposalOpen, "contract")
	}
	if x.drafts++; x.drafts > proposalsPerBlock {
		return fault.New(fault.ProposalsBusy, "contract")
	}
	doc, problems := contract.Compile(contractFile, o.Source)
	if len(problems) > 0 {
		p := problems[0]
		return fault.Newf(p.Code, "contract", "line %d, column %d: %s", p.Line, p.Column, p.Message)
	}
	if err := x.config.succeeds(doc); err != nil {
		return err
	}
	if slices.ContainsFunc(x.law.pending, func(p *pending) bool { return p.Kind == doc.Kind() }) {
		return fault.New(fault.ProposalOpen, "contract")
	}
	if n := x.versions(doc.Kind()); n >= MaxVersions {
		return fault.Newf(fault.TooManyVersions, "contract", "%d versions from the oldest with live records, at most %d with this one", n, MaxVersions)
	}
	p := &pending{doc: doc, Proposal: Proposal{Document: hash, ID: doc.Ref().ID, Version: doc.Ref().Version, Kind: doc.Kind(),
		Member: e.Member, Key: e.Key, Approver: e.Approver, Paper: o.Paper, Proposed: x.now,
		Lapses: x.now.Date().AddDays(x.config.Publishing.open()).End()}}
	p.cast(Ballot{Member: e.Member, Key: e.Key, Approver: e.Approver, Approve: true, At: x.now})
	x.law.pending = append(x.law.pending, p)
	slices.SortFunc(x.law.pending, comparePending)
	x.set(contractText(hash), o.Source)
	x.lawEvent(proof.TypeContractProposed, p, e, o.Paper, map[string]int64{"version": int64(p.Version), "lapses": int64(p.Lapses)})
	x.decide(p)
	return nil
}

// mayDecide holds who may put a contract to the vote, or vote on it.
func (x *execution) mayDecide(e *Envelope, two bool) error {
	switch m := x.config.Member(e.Member); {
	case !m.Has(Recorder):
		return fault.New(fault.RoleNotAllowed, "contract")
	case two && e.Approver == 0:
		return fault.New(fault.ApproverMissing, "contract")
	}
	return x.config.within(e, ScopeGovern, true)
}

// succeeds holds a document to the versions before it: the next one of its id, for the
// same kind, with measures of the catalogue.
func (c *Config) succeeds(doc *contract.Contract) error {
	ref, newest := doc.Ref(), uint32(0)
	for _, n := range c.numbers {
		old := c.contracts[n]
		switch same := old.Ref().ID == ref.ID; {
		case same != (old.Kind() == doc.Kind()):
			return fault.New(fault.KindChanged, "contract")
		case same && old.Ref().Version == ref.Version:
			return fault.New(fault.VersionExists, "contract")
		case same:
			newest = max(newest, old.Ref().Version)
		}
	}
	if ref.Version != newest+1 {
		return fault.Newf(fault.VersionNotNext, "contract", "version %d, the next one is %d", ref.Version, newest+1)
	}
	for _, m := range doc.Measures() {
		if !slices.ContainsFunc(c.Measures, func(k Measure) bool { return k.Code == m.Code }) {
			return fault.Newf(fault.UnknownMeasure, "contract", "%s", m.Code)
		}
	}
	return nil
}

// versions counts the versions of a kind that a record may have to run under, from the
// oldest with live records to the newest: every node computes each of them.
func (x *execution) versions(k credit.Kind) int {
	n := 0
	for _, number := range x.config.numbers {
		if x.config.contracts[number].Kind() == k && (n > 0 || x.law.records(number) > 0) {
			n++
		}
	}
	if _, any := x.config.ContractOf(k); any {
		n = max(n, 1) // the newest takes new records
	}
	return n
}
