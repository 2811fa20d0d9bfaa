package wire

import (
	"bytes"
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/riviera-ledger/riviera/fault"
)

// Readable is a type that reads its canonical bytes itself: the few shapes of which there
// is one for each record. It accepts what Decode by its tags would accept and nothing
// else, which a fuzz test beside each type holds.
type Readable interface{ ReadWire(r *Reader) }

// Reader reads canonical bytes and refuses every other form of them. After the first
// thing wrong it answers with zeros: whoever reads looks once, at the end.
type Reader struct {
	b     []byte
	wrong string // what was wrong first
}

// read fills v from b, all of it.
func read(b []byte, v Readable) error {
	r := Reader{b: b}
	v.ReadWire(&r)
	if r.wrong == "" && len(r.b) > 0 {
		r.fail("bytes behind the value")
	}
	if r.wrong != "" {
		return fault.Newf(fault.Malformed, "", "%s", r.wrong)
	}
	return nil
}

func (r *Reader) fail(what string) {
	if r.wrong == "" {
		r.wrong, r.b = what, nil
	}
}

// Refuse makes the reading fail.
func (r *Reader) Refuse(what string) { r.fail(what) }

// head reads a type and its number in the shortest form.
func (r *Reader) head() (major byte, n uint64) {
	if len(r.b) == 0 {
		r.fail("cut short")
		return majorOther, 0
	}
	major, n = r.b[0]&0xe0, uint64(r.b[0]&0x1f)
	r.b = r.b[1:]
	if n < 24 {
		return major, n
	}
	width := 1 << (n - 24)
	if n > 27 || len(r.b) < width {
		r.fail("cut short or of indefinite length")
		return majorOther, 0
	}
	var least uint64
	switch width {
	case 1:
		n, least = uint64(r.b[0]), 24
	case 2:
		n, least = uint64(binary.BigEndian.Uint16(r.b)), 1<<8
	case 4:
		n, least = uint64(binary.BigEndian.Uint32(r.b)), 1<<16
	case 8:
		n, least = binary.BigEndian.Uint64(r.b), 1<<32
	}
	if n < least {
		r.fail("a number not in its shortest form")
		return majorOther, 0
	}
	r.b = r.b[width:]
	return major, n
}

// of reads the number of a value of one type.
func (r *Reader) of(major byte, what string) uint64 {
	got, n := r.head()
	if got != major {
		r.fail("not " + what)
		return 0
	}
	return n
}

// Uint reads a number of at most most.
func (r *Reader) Uint(most uint64) uint64 {
	n := r.of(majorUint, "a number")
	if n > most {
		r.fail("a number out of range")
		return 0
	}
	return n
}

// Int reads a number from least to most.
func (r *Reader) Int(least, most int64) int64 {
	major, n := r.head()
	v := int64(n)
	if major == majorInt {
		v = ^v
	}
	if major != majorUint && major != majorInt || n > math.MaxInt64 || v < least || v > most {
		r.fail("not a number in range")
		return 0
	}
	return v
}

// Shared reads a byte string and returns it without a copy.
func (r *Reader) Shared() []byte {
	n := r.of(majorBytes, "a byte string")
	if n > uint64(len(r.b)) {
		r.fail("cut short")
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

// Bytes reads a byte string; nil is none that can be told from an empty one.
func (r *Reader) Bytes() []byte { return bytes.Clone(r.Shared()) }

// Fixed fills to from a byte string of just that length.
func (r *Reader) Fixed(to []byte) {
	v := r.Shared()
	if r.wrong == "" && len(v) != len(to) {
		r.fail("a byte string of another length")
	}
	copy(to, v)
}

// FixedOpt is Fixed for an optional member, which is left out where it is all zero.
func (r *Reader) FixedOpt(to []byte) {
	r.Fixed(to)
	for _, c := range to {
		if c != 0 {
			return
		}
	}
	r.fail("an empty member written")
}

// Text reads a text.
func (r *Reader) Text() string {
	n := r.of(majorText, "a text")
	if n > uint64(len(r.b)) {
		r.fail("cut short")
		return ""
	}
	v := r.b[:n]
	r.b = r.b[n:]
	if !utf8.Valid(v) {
		r.fail("not UTF-8")
		return ""
	}
	return string(v)
}

// Bool reads a truth value.
func (r *Reader) Bool() bool {
	major, n := r.head()
	if major != majorOther || n != 20 && n != 21 {
		r.fail("not a truth value")
	}
	return n == 21
}

// maxList bounds the values of a list.
const maxList = 65536

// Array reads the head of a list.
func (r *Reader) Array() int {
	n := r.of(majorArray, "a list")
	if n > maxList || n > uint64(len(r.b)) {
		r.fail("a list that is too long")
		return 0
	}
	return int(n)
}

// Tuple reads the head of a list of exactly n values.
func (r *Reader) Tuple(n int) {
	if r.Array() != n {
		r.fail("a list of another length")
	}
}

// Texts reads a list of texts that is not empty.
func (r *Reader) Texts() []string {
	n := r.Array()
	if n == 0 {
		r.fail("an empty member written")
		return nil
	}
	all := make([]string, n)
	for i := range all {
		all[i] = r.Text()
	}
	return all
}

// maxPairs bounds the pairs of a map.
const maxPairs = 1024

// Numbers reads a map from names to numbers that is not empty.
func (r *Reader) Numbers() map[string]int64 {
	n := r.of(majorMap, "a map")
	if n == 0 || n > maxPairs || n > uint64(len(r.b)) {
		r.fail("not a map of a length that can be")
		return nil
	}
	m := make(map[string]int64, n)
	last := ""
	for i := range n {
		name := r.Text()
		if i > 0 && compareKeys(last, name) >= 0 {
			r.fail("keys out of order")
		}
		last = name
		m[name] = r.Int(math.MinInt64, math.MaxInt64)
	}
	return m
}

// Members are the pairs of a map with ascending keys below 24 that are still to be read.
type Members struct {
	r    *Reader
	left uint64
}

// Members reads the head of such a map.
func (r *Reader) Members() Members {
	n := r.of(majorMap, "a map")
	if n > uint64(len(r.b)) {
		r.fail("cut short")
		n = 0
	}
	return Members{r, n}
}

// Has reports whether the next key is this one, and takes it: its value comes next.
func (m *Members) Has(key byte) bool {
	if m.left == 0 || len(m.r.b) == 0 || m.r.b[0] != key {
		return false
	}
	m.r.b = m.r.b[1:]
	m.left--
	return true
}

// Need is Has for a member that every value has.
func (m *Members) Need(key byte) {
	if !m.Has(key) {
		m.r.fail("a member is missing, or a key unknown or out of order")
	}
}

// End refuses pairs that nobody has read.
func (m *Members) End() {
	if m.left > 0 {
		m.r.fail("a member is missing, or a key unknown or out of order")
	}
}

// Uint reads the value of an optional member, a number from 1 to most.
func (m *Members) Uint(most uint64) uint64 {
	n := m.r.Uint(most)
	if n == 0 {
		m.r.fail("an empty member written")
	}
	return n
}

// Int reads the value of an optional member, a number from least to most that is not 0.
func (m *Members) Int(least, most int64) int64 {
	n := m.r.Int(least, most)
	if n == 0 {
		m.r.fail("an empty member written")
	}
	return n
}

// Text reads the value of an optional member, a text that is not empty.
func (m *Members) Text() string {
	s := m.r.Text()
	if s == "" {
		m.r.fail("an empty member written")
	}
	return s
}
