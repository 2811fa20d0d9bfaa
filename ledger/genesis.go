package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/law"
	"github.com/riviera-ledger/riviera/wire"
)

// GenesisFormat is the version of the genesis document.
const GenesisFormat = "riviera/genesis/1"

// Genesis is the document that a network starts from. Its hash is part of every
// signature made for the network.
type Genesis struct {
	Format    string           `cbor:"1,keyasint" json:"format"`
	Network   string           `cbor:"2,keyasint" json:"network"`  // name for people
	ChainID   string           `cbor:"3,keyasint" json:"chain_id"` // name for the engine, at most 50 characters
	TimeNS    int64            `cbor:"4,keyasint" json:"time_ns"`  // Unix nanoseconds
	Clock     Clock            `cbor:"5,keyasint" json:"clock"`
	Members   []Member         `cbor:"6,keyasint" json:"members"`
	Contracts []ContractSource `cbor:"7,keyasint" json:"contracts"`
	Calendars []credit.Year    `cbor:"8,keyasint" json:"calendars"`
	Measures  []Measure        `cbor:"9,keyasint" json:"measures"` // the catalogue, by ascending number
	Migration Migration        `cbor:"10,keyasint" json:"migration"`
	// GovernanceDay is how long a day of notice lasts, in nanoseconds; 0 is 24 hours, and
	// an ordinary network has no other.
	GovernanceDay int64 `cbor:"20,keyasint,omitempty" json:"governance_day_ns,omitempty"`

	Publishing Publishing `cbor:"13,keyasint,omitzero" json:"publishing,omitzero"`

	// Predecessors are the chains whose state and log this one continues, oldest first.
	Predecessors []Predecessor `cbor:"21,keyasint,omitempty" json:"predecessors,omitempty"`
}

// ContractSource is a contract document with its number on this ledger.
type ContractSource struct {
	Number uint32 `cbor:"1,keyasint" json:"number"`
	File   string `cbor:"2,keyasint" json:"file"`
	Source string `cbor:"3,keyasint" json:"source"`
}

// Measure gives an entry of the catalogue of measures its number on this ledger.
type Measure struct {
	Number uint16 `cbor:"1,keyasint" json:"number"`
	Code   string `cbor:"2,keyasint" json:"code"`                       // e.g. "I-02"
	Months uint16 `cbor:"3,keyasint,omitempty" json:"months,omitempty"` // longest term of an order; 0: as long as the record
}

// Catalogue is the catalogue of measures that comes with this program, as a genesis
// document takes it.
func Catalogue() []Measure {
	var out []Measure
	for _, m := range law.Measures() {
		out = append(out, Measure{m.Number, m.Code, m.Months})
	}
	return out
}

// Migration is the window in which institutions may enter existing decisions in one
// step, with the dates they were made.
type Migration struct {
	Until     credit.Date `cbor:"1,keyasint" json:"until"`      // last ledger date on which migration is allowed
	NotBefore credit.Date `cbor:"2,keyasint" json:"not_before"` // earliest publication date accepted
}

