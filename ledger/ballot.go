package ledger

import (
	"cmp"
	"slices"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// ContractVote is a recorder's vote on a contract document. It may be changed until the
// document is in force: an approval, which two persons sign, and a rejection, for which
// one suffices because it leaves the law as it is.
type ContractVote struct {
	Proposal wire.Hash  `cbor:"1,keyasint"` // the document's hash
	Approve  bool       `cbor:"2,keyasint,omitempty"`
	Paper    *wire.Hash `cbor:"3,keyasint,omitempty"` // SHA-256 of a paper that gives the reasons
}

// Operation encodes the vote.
func (o *ContractVote) Operation() Operation {
	return Operation{Kind: KindContractVote, Data: wire.Encode(o)}
}

func (o *ContractVote) check() error {
	if o.Proposal.Zero() {
		return fault.New(fault.Malformed, "proposal")
	}
	return checkPaper(o.Paper)
}

func (o *ContractVote) scope() Scope              { return ScopeGovern }
func (o *ContractVote) subject() (RecordID, bool) { return RecordID{}, false }
func (o *ContractVote) body() (wire.Hash, bool)   { return wire.Hash{}, false }
func (o *ContractVote) favourable(*View) bool     { return false }

// Ballot is a recorder's latest vote on a proposal.
type Ballot struct {
	Member   MemberID      `cbor:"1,keyasint"`
	Key      KeyID         `cbor:"2,keyasint"`
	Approver KeyID         `cbor:"3,keyasint,omitempty"`
	Approve  bool          `cbor:"4,keyasint,omitempty"`
	At       credit.Moment `cbor:"5,keyasint"`
	Paper    *wire.Hash    `cbor:"6,keyasint,omitempty"`
}

func (o *ContractVote) apply(x *execution, e *Envelope) error {
	if err := x.mayDecide(e, o.Approve); err != nil {
		return err
	}
	i := slices.IndexFunc(x.law.pending, func(p *pending) bool { return p.Document == o.Proposal })
	if i < 0 {
		return fault.New(fault.UnknownProposal, "contract")
	}
	p := x.law.pending[i]
	p.cast(Ballot{Member: e.Member, Key: e.Key, Approver: e.Approver, Approve: o.Approve, At: x.now, Paper: o.Paper})
	approve := int64(0)
	if o.Approve {
		approve = 1
	}
	x.lawEvent(proof.TypeContractVote, p, e, o.Paper, map[string]int64{"version": int64(p.Version), "approve": approve})
	x.decide(p)
	return nil
}

// cast enters a ballot in the place of the member's former one.
func (p *Proposal) cast(b Ballot) {
	i, found := slices.BinarySearchFunc(p.Ballots, b, func(a, b Ballot) int { return cmp.Compare(a.Member, b.Member) })
	if found {
		p.Ballots[i] = b
	} else {
		p.Ballots = slices.Insert(p.Ballots, i, b)
	}
}

// Tally is where a vote stands. A suspended recorder votes: what the authority does at
// the gate has no weight in it. One that has left counts no more.
type Tally struct {
	Recorders      int
	Approvals      int
	Rejections     int
	Constituencies int // that have recorders
	Approving      int // of them, those from which an approval has come
}

// Tally counts a proposal's ballots.
func (c *Config) Tally(p *Proposal) Tally {
	var t Tally
	var all, approving []string
	for _, m := range c.Recorders() {
		t.Recorders++
		all = append(all, m.Constituency)
		i := slices.IndexFunc(p.Ballots, func(b Ballot) bool { return b.Member == m.ID })
		switch {
		case i < 0:
		case p.Ballots[i].Approve:
			t.Approvals++
			approving = append(approving, m.Constituency)
		default:
			t.Rejections++
		}
	}
	t.Constituencies, t.Approving = distinct(all), distinct(approving)
	return t
}

func distinct(names []string) int {
	slices.Sort(names)
	return len(slices.Compact(names))
}

// Adopted reports whether two thirds of the recorders approve, and among them recorders
// of at least half of the constituencies.
func (t Tally) Adopted() bool {
	return 3*t.Approvals >= 2*t.Recorders && 2*t.Approving >= t.Constituencies
}

// Rejected reports whether more than a third of the recorders reject.
func (t Tally) Rejected() bool { return 3*t.Rejections > t.Recorders }

// decide draws the consequence of a proposal's ballots.
func (x *execution) decide(p *pending) {
	t := x.config.Tally(&p.Proposal)
	switch {
	case t.Rejected():
		x.closeProposal(p, closedRejected)
		return
	case p.Adopted == 0 && t.Adopted():
		p.Adopted = x.now
		p.Active = x.now.Date().AddDays(x.config.Publishing.waiting()).End()
		x.lawEvent(proof.TypeContractAdopted, p, nil, nil, map[string]int64{"version": int64(p.Version), "active": int64(p.Active)})
	}
	x.set(proposalKey(p.Document), wire.Encode(p.Proposal))
}
