package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// canonicalJSON rewrites a JSON document in the JSON Canonicalization Scheme, RFC 8785:
// no white space, members in order of their UTF-16 code units, one spelling for each
// string and number. A document that names a member twice has no canonical form; the
// callers refuse it before (checkJSON).
func canonicalJSON(b []byte) ([]byte, error) {
	if !utf8.Valid(b) || loneSurrogate(b) {
		return nil, errors.New("a string that is no text")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return appendJSON(make([]byte, 0, len(b)), v)
}

func appendJSON(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendString(b, v), nil
	case json.Number:
		return appendNumber(b, string(v))
	case []any:
		return appendList(b, v)
	case map[string]any:
		return appendObject(b, v)
	}
	return nil, errors.New("no JSON")
}

func appendList(b []byte, list []any) (_ []byte, err error) {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendJSON(b, v); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendObject(b []byte, object map[string]any) (_ []byte, err error) {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int {
		return slices.Compare(utf16.Encode([]rune(x)), utf16.Encode([]rune(y)))
	})
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		if b, err = appendJSON(b, object[name]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendString escapes the quotation mark, the backslash and control characters, and
// nothing else (section 3.2.2.2).
func appendString(b []byte, s string) []byte {
	const short = "btnvfr" // \b \t \n (\v is not JSON) \f \r from U+0008 on
	b = append(b, '"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= 8 && c <= 13 && c != 11:
			b = append(b, '\\', short[c-8])
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', '0'+c>>4, "0123456789abcdef"[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// appendNumber writes a number as ECMAScript does (section 3.2.2.3).
func appendNumber(b []byte, s string) ([]byte, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return nil, errors.New("a number out of range")
	}
	if f == 0 {
		return append(b, '0'), nil // also -0
	}
	if a := math.Abs(f); a >= 1e-6 && a < 1e21 {
		return strconv.AppendFloat(b, f, 'f', -1, 64), nil
	}
	text := strconv.AppendFloat(nil, f, 'e', -1, 64)
	if n := len(text); text[n-2] == '0' && (text[n-3] == '-' || text[n-3] == '+') {
		text = append(text[:n-2], text[n-1]) // e-07 becomes e-7
	}
	return append(b, text...), nil
}

// loneSurrogate reports whether an escape names half a character. encoding/json would
// replace it in silence.
func loneSurrogate(b []byte) bool {
	unit := func(b []byte) (uint64, bool) {
		if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
			return 0, false
		}
		u, err := strconv.ParseUint(string(b[2:6]), 16, 16)
		return u, err == nil
	}
	for i := 0; i+1 < len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		u, is := unit(b[i:])
		if !is || u < 0xd800 || u > 0xdfff {
			i++ // the escaped character is not the start of another escape
			continue
		}
		low, is := unit(b[i+6:])
		if u >= 0xdc00 || !is || low < 0xdc00 || low > 0xdfff {
			return true
		}
		i += 11
	}
	return false
}
