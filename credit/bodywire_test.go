package credit

import (
	"math"
	"reflect"
	"testing"

	"github.com/riviera-ledger/riviera/wire"
	"github.com/riviera-ledger/riviera/wire/wiretest"
)

type taggedBody Body

func bodySeeds() (all [][]byte) {
	var full taggedBody
	wiretest.Fill(&full)
	for _, b := range []taggedBody{
		{}, full,
		{Kind: WageArrears, SubjectType: Person, SubjectName: "王某𠮷", SubjectCode: "11010519491231002X", CaseNo: "(2026)1", DecidingOffice: "局", JudgmentNo: "x",
			LegalBasis: "y", Grounds: math.MaxUint16, Amount: 24, FiledOn: -1, DecidedOn: 20_000, PublishedOn: 1, Performance: "p", Facts: "f",
			Measures: []string{"I-01", "II-02"}, RegistrarException: true},
		{Amount: MaxAmount, DecidedOn: math.MinInt32, FiledOn: math.MaxInt32},
	} {
		all = append(all, wire.Encode(b))
	}
	return all
}

// TestBodyByHand: a body is read and written as its tags say.
func TestBodyByHand(t *testing.T) {
	for _, seed := range bodySeeds() {
		wiretest.Vary(seed, func(b []byte) { wiretest.Agree(t, b, new(Body), new(taggedBody)) })
	}
}

func FuzzBodyByHand(f *testing.F) {
	for _, seed := range bodySeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) { wiretest.Agree(t, b, new(Body), new(taggedBody)) })
}

// TestDisclose: the units are what docs/format.md says, and share no memory that another
// could grow into.
func TestDisclose(t *testing.T) {
	for _, seed := range bodySeeds() {
		var b Body
		if err := wire.Decode(seed, &b); err != nil {
			t.Fatal(err)
		}
		want := [][]byte{
			wire.Encode(b.SubjectName),
			wire.Encode([]any{b.SubjectType, b.SubjectCode}),
			wire.Encode(b.CaseNo),
			wire.Encode(b.DecidingOffice),
			wire.Encode([]any{b.Kind, b.JudgmentNo, b.LegalBasis, b.Grounds}),
			wire.Encode(b.Amount),
			wire.Encode([]any{int32(b.FiledOn), int32(b.DecidedOn), int32(b.PublishedOn)}),
			wire.Encode([]any{b.Facts, b.Performance, b.RegistrarException}),
			wire.Encode(append([]string{}, b.Measures...)),
		}
		got := b.Disclose()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("units %x, want %x", got, want)
		}
		for i := range got {
			if cap(got[i]) != len(got[i]) {
				t.Errorf("unit %d can grow into the next one", i)
			}
		}
	}
}
