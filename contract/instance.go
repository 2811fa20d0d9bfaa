package contract

import (
	"encoding/binary"
	"math/bits"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// Instance is where one record stands under its contract. It is a value: copying it
// copies everything, == compares it, and no method of Contract changes the one it is
// given. The zero Instance is "before creation".
//
// Canonical bytes (an active record takes some 35):
//
//	byte     bit 7: quarantined; bits 0-3: n, the number of region bytes
//	n bytes  state of each region, 1-based, 0 = not running; the last one is not 0
//	varint   day of creation (zigzag, days since 1970-01-01)
//	varint   moment of the last change (zigzag, Unix seconds)
//	uvarint  bit set of the variables that are not 0, then a varint for each
//	uvarint  bit set of the deadlines that are armed, then a varint (day) for each
//
// The zero Instance is the single byte 0. Every varint is of the shortest form.
type Instance struct {
	quarantined bool
	state       [maxRegions]uint8
	began       credit.Date
	last        credit.Moment // nothing takes effect before it
	vars        [maxVariables]int64
	due         [maxDeadlines]credit.Date // 0 = not armed
}

// Zero reports whether the instance is before creation.
func (in *Instance) Zero() bool { return in.state[0] == 0 }

// Began is the day on which the record was created; the contract's parameters have
// the values of that day.
func (in *Instance) Began() credit.Date { return in.began }

// Changed is the moment of the last transition.
func (in *Instance) Changed() credit.Moment { return in.last }

const quarantineBit = 0x80

// AppendBinary appends the canonical bytes. It never fails.
func (in Instance) AppendBinary(b []byte) ([]byte, error) {
	if in.Zero() {
		return append(b, 0), nil
	}
	n := maxRegions
	for in.state[n-1] == 0 {
		n--
	}
	head := byte(n)
	if in.quarantined {
		head |= quarantineBit
	}
	b = append(b, head)
	b = append(b, in.state[:n]...)
	b = binary.AppendVarint(b, int64(in.began))
	b = binary.AppendVarint(b, int64(in.last))
	var set uint64
	for i, v := range in.vars {
		if v != 0 {
			set |= 1 << i
		}
	}
	b = binary.AppendUvarint(b, set)
	for _, v := range in.vars {
		if v != 0 {
			b = binary.AppendVarint(b, v)
		}
	}
	set = 0
	for i, d := range in.due {
		if d != 0 {
			set |= 1 << i
		}
	}
	b = binary.AppendUvarint(b, set)
	for _, d := range in.due {
		if d != 0 {
			b = binary.AppendVarint(b, int64(d))
		}
	}
	return b, nil
}

// MarshalBinary returns the canonical bytes; it lets an Instance stand in CBOR.
func (in Instance) MarshalBinary() ([]byte, error) { return in.AppendBinary(make([]byte, 0, 48)) }

// UnmarshalBinary is DecodeInstance into in.
func (in *Instance) UnmarshalBinary(b []byte) error {
	x, err := DecodeInstance(b)
	if err == nil {
		*in = x
	}
	return err
}

// DecodeInstance reads canonical bytes and refuses every other form of them with
// fault.Malformed. Whether the states and variables are those of a contract is not
// known here: the bytes come from the node's own state.
func DecodeInstance(b []byte) (Instance, error) {
	r := reader{b: b}
	var in Instance
	head := r.byte()
	n := int(head &^ quarantineBit)
	in.quarantined = head&quarantineBit != 0
	if n > maxRegions || (n == 0 && head != 0) {
		return Instance{}, malformed()
	}
	if n > 0 {
		for i := range n {
			in.state[i] = r.byte()
		}
		in.began = credit.Date(r.small())
		in.last = credit.Moment(r.varint())
		for set := r.set(maxVariables); set != 0; set &= set - 1 {
			in.vars[bits.TrailingZeros64(set)] = r.nonZero(r.varint())
		}
		for set := r.set(maxDeadlines); set != 0; set &= set - 1 {
			in.due[bits.TrailingZeros64(set)] = credit.Date(r.nonZero(r.small()))
		}
		if in.state[0] == 0 || in.state[n-1] == 0 {
			r.bad = true
		}
	}
	if r.bad || len(r.b) != 0 {
		return Instance{}, malformed()
	}
	return in, nil
}

func malformed() error { return fault.Newf(fault.Malformed, "instance", "not canonical") }

// reader takes canonical values off the front of b; after a bad one it gives zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	x := r.b[0]
	r.b = r.b[1:]
	return x
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || (n > 1 && r.b[n-1] == 0) { // a longer form than needed ends in a zero byte
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *reader) small() int64 {
	v := r.varint()
	if v != int64(int32(v)) {
		r.bad = true
		return 0
	}
	return v
}

func (r *reader) set(size int) uint64 {
	v := r.uvarint()
	if v>>size != 0 {
		r.bad = true
		return 0
	}
	return v
}

func (r *reader) nonZero(v int64) int64 {
	if v == 0 {
		r.bad = true
	}
	return v
}
