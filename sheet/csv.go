package sheet

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// Bounds of one row: several times the largest body, in bytes of UTF-8, and the lines
// that its quoted cells may run over. An unclosed quote is given up after that much.
const (
	maxRecord = 1 << 16
	maxLines  = 256
)

// What can be wrong with a row as CSV.
type flaw uint8

const (
	sound     flaw = iota
	strayMark      // a quotation mark inside an unquoted cell, or text after a closing one
	unclosed       // a quoted cell that does not end
	oversized      // a row above maxRecord
)

// record is one row: its cells, or what is wrong with it and in which cell.
type record struct {
	line  int // of its first byte, from 1
	cells []string
	flaw  flaw
	cell  int    // of the flaw, from 1
	text  string // the first line as it stands, for a flawed row
}

// csvReader reads RFC 4180 as the standard library does, with two differences: it
// bounds a row, and after a flawed one it goes on with the very next line, so that an
// unclosed quote costs one row and not the rest of the file.
type csvReader struct {
	in      *bufio.Reader
	line    int      // number of the last line taken
	waiting []string // lines given back, in order
}

func newCSVReader(r io.Reader) *csvReader {
	return &csvReader{in: bufio.NewReaderSize(r, 1<<16)}
}

// take returns the next line with its end. A line above maxRecord is cut there and its
// rest dropped.
func (c *csvReader) take() (string, error) {
	if len(c.waiting) > 0 {
		l := c.waiting[0]
		c.waiting = c.waiting[1:]
		c.line++
		return l, nil
	}
	b, err := c.in.ReadSlice('\n')
	if len(b) == 0 && err != nil {
		return "", err
	}
	s := string(b)
	for errors.Is(err, bufio.ErrBufferFull) {
		var more []byte
		if more, err = c.in.ReadSlice('\n'); len(s) <= maxRecord {
			s += string(more)
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	c.line++
	return s, nil
}

func (c *csvReader) giveBack(lines []string) {
	c.waiting = append(lines, c.waiting...)
	c.line -= len(lines)
}

// read returns the next row that is not an empty line, or io.EOF.
func (c *csvReader) read() (record, error) {
	for {
		first, err := c.take()
		if err != nil {
			return record{}, err
		}
		if trimEnd(first) != "" {
			return c.rest(first)
		}
	}
}

// rest reads the lines that belong to a row's first line.
func (c *csvReader) rest(first string) (record, error) {
	r := record{line: c.line}
	text := first
	var lines []string // after the first
	for {
		var open bool
		if r.cells, r.cell, r.flaw, open = split(text); r.flaw == sound && !open && len(text) <= maxRecord {
			return r, nil
		}
		if r.flaw == sound && !open {
			r.flaw = oversized
		}
		for closed := false; r.flaw == sound && !closed; {
			next, err := c.take()
			switch {
			case errors.Is(err, io.EOF), err == nil && (len(text)+len(next) > maxRecord || len(lines) == maxLines):
				r.flaw = unclosed
			case err != nil:
				return r, err
			}
			if err == nil {
				lines = append(lines, next)
				text += next
			}
			closed = strings.Contains(next, `"`) // without a mark the cell stays open
		}
		if r.flaw != sound {
			c.giveBack(lines)
			r.cells, r.text = nil, trimEnd(first)
			return r, nil
		}
	}
}

// split cuts a row into cells. open says that the text ends inside a quoted cell;
// cell is the number of the last cell looked at.
func split(text string) (cells []string, cell int, f flaw, open bool) {
	text = trimEnd(text)
	for {
		cell = len(cells) + 1
		if !strings.HasPrefix(text, `"`) {
			value, after, more := strings.Cut(text, ",")
			if strings.Contains(value, `"`) {
				return cells, cell, strayMark, false
			}
			cells = append(cells, value)
			if !more {
				return cells, cell, sound, false
			}
			text = after
			continue
		}
		value, rest, open := quoted(text[1:])
		if open {
			return cells, cell, sound, true
		}
		cells = append(cells, value)
		switch {
		case rest == "":
			return cells, cell, sound, false
		case rest[0] != ',':
			return cells, cell, strayMark, false
		}
		text = rest[1:]
	}
}

// quoted reads a quoted cell after its opening mark: its value with doubled marks
// undone, and what follows its closing mark.
func quoted(s string) (value, rest string, open bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '"')
		switch {
		case i < 0:
			return "", "", true
		case i+1 < len(s) && s[i+1] == '"':
			b.WriteString(s[:i+1])
			s = s[i+2:]
		case b.Len() == 0:
			return s[:i], s[i+1:], false
		default:
			b.WriteString(s[:i])
			return b.String(), s[i+1:], false
		}
	}
}

// trimEnd drops the line end, LF or CRLF, and a last CR at the end of the file.
func trimEnd(s string) string {
	return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r")
}
