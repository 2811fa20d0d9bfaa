package sheet

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// Row is one row of a file. Its body may be used when Problems is empty.
type Row struct {
	Line     int // of its first byte, from 1
	Body     credit.Body
	Raw      []string // the cells as they stand; a row that is no CSV has its first line as one cell
	Problems []*Problem
}

// Problem is one thing wrong with a row.
type Problem struct {
	Line   int
	Column int    // number in the file, from 1; 0 if the file has no such column
	Name   string // of the import column; empty if the cell belongs to none
	Err    *fault.Error
}

// Error is the text of Err, whose Where says line and column.
func (p *Problem) Error() string { return p.Err.Error() }

// Unwrap returns Err.
func (p *Problem) Unwrap() error { return p.Err }

func problem(c fault.Code, line, column int, name string) *Problem {
	return &Problem{line, column, name, fault.New(c, place(line, column, name))}
}

// place writes "line 7, column 3 (subject_code)", leaving out what is not known.
func place(line, column int, name string) string {
	s := "line " + strconv.Itoa(line)
	if column > 0 {
		s += ", column " + strconv.Itoa(column)
	}
	if name != "" {
		s += " (" + name + ")"
	}
	return s
}

// Reader reads a file row by row.
type Reader struct {
	encoding Encoding
	size     int64
	lines    int64
	source   *counter
	csv      *csvReader
	header   *header
	seen     map[[8]byte]uint32 // tag of a case → its line
}

// counter counts the bytes that have been read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// NewReader reads the file from its present position once to tell its encoding, and
// then its headings. It fails with fault.EncodingInvalid (neither encoding, or no text
// at all), fault.MissingColumn (naming all that are missing), fault.Malformed (the
// first row is no CSV), fault.FieldInvalid (a heading twice), or the error of r.
func NewReader(r io.ReadSeeker) (*Reader, error) {
	start, err := r.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	s, err := take(r)
	if err != nil {
		return nil, err
	}
	enc, err := s.encoding()
	if err != nil {
		return nil, err
	}
	if _, err := r.Seek(start+int64(len(s.mark)), io.SeekStart); err != nil {
		return nil, err
	}
	src := &counter{r: r, n: int64(len(s.mark))}
	out := &Reader{encoding: enc, size: s.size, lines: s.lines, source: src,
		csv: newCSVReader(enc.decode(src)), seen: map[[8]byte]uint32{}}
	return out, out.readHeader()
}

func (r *Reader) readHeader() error {
	for {
		rec, err := r.csv.read()
		switch {
		case errors.Is(err, io.EOF):
			rec.line = 1 // an empty file: every column is missing
		case err != nil:
			return err
		case rec.flaw != sound:
			return fault.Newf(fault.Malformed, place(rec.line, rec.cell, ""), "quotation marks of the headings")
		case blank(rec.cells):
			continue
		}
		r.header, err = parseHeader(rec.cells, rec.line)
		return err
	}
}

// Encoding returns the file's encoding.
func (r *Reader) Encoding() Encoding { return r.encoding }

// Size returns the file's bytes, and Offset how many of them have been read: up to
// some 100 kB ahead of the row returned last.
func (r *Reader) Size() int64 { return r.size }

// Offset is described at Size.
func (r *Reader) Offset() int64 { return r.source.n }

// Lines returns the file's number of lines, an upper bound of its rows.
func (r *Reader) Lines() int64 { return r.lines }

// Unknown returns the columns that are not read.
func (r *Reader) Unknown() []Heading { return r.header.unknown }

