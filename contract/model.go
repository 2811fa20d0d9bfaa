package contract

import (
	"slices"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/wire"
)

// Bounds of a contract. Instance is a value of fixed size because of them.
const (
	maxRegions    = 8
	maxVariables  = 32
	maxDeadlines  = 16 // materialised at once, over all regions
	maxParameters = 48
	maxArguments  = 12
	maxConditions = 96
	maxStates     = 40 // of one region
	maxEvents     = 64
)

// Contract is a checked document. It is immutable and safe for concurrent use.
type Contract struct {
	ref        Ref
	hash       wire.Hash
	kind       credit.Kind
	title      Text
	basis      []Article
	term       Term
	measures   []MeasureSpec
	params     []Parameter
	vars       []variable
	events     []event
	conditions []condition
	create     [][]*transition // by event
	regions    []region        // 0 is the main one
	slots      int             // deadlines that can be materialised at once
	cost       uint64          // sum of the worst cases of all expressions

	eventIndex map[string]int // looked up, never iterated
	main       map[string]int
}

// Article is an entry of a document's basis: a provision that transitions cite.
type Article struct {
	Key  string `json:"key"`
	Text Text   `json:"text"`
}

// Term is the longest that a record can last: Months, or the cited Rule that replaces
// a fixed term, or both for different grounds.
type Term struct {
	Months int64    `json:"months,omitempty"`
	Rule   Text     `json:"rule"`
	Cite   []string `json:"cite"`
}

// MeasureSpec is a measure that records of this kind may carry.
type MeasureSpec struct {
	Code string   `json:"code"`
	Cite []string `json:"cite"`
}

// Parameter is a number that counsel can correct without touching the rules. A record
// keeps the value in force on the day it was created.
type Parameter struct {
	Name   string           `json:"name"`
	Title  Text             `json:"title"`
	Unit   string           `json:"unit"`
	Note   string           `json:"note,omitempty"` // "counsel" or "ours" with the open question
	Cite   []string         `json:"cite"`
	Values []ParameterValue `json:"values"` // ascending by From
}

// ParameterValue is a parameter's value from a day on; the first has no day.
type ParameterValue struct {
	From  credit.Date `json:"from,omitempty"`
	Value int64       `json:"value"`
}

func (p *Parameter) on(d credit.Date) int64 {
	v := p.Values[0].Value
	for _, x := range p.Values[1:] {
		if x.From <= d {
			v = x.Value
		}
	}
	return v
}

type variable struct {
	name string
	typ  Type
	at   pos
}

type event struct {
	EventSpec
	lifts bool // ends a quarantine
	at    pos
	scope *scope
}

type condition struct {
	name  string
	title Text
	cite  []string
	expr  *expression
	gap   *expression // how much is missing
	unit  string
	event int // -1, or the event whose arguments it reads
	at    pos
}

// guard is a named condition and what it must be.
type guard struct {
	condition int
	want      bool
}

type assignment struct {
	variable int
	expr     *expression
}

const stay = -1 // target of a transition that stays inside its state

type transition struct {
	id     string
	title  Text
	cite   []string
	guards []guard
	to     int
	sets   []assignment
	effect []Effect
	due    *deadline   // of an after transition
	bar    *expression // last day of the bar on a relisting; nil where there is none
	at     pos
}

// deadline says when a transition happens by itself: at the end of the day that from
// and the steps give. Where later is set it is a subject's own window.
type deadline struct {
	from  *expression
	steps []step
	later bool
	reads reads // also of the guards
}

type unit uint8

const (
	unitDays unit = iota + 1
	unitDaysRolling
	unitWorkingDays
	unitMonths
	unitYears
	unitDayOfNextMonth // that day of the month after, or its last
)

type step struct {
	unit  unit
	count *expression
}

type region struct {
	name    string
	title   Text
	initial int
	during  uint64 // main states in which the region runs
	slot    int    // first deadline slot
	slots   int
	states  []state
	at      pos
}

type state struct {
	name      string
	title     Text
	phase     Phase
	final     bool
	rest      bool // of a side region: nothing is open
	hidden    bool
	annotated bool
	enter     []Effect
	on        [][]*transition // by event
	always    []*transition
	after     []*transition
	at        pos
}

// Ref returns the document's name and version.
func (c *Contract) Ref() Ref { return c.ref }

// Hash is SHA-256 over the source, under the tag "riviera/contract/1".
func (c *Contract) Hash() wire.Hash { return c.hash }

// Kind returns the kind of records that the contract governs.
func (c *Contract) Kind() credit.Kind { return c.kind }

// Title returns the contract's name in a language.
func (c *Contract) Title(l message.Lang) string { return c.title.In(l) }

// Basis returns the provisions that the contract cites, in the document's order.
func (c *Contract) Basis() []Article { return append([]Article(nil), c.basis...) }

// Article returns a provision by its key.
func (c *Contract) Article(key string) (Article, bool) {
	for _, a := range c.basis {
		if a.Key == key {
			return a, true
		}
	}
	return Article{}, false
}

// Term returns the longest that a record can last.
func (c *Contract) Term() Term { return c.term }

// Orders reports whether the contract may order the measure with this code.
func (c *Contract) Orders(code string) bool {
	return slices.ContainsFunc(c.measures, func(s MeasureSpec) bool { return s.Code == code })
}

// Measures returns the catalogue codes that records of this kind may carry.
func (c *Contract) Measures() []MeasureSpec { return append([]MeasureSpec(nil), c.measures...) }

// Parameters returns the numbers that counsel can correct.
func (c *Contract) Parameters() []Parameter { return append([]Parameter(nil), c.params...) }

// Cost is the sum of the worst-case static costs of all expressions.
func (c *Contract) Cost() uint64 { return c.cost }

// Event returns the declaration of an event.
func (c *Contract) Event(name string) (EventSpec, bool) {
	i, ok := c.eventIndex[name]
	if !ok {
		return EventSpec{}, false
	}
	return c.events[i].EventSpec, true
}

// Events returns the declarations in the document's order.
func (c *Contract) Events() []EventSpec {
	out := make([]EventSpec, len(c.events))
	for i := range c.events {
		out[i] = c.events[i].EventSpec
	}
	return out
}

// StateTitle returns the name of a state as it stands in Taken or Status: a state of
// the main region, or "region.state" of another.
func (c *Contract) StateTitle(name string) (Text, bool) {
	for i := range c.regions {
		r := &c.regions[i]
		for j := range r.states {
			if c.stateName(i, j) == name {
				return r.states[j].title, true
			}
		}
	}
	return Text{}, false
}

// PhaseOf returns the phase of a main state, 0 for any other name. What a transition
// of a side region leaves the record in is Taken.Phase.
func (c *Contract) PhaseOf(name string) Phase {
	if i, ok := c.main[name]; ok {
		return c.regions[0].states[i].phase
	}
	return 0
}

func (c *Contract) stateName(region, state int) string {
	if region == 0 {
		return c.regions[0].states[state].name
	}
	return c.regions[region].name + "." + c.regions[region].states[state].name
}
