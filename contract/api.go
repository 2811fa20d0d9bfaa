package contract

import (
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
)

// Ref names a contract document. A pair (ID, Version) never changes its text.
type Ref struct {
	ID      string `json:"id"`
	Version uint32 `json:"version"`
}

// Problem is one reason why a document is refused, with its place. Lines and columns
// count from 1, columns in characters. Excerpt is the source line and, below it, a
// line with a caret under the column.
type Problem struct {
	Code    fault.Code // Malformed for the form, MissingExit for invariant 4, Internal never
	File    string
	Line    int
	Column  int
	Message string // in English
	Excerpt string
	zh      string
}

// In returns the problem's text in a language.
func (p Problem) In(l message.Lang) string {
	if l == message.Chinese {
		return p.zh
	}
	return p.Message
}

// Text is a text for people in both languages of the product.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In returns the text in a language.
func (t Text) In(l message.Lang) string {
	if l == message.Chinese {
		return t.ZH
	}
	return t.EN
}

// Args are the arguments of an event. Every value is an int64 on the ledger: an int as
// it is, a bool as 0 or 1, a date as credit.Date, a set as the bits of credit.Grounds.
type Args map[string]int64

// Role is a set of parts in which a sender may act on a record.
type Role uint8

const (
	RoleDeciding    Role = 1 << iota // the record's own recorder
	RoleRecorder                     // any recorder
	RoleProposer                     // the member that proposed this record
	RoleContributor                  // any access node
	RoleAuthority                    // the gate keeper 主管部门
	RoleSuperior                     // the body above the deciding one (review)
	RoleSubject                      // the subject, carried by a node
)

// Event is something that a member tells a contract.
type Event struct {
	Name string
	Args Args
	By   Role // every part in which the sender acts; one that the event allows suffices
}

// Type is the type of a variable, a parameter or an argument.
type Type uint8

const (
	Int  Type = iota + 1
	Bool      // 0 or 1
	Date      // credit.Date, 0 = none
	Set       // credit.Grounds, bit n-1 for number n
)

// ArgSpec is one argument of an event.
type ArgSpec struct {
	Name     string `json:"name"`
	Type     Type   `json:"type"`
	Title    Text   `json:"title"`
	Required bool   `json:"required"`
	// Default is the value of an optional argument that is left out. Where Today is
	// set it is the day of the event instead.
	Default int64 `json:"default"`
	Today   bool  `json:"today"`
	// Min and Max bound an int, the dates of a date, and the numbers of a set.
	Min, Max int64 `json:"-"`
	// Past refuses a date after the day of the event (fault.DateInFuture).
	Past bool `json:"past"`
}

// EventSpec is the declaration of an event.
type EventSpec struct {
	Name       string    `json:"name"`
	Title      Text      `json:"title"`
	Adverse    bool      `json:"adverse"`    // worsens the subject's position: two persons sign
	Favourable bool      `json:"favourable"` // improves it: reserved space in a block
	By         Role      `json:"by"`
	Args       []ArgSpec `json:"args"`     // in the order of the document
	Creates    bool      `json:"creates"`  // starts a record: propose, migrate
	NewBody    bool      `json:"new_body"` // carries a new commitment: pay, amend, correct
	Reasons    bool      `json:"reasons"`  // a refusal: goes with a paper that gives the reasons
}

// Effect is what a transition asks of the world. Numbers are consensus data.
type Effect uint8

const (
	EffectNotice      Effect = iota + 1 // the subject is told
	EffectOrder                         // measures are ordered
	EffectStop                          // measures are to stop
	EffectCertificate                   // the exit certificate can be had
	EffectHide                          // no longer shown, measures pause
	EffectShow                          // shown again, measures resume
	EffectErase                         // the body is destroyed on every node
	EffectCorrection                    // all who were told are told of the correction
	EffectBar                           // the same matter is not listed again before a day
)

// Taken is one transition that a Step or a Settle took.
type Taken struct {
	Event      string // "" for a deadline or a condition
	Transition string // its id in the document; "quarantine" where an error was met
	From, To   string // states ("region.state" beside the main region); From "" at creation
	Phase      Phase  // of the record afterwards
	Effective  credit.Moment
	Cite       []string // keys of the document's basis
	Effects    []Effect
	Bar        credit.Date // with EffectBar: the last day on which the same matter is not listed again
}

// Phase is where a record stands in its life. Numbers are consensus data; 0 is
// before creation.
type Phase uint8

const (
	Draft Phase = iota + 1
	Noticed
	Grace
	Active
	ExitDue
	Exited
	Erased
	Rejected
	Suspended
	Annulled
)

// Forgotten reports whether a record in this phase has come to the end after which nobody
// holds its content.
func (p Phase) Forgotten() bool { return p == Erased || p == Rejected }

// Status is what a record is at a moment, after Settle.
type Status struct {
	Phase       Phase  `json:"phase"`
	State       string `json:"state"`       // of the main region
	InForce     bool   `json:"in_force"`    // a standing query answers "listed"
	Hidden      bool   `json:"hidden"`      // not shown, measures paused
	Annotated   bool   `json:"annotated"`   // shown with the note that it is disputed
	Quarantined bool   `json:"quarantined"` // an error was met: hidden until a signed decision
	Final       bool   `json:"final"`       // nothing can happen any more
}
