package sheet

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
)

// Writer writes records in the import format, with CRLF as RFC 4180 has it.
type Writer struct {
	out io.WriteCloser
	csv *csv.Writer
	row [len(columns)]string
}

// NewWriter writes the headings in a language. Close must be called at the end; it
// does not close w.
func NewWriter(w io.Writer, enc Encoding, lang message.Lang) (*Writer, error) {
	out, err := enc.encode(w)
	if err != nil {
		return nil, err
	}
	x := &Writer{out: out, csv: csv.NewWriter(out)}
	x.csv.UseCRLF = true
	for f, c := range columns {
		x.row[f] = c.name
		if lang == message.Chinese {
			x.row[f] = c.chinese[0]
		}
	}
	return x, x.csv.Write(x.row[:])
}

// Write adds a record. The format has no column for a registrar's exception: such a
// body is refused with fault.FieldInvalid.
func (w *Writer) Write(b *credit.Body) error {
	if b.RegistrarException {
		return fault.Newf(fault.FieldInvalid, credit.ColSubjectCode, "a registrar's exception is no part of the format")
	}
	w.row = [...]string{
		kindCol: string(b.Kind), typeCol: string(b.SubjectType), nameCol: b.SubjectName, codeCol: b.SubjectCode,
		caseCol: b.CaseNo, officeCol: b.DecidingOffice, judgmentCol: b.JudgmentNo, basisCol: b.LegalBasis,
		groundsCol: b.Grounds.String(), amountCol: FormatAmount(b.Amount),
		filedCol: formatDate(b.FiledOn), decidedCol: formatDate(b.DecidedOn), publishedCol: formatDate(b.PublishedOn),
		performanceCol: b.Performance, factsCol: b.Facts, measuresCol: strings.Join(b.Measures, ";"),
	}
	return w.csv.Write(w.row[:])
}

// Close writes what is held back. It does not close the writer underneath.
func (w *Writer) Close() error {
	w.csv.Flush()
	if err := w.csv.Error(); err != nil {
		return err
	}
	return w.out.Close()
}

// FormatAmount writes fen, 0 or more, as yuan with two decimals: "1234.50".
func FormatAmount(fen int64) string {
	s := strconv.FormatInt(fen, 10)
	if len(s) < 3 {
		s = "000"[len(s):] + s
	}
	return s[:len(s)-2] + "." + s[len(s)-2:]
}

func formatDate(d credit.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
