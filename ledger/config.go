package ledger

import (
	"slices"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/wire"
)

// Config is what the ledger knows about its members and its law. A Config never
// changes: a block that changes something makes a new one.
type Config struct {
	Clock       Clock
	GenesisTime int64 // Unix nanoseconds
	Members     []Member
	Measures    []Measure
	Migration   Migration
	Calendar    *credit.Calendar
	Publishing  Publishing
	// GovernanceDay is the genesis document's, 0 for 24 hours.
	GovernanceDay int64
	Council       *Council

	founders  []Validator // who decided the first blocks
	contracts map[uint32]*contract.Contract
	numbers   []uint32                 // of the contracts, in order of adoption
	later     map[uint32][]uint32      // newer versions of the same kind; absent where there is none
	since     map[uint32]credit.Moment // from when a contract holds that came into force after genesis
	base      *credit.Calendar         // of the genesis document
	adopted   []adoption               // calendars after it
	years     []credit.Year            // in order of adoption
	tenures   []Tenure                 // who carries out what, since when; ascending
	sum       *wire.Hash               // of everything above, computed once
}

// Member returns the member with this id, or nil. Ids ascend, so it is a search.
func (c *Config) Member(id MemberID) *Member {
	lo, hi := 0, len(c.Members)
	for lo < hi {
		mid := (lo + hi) / 2
		if c.Members[mid].ID < id {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(c.Members) && c.Members[lo].ID == id {
		return &c.Members[lo]
	}
	return nil
}

// MemberOfNode returns the member that runs the node with this peer id and may be
// connected, or nil. Through a rotation of its key that is the old id and the new one. A removed member's node is let in no more; nor is a suspended one's,
// unless it votes on blocks, which a suspension does not touch.
func (c *Config) MemberOfNode(node string) *Member {
	for i := range c.Members {
		if m := &c.Members[i]; node != "" && m.Node == node && m.Connects() {
			return m
		}
	}
	for _, f := range c.Council.Nodes {
		if m := c.Member(f.Member); node != "" && f.Node == node && m.Connects() {
			return m
		}
	}
	return nil
}

// Nodes returns the peer ids with which a member's node is let in: that of its present key,
// and through a rotation the one before it. nil where it may not be connected.
func (c *Config) Nodes(m *Member) []string {
	if m.Node == "" || !m.Connects() {
		return nil
	}
	ids := []string{m.Node}
	for _, f := range c.Council.Nodes {
		if f.Member == m.ID {
			ids = append(ids, f.Node)
		}
	}
	return ids
}

// WhoseNode returns the member that has or had a node with this peer id, or nil.
func (c *Config) WhoseNode(node string) *Member {
	for i := range c.Members {
		if m := &c.Members[i]; node != "" && (m.Node == node || slices.Contains(m.FormerNodes, node)) {
			return m
		}
	}
	return nil
}

// Connects reports whether the member's node may be connected to others.
func (m *Member) Connects() bool {
	return m.Removed == 0 && (!m.Suspended || m.Has(Recorder))
}

// Recorders returns the recorders in order of their ids.
func (c *Config) Recorders() []*Member {
	var rs []*Member
	for i := range c.Members {
		if c.Members[i].Has(Recorder) {
			rs = append(rs, &c.Members[i])
		}
	}
	return rs
}

// Contract returns the contract document with this number, or nil.
func (c *Config) Contract(number uint32) *contract.Contract { return c.contracts[number] }

// Measure returns the code of a number in the catalogue of measures.
func (c *Config) Measure(number uint16) (code string, ok bool) {
	for _, m := range c.Measures {
		if m.Number == number {
			return m.Code, true
		}
	}
	return "", false
}

// Contracts returns the numbers of the contract documents in order of adoption.
func (c *Config) Contracts() []uint32 { return c.numbers }

// Newest returns the highest number of a contract document in force.
func (c *Config) Newest() uint32 { return slices.Max(c.numbers) }

// Since returns from when a contract holds; 0 for one of the genesis document.
func (c *Config) Since(number uint32) credit.Moment { return c.since[number] }

// ContractOf returns the number of the newest contract document for a kind.
func (c *Config) ContractOf(k credit.Kind) (uint32, bool) {
	for i := len(c.numbers) - 1; i >= 0; i-- {
		if c.contracts[c.numbers[i]].Kind() == k {
			return c.numbers[i], true
		}
	}
	return 0, false
}

// MayHold reports whether a member is in the audience of a record's body: before it is
// active the proposer and the recorders, from then on every member that runs a node
// (完全冗余), after its erasure nobody.
func (c *Config) MayHold(m *Member, phase contract.Phase, proposer MemberID) bool {
	if m == nil || m.Node == "" || !m.Connects() || m.Has(Authority) {
		return false
	}
	switch phase {
	case contract.Erased, contract.Rejected:
		return false
	case contract.Draft, contract.Noticed, contract.Grace:
		return m.Has(Recorder) || m.ID == proposer
	}
	return true
}

// configuration is the part of a Config that the state root binds.
type configuration struct {
	Members   []Member       `cbor:"1,keyasint"`
	Contracts []contractHash `cbor:"2,keyasint"`
	Years     []credit.Year  `cbor:"3,keyasint"`
	Measures  []Measure      `cbor:"4,keyasint"`
	Migration Migration      `cbor:"5,keyasint"`
	Clock     Clock          `cbor:"6,keyasint"`
	Tenures   []Tenure       `cbor:"12,keyasint"`
	Day       int64          `cbor:"20,keyasint,omitempty"`
	Council   *Council       `cbor:"21,keyasint"`
}

type contractHash struct {
	_      struct{} `cbor:",toarray"`
	Number uint32
	Hash   wire.Hash
}

func (c *Config) hash() wire.Hash {
	if c.sum == nil {
		doc := configuration{Members: c.Members, Years: c.years, Measures: c.Measures, Migration: c.Migration,
			Clock: c.Clock, Tenures: c.tenures, Day: c.GovernanceDay, Council: c.Council}
		for _, n := range c.numbers {
			doc.Contracts = append(doc.Contracts, contractHash{Number: n, Hash: c.contracts[n].Hash()})
		}
		h := wire.Digest("riviera/config/1", wire.Encode(doc))
		c.sum = &h
	}
	return *c.sum
}
