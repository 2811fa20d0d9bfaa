package certificate

import (
	"bytes"
	"strings"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
)

// TestDelivery: what was sealed opens for its recipient alone, whole, and with its
// signature; nobody learns a key from an error.
func TestDelivery(t *testing.T) {
	w := newWorld(t, sampleBody())
	pdf := w.issue(t)
	key, to, err := NewDeliveryKey()
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := NewDeliveryKey()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := SealTo(to, pdf)
	if err != nil || bytes.Contains(sealed, []byte("%PDF")) {
		t.Fatal(err)
	}
	opened, err := OpenWith(key, sealed)
	if err != nil || !bytes.Equal(opened, pdf) {
		t.Fatal(err)
	}
	w.expect(t, opened, verify.Passed, "", "")
	cut := bytes.Clone(sealed)
	cut[len(cut)-1] ^= 1
	secret := strings.Fields(string(key))
	for name, err := range map[string]error{
		"another's key": second(OpenWith(other, sealed)), "a byte changed": second(OpenWith(key, cut)), "cut": second(OpenWith(key, sealed[:len(sealed)-1])),
		"no key": second(OpenWith(nil, sealed)), "nothing": second(OpenWith(key, nil)), "a key that is none": second(SealTo("age1x", pdf)),
		"the private key for the public": second(SealTo(secret[len(secret)-1], pdf)),
	} {
		if !fault.Is(err, fault.KeyUnfit) || strings.Contains(err.Error(), "AGE-SECRET") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second(_ []byte, err error) error { return err }