// Next returns the next row that is not blank, and io.EOF after the last. A row with
// problems is not an error; any other error is that of the source.
func (r *Reader) Next() (Row, error) {
	for {
		rec, err := r.csv.read()
		if err != nil {
			return Row{}, err
		}
		if rec.flaw != sound || !blank(rec.cells) {
			return r.row(rec), nil
		}
	}
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

func (r *Reader) row(rec record) Row {
	if rec.flaw != sound {
		code := fault.Malformed
		if rec.flaw == oversized {
			code = fault.TooLarge
		}
		return Row{Line: rec.line, Raw: []string{rec.text}, Problems: []*Problem{problem(code, rec.line, rec.cell, "")}}
	}
	row := Row{Line: rec.line, Raw: rec.cells}
	for i := len(r.header.texts); i < len(rec.cells); i++ {
		if strings.TrimSpace(rec.cells[i]) != "" {
			row.Problems = append(row.Problems, problem(fault.FieldInvalid, rec.line, i+1, ""))
			break
		}
	}
	p := parser{header: r.header, row: &row}
	p.body()
	p.check()
	slices.SortStableFunc(row.Problems, func(a, b *Problem) int { return a.Column - b.Column })
	if len(row.Problems) == 0 {
		r.duplicate(&row)
	}
	return row
}

// duplicate reports a second row for the same kind, case and subject. Rows with
// problems do not count, so that a corrected row may follow the wrong one.
func (r *Reader) duplicate(row *Row) {
	b := &row.Body
	halves := credit.CaseTag(nil, b.Kind, b.JudgmentNo, b.CaseNo, b.SubjectCode)
	tag := [8]byte(halves[8:]) // of the case
	if first, twice := r.seen[tag]; twice {
		p := problem(fault.DuplicateRow, row.Line, r.header.cell(caseCol, row.Raw)+1, credit.ColCaseNo)
		p.Err.Detail = "as in line " + strconv.Itoa(int(first))
		row.Problems = append(row.Problems, p)
		return
	}
	r.seen[tag] = uint32(row.Line)
}

// cell returns the index of the cell that fills a field in a row, the field's first
// one if none does, or -1 if the file has no such column.
func (h *header) cell(f int, cells []string) int {
	for _, i := range h.at[f] {
		if i < len(cells) && strings.TrimSpace(cells[i]) != "" {
			return i
		}
	}
	if len(h.at[f]) > 0 {
		return h.at[f][0]
	}
	return -1
}

// parser fills a row's body from its cells.
type parser struct {
	header *header
	row    *Row
	bad    [len(columns)]bool // fields that have a problem
}

func (p *parser) fail(f int, c fault.Code) {
	if p.bad[f] {
		return
	}
	p.bad[f] = true
	column := p.header.cell(f, p.row.Raw) + 1
	p.row.Problems = append(p.row.Problems, problem(c, p.row.Line, column, columns[f].name))
}

// text returns a field's cleaned text.
func (p *parser) text(f int) string {
	i := p.header.cell(f, p.row.Raw)
	if i < 0 || i >= len(p.row.Raw) {
		return ""
	}
	s := p.row.Raw[i]
	if strings.ContainsRune(s, utf8.RuneError) { // which also finds bytes that are no UTF-8
		p.fail(f, fault.EncodingInvalid)
		return ""
	}
	s = clean(s)
	for _, other := range p.header.at[f] {
		if other > i && other < len(p.row.Raw) {
			if o := clean(p.row.Raw[other]); o != "" && o != s {
				p.fail(f, fault.ConditionMismatch) // two columns for one field, filled differently
			}
		}
	}
	return s
}

// parsed fills a field by a function, unless the cell is empty.
func parsed[T any](p *parser, f int, parse func(string) (T, fault.Code)) T {
	var none T
	s := p.text(f)
	if s == "" {
		return none
	}
	v, c := parse(s)
	if c != fault.OK {
		p.fail(f, c)
		return none
	}
	return v
}

func (p *parser) body() {
	p.row.Body = credit.Body{
		Kind:           parsed(p, kindCol, parseKind),
		SubjectType:    parsed(p, typeCol, parseType),
		SubjectName:    p.text(nameCol),
		SubjectCode:    p.text(codeCol),
		CaseNo:         p.text(caseCol),
		DecidingOffice: p.text(officeCol),
		JudgmentNo:     p.text(judgmentCol),
		LegalBasis:     p.text(basisCol),
		Grounds:        parsed(p, groundsCol, parseGrounds),
		Amount:         parsed(p, amountCol, parseAmount),
		FiledOn:        parsed(p, filedCol, parseDate),
		DecidedOn:      parsed(p, decidedCol, parseDate),
		PublishedOn:    parsed(p, publishedCol, parseDate),
		Performance:    p.text(performanceCol),
		Facts:          p.text(factsCol),
		Measures:       parseMeasures(p.text(measuresCol)),
	}
}

// check adds what the admission rules find in fields that have been read.
func (p *parser) check() {
	for _, e := range p.row.Body.CheckAll() {
		for f := range columns {
			if columns[f].name == e.Where {
				p.fail(f, e.Code)
			}
		}
	}
}
