package verify

import (
	"encoding/hex"
	"strconv"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// Subject is what a credential says about a record, in words: a pure function of the
// event and of what is disclosed (NewSubject). Moments are ledger time with +08:00.
type Subject struct {
	Record     string    `json:"record,omitempty"` // 32 hexadecimal digits
	Outcome    string    `json:"outcome"`          // one of the Outcome constants
	Effective  string    `json:"effective"`
	Recorded   string    `json:"recorded,omitempty"`
	Height     Count     `json:"height"`                   // block that recorded it, or as of which it is attested
	Contract   Count     `json:"contractNumber,omitempty"` // on this ledger
	Event      string    `json:"event,omitempty"`          // contract event; none for a deadline or a condition
	Transition string    `json:"transition,omitempty"`     // name in the contract
	Actor      string    `json:"actor,omitempty"`          // member number; none for the contract itself
	Articles   []string  `json:"articles,omitempty"`       // keys of the cited articles
	Disclosed  Disclosed `json:"disclosed"`
}

// What a credential says has become of a record, or of a party.
const (
	OutcomeExited   = "exited"
	OutcomeAnnulled = "annulled"
	OutcomeNoticed  = "noticed" // told of an intended listing
	OutcomeGrace    = "grace"   // decided, not yet published
	OutcomeListed   = "listed"
	OutcomeClear    = "clear"
)

func outcomeOf(e proof.Event) string {
	switch e.Phase {
	case proof.PhaseAnnulled:
		return OutcomeAnnulled
	case proof.PhaseNoticed:
		return OutcomeNoticed
	case proof.PhaseGrace:
		return OutcomeGrace
	case proof.PhaseActive:
		return OutcomeListed
	}
	return OutcomeExited
}

// Disclosed holds the opened units of the body; a nil unit is not disclosed.
type Disclosed struct {
	Name     *string   `json:"subject_name,omitempty"`
	Code     *Code     `json:"subject_code,omitempty"`
	Case     *string   `json:"case_no,omitempty"`
	Office   *string   `json:"deciding_office,omitempty"`
	Basis    *Basis    `json:"basis,omitempty"`
	Amount   *string   `json:"amount_fen,omitempty"`
	Dates    *Dates    `json:"dates,omitempty"`
	Facts    *Facts    `json:"facts,omitempty"`
	Measures *[]string `json:"measures,omitempty"`
}

// Code is the subject's number with its kind.
type Code struct {
	SubjectType credit.SubjectType `json:"subject_type"`
	Number      string             `json:"number"`
}

// Basis is the ground of the listing.
type Basis struct {
	Kind       credit.Kind `json:"kind"`
	JudgmentNo string      `json:"judgment_no,omitempty"`
	LegalBasis string      `json:"legal_basis"`
	Grounds    string      `json:"grounds,omitempty"` // numbers joined with ";"
}

// Dates are days as 2006-01-02; "" is none.
type Dates struct {
	FiledOn     string `json:"filed_on,omitempty"`
	DecidedOn   string `json:"decided_on"`
	PublishedOn string `json:"published_on,omitempty"`
}

// Facts are the free texts of the body.
type Facts struct {
	Facts              string `json:"facts,omitempty"`
	Performance        string `json:"performance,omitempty"`
	RegistrarException bool   `json:"registrar_exception,omitempty"`
}

// NewSubject derives the statements from an event and an opening. A unit that does not
// have the form of credit.Body.Disclose is fault.BodyMalformed.
func NewSubject(e proof.Event, o proof.Opening) (Subject, error) {
	s := Subject{
		Record:     hex.EncodeToString(e.Record[:]),
		Outcome:    outcomeOf(e),
		Effective:  e.Effective.String(),
		Recorded:   e.Recorded.String(),
		Height:     Count(e.Height),
		Contract:   Count(e.Contract),
		Event:      e.Name,
		Transition: e.Transition,
		Articles:   e.Cite,
	}
	if e.Member != 0 {
		s.Actor = strconv.FormatUint(uint64(e.Member), 10)
	}
	for _, u := range o.Opened {
		if u.Index < 0 || u.Index >= len(credit.Units) {
			return Subject{}, fault.New(fault.BodyMalformed, "unit")
		}
		unit := credit.Units[u.Index]
		if err := s.Disclosed.read(unit, u.Unit); err != nil {
			return Subject{}, fault.Wrap(fault.BodyMalformed, unit, err)
		}
	}
	return s, nil
}

// read decodes one unit; the forms are those of credit.Body.Disclose.
func (d *Disclosed) read(unit string, b []byte) error {
	switch unit {
	case credit.UnitName:
		return readUnit(b, &d.Name)
	case credit.UnitCase:
		return readUnit(b, &d.Case)
	case credit.UnitOffice:
		return readUnit(b, &d.Office)
	case credit.UnitMeasure:
		return readUnit(b, &d.Measures)
	case credit.UnitCode:
		var v struct {
			_      struct{} `cbor:",toarray"`
			Type   credit.SubjectType
			Number string
		}
		err := wire.Decode(b, &v)
		d.Code = &Code{v.Type, v.Number}
		return err
	case credit.UnitAmount:
		var fen int64
		err := wire.Decode(b, &fen)
		text := strconv.FormatInt(fen, 10)
		d.Amount = &text
		return err
	case credit.UnitBasis:
		return d.readBasis(b)
	case credit.UnitDates:
		return d.readDates(b)
	case credit.UnitFacts:
		var v struct {
			_                  struct{} `cbor:",toarray"`
			Facts, Performance string
			Exception          bool
		}
		err := wire.Decode(b, &v)
		d.Facts = &Facts{v.Facts, v.Performance, v.Exception}
		return err
	}
	return fault.New(fault.BodyMalformed, unit)
}

func readUnit[T any](b []byte, to **T) error {
	*to = new(T)
	return wire.Decode(b, *to)
}

func (d *Disclosed) readBasis(b []byte) error {
	var v struct {
		_                      struct{} `cbor:",toarray"`
		Kind                   credit.Kind
		JudgmentNo, LegalBasis string
		Grounds                credit.Grounds
	}
	err := wire.Decode(b, &v)
	d.Basis = &Basis{v.Kind, v.JudgmentNo, v.LegalBasis, v.Grounds.String()}
	return err
}

func (d *Disclosed) readDates(b []byte) error {
	var days [3]int32
	if err := wire.Decode(b, &days); err != nil {
		return err
	}
	text := func(day int32) string {
		if day == 0 {
			return ""
		}
		return credit.Date(day).String()
	}
	d.Dates = &Dates{text(days[0]), text(days[1]), text(days[2])}
	return nil
}
