package law

import (
	"encoding/json"
	"sync"
)

// Measure is an entry of the catalogue of disciplinary measures.
type Measure struct {
	Number uint16 `json:"number"` // on the ledger; never changes, never used again
	Code   string `json:"code"`   // e.g. "II-07"
	Family string `json:"family"` // I reduces rights, II management, III information
	ZH     string `json:"zh"`
	EN     string `json:"en"`
	Basis  string `json:"basis"`
	// Months is the longest that an order of the measure may last, whatever the record
	// does; 0 leaves it to the record. MonthsBasis cites it.
	Months      uint16 `json:"months,omitempty"`
	MonthsBasis string `json:"months_basis,omitempty"`
	// Discretion says that the executing body weighs the single case (裁量); otherwise it
	// has nothing to decide.
	Discretion bool   `json:"discretion,omitempty"`
	Note       string `json:"note,omitempty"` // what counsel has to confirm
}

var catalogue = sync.OnceValue(func() []Measure {
	text, err := Files.ReadFile(MeasuresFile)
	if err != nil {
		panic("law: " + err.Error()) // embedded: a broken build
	}
	var doc struct {
		Measures []Measure `json:"measures"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		panic("law: " + err.Error())
	}
	return doc.Measures
})

// Measures returns the catalogue by ascending number.
func Measures() []Measure { return append([]Measure(nil), catalogue()...) }

// MeasureNumbers returns the numbers of the catalogue, ascending.
func MeasureNumbers() []uint16 {
	var out []uint16
	for _, m := range catalogue() {
		out = append(out, m.Number)
	}
	return out
}

// MeasureCode returns the code of a number, "" for one that the catalogue has not.
func MeasureCode(number uint16) string {
	m, _ := MeasureByNumber(number)
	return m.Code
}

// MeasureByCode returns the entry with a code.
func MeasureByCode(code string) (Measure, bool) {
	for _, m := range catalogue() {
		if m.Code == code {
			return m, true
		}
	}
	return Measure{}, false
}

// MeasureByNumber returns the entry with a number.
func MeasureByNumber(number uint16) (Measure, bool) {
	for _, m := range catalogue() {
		if m.Number == number {
			return m, true
		}
	}
	return Measure{}, false
}
