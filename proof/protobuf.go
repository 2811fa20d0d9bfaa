package proof

import (
	"encoding/binary"

	"github.com/riviera-ledger/riviera/fault"
)

// A minimal reader and writer of the protobuf wire format, for the five messages that
// a commit is made of. The reader is stricter than protobuf: fields ascend, only the
// ones named by the shape occur, each at most once unless repeated, and every varint
// has its shortest form. The engine's encoder writes exactly that.

// kind says how a field of a message may look.
type kind uint8

const (
	absent kind = iota // the field does not occur in this profile
	varint
	chunk    // bytes, string or message, at most once
	repeated // the same, any number of times
)

const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
)

// field is one decoded field; v holds a varint, b the bytes of a chunk.
type field struct {
	number int
	v      uint64
	b      []byte
}

// fields is a decoded message.
type fields []field

// readMessage decodes b; shape[i] is the kind of field number i+1.
func readMessage(b []byte, shape ...kind) (fields, error) {
	var out fields
	last := 0
	for len(b) > 0 {
		key, n := shortVarint(b)
		number := int(key >> 3)
		if n == 0 || key>>3 == 0 || key>>3 > uint64(len(shape)) || number < last {
			return nil, malformed("field")
		}
		k := shape[number-1]
		if number == last && k != repeated {
			return nil, malformed("repeated field")
		}
		b, last = b[n:], number
		f := field{number: number}
		switch {
		case k == varint && key&7 == wireVarint:
			if f.v, n = shortVarint(b); n == 0 {
				return nil, malformed("varint")
			}
			b = b[n:]
		case (k == chunk || k == repeated) && key&7 == wireBytes:
			size, n := shortVarint(b)
			if n == 0 || size > uint64(len(b)-n) {
				return nil, malformed("length")
			}
			f.b, b = b[n:n+int(size)], b[n+int(size):]
		default:
			return nil, malformed("wire type")
		}
		out = append(out, f)
	}
	return out, nil
}

func malformed(what string) error { return fault.Newf(fault.Malformed, "light block", "%s", what) }

// shortVarint reads a varint in its shortest form; n is 0 for anything else.
func shortVarint(b []byte) (v uint64, n int) {
	v, n = binary.Uvarint(b)
	if n <= 0 || n > 1 && b[n-1] == 0 {
		return 0, 0
	}
	return v, n
}

// uint returns a varint field, 0 if it is not there.
func (m fields) uint(number int) uint64 {
	for _, f := range m {
		if f.number == number {
			return f.v
		}
	}
	return 0
}

// bytes returns a chunk, nil if it is not there.
func (m fields) bytes(number int) []byte {
	for _, f := range m {
		if f.number == number {
			return f.b
		}
	}
	return nil
}

func appendKey(b []byte, number, wireType int) []byte {
	return binary.AppendUvarint(b, uint64(number<<3|wireType))
}

// appendChunk writes a bytes field as proto3 does: nothing if it is empty.
func appendChunk(b []byte, number int, v []byte) []byte {
	if len(v) == 0 {
		return b
	}
	return appendMessage(b, number, v)
}

// appendMessage writes an embedded message, also an empty one.
func appendMessage(b []byte, number int, v []byte) []byte {
	b = binary.AppendUvarint(appendKey(b, number, wireBytes), uint64(len(v)))
	return append(b, v...)
}

func appendUint(b []byte, number int, v uint64) []byte {
	if v == 0 {
		return b
	}
	return binary.AppendUvarint(appendKey(b, number, wireVarint), v)
}

func appendFixed64(b []byte, number int, v uint64) []byte {
	if v == 0 {
		return b
	}
	return binary.LittleEndian.AppendUint64(appendKey(b, number, wireFixed64), v)
}
