package credit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"strconv"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// Year is one year's working-day notice: the days off, weekends within the holidays
// included, and the weekend days that are worked (调休上班).
type Year struct {
	Year       int       `cbor:"1,keyasint" json:"year"`
	Off        []Date    `cbor:"2,keyasint,omitempty" json:"off"`
	Work       []Date    `cbor:"3,keyasint,omitempty" json:"work"`
	Notice     string    `cbor:"4,keyasint" json:"notice"` // number of the State Council's notice
	NoticeHash wire.Hash `cbor:"5,keyasint" json:"-"`      // SHA-256 of its text; zero if not given
}

// yearDocument is the JSON form. The count of working days is the editor's own sum,
// which catches a day forgotten.
type yearDocument struct {
	Year       int    `json:"year"`
	Notice     string `json:"notice"`
	NoticeHash string `json:"notice_hash,omitempty"`
	Note       string `json:"note,omitempty"`
	Off        []Date `json:"off"`
	Work       []Date `json:"work"`
	Days       int    `json:"working_days_in_year,omitempty"`
}

// ParseYear reads a calendar document:
//
//	{"year": 2026, "notice": "…", "notice_hash": "hex SHA-256", "note": "…",
//	 "off": ["2026-01-01", …], "work": ["2026-01-04", …], "working_days_in_year": 248}
//
// notice_hash, note and working_days_in_year may be left out. Unknown members,
// anything that Check refuses and a wrong count are errors.
func ParseYear(b []byte) (Year, error) {
	var doc yearDocument
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		return Year{}, fault.Wrap(fault.Malformed, "calendar", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Year{}, fault.Newf(fault.Malformed, "calendar", "text after the document")
	}
	y := Year{Year: doc.Year, Off: doc.Off, Work: doc.Work, Notice: doc.Notice}
	if doc.NoticeHash != "" {
		h, err := hex.DecodeString(doc.NoticeHash)
		if err != nil || len(h) != len(y.NoticeHash) {
			return Year{}, fault.New(fault.FieldInvalid, "notice_hash")
		}
		y.NoticeHash = wire.Hash(h)
	}
	if err := y.Check(); err != nil {
		return Year{}, err
	}
	if n := y.WorkingDays(); doc.Days != 0 && doc.Days != n {
		return Year{}, fault.Newf(fault.FieldInvalid, "working_days_in_year", "the days add up to %d", n)
	}
	return y, nil
}

// Check refuses a year outside MinDate to MaxDate, a missing notice number, days
// outside the year, days not ascending, and a "work" day that is no weekend day or
// stands among the days off.
func (y Year) Check() error {
	first, _, _ := MinDate.Civil()
	last, _, _ := MaxDate.Civil()
	if y.Year <= first || y.Year > last {
		return fault.New(fault.FieldInvalid, "year")
	}
	if y.Notice == "" {
		return fault.New(fault.FieldMissing, "notice")
	}
	if c := textFault(y.Notice, MaxNumber); c != fault.OK {
		return fault.New(c, "notice")
	}
	if err := y.checkDays("off", y.Off); err != nil {
		return err
	}
	if err := y.checkDays("work", y.Work); err != nil {
		return err
	}
	off := 0
	for i, d := range y.Work {
		for off < len(y.Off) && y.Off[off] < d {
			off++
		}
		if weekday(d) || off < len(y.Off) && y.Off[off] == d {
			return fault.New(fault.FieldInvalid, "work "+strconv.Itoa(i+1))
		}
	}
	return nil
}

func (y Year) checkDays(field string, days []Date) error {
	for i, d := range days {
		year, _, _ := d.Civil()
		if year != y.Year || i > 0 && days[i-1] >= d {
			return fault.New(fault.FieldInvalid, field+" "+strconv.Itoa(i+1))
		}
	}
	return nil
}

// WorkingDays counts the year's working days.
func (y Year) WorkingDays() int {
	c := NewCalendar(y)
	n := 0
	for d := NewDate(y.Year, 1, 1); d < NewDate(y.Year+1, 1, 1); d++ {
		if c.IsWorkingDay(d) {
			n++
		}
	}
	return n
}
