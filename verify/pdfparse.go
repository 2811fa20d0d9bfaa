package verify

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"strings"
)

// A strict reader of the PDF profile that Assemble writes: one revision, objects
// numbered and placed in order, a classic cross-reference table, nothing between or
// behind them. It reads objects generically; that they are the right ones is shown by
// assembling the file again from what was read and comparing every byte.

// Objects: int64, bool, pdfName, pdfText (either kind of string), pdfRef, []any, pdfDict.
type (
	pdfName string
	pdfText []byte
	pdfRef  int // object number, generation 0
	pdfDict map[pdfName]any
)

// pdfObject is one numbered object.
type pdfObject struct {
	value  any
	stream []byte // raw bytes, nil if the object is no stream
}

const (
	pdfHeader  = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
	pdfEnd     = "%%EOF\n"
	maxObjects = 400
	maxDepth   = 12
)

var (
	errStructure = errors.New("not of the profile")
	errAppended  = errors.New("data behind the end of the file")
)

// parsePDF reads every object of a file; object n is the result's element n-1.
func parsePDF(file []byte) ([]pdfObject, error) {
	p := &pdfParser{b: file}
	if !p.take(pdfHeader) {
		return nil, errStructure
	}
	var objects []pdfObject
	for !p.take("xref\n") {
		if len(objects) == maxObjects || !p.take(strconv.Itoa(len(objects)+1)+" 0 obj\n") {
			return nil, errStructure
		}
		o, err := p.object()
		if err != nil {
			return nil, err
		}
		objects = append(objects, o)
	}
	end := bytes.Index(p.b[p.at:], []byte(pdfEnd))
	if end < 0 {
		return nil, errStructure
	}
	if p.at+end+len(pdfEnd) != len(file) {
		return nil, errAppended
	}
	return objects, nil
}

type pdfParser struct {
	b  []byte
	at int
}

// take moves past s if it stands here.
func (p *pdfParser) take(s string) bool {
	if !bytes.HasPrefix(p.b[p.at:], []byte(s)) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *pdfParser) peek() byte {
	if p.at == len(p.b) {
		return 0
	}
	return p.b[p.at]
}

func (p *pdfParser) space() {
	for p.at < len(p.b) && (p.b[p.at] == ' ' || p.b[p.at] == '\n') {
		p.at++
	}
}

// object reads a numbered object after its head, with its stream if it has one.
func (p *pdfParser) object() (pdfObject, error) {
	v, err := p.value(0)
	if err != nil {
		return pdfObject{}, err
	}
	o := pdfObject{value: v}
	if p.take("\nstream\n") {
		d, _ := v.(pdfDict)
		n, ok := d["Length"].(int64)
		if !ok || n < 0 || n > int64(len(p.b)-p.at) {
			return o, errStructure
		}
		o.stream = p.b[p.at : p.at+int(n)]
		p.at += int(n)
		if !p.take("\nendstream") {
			return o, errStructure
		}
	}
	if !p.take("\nendobj\n") {
		return o, errStructure
	}
	return o, nil
}

// value reads one direct object.
func (p *pdfParser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, errStructure
	}
	switch c := p.peek(); {
	case p.take("<<"):
		return p.dict(depth)
	case c == '<':
		return p.hexText()
	case c == '(':
		return p.literal()
	case c == '[':
		p.at++
		return p.array(depth)
	case c == '/':
		return p.name()
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	case p.take("true"):
		return true, nil
	case p.take("false"):
		return false, nil
	}
	return nil, errStructure
}

func (p *pdfParser) dict(depth int) (any, error) {
	d := pdfDict{}
	for {
		p.space()
		if p.take(">>") {
			return d, nil
		}
		key, err := p.name()
		if err != nil {
			return nil, err
		}
		if _, twice := d[key]; twice {
			return nil, errStructure
		}
		p.space()
		if d[key], err = p.value(depth + 1); err != nil {
			return nil, err
		}
	}
}

func (p *pdfParser) array(depth int) (any, error) {
	var a []any
	for {
		p.space()
		if p.take("]") {
			return a, nil
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		a = append(a, v)
	}
}

func (p *pdfParser) name() (pdfName, error) {
	if !p.take("/") {
		return "", errStructure
	}
	from := p.at
	for p.at < len(p.b) && strings.IndexByte(" \n/<>[]()", p.b[p.at]) < 0 {
		p.at++
	}
	if p.at == from {
		return "", errStructure
	}
	return pdfName(p.b[from:p.at]), nil
}

// number reads an integer, or a reference when "0 R" follows it.
func (p *pdfParser) number() (any, error) {
	from := p.at
	for p.at < len(p.b) && (p.b[p.at] == '-' || p.b[p.at] == '.' || p.b[p.at] >= '0' && p.b[p.at] <= '9') {
		p.at++
	}
	text := string(p.b[from:p.at])
	if strings.Contains(text, ".") {
		return pdfName(text), nil // a real: only ever compared, never computed with
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, errStructure
	}
	if p.take(" 0 R") {
		if n < 1 || n > maxObjects {
			return nil, errStructure
		}
		return pdfRef(n), nil
	}
	return n, nil
}

func (p *pdfParser) hexText() (any, error) {
	end := bytes.IndexByte(p.b[p.at:], '>')
	if end < 0 {
		return nil, errStructure
	}
	digits := p.b[p.at+1 : p.at+end]
	p.at += end + 1
	out := make([]byte, hex.DecodedLen(len(digits)))
	if _, err := hex.Decode(out, digits); err != nil {
		return nil, errStructure
	}
	return pdfText(out), nil
}

// literal reads a string in round brackets; the profile has none that need escapes.
func (p *pdfParser) literal() (any, error) {
	end := bytes.IndexByte(p.b[p.at:], ')')
	if end < 0 || bytes.ContainsAny(p.b[p.at+1:p.at+end], "(\\") {
		return nil, errStructure
	}
	text := p.b[p.at+1 : p.at+end]
	p.at += end + 1
	return pdfText(text), nil
}

// inflate undoes FlateDecode and refuses more than limit bytes and anything behind the
// compressed data.
func inflate(b []byte, limit int64) ([]byte, error) {
	src := bytes.NewReader(b)
	z, err := zlib.NewReader(src)
	if err != nil {
		return nil, errStructure
	}
	out, err := io.ReadAll(io.LimitReader(z, limit+1))
	if err != nil || int64(len(out)) > limit || src.Len() != 0 {
		return nil, errStructure
	}
	return out, nil
}
