package credit

import (
	"unicode/utf8"

	"github.com/riviera-ledger/riviera/fault"
)

// CitizenID is a valid citizen identity number (公民身份号码, GB 11643-1999). Residence
// permits of Hong Kong, Macao and Taiwan residents carry numbers of the same form.
type CitizenID string

// AdultAge is the age in full years from which a person may be listed: 法释〔2017〕7号
// art. 4 with Civil Code art. 17.
const AdultAge = 18

var citizenWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const citizenChecks = "10X98765432"

// taiwanPermit is the region of residence permits for Taiwan residents (国办发〔2018〕81号);
// GB/T 2260 has 710000 for the province itself.
const taiwanPermit = "830000"

// ParseCitizenID checks a citizen identity number. The checks run in this order and
// the first failure is returned: fault.CitizenLength, CodeLowerCase (a small x),
// CitizenCharacter, CitizenRegion, CitizenDate, CitizenCheck.
func ParseCitizenID(s string) (CitizenID, error) {
	if c := citizenFault(s); c != fault.OK {
		return "", fault.New(c, "")
	}
	return CitizenID(s), nil
}

func citizenFault(s string) fault.Code {
	if utf8.RuneCountInString(s) != 18 {
		return fault.CitizenLength
	}
	if s[len(s)-1] == 'x' {
		return fault.CodeLowerCase
	}
	sum := 0
	for i := range len(s) {
		switch {
		case s[i] >= '0' && s[i] <= '9':
			if i < 17 {
				sum += int(s[i]-'0') * citizenWeights[i]
			}
		case s[i] != 'X' || i != 17:
			return fault.CitizenCharacter
		}
	}
	switch {
	case !knownPrefecture(s) && s[:6] != taiwanPermit:
		return fault.CitizenRegion
	case !citizenDate(s[6:14]):
		return fault.CitizenDate
	case citizenChecks[sum%11] != s[17]:
		return fault.CitizenCheck
	}
	return fault.OK
}

// citizenDate reports whether eight digits are a real date of 1800 to 2199.
func citizenDate(s string) bool {
	y, m, d := civilDigits(s)
	if y < 1800 || y > 2199 {
		return false
	}
	cy, cm, cd := NewDate(y, m, d).Civil()
	return cy == y && cm == m && cd == d
}

func civilDigits(s string) (y, m, d int) {
	return int(fourDigits(s)), int(s[4]-'0')*10 + int(s[5]-'0'), int(s[6]-'0')*10 + int(s[7]-'0')
}

// MakeCitizenID completes a number from six digits of region, a birth date and a
// sequence of 0 to 999, computing the check. It serves the makers of synthetic
// records.
func MakeCitizenID(region string, birth Date, sequence int) (CitizenID, error) {
	if len(region) != 6 || sequence < 0 || sequence > 999 {
		return "", fault.New(fault.CitizenLength, "")
	}
	y, m, d := birth.Civil()
	if y < 1800 || y > 2199 {
		return "", fault.New(fault.CitizenDate, "")
	}
	b := append(make([]byte, 0, 18), region...)
	for _, n := range [...]struct{ value, unit int }{{y, 1000}, {m, 10}, {d, 10}, {sequence, 100}} {
		for unit := n.unit; unit > 0; unit /= 10 {
			b = append(b, byte('0'+n.value/unit%10))
		}
	}
	sum := 0
	for i, w := range citizenWeights {
		sum += int(b[i]-'0') * w
	}
	return ParseCitizenID(string(append(b, citizenChecks[(sum%11+11)%11])))
}

// Birth returns the date of birth.
func (c CitizenID) Birth() Date { return NewDate(civilDigits(string(c[6:14]))) }

// AgeAt returns the full years lived at the start of a day; before the birth it is
// negative. A year of life ends at 24:00 of the birthday (the first day is not
// counted, Civil Code arts. 201 to 203), so a person is 18 from the day after the
// eighteenth birthday: the reading that favours the subject.
func (c CitizenID) AgeAt(day Date) int {
	birth := c.Birth()
	by, _, _ := birth.Civil()
	y, _, _ := day.Civil()
	age := y - by
	if birth.AddMonths(12*age) >= day {
		age--
	}
	return age
}
