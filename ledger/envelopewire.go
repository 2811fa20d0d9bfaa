package ledger

import (
	"math"

	"github.com/riviera-ledger/riviera/wire"
)

// The shapes of which a block holds one for each record or envelope read and write
// themselves; all others go by their tags.

// ReadWire implements wire.Readable.
func (s *sealed) ReadWire(r *wire.Reader) {
	r.Tuple(3)
	s.Content, s.Signature, s.Approval = r.Shared(), r.Shared(), r.Shared()
}

// ReadWire implements wire.Readable.
func (c *Content) ReadWire(r *wire.Reader) {
	m := r.Members()
	m.Need(1)
	c.Version = uint8(r.Uint(math.MaxUint8))
	m.Need(2)
	c.Genesis = r.Bytes()
	m.Need(3)
	c.Member = MemberID(r.Uint(math.MaxUint32))
	m.Need(4)
	c.Key = KeyID(r.Uint(math.MaxUint32))
	if m.Has(5) {
		c.Approver = KeyID(m.Uint(math.MaxUint32))
	}
	m.Need(6)
	c.NotAfter = r.Int(math.MinInt64, math.MaxInt64)
	if m.Has(7) {
		c.Calendar = uint32(m.Uint(math.MaxUint32))
	}
	m.Need(8)
	c.Ops = make([]Operation, r.Array())
	for i := range c.Ops {
		r.Tuple(2)
		c.Ops[i].Kind = Kind(r.Uint(math.MaxUint8))
		c.Ops[i].Data = r.Raw(3)
	}
	m.End()
}

// AppendWire implements wire.Appender.
func (o *Create) AppendWire(b []byte) []byte {
	f := wire.AppendFields(b)
	f.Bytes(1, o.Record[:])
	f.Uint(2, uint64(o.Contract))
	f.Text(3, o.Event)
	f.Uint(4, uint64(o.Recorder))
	f.Bytes(5, o.Commitment[:])
	if o.CaseTag != nil {
		f.Bytes(6, o.CaseTag[:])
	}
	f.OptNumbers(7, o.Args)
	f.Value(8, func(b []byte) []byte { return appendMeasures(b, o.Measures) })
	return f.End()
}

func appendMeasures(b []byte, measures []uint16) []byte {
	b = wire.AppendArray(b, len(measures))
	for _, m := range measures {
		b = wire.AppendUint(b, uint64(m))
	}
	return b
}

// ReadWire implements wire.Readable.
func (o *Create) ReadWire(r *wire.Reader) {
	m := r.Members()
	m.Need(1)
	r.Fixed(o.Record[:])
	m.Need(2)
	o.Contract = uint32(r.Uint(math.MaxUint32))
	m.Need(3)
	o.Event = r.Text()
	m.Need(4)
	o.Recorder = MemberID(r.Uint(math.MaxUint32))
	m.Need(5)
	r.Fixed(o.Commitment[:])
	if m.Has(6) {
		o.CaseTag = new(CaseTag)
		r.Fixed(o.CaseTag[:])
	}
	if m.Has(7) {
		o.Args = r.Numbers()
	}
	m.Need(8)
	o.Measures = make([]uint16, r.Array())
	for i := range o.Measures {
		o.Measures[i] = uint16(r.Uint(math.MaxUint16))
	}
	m.End()
}

// AppendWire implements wire.Appender.
func (r *Record) AppendWire(b []byte) []byte {
	f := wire.AppendFields(b)
	f.Bytes(1, r.ID[:])
	f.Uint(2, uint64(r.Contract))
	f.Uint(3, uint64(r.Recorder))
	f.Uint(4, uint64(r.Proposer))
	f.Bytes(5, r.Commitment[:])
	if r.CaseTag != nil {
		f.Bytes(6, r.CaseTag[:])
	}
	if len(r.Measures) > 0 {
		f.Value(7, func(b []byte) []byte { return appendMeasures(b, r.Measures) })
	}
	f.Int(8, int64(r.Created))
	var space [96]byte
	instance, _ := r.Instance.AppendBinary(space[:0]) // it never fails
	f.Bytes(9, instance)
	if len(r.Access) > 0 {
		f.Bytes(10, r.Access)
	}
	f.OptUint(11, uint64(r.Filings))
	if d := &r.Duty; d.Ordered != 0 || d.Stop != 0 || len(d.Told) > 0 {
		f.Value(12, d.AppendWire)
	}
	if len(r.Beside) > 0 {
		f.Value(13, func(b []byte) []byte { return append(b, wire.Encode(r.Beside)...) })
	}
	return f.End()
}

// AppendWire implements wire.Appender.
func (d *Duty) AppendWire(b []byte) []byte {
	f := wire.AppendFields(b)
	f.OptInt(1, int64(d.Ordered))
	f.OptInt(2, int64(d.Stop))
	if len(d.Told) > 0 {
		f.Value(3, func(b []byte) []byte { return append(b, wire.Encode(d.Told)...) })
	}
	return f.End()
}
