package sheet

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/riviera-ledger/riviera/message"
)

// Rejects writes the rows with problems to a file of their own: the original columns
// in the original encoding, then line, column and reason. Its three columns are passed
// over when the corrected file is read again.
type Rejects struct {
	header *header
	lang   message.Lang
	out    io.WriteCloser
	csv    *csv.Writer
}

// NewRejects writes the headings for the rows of r. Close must be called at the end;
// it does not close w.
func NewRejects(w io.Writer, r *Reader, lang message.Lang) (*Rejects, error) {
	out, err := r.encoding.encode(w)
	if err != nil {
		return nil, err
	}
	x := &Rejects{header: r.header, lang: lang, out: out, csv: csv.NewWriter(out)}
	x.csv.UseCRLF = true
	own := rejectHeadings[lang]
	return x, x.csv.Write(append(x.original(r.header.texts), own[:]...))
}

// Write adds a row with the reasons why it was refused.
func (x *Rejects) Write(row Row) error {
	columns, reasons := make([]string, 0, 1), make([]string, 0, 1)
	for _, p := range row.Problems {
		at := strings.TrimSpace(strconv.Itoa(p.Column) + " " + p.Name)
		if p.Column == 0 {
			at = p.Name
		}
		text, next := x.lang.Fault(p.Err.Code)
		sep := " "
		if x.lang == message.Chinese {
			sep = ""
		}
		columns, reasons = append(columns, at), append(reasons, text+sep+next)
	}
	cells := x.original(row.Raw)
	return x.csv.Write(append(cells, strconv.Itoa(row.Line), strings.Join(columns, "; "), strings.Join(reasons, " | ")))
}

// original returns a row's cells without those of an earlier rejects file, as many as
// the headings. What stands beyond the headings is joined to the last cell, where a
// comma without quotation marks has most likely cut it off.
func (x *Rejects) original(raw []string) []string {
	n := len(x.header.texts)
	cells := make([]string, 0, n+3)
	for i := range n {
		switch {
		case slices.Contains(x.header.own, i):
		case i >= len(raw):
			cells = append(cells, "")
		case i == n-1 && !blank(raw[n:]):
			cells = append(cells, strings.Join(raw[i:], ","))
		default:
			cells = append(cells, raw[i])
		}
	}
	return cells
}

// Close writes what is held back. It does not close the writer underneath.
func (x *Rejects) Close() error {
	x.csv.Flush()
	if err := x.csv.Error(); err != nil {
		return err
	}
	return x.out.Close()
}
