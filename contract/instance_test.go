package contract_test

import (
	"bytes"
	"testing"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

// migrated is an active judgment-defaulter record.
func migrated(t testing.TB, c *contract.Contract, cal *credit.Calendar, grounds int64) contract.Instance {
	t.Helper()
	in, _, err := c.Step(contract.Instance{}, contract.Event{Name: "migrate", By: contract.RoleDeciding,
		Args: contract.Args{"grounds": grounds, "decided_on": int64(credit.NewDate(2025, 6, 1)), "published_on": int64(credit.NewDate(2025, 6, 2))}},
		credit.NewDate(2026, 1, 5).Start(), cal)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// TestInstanceIsSmall: an active record takes at most 40 bytes on the ledger, and its
// bytes come back to the same value, alone and inside CBOR.
func TestInstanceIsSmall(t *testing.T) {
	all, cal := contracts(t), calendar2026(t)
	for _, grounds := range []int64{1, 2, 63} {
		in := migrated(t, all[credit.JudgmentDefaulter], cal, grounds)
		b, err := in.MarshalBinary()
		if err != nil || len(b) > 40 {
			t.Errorf("%d bytes, error %v", len(b), err)
		}
		back, err := contract.DecodeInstance(b)
		if err != nil || back != in {
			t.Errorf("decoded to another value, error %v", err)
		}
		var boxed struct {
			In contract.Instance `cbor:"1,keyasint"`
		}
		boxed.In = in
		encoded := wire.Encode(boxed)
		boxed.In = contract.Instance{}
		if err := wire.Decode(encoded, &boxed); err != nil || boxed.In != in {
			t.Errorf("through CBOR to another value, error %v", err)
		}
	}
}

func TestZeroInstance(t *testing.T) {
	b, _ := contract.Instance{}.MarshalBinary()
	if !bytes.Equal(b, []byte{0}) {
		t.Errorf("zero instance is %x", b)
	}
	in, err := contract.DecodeInstance(b)
	if err != nil || !in.Zero() {
		t.Errorf("zero instance does not come back: %v", err)
	}
}

// TestInstanceBytesAreCanonical: any other form of the same content is refused.
func TestInstanceBytesAreCanonical(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty":                  {},
		"trailing byte":          {0, 0},
		"too many regions":       {9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},
		"last region not there":  {2, 1, 0, 0, 0, 0, 0},
		"main region not there":  {2, 0, 1, 0, 0, 0, 0},
		"zero, quarantined":      {0x80},
		"long varint":            {1, 1, 0x80, 0x00, 0, 0, 0},
		"variable that is zero":  {1, 1, 0, 0, 1, 0, 0},
		"deadline that is zero":  {1, 1, 0, 0, 0, 1, 0},
		"deadline out of bounds": {1, 1, 0, 0, 0, 0x80, 0x80, 0x40, 2},
		"cut off":                {1, 1, 0},
	} {
		if _, err := contract.DecodeInstance(b); !fault.Is(err, fault.Malformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := contract.DecodeInstance([]byte{1, 1, 0, 0, 0, 0}); err != nil {
		t.Errorf("the plain form is refused: %v", err)
	}
}

// FuzzDecodeInstance: what decodes encodes to the same bytes.
func FuzzDecodeInstance(f *testing.F) {
	all, cal := contracts(f), calendar2026(f)
	b, _ := migrated(f, all[credit.JudgmentDefaulter], cal, 3).MarshalBinary()
	f.Add(b)
	f.Add([]byte{0})
	f.Add([]byte{1, 1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := contract.DecodeInstance(b)
		if err != nil {
			return
		}
		again, err := in.MarshalBinary()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x became %x", b, again)
		}
	})
}
