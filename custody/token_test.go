package custody

import (
	"testing"

	"github.com/riviera-ledger/riviera/fault"
)

func TestTokenFile(t *testing.T) {
	for _, label := range []string{"operator-7", "签名 密钥;=%", "a/b"} {
		if got, err := OnToken(TokenFile(label)); err != nil || got != label {
			t.Errorf("%q: %q %v", label, got, err)
		}
	}
	if got, err := OnToken([]byte("pkcs11:token=x;object=operator;type=private\n")); err != nil || got != "operator" {
		t.Error(got, err)
	}
	for _, bad := range []string{"pkcs11:", "pkcs11:token=x", "pkcs11:object=%zz", "pkcs11:object=a\nobject=b"} {
		if _, err := OnToken([]byte(bad)); !fault.Is(err, fault.BadConfig) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if got, err := OnToken([]byte("-----BEGIN PRIVATE KEY-----")); got != "" || err != nil {
		t.Error(got, err)
	}
}
