package credit

import (
	"slices"

	"github.com/riviera-ledger/riviera/fault"
)

// CheckAmendment checks b as the successor of old, the body that the record has. Only
// the amount, the performance and the facts may change; an amount that rises needs a
// reasoned decision. It returns the first failure, whose Where is the import column:
//
//	fault.SubjectChanged  another kind, subject or case
//	fault.FieldInvalid    another field that an amendment may not change
//	fault.AmountRaised    a higher amount without reasoned
//
// It does not repeat Check.
func (b *Body) CheckAmendment(old *Body, reasoned bool) error {
	for _, f := range [...]struct {
		column string
		code   fault.Code
		same   bool
	}{
		{ColKind, fault.SubjectChanged, b.Kind == old.Kind},
		{ColSubjectType, fault.SubjectChanged, b.SubjectType == old.SubjectType},
		{ColSubjectName, fault.SubjectChanged, b.SubjectName == old.SubjectName},
		{ColSubjectCode, fault.SubjectChanged, b.SubjectCode == old.SubjectCode && b.RegistrarException == old.RegistrarException},
		{ColCaseNo, fault.SubjectChanged, b.CaseNo == old.CaseNo},
		{ColDecidingOffice, fault.FieldInvalid, b.DecidingOffice == old.DecidingOffice},
		{ColJudgmentNo, fault.FieldInvalid, b.JudgmentNo == old.JudgmentNo},
		{ColLegalBasis, fault.FieldInvalid, b.LegalBasis == old.LegalBasis},
		{ColGrounds, fault.FieldInvalid, b.Grounds == old.Grounds},
		{ColFiledOn, fault.FieldInvalid, b.FiledOn == old.FiledOn},
		{ColDecidedOn, fault.FieldInvalid, b.DecidedOn == old.DecidedOn},
		{ColPublishedOn, fault.FieldInvalid, b.PublishedOn == old.PublishedOn},
		{ColMeasures, fault.FieldInvalid, slices.Equal(b.Measures, old.Measures)},
		{ColAmount, fault.AmountRaised, b.Amount <= old.Amount || reasoned},
	} {
		if !f.same {
			return fault.New(f.code, f.column)
		}
	}
	return nil
}
