package wiretest_test

import (
	"math"
	"testing"

	"github.com/riviera-ledger/riviera/wire"
	"github.com/riviera-ledger/riviera/wire/wiretest"
)

// everything has a member of each type that can be read and written by hand.
type everything struct {
	Number uint64           `cbor:"1,keyasint"`
	Signed int64            `cbor:"2,keyasint"`
	Small  uint16           `cbor:"3,keyasint,omitempty"`
	Below  int32            `cbor:"4,keyasint,omitempty"`
	Text   string           `cbor:"5,keyasint,omitempty"`
	Bytes  []byte           `cbor:"6,keyasint"`
	Hash   wire.Hash        `cbor:"7,keyasint,omitzero"`
	Args   map[string]int64 `cbor:"8,keyasint,omitempty"`
	Texts  []string         `cbor:"9,keyasint,omitempty"`
	Pair   pair             `cbor:"10,keyasint"`
	True   bool             `cbor:"11,keyasint"`
}

type pair struct {
	_    struct{} `cbor:",toarray"`
	Kind uint8
	Data wire.Raw
}

type tagged everything

func (e *everything) AppendWire(b []byte) []byte {
	f := wire.AppendFields(b)
	f.Uint(1, e.Number)
	f.Int(2, e.Signed)
	f.OptUint(3, uint64(e.Small))
	f.OptInt(4, int64(e.Below))
	f.OptText(5, e.Text)
	f.Bytes(6, e.Bytes)
	f.OptHash(7, &e.Hash)
	f.OptNumbers(8, e.Args)
	f.OptTexts(9, e.Texts)
	f.Value(10, func(b []byte) []byte {
		return append(wire.AppendUint(wire.AppendArray(b, 2), uint64(e.Pair.Kind)), e.Pair.Data...)
	})
	f.Value(11, func(b []byte) []byte { return wire.AppendBool(b, e.True) })
	return f.End()
}

func (e *everything) ReadWire(r *wire.Reader) {
	m := r.Members()
	m.Need(1)
	e.Number = r.Uint(math.MaxUint64)
	m.Need(2)
	e.Signed = r.Int(math.MinInt64, math.MaxInt64)
	if m.Has(3) {
		e.Small = uint16(m.Uint(math.MaxUint16))
	}
	if m.Has(4) {
		e.Below = int32(m.Int(math.MinInt32, math.MaxInt32))
	}
	if m.Has(5) {
		e.Text = m.Text()
	}
	m.Need(6)
	e.Bytes = r.Bytes()
	if m.Has(7) {
		r.FixedOpt(e.Hash[:])
	}
	if m.Has(8) {
		e.Args = r.Numbers()
	}
	if m.Has(9) {
		e.Texts = r.Texts()
	}
	m.Need(10)
	r.Tuple(2)
	e.Pair.Kind = uint8(r.Uint(math.MaxUint8))
	e.Pair.Data = r.Raw(2)
	m.Need(11)
	e.True = r.Bool()
	m.End()
}

func seeds() (all [][]byte) {
	long := make([]byte, 300)
	for _, e := range []everything{
		{Bytes: []byte{}, Pair: pair{Data: []byte{0}}},
		{Number: 23, Signed: -24, Small: 24, Below: -25, Text: "案", Bytes: []byte{1}, Hash: wire.Hash{1}, Args: map[string]int64{"b": 1, "a": -1, "aa": 256},
			Texts: []string{"", "x"}, Pair: pair{Kind: 255, Data: []byte{0x82, 0xa1, 0x61, 'k', 0xf5, 0xfb, 1, 2, 3, 4, 5, 6, 7, 8}}, True: true},
		{Number: 1 << 63, Signed: math.MinInt64, Small: math.MaxUint16, Below: math.MinInt32, Bytes: long[:24], Pair: pair{Data: []byte{0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0}}},
		{Number: 1 << 32, Signed: math.MaxInt64, Text: string(long[:256]), Bytes: long, Pair: pair{Data: []byte{0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0}}},
	} {
		all = append(all, wire.Encode(tagged(e)))
	}
	return append(all, nil, []byte{0xa0}, []byte{0x80}, []byte{0xf6})
}

// TestByHand: what is read and written by hand is what the tags say, for every small change
// of some values.
func TestByHand(t *testing.T) {
	for _, seed := range seeds() {
		wiretest.Vary(seed, func(b []byte) { wiretest.Agree(t, b, new(everything), new(tagged)) })
	}
}

func FuzzByHand(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) { wiretest.Agree(t, b, new(everything), new(tagged)) })
}
