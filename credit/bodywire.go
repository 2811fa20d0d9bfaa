package credit

import (
	"math"

	"github.com/riviera-ledger/riviera/wire"
)

// AppendWire implements wire.Appender.
func (b *Body) AppendWire(to []byte) []byte {
	f := wire.AppendFields(to)
	f.Text(1, string(b.Kind))
	f.Text(2, string(b.SubjectType))
	f.Text(3, b.SubjectName)
	f.Text(4, b.SubjectCode)
	f.Text(5, b.CaseNo)
	f.Text(6, b.DecidingOffice)
	f.OptText(7, b.JudgmentNo)
	f.Text(8, b.LegalBasis)
	f.OptUint(9, uint64(b.Grounds))
	f.OptInt(10, b.Amount)
	f.OptInt(11, int64(b.FiledOn))
	f.Int(12, int64(b.DecidedOn))
	f.OptInt(13, int64(b.PublishedOn))
	f.OptText(14, b.Performance)
	f.OptText(15, b.Facts)
	f.OptTexts(16, b.Measures)
	if b.RegistrarException {
		f.Value(17, func(to []byte) []byte { return wire.AppendBool(to, true) })
	}
	return f.End()
}

// ReadWire implements wire.Readable.
func (b *Body) ReadWire(r *wire.Reader) {
	m := r.Members()
	text := func(key byte, to *string) { m.Need(key); *to = r.Text() }
	opt := func(key byte, to *string) {
		if m.Has(key) {
			*to = m.Text()
		}
	}
	text(1, (*string)(&b.Kind))
	text(2, (*string)(&b.SubjectType))
	text(3, &b.SubjectName)
	text(4, &b.SubjectCode)
	text(5, &b.CaseNo)
	text(6, &b.DecidingOffice)
	opt(7, &b.JudgmentNo)
	text(8, &b.LegalBasis)
	if m.Has(9) {
		b.Grounds = Grounds(m.Uint(math.MaxUint16))
	}
	if m.Has(10) {
		b.Amount = m.Int(math.MinInt64, math.MaxInt64)
	}
	if m.Has(11) {
		b.FiledOn = Date(m.Int(math.MinInt32, math.MaxInt32))
	}
	m.Need(12)
	b.DecidedOn = Date(r.Int(math.MinInt32, math.MaxInt32))
	if m.Has(13) {
		b.PublishedOn = Date(m.Int(math.MinInt32, math.MaxInt32))
	}
	opt(14, &b.Performance)
	opt(15, &b.Facts)
	if m.Has(16) {
		b.Measures = r.Texts()
	}
	if m.Has(17) {
		if b.RegistrarException = r.Bool(); !b.RegistrarException {
			r.Refuse("an empty member written")
		}
	}
	m.End()
}
