package credit

import (
	"strings"
	"unicode/utf8"

	"github.com/riviera-ledger/riviera/fault"
)

// ParseSubjectCode checks a code as the identifier of a subject of type t. An unknown
// type is fault.FieldInvalid at subject_type.
func ParseSubjectCode(t SubjectType, code string) error {
	c := fault.OK
	switch t {
	case Org:
		c = orgFault(code, false)
	case Person:
		c = citizenFault(code)
	default:
		return fault.New(fault.FieldInvalid, ColSubjectType)
	}
	if c != fault.OK {
		return fault.New(c, "")
	}
	return nil
}

// CheckCode checks a code of either kind and returns the kind that it is, or that it
// looks like when it is neither: then err says what is wrong with it as that kind.
// A code that looks like neither is fault.CodeUnrecognised with an empty kind.
//
// About one citizen number in some thousands passes as an organisation's code, far
// fewer the other way round: a code that is valid as both is taken as a person's, so
// that it is masked.
func CheckCode(s string) (kind SubjectType, err error) {
	person, org := citizenFault(s), orgFault(s, false)
	switch {
	case person == fault.OK:
		return Person, nil
	case org == fault.OK:
		return Org, nil
	case looksPersonal(s):
		return Person, fault.New(person, "")
	case looksLikeCode(s):
		return Org, fault.New(org, "")
	}
	return "", fault.New(fault.CodeUnrecognised, "")
}

// looksPersonal recognises a mistyped citizen number, also an old one of 15 digits:
// digits with an optional last X, a known province in front, a century where the
// birth year begins.
func looksPersonal(s string) bool {
	if len(s) < 15 || len(s) > 20 {
		return false
	}
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (i < len(s)-1 || s[i] != 'X' && s[i] != 'x') {
			return false
		}
	}
	if s[0] == '0' || s[0] == '9' {
		return false // no province; 9 is the market regulator's authority
	}
	if len(s) == 15 {
		return true
	}
	century := s[6:8]
	return century == "18" || century == "19" || century == "20"
}

// looksLikeCode recognises what may be meant as an organisation's code: 12 to 24
// letters and digits, or 18 characters of any kind.
func looksLikeCode(s string) bool {
	n := utf8.RuneCountInString(s)
	if n == 18 {
		return true
	}
	if n < 12 || n > 24 {
		return false
	}
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return true
}

// Mask returns a code as it may be shown. An organisation's code is public and stays
// whole. Of a citizen number the region, the year of birth and the check stay; month
// and day are masked, and the sequence too, because the check leaves about 33
// candidates for a masked day alone and because the sequence tells the sex, which
// never stands beside the age. Anything that is neither is masked whole.
func Mask(code string) string {
	switch {
	case citizenFault(code) == fault.OK:
		return code[:10] + "*******" + code[17:]
	case orgFault(code, true) == fault.OK:
		return code
	}
	return strings.Repeat("*", min(utf8.RuneCountInString(code), 18))
}
