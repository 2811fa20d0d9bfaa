package proof

import (
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/wire"
)

func someClear() Clear {
	return Clear{ID: [16]byte{1}, Genesis: wire.Hash{2}, Height: 7, Time: 1_900_000_000, AppHash: wire.Hash{3}, Subject: wire.Hash{4}}
}

// TestClearHasOneEncoding: what is signed, what names it and the statement itself are
// never taken for each other, and no field can be left out.
func TestClearHasOneEncoding(t *testing.T) {
	b := someClear().Encode()
	if got, err := DecodeClear(b); err != nil || got != someClear() {
		t.Fatalf("%v %+v", err, got)
	}
	if ClearID(b) == ClearDigest(b) {
		t.Error("the id is what recorders sign")
	}
	for name, bad := range map[string][]byte{
		"a byte more": append(someClear().Encode(), 0),
		"nothing":     nil,
		"no height":   Clear{ID: [16]byte{1}}.Encode(),
		"no id":       Clear{Height: 1}.Encode(),
		"too long":    make([]byte, 300),
	} {
		if _, err := DecodeClear(bad); !fault.Is(err, fault.Malformed) && !fault.Is(err, fault.TooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodeClear(f *testing.F) {
	f.Add(someClear().Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := DecodeClear(b); err == nil && string(c.Encode()) != string(b) {
			t.Error("two encodings")
		}
	})
}
