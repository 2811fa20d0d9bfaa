package wire

import (
	"encoding/binary"
	"slices"
)

// Appender is a type that writes its canonical bytes itself: the few shapes of which there
// is one for each record. What it writes is what its tags say, which a test beside each
// type holds.
type Appender interface{ AppendWire(b []byte) []byte }

// The major types of CBOR.
const (
	majorUint  = 0 << 5
	majorInt   = 1 << 5
	majorBytes = 2 << 5
	majorText  = 3 << 5
	majorArray = 4 << 5
	majorMap   = 5 << 5
	majorTag   = 6 << 5
	majorOther = 7 << 5
)

// appendHead appends a type with its number in the shortest form.
func appendHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n < 1<<8:
		return append(b, major|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), n)
}

// AppendUint appends a number.
func AppendUint(b []byte, n uint64) []byte { return appendHead(b, majorUint, n) }

// AppendInt appends a number that may be negative.
func AppendInt(b []byte, n int64) []byte {
	if n < 0 {
		return appendHead(b, majorInt, uint64(^n))
	}
	return appendHead(b, majorUint, uint64(n))
}

// AppendBytes appends a byte string.
func AppendBytes(b, v []byte) []byte { return append(appendHead(b, majorBytes, uint64(len(v))), v...) }

// AppendText appends a text, which must be valid UTF-8.
func AppendText(b []byte, s string) []byte {
	return append(appendHead(b, majorText, uint64(len(s))), s...)
}

// AppendBool appends a truth value.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, majorOther|21)
	}
	return append(b, majorOther|20)
}

// AppendArray appends the head of a list of n values, which follow.
func AppendArray(b []byte, n int) []byte { return appendHead(b, majorArray, uint64(n)) }

// AppendMap appends the head of a map of n pairs, which follow in order.
func AppendMap(b []byte, n int) []byte { return appendHead(b, majorMap, uint64(n)) }

// AppendTexts appends a list of texts.
func AppendTexts(b []byte, all []string) []byte {
	b = AppendArray(b, len(all))
	for _, s := range all {
		b = AppendText(b, s)
	}
	return b
}

// AppendNumbers appends a map from names to numbers.
func AppendNumbers(b []byte, m map[string]int64) []byte {
	b = AppendMap(b, len(m))
	names := make([]string, 0, 16)
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, compareKeys)
	for _, name := range names {
		b = AppendInt(AppendText(b, name), m[name])
	}
	return b
}

// compareKeys orders texts as their encodings are ordered: shorter ones first.
func compareKeys(a, b string) int {
	switch {
	case len(a) != len(b):
		return len(a) - len(b)
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Fields appends a map with ascending keys below 24, of at most 23 pairs. The Opt methods
// leave a member with its zero value out.
type Fields struct {
	b    []byte
	head int
}

// AppendFields begins such a map behind b.
func AppendFields(b []byte) Fields { return Fields{append(b, majorMap), len(b)} }

// Key appends a key, whose value is to follow.
func (f *Fields) Key(key byte) { f.b = append(f.b, key); f.b[f.head]++ }

// Value appends the value that an encoder has appended to what it was given.
func (f *Fields) Value(key byte, encode func(b []byte) []byte) {
	f.Key(key)
	f.b = encode(f.b)
}

// Uint, Int, Bytes and Text append a member whatever its value.
func (f *Fields) Uint(key byte, n uint64)  { f.Key(key); f.b = AppendUint(f.b, n) }
func (f *Fields) Int(key byte, n int64)    { f.Key(key); f.b = AppendInt(f.b, n) }
func (f *Fields) Bytes(key byte, v []byte) { f.Key(key); f.b = AppendBytes(f.b, v) }
func (f *Fields) Text(key byte, s string)  { f.Key(key); f.b = AppendText(f.b, s) }

// OptUint, OptInt, OptText, OptTexts and OptNumbers append a member that is not zero or
// empty.
func (f *Fields) OptUint(key byte, n uint64) {
	if n != 0 {
		f.Uint(key, n)
	}
}

func (f *Fields) OptInt(key byte, n int64) {
	if n != 0 {
		f.Int(key, n)
	}
}

func (f *Fields) OptText(key byte, s string) {
	if s != "" {
		f.Text(key, s)
	}
}

func (f *Fields) OptTexts(key byte, all []string) {
	if len(all) > 0 {
		f.Key(key)
		f.b = AppendTexts(f.b, all)
	}
}

func (f *Fields) OptNumbers(key byte, m map[string]int64) {
	if len(m) > 0 {
		f.Key(key)
		f.b = AppendNumbers(f.b, m)
	}
}

// OptHash appends a hash that is not all zero.
func (f *Fields) OptHash(key byte, h *Hash) {
	if !h.Zero() {
		f.Bytes(key, h[:])
	}
}

// End returns what was appended.
func (f *Fields) End() []byte { return f.b }
