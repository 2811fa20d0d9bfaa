package credit

import "github.com/riviera-ledger/riviera/wire"

// Kind is the kind of a record; each kind is one contract document.
type Kind string

// The kinds of domain.md. General repair is one kind with three grades.
const (
	JudgmentDefaulter Kind = "judgment-defaulter" // 失信被执行人
	GeneralMinor      Kind = "general-minor"      // 轻微失信
	GeneralGeneral    Kind = "general-general"    // 一般失信
	GeneralSerious    Kind = "general-serious"    // 严重失信
	SeriousViolation  Kind = "serious-violation"  // 严重违法失信名单
	AbnormalOperation Kind = "abnormal-operation" // 经营异常名录
	MajorTax          Kind = "major-tax"          // 重大税收违法失信主体
	WageArrears       Kind = "wage-arrears"       // 拖欠农民工工资
)

// SubjectType tells a person from an organisation.
type SubjectType string

const (
	Org    SubjectType = "org"
	Person SubjectType = "person"
)

// Body is what a record says about a party: the part that never enters a block. It
// travels beside the envelope, is stored by the nodes entitled to it, and is erased
// everywhere when the record's retention ends. The ledger holds only the commitment
// to it (package proof).
//
// Amount is in fen, 0 or more. Text is UTF-8, NFC. Dates of 0 are "none".
type Body struct {
	Kind           Kind        `cbor:"1,keyasint" json:"kind"`
	SubjectType    SubjectType `cbor:"2,keyasint" json:"subject_type"`
	SubjectName    string      `cbor:"3,keyasint" json:"subject_name"`
	SubjectCode    string      `cbor:"4,keyasint" json:"subject_code"`
	CaseNo         string      `cbor:"5,keyasint" json:"case_no"`
	DecidingOffice string      `cbor:"6,keyasint" json:"deciding_office"`
	JudgmentNo     string      `cbor:"7,keyasint,omitempty" json:"judgment_no,omitempty"`
	LegalBasis     string      `cbor:"8,keyasint" json:"legal_basis"`
	Grounds        Grounds     `cbor:"9,keyasint,omitempty" json:"grounds,omitempty"`
	Amount         int64       `cbor:"10,keyasint,omitempty" json:"amount_fen,omitempty"`
	FiledOn        Date        `cbor:"11,keyasint,omitempty" json:"filed_on,omitempty"`
	DecidedOn      Date        `cbor:"12,keyasint" json:"decided_on"`
	PublishedOn    Date        `cbor:"13,keyasint,omitempty" json:"published_on,omitempty"`
	Performance    string      `cbor:"14,keyasint,omitempty" json:"performance,omitempty"`
	Facts          string      `cbor:"15,keyasint,omitempty" json:"facts,omitempty"`
	Measures       []string    `cbor:"16,keyasint,omitempty" json:"measures,omitempty"` // catalogue codes, ascending
	// RegistrarException marks one of the early Fujian and Xiamen codes with a failing
	// outer check that the registrar has confirmed by signature.
	RegistrarException bool `cbor:"17,keyasint,omitempty" json:"registrar_exception,omitempty"`
}

// Bounds of the text fields, in bytes of UTF-8. They bound a body to well under the
// 16 KiB that the body channel carries at once.
const (
	MaxName   = 600
	MaxNumber = 200
	MaxOffice = 300
	MaxBasis  = 600
	MaxFacts  = 6000
	MaxAmount = 1_000_000_000_000_000 // fen: 10 trillion yuan
)

// Disclosure units: the parts in which a body can be opened one by one. Their order
// is the order of the leaves under the commitment and never changes.
const (
	UnitName    = "subject_name"
	UnitCode    = "subject_code" // with the subject's type
	UnitCase    = "case_no"
	UnitOffice  = "deciding_office"
	UnitBasis   = "basis"    // kind, judgment number, legal basis, grounds
	UnitAmount  = "amount"   // fen
	UnitDates   = "dates"    // filed, decided, published
	UnitFacts   = "facts"    // facts and performance
	UnitMeasure = "measures" // catalogue codes
)

// Units lists the disclosure units in the order of their leaves.
var Units = [...]string{UnitName, UnitCode, UnitCase, UnitOffice, UnitBasis, UnitAmount, UnitDates, UnitFacts, UnitMeasure}

// Disclose returns the canonical bytes of each disclosure unit, in the order of Units.
func (b *Body) Disclose() [][]byte {
	units := make([][]byte, 0, len(Units))
	all := make([]byte, 0, 1024) // the units one after the other, as a rule without a copy
	unit := func(next []byte) {
		units = append(units, next[len(all):len(next):len(next)])
		all = next
	}
	unit(wire.AppendText(all, b.SubjectName))
	unit(wire.AppendTexts(all, []string{string(b.SubjectType), b.SubjectCode}))
	unit(wire.AppendText(all, b.CaseNo))
	unit(wire.AppendText(all, b.DecidingOffice))
	basis := wire.AppendText(wire.AppendText(wire.AppendArray(all, 4), string(b.Kind)), b.JudgmentNo)
	unit(wire.AppendUint(wire.AppendText(basis, b.LegalBasis), uint64(b.Grounds)))
	unit(wire.AppendInt(all, b.Amount))
	dates := wire.AppendInt(wire.AppendInt(wire.AppendArray(all, 3), int64(b.FiledOn)), int64(b.DecidedOn))
	unit(wire.AppendInt(dates, int64(b.PublishedOn)))
	facts := wire.AppendText(wire.AppendText(wire.AppendArray(all, 3), b.Facts), b.Performance)
	unit(wire.AppendBool(facts, b.RegistrarException))
	unit(wire.AppendTexts(all, b.Measures))
	return units
}
