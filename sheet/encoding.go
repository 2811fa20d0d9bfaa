package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"

	"github.com/riviera-ledger/riviera/fault"
)

// Encoding is how a file's text is written.
type Encoding uint8

const (
	UTF8    Encoding = iota // without byte order mark
	UTF8BOM                 // with byte order mark, as spreadsheets want it
	GB18030                 // also GBK and GB 2312, which it contains
)

// String returns the encoding's usual name.
func (e Encoding) String() string {
	switch e {
	case UTF8BOM:
		return "UTF-8 with BOM"
	case GB18030:
		return "GB18030"
	}
	return "UTF-8"
}

const (
	utf8Mark = "\xEF\xBB\xBF"
	gbMark   = "\x84\x31\x95\x33" // U+FEFF in GB18030
)

// survey is what a first pass over the bytes counts.
type survey struct {
	size  int64
	lines int64
	nul   int64 // line of the first NUL, 0 if there is none
	utf8  tally
	gb    tally
	mark  string // byte order mark at the start
}

// tally counts the sequences beyond ASCII that an encoding reads and those it cannot.
type tally struct {
	good, bad int64
	badLine   int64 // of the first bad one
	state     int   // bytes still to come (utf8), position in the sequence (gb)
	low, high byte  // bounds of the next byte (utf8)
}

// take surveys a whole file.
func take(r io.Reader) (*survey, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	s := &survey{lines: 1}
	head, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for _, m := range []string{utf8Mark, gbMark} {
		if bytes.HasPrefix(head, []byte(m)) {
			s.mark = m
		}
	}
	buf := make([]byte, 1<<16)
	for {
		n, err := in.Read(buf)
		for _, c := range buf[:n] {
			s.add(c)
		}
		s.size += int64(n)
		switch {
		case errors.Is(err, io.EOF):
			s.end()
			return s, nil
		case err != nil:
			return nil, err
		}
	}
}

func (s *survey) add(c byte) {
	if c == 0 && s.nul == 0 {
		s.nul = s.lines
	}
	s.utf8.addUTF8(c, s.lines)
	s.gb.addGB(c, s.lines)
	if c == '\n' {
		s.lines++
	}
}

func (s *survey) end() {
	for _, t := range []*tally{&s.utf8, &s.gb} {
		if t.state != 0 {
			t.fail(s.lines)
		}
	}
}

func (t *tally) fail(line int64) {
	if t.bad++; t.bad == 1 {
		t.badLine = line
	}
	t.state = 0
}

// addUTF8 follows RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
func (t *tally) addUTF8(c byte, line int64) {
	if t.state > 0 {
		if c >= t.low && c <= t.high {
			if t.state, t.low, t.high = t.state-1, 0x80, 0xBF; t.state == 0 {
				t.good++
			}
			return
		}
		t.fail(line) // and read c as a first byte
	}
	t.low, t.high = 0x80, 0xBF
	switch {
	case c < 0x80:
	case c >= 0xC2 && c <= 0xDF:
		t.state = 1
	case c >= 0xE0 && c <= 0xEF:
		t.state = 2
		if c == 0xE0 {
			t.low = 0xA0
		} else if c == 0xED {
			t.high = 0x9F
		}
	case c >= 0xF0 && c <= 0xF4:
		t.state = 3
		if c == 0xF0 {
			t.low = 0x90
		} else if c == 0xF4 {
			t.high = 0x8F
		}
	default:
		t.fail(line)
	}
}

// addGB follows GB 18030-2005 section 5: two bytes 81–FE 40–FE without 7F, or four
// bytes 81–FE 30–39 81–FE 30–39.
func (t *tally) addGB(c byte, line int64) {
	lead, digit := c >= 0x81 && c <= 0xFE, c >= '0' && c <= '9'
	switch {
	case t.state == 1 && digit, t.state == 2 && lead:
		t.state++
		return
	case t.state == 1 && c >= 0x40 && c != 0x7F && c != 0xFF, t.state == 3 && digit:
		t.state = 0
		t.good++
		return
	case t.state > 0:
		t.fail(line)
	}
	switch {
	case lead:
		t.state = 1
	case c >= 0x80:
		t.fail(line)
	}
}

// encoding decides. What reads wholly as UTF-8 is UTF-8: text in GB18030 that does so
// by accident is a few characters long at most, and a whole file counts here. A file
// with more good than bad sequences of UTF-8 is a damaged one in UTF-8 (text in
// GB18030 gives about one good in fifty bad): its damaged rows are reported and the
// others read. Damage in more than a twentieth, or a NUL byte (UTF-16, a workbook),
// refuses the file.
func (s *survey) encoding() (Encoding, error) {
	const tolerated = 20
	e, t := GB18030, s.gb
	switch {
	case s.nul > 0:
		return 0, fault.Newf(fault.EncodingInvalid, place(int(s.nul), 0, ""), "NUL byte: a workbook, or UTF-16")
	case s.mark == utf8Mark:
		e, t = UTF8BOM, s.utf8
	case s.mark == gbMark:
	case s.utf8.bad == 0 || s.utf8.good > s.utf8.bad:
		e, t = UTF8, s.utf8
	}
	if t.bad*tolerated > t.good {
		// The encoding that reads further is more likely the one that was meant.
		return 0, fault.New(fault.EncodingInvalid, place(int(max(s.utf8.badLine, s.gb.badLine)), 0, ""))
	}
	return e, nil
}

// decode returns the file's text as UTF-8. Bytes that GB18030 does not assign become
// U+FFFD; bytes that are not UTF-8 stay, and the cell that holds them is reported.
func (e Encoding) decode(r io.Reader) io.Reader {
	if e == GB18030 {
		return transform.NewReader(r, simplifiedchinese.GB18030.NewDecoder())
	}
	return r
}

// encode returns a writer in which UTF-8 text comes out in this encoding, after its
// byte order mark if it has one. Close flushes it and leaves w open.
func (e Encoding) encode(w io.Writer) (io.WriteCloser, error) {
	switch e {
	case GB18030:
		return transform.NewWriter(w, simplifiedchinese.GB18030.NewEncoder()), nil
	case UTF8BOM:
		if _, err := io.WriteString(w, utf8Mark); err != nil {
			return nil, err
		}
	}
	return transform.NewWriter(w, transform.Nop), nil
}
