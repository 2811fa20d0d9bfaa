package verify

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// maxNesting bounds the depth of a JSON document.
const maxNesting = 16

// checkJSON refuses what encoding/json lets pass in silence: a member that stands
// twice (the last would win), invalid UTF-8 and half characters (they would be replaced)
// and data behind the document. With numbers false it also refuses numbers: two readers
// may take one for two values, so credentials write them as strings.
func checkJSON(b []byte, numbers bool) error {
	if !utf8.Valid(b) || loneSurrogate(b) {
		return errors.New("a string that is no text")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := walkJSON(d, numbers, 0); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("data behind the document")
	}
	return nil
}

func walkJSON(d *json.Decoder, numbers bool, depth int) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if _, is := t.(json.Number); is && !numbers {
		return errors.New("a number")
	}
	open, is := t.(json.Delim)
	if !is {
		return nil
	}
	if depth == maxNesting {
		return errors.New("nested too deep")
	}
	seen := map[string]bool{}
	for d.More() {
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			name, _ := key.(string)
			if seen[name] {
				return errors.New("a member stands twice")
			}
			seen[name] = true
		}
		if err := walkJSON(d, numbers, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token() // the closing delimiter
	return err
}

// decodeStrict reads one JSON document into v and refuses members that v has not.
func decodeStrict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// encodeFile writes a file that people may open too.
func encodeFile(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, fault.Wrap(fault.Malformed, "file", err)
	}
	return b.Bytes(), nil
}

// canonical returns v in the JSON Canonicalization Scheme, RFC 8785.
func canonical(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return canonicalJSON(b)
}

// Hex is a hash that stands in JSON as 64 lower-case hexadecimal digits.
type Hex wire.Hash

// MarshalText writes the digits.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads exactly what MarshalText writes.
func (h *Hex) UnmarshalText(b []byte) error {
	var got Hex
	if len(b) != 2*len(got) {
		return fault.New(fault.Malformed, "hash")
	}
	if _, err := hex.Decode(got[:], b); err != nil || string(hex.AppendEncode(nil, got[:])) != string(b) {
		return fault.New(fault.Malformed, "hash")
	}
	*h = got
	return nil
}

func (h Hex) String() string { return hex.EncodeToString(h[:]) }

// Count is an unsigned number that stands in JSON as a string of digits.
type Count uint64

// MarshalText writes the decimal digits.
func (c Count) MarshalText() ([]byte, error) { return strconv.AppendUint(nil, uint64(c), 10), nil }

// UnmarshalText reads exactly what MarshalText writes.
func (c *Count) UnmarshalText(b []byte) error {
	n, err := strconv.ParseUint(string(b), 10, 64)
	if err != nil || strconv.FormatUint(n, 10) != string(b) {
		return fault.New(fault.Malformed, "number")
	}
	*c = Count(n)
	return nil
}
