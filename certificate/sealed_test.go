package certificate

import (
	"bytes"
	"testing"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

// TestSealedCopy: a sealed copy opens with its code and no other, not when a bit has
// changed, holds nothing in the clear, and has one of four lengths.
func TestSealedCopy(t *testing.T) {
	code, other := credit.NewAccessCode([17]byte{1}), credit.NewAccessCode([17]byte{2})
	own := []byte(`{"name":"张三丰"}`)
	a, err := SealCopy(own, code.SealKey().PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	b, err := SealCopy(bytes.Repeat(own, 200), code.SealKey().PublicKey())
	if err != nil || len(a) != len(b) || !SealedShape(a) || bytes.Equal(a[:64], b[:64]) {
		t.Errorf("%d and %d bytes, %v", len(a), len(b), err)
	}
	if bytes.Contains(a, []byte("张三丰")) {
		t.Error("in the clear")
	}
	if got, err := OpenSealedCopy(a, code.SealKey()); err != nil || !bytes.Equal(got, own) {
		t.Errorf("%q %v", got, err)
	}
	if _, err := OpenSealedCopy(a, other.SealKey()); !fault.Is(err, fault.CommitmentMismatch) {
		t.Errorf("another's code: %v", err)
	}
	a[len(a)/2] ^= 1
	if _, err := OpenSealedCopy(a, code.SealKey()); !fault.Is(err, fault.CommitmentMismatch) {
		t.Errorf("a changed bit: %v", err)
	}
	if _, err := SealCopy(make([]byte, MaxSealed), code.SealKey().PublicKey()); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too long: %v", err)
	}
	if code.CopyLocator() == other.CopyLocator() || code.CopyLocator() == code.SealSeed() {
		t.Error("locators")
	}
}
