package ledger

import (
	"cmp"
	"slices"
	"strings"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Tenure is a time in which a member carries out a measure. Tenures are kept for ever: a
// body that gives a measure up still has to stop what it had begun, and one that takes
// it on owes nothing for records that had ended before.
type Tenure struct {
	_       struct{} `cbor:",toarray"`
	Measure uint16
	Member  MemberID
	From    credit.Moment // 0: from the genesis on
	To      credit.Moment // 0: open
}

// informs reports whether a measure is information for market bodies (family III of the
// catalogue), which is never an order.
func informs(code string) bool { return strings.HasPrefix(code, "III-") }

// checkExecutes holds the measures that a member of a genesis document carries out.
func (g *Genesis) checkExecutes(at string, m *Member) error {
	switch {
	case len(m.Executes) == 0:
		return nil
	case !m.Has(Recorder) && !m.Has(Contributor):
		return bad(at, "only recorders and contributors carry out measures")
	case !ascending(m.Executes):
		return bad(at, "the measures it carries out do not ascend")
	}
	for _, n := range m.Executes {
		i := slices.IndexFunc(g.Measures, func(x Measure) bool { return x.Number == n })
		switch {
		case i < 0:
			return bad(at, "carries out measure %d, which is not in the catalogue", n)
		case informs(g.Measures[i].Code):
			return bad(at, "measure %s is information and never an order", g.Measures[i].Code)
		}
	}
	return nil
}

// tenuresAfter returns the tenures once the members are as given: new ones open, those
// of measures that nobody carries out any more close. now is 0 at genesis.
func tenuresAfter(old []Tenure, members []Member, now credit.Moment) []Tenure {
	next := slices.Clone(old)
	for i, t := range next {
		if t.To == 0 && !carriesOut(members, t.Member, t.Measure) {
			next[i].To = now
		}
	}
	for _, m := range members {
		for _, measure := range m.Executes {
			open := func(t Tenure) bool { return t.Member == m.ID && t.Measure == measure && t.To == 0 }
			if carriesOut(members, m.ID, measure) && !slices.ContainsFunc(next, open) {
				next = append(next, Tenure{Measure: measure, Member: m.ID, From: now})
			}
		}
	}
	slices.SortFunc(next, func(a, b Tenure) int {
		return cmp.Or(cmp.Compare(a.Measure, b.Measure), cmp.Compare(a.Member, b.Member), cmp.Compare(a.From, b.From))
	})
	return next
}

// carriesOut reports whether a member is there to carry out a measure. A suspended one
// is: it may still report, and its duties do not go away.
func carriesOut(members []Member, id MemberID, measure uint16) bool {
	i := slices.IndexFunc(members, func(m Member) bool { return m.ID == id })
	return i >= 0 && (members[i].Has(Recorder) || members[i].Has(Contributor)) && slices.Contains(members[i].Executes, measure)
}

// Tenures returns who carries out a measure, and has carried it out.
func (c *Config) Tenures(measure uint16) []Tenure {
	lo, _ := slices.BinarySearchFunc(c.tenures, measure, func(t Tenure, m uint16) int { return cmp.Compare(t.Measure, m) })
	hi := lo
	for hi < len(c.tenures) && c.tenures[hi].Measure == measure {
		hi++
	}
	return c.tenures[lo:hi:hi]
}

// TenureHash identifies who carries out what: a projection of orders is as good as the
// tenures from which it was made.
func (c *Config) TenureHash() wire.Hash {
	return wire.Digest("riviera/tenures/1", wire.Encode(c.tenures))
}

var tenureKey = []byte("ct")

// follow records in the tenures what a block has changed in the members.
func (x *execution) follow() {
	if x.config == x.Ledger.config {
		return
	}
	next := tenuresAfter(x.config.tenures, x.config.Members, x.now)
	if slices.Equal(next, x.config.tenures) {
		return
	}
	config := *x.config
	config.tenures, config.sum = next, nil
	x.config = &config
	x.set(tenureKey, wire.Encode(next))
}

// loadTenures reads what blocks have changed; the genesis' own are in the configuration.
func (l *Ledger) loadTenures() error {
	b, err := l.reader.Get(tenureKey)
	if err != nil {
		return fault.Wrap(fault.Internal, "state", err)
	}
	if b == nil {
		return nil
	}
	config := *l.config
	config.tenures, config.sum = nil, nil
	if err := wire.DecodeTrusted(b, &config.tenures); err != nil {
		return fault.Wrap(fault.Internal, "state", err)
	}
	l.config = &config
	return nil
}
