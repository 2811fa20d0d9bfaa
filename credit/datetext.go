package credit

import "github.com/riviera-ledger/riviera/fault"

// MarshalText writes "2006-01-02", so that JSON and YAML show a date as people write
// it. The wire encoding is not text: there a date is its number of days.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads either form of ParseDate.
func (d *Date) UnmarshalText(b []byte) error {
	date, err := ParseDate(string(b))
	if err != nil {
		return fault.New(fault.Of(err), "")
	}
	*d = date
	return nil
}