// ParseGenesis reads and checks a genesis document (JSON, unknown fields refused).
func ParseGenesis(b []byte) (*Genesis, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	g := new(Genesis)
	if err := d.Decode(g); err != nil {
		return nil, fault.Wrap(fault.BadConfig, "genesis", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fault.Newf(fault.BadConfig, "genesis", "something stands behind the document")
	}
	if err := g.Check(); err != nil {
		return nil, err
	}
	return g, nil
}

// Hash identifies the network for ever.
func (g *Genesis) Hash() wire.Hash { return wire.Digest("riviera/genesis/1", wire.Encode(g)) }

// Time returns the genesis time.
func (g *Genesis) Time() time.Time { return time.Unix(0, g.TimeNS).UTC() }

// Check refuses a document from which no sound network can start.
func (g *Genesis) Check() error {
	switch {
	case g.Format != GenesisFormat:
		return bad("format", "%q, this program knows %q", g.Format, GenesisFormat)
	case g.Network == "":
		return bad("network", "empty")
	case g.ChainID == "" || len(g.ChainID) > maxChainID:
		return bad("chain_id", "from 1 to 50 characters")
	case g.TimeNS <= 0:
		return bad("time_ns", "not after 1970")
	case len(g.Contracts) == 0:
		return bad("contracts", "none: no record could be released")
	}
	if err := firstError(g.Clock.check(), g.Publishing.check()); err != nil {
		return err
	}
	if g.GovernanceDay != 0 && (!g.Clock.Training() || g.GovernanceDay < minTrainingDay || g.GovernanceDay > realDay) {
		return bad("governance_day_ns", "a day of notice lasts 24h, on a training network from 50ms on")
	}
	return firstError(g.checkMembers(), g.checkPredecessors())
}

func (g *Genesis) checkMembers() error {
	recorders := 0
	nodes, keys := map[string]bool{}, map[string]bool{}
	for i := range g.Members {
		m := &g.Members[i]
		at := fmt.Sprintf("members[%d]", i)
		switch {
		case m.ID == 0 || i > 0 && g.Members[i-1].ID >= m.ID:
			return bad(at, "ids ascend from 1")
		case m.Node != "" && nodes[m.Node]:
			return bad(at, "another member has this node")
		case m.Has(Authority) && (len(m.Roles) > 1 || m.Node != ""):
			return bad(at, "the authority holds the gate and nothing more, and runs no node")
		case m.Has(Authority) && m.people(0, ScopeGovern) < max(int(m.Threshold), 1):
			return bad(at, "%d officers of whom %d must sign", m.people(0, ScopeGovern), m.Threshold)
		case m.Has(Recorder) && m.people(0, ScopeFavourable) == 0:
			return bad(at, "a recorder needs a key that may release")
		case !m.Has(Authority) && m.Threshold != 0:
			return bad(at, "only the authority has officers")
		case m.Removed != 0 || m.Retired != 0 || m.Named != 0 || m.Successor != 0 || m.Release != 0 || m.FormerNodes != nil:
			return bad(at, "a first member holds nothing of a former life")
		case m.Has(Recorder) && (len(m.Consensus) != 32 || m.Node == ""):
			return bad(at, "a recorder needs a node and a consensus key")
		case !m.Has(Recorder) && len(m.Consensus) != 0:
			return bad(at, "only recorders vote on blocks")
		}
		nodes[m.Node] = m.Node != ""
		if m.Has(Recorder) {
			recorders++
			if keys[string(m.Consensus)] {
				return bad(at, "another recorder has this consensus key")
			}
			keys[string(m.Consensus)] = true
		}
		if err := firstError(checkKeys(at, m.Keys), g.checkExecutes(at, m)); err != nil {
			return err
		}
	}
	if err := g.checkSuperiors(); err != nil {
		return err
	}
	if recorders < minRecorders {
		return bad("members", "%d recorders; four are needed to survive the loss of one", recorders)
	}
	return g.checkShares()
}

// checkShares holds from the start what a change may not break.
func (g *Genesis) checkShares() error {
	var set []Member
	authorities := 0
	for _, m := range g.Members {
		if m.Has(Recorder) {
			set = append(set, m)
		}
		if m.Has(Authority) {
			authorities++
		}
	}
	if authorities > 1 {
		return bad("members", "%d authorities; there is one gate", authorities)
	}
	if err := checkShares(set); err != nil {
		return fault.Wrap(fault.BadConfig, "genesis: members", err)
	}
	return nil
}

// checkSuperiors demands of every recorder that another recorder reviews its rulings.
func (g *Genesis) checkSuperiors() error {
	config := Config{Members: g.Members}
	for i := range g.Members {
		m := &g.Members[i]
		at := fmt.Sprintf("members[%d]", i)
		switch superior := config.Member(m.Superior); {
		case !m.Has(Recorder) && m.Superior != 0:
			return bad(at, "only a recorder's rulings are reviewed")
		case !m.Has(Recorder):
		case m.Superior == m.ID:
			return fault.Newf(fault.OwnRuling, "genesis: "+at, "a recorder's superior is another recorder")
		case superior == nil || !superior.Has(Recorder):
			return bad(at, "a recorder needs another recorder as its superior, which reviews its rulings")
		}
	}
	return nil
}

// checkKeys refuses keys under which one person could stand for two.
func checkKeys(at string, keys []Key) error {
	seen := map[string]bool{}
	for _, k := range keys {
		switch {
		case k.Purpose == Operate && k.Operator == "":
			return bad(at, "key %d names no operator", k.ID)
		case !k.fits():
			return bad(at, "key %d: purpose and algorithm do not go together", k.ID)
		case k.checkScope() != nil:
			return bad(at, "key %d: what it may sign is missing, or not one key's", k.ID)
		case k.checkPublic() != nil:
			return bad(at, "key %d is no key of its algorithm", k.ID)
		case seen[string(k.Public)]:
			return bad(at, "key %d stands there twice", k.ID)
		}
		seen[string(k.Public)] = true
	}
	return nil
}

func bad(where, format string, args ...any) error {
	return fault.Newf(fault.BadConfig, "genesis: "+where, format, args...)
}

// config builds the configuration that the document describes.
func (g *Genesis) config() (*Config, error) {
	c := &Config{Clock: g.Clock, GenesisTime: g.TimeNS, Migration: g.Migration, Measures: g.Measures,
		Members: g.Members, GovernanceDay: g.GovernanceDay, Council: &Council{}, Publishing: g.Publishing,
		contracts: map[uint32]*contract.Contract{}, since: map[uint32]credit.Moment{}}
	for _, s := range g.Contracts {
		doc, problems := contract.Compile(s.File, []byte(s.Source))
		if len(problems) > 0 {
			p := problems[0]
			return nil, fault.Newf(p.Code, fmt.Sprintf("genesis: contracts: %s:%d:%d", p.File, p.Line, p.Column), "%s", p.Message)
		}
		if s.Number == 0 || c.contracts[s.Number] != nil {
			return nil, bad("contracts", "number %d", s.Number)
		}
		c.contracts[s.Number] = doc
		c.numbers = append(c.numbers, s.Number)
	}
	for _, y := range g.Calendars {
		if err := y.Check(); err != nil {
			return nil, fault.Wrap(fault.BadConfig, "genesis: calendars", err)
		}
	}
	c.Calendar = credit.NewCalendar(g.Calendars...)
	c.years, c.base = g.Calendars, c.Calendar
	c.tenures = tenuresAfter(nil, g.Members, 0)
	c.founders = c.validators()
	c.line()
	return c, nil
}
