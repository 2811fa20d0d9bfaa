package credit

import "github.com/riviera-ledger/riviera/fault"

// Names of the import columns, which are also the places of an error in a body.
const (
	ColKind           = "kind"
	ColSubjectType    = "subject_type"
	ColSubjectName    = "subject_name"
	ColSubjectCode    = "subject_code"
	ColCaseNo         = "case_no"
	ColDecidingOffice = "deciding_office"
	ColJudgmentNo     = "judgment_no"
	ColLegalBasis     = "legal_basis"
	ColGrounds        = "grounds"
	ColAmount         = "amount"
	ColFiledOn        = "filed_on"
	ColDecidedOn      = "decided_on"
	ColPublishedOn    = "published_on"
	ColPerformance    = "performance"
	ColFacts          = "facts"
	ColMeasures       = "measures"
)

// Bounds of the list of measures.
const (
	MaxMeasures    = 64
	MaxMeasureCode = 32 // bytes
)

// defaulterGrounds are the six grounds of 法释〔2017〕7号 art. 1.
const defaulterGrounds Grounds = 1<<6 - 1

// Valid reports whether k is one of the kinds of this package.
func (k Kind) Valid() bool {
	switch k {
	case JudgmentDefaulter, GeneralMinor, GeneralGeneral, GeneralSerious,
		SeriousViolation, AbnormalOperation, MajorTax, WageArrears:
		return true
	}
	return false
}

// Check applies the admission rules that need only the body and returns the first
// failure as a *fault.Error whose Where is the import column, or nil. Rules of the
// contract (which measures, whether it takes such records at all) are elsewhere.
func (b *Body) Check() error {
	f := findings{first: true}
	f.body(b)
	if len(f.all) > 0 {
		return f.all[0]
	}
	return nil
}

// CheckAll is Check with every failure, in the order of the columns.
func (b *Body) CheckAll() []*fault.Error {
	var f findings
	f.body(b)
	return f.all
}

// findings gathers failures, or only the first.
type findings struct {
	first bool
	all   []*fault.Error
}

func (f *findings) full() bool { return f.first && len(f.all) > 0 }

func (f *findings) add(c fault.Code, where string) {
	if !f.full() {
		f.all = append(f.all, fault.New(c, where))
	}
}

func (f *findings) body(b *Body) {
	for _, rule := range [...]func(*findings, *Body){
		(*findings).kind, (*findings).subject, (*findings).references, (*findings).grounds,
		(*findings).amount, (*findings).dates, (*findings).age, (*findings).texts, (*findings).measures,
	} {
		if rule(f, b); f.full() {
			return
		}
	}
}

func (f *findings) kind(b *Body) {
	switch {
	case b.Kind == "":
		f.add(fault.FieldMissing, ColKind)
	case !b.Kind.Valid():
		f.add(fault.FieldInvalid, ColKind)
	}
	switch b.SubjectType {
	case Org, Person:
	case "":
		f.add(fault.FieldMissing, ColSubjectType)
	default:
		f.add(fault.FieldInvalid, ColSubjectType)
	}
}

func (f *findings) subject(b *Body) {
	c := textFault(b.SubjectName, MaxName)
	switch {
	case b.SubjectName == "":
		f.add(fault.FieldMissing, ColSubjectName)
	case c == fault.FieldTooLong:
		f.add(c, ColSubjectName)
	case c != fault.OK || !visible(b.SubjectName):
		f.add(fault.NameInvalid, ColSubjectName)
	}
	f.subjectCode(b)
}

func (f *findings) subjectCode(b *Body) {
	c := fault.OK
	switch {
	case b.SubjectCode == "":
		c = fault.FieldMissing
	case b.SubjectType == Org:
		c = orgFault(b.SubjectCode, b.RegistrarException)
	case b.SubjectType == Person:
		c = citizenFault(b.SubjectCode)
	}
	if c == fault.OK && b.RegistrarException && (b.SubjectType != Org || orgFault(b.SubjectCode, false) == fault.OK) {
		c = fault.ConditionMismatch // an exception that excuses nothing is a mistake
	}
	if c != fault.OK {
		f.add(c, ColSubjectCode)
	}
}

func (f *findings) references(b *Body) {
	f.text(ColCaseNo, b.CaseNo, MaxNumber, true)
	f.text(ColDecidingOffice, b.DecidingOffice, MaxOffice, true)
	f.text(ColJudgmentNo, b.JudgmentNo, MaxNumber, false)
	f.text(ColLegalBasis, b.LegalBasis, MaxBasis, true)
}

func (f *findings) texts(b *Body) {
	f.text(ColPerformance, b.Performance, MaxFacts, false)
	f.text(ColFacts, b.Facts, MaxFacts, false)
}

func (f *findings) text(column, s string, limit int, required bool) {
	c := textFault(s, limit)
	switch {
	case s == "" && required:
		f.add(fault.FieldMissing, column)
	case c != fault.OK:
		f.add(c, column)
	case required && !visible(s):
		f.add(fault.FieldInvalid, column)
	}
}

func (f *findings) grounds(b *Body) {
	if b.Kind != JudgmentDefaulter {
		return
	}
	switch {
	case b.Grounds == 0:
		f.add(fault.FieldMissing, ColGrounds)
	case b.Grounds&^defaulterGrounds != 0:
		f.add(fault.FieldInvalid, ColGrounds)
	}
}

func (f *findings) amount(b *Body) {
	if b.Amount < 0 || b.Amount > MaxAmount {
		f.add(fault.AmountMalformed, ColAmount)
	}
}

// dates checks each date that is given and their order: filed, decided, published.
func (f *findings) dates(b *Body) {
	f.date(ColFiledOn, b.FiledOn, 0)
	if b.DecidedOn == 0 {
		f.add(fault.FieldMissing, ColDecidedOn)
	}
	f.date(ColDecidedOn, b.DecidedOn, b.FiledOn)
	f.date(ColPublishedOn, b.PublishedOn, max(b.FiledOn, b.DecidedOn))
}

func (f *findings) date(column string, d, notBefore Date) {
	switch {
	case d == 0:
	case d < MinDate || d > MaxDate:
		f.add(fault.DateImpossible, column)
	case notBefore != 0 && d < notBefore:
		f.add(fault.DateTooEarly, column)
	}
}

// age holds 法释〔2017〕7号 art. 4 for every kind: nobody is listed for what was decided
// when they were under 18.
func (f *findings) age(b *Body) {
	if b.SubjectType != Person || b.DecidedOn == 0 || citizenFault(b.SubjectCode) != fault.OK {
		return
	}
	if CitizenID(b.SubjectCode).AgeAt(b.DecidedOn) < AdultAge {
		f.add(fault.Minor, ColSubjectCode)
	}
}

func (f *findings) measures(b *Body) {
	if len(b.Measures) > MaxMeasures {
		f.add(fault.FieldTooLong, ColMeasures)
		return
	}
	for i, m := range b.Measures {
		if !measureCode(m) || i > 0 && b.Measures[i-1] >= m {
			f.add(fault.FieldInvalid, ColMeasures)
			return
		}
	}
}

// measureCode accepts 1 to 32 letters, digits, dots and hyphens.
func measureCode(s string) bool {
	if s == "" || len(s) > MaxMeasureCode {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}
