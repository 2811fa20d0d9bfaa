package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// Publishing is how contracts come into force, in ledger days.
type Publishing struct {
	Waiting int `cbor:"1,keyasint,omitempty" json:"waiting_days,omitempty"` // from adoption to force; 0 is 7
	Open    int `cbor:"2,keyasint,omitempty" json:"open_days,omitempty"`    // for which a proposal stays open; 0 is 90
}

const (
	standardWaiting = 7
	standardOpen    = 90
	maxPublishing   = 1000 // ledger days
)

func (p Publishing) check() error {
	if p.Waiting < 0 || p.Waiting > maxPublishing || p.Open < 0 || p.Open > maxPublishing {
		return bad("publishing", "from 1 to %d days, or 0 for what is usual", maxPublishing)
	}
	return nil
}

func (p Publishing) waiting() int {
	if p.Waiting == 0 {
		return standardWaiting
	}
	return p.Waiting
}

func (p Publishing) open() int {
	if p.Open == 0 {
		return standardOpen
	}
	return p.Open
}

// Why a proposal was closed, in the argument "reason" of its event.
const (
	closedRejected = 1 // by more than a third of the recorders
	closedLapsed   = 2 // open for too long
)

// advanceLaw puts in force the contracts whose waiting time has passed and closes the
// proposals that have been open for too long.
func (x *execution) advanceLaw() error {
	for _, p := range slices.Clone(x.law.pending) {
		switch {
		case p.Adopted != 0 && p.Active <= x.now:
			x.enact(p)
		case p.Adopted == 0 && p.Lapses <= x.now:
			x.closeProposal(p, closedLapsed)
		}
	}
	return nil
}

// enact puts a contract in force under the next number. Live records of its kind come
// under it one after the other from now on.
func (x *execution) enact(p *pending) {
	number := slices.Max(x.config.numbers) + 1
	x.config = x.config.enact(number, p.doc, p.Active)
	x.set(contractKey(number), wire.Encode(enacted{Hash: p.Document, Since: p.Active}))
	x.drop(p)
	x.law.Next, x.law.End = 0, x.count
	x.lawEvent(proof.TypeContractActive, p, nil, nil, map[string]int64{"version": int64(p.Version), "number": int64(number)})
}

// closeProposal ends a proposal that does not come into force.
func (x *execution) closeProposal(p *pending, reason int64) {
	x.drop(p)
	x.remove(contractText(p.Document), nil)
	x.lawEvent(proof.TypeContractClosed, p, nil, nil, map[string]int64{"version": int64(p.Version), "reason": reason})
}

func (x *execution) drop(p *pending) {
	x.law.pending = slices.DeleteFunc(x.law.pending, func(q *pending) bool { return q == p })
	x.remove(proposalKey(p.Document), nil)
}

// lawEvent writes what happened to a contract document. Without an envelope it happened
// by the count of votes or by time.
func (x *execution) lawEvent(kind string, p *pending, by *Envelope, paper *wire.Hash, args map[string]int64) {
	e := &proof.Event{Type: kind, Name: p.ID, Recorded: x.now, Height: x.height, Document: p.Document, Args: args}
	if by != nil {
		e.Member, e.Key, e.Approver = uint32(by.Member), uint32(by.Key), uint32(by.Approver)
	}
	if paper != nil {
		e.Paper = *paper
	}
	x.note(e)
}

// Proposals returns the contracts on their way into force, in the order of their hashes.
func (v *View) Proposals() ([]Proposal, error) { return readProposals(v.reader) }

// ContractSource returns the text of a document that came into force after genesis, or is
// being decided on.
func (v *View) ContractSource(hash wire.Hash) ([]byte, error) {
	b, err := v.reader.Get(contractText(hash))
	if err == nil && b == nil {
		return nil, fault.New(fault.UnknownContract, "contract")
	}
	return b, err
}
