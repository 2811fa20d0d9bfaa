//go:build !pkcs11

package custody

import (
	"crypto"

	"github.com/riviera-ledger/riviera/fault"
)

var errNoTokens = fault.Newf(fault.TokenFailed, "keys.token", "this program is built without PKCS#11: build it with -tags pkcs11")

// Key finds the private key of an object; in this build it cannot.
func (t *Token) Key(string) (crypto.Signer, error) { return nil, errNoTokens }

// Generate makes a P-256 key pair on the token; in this build it cannot.
func (t *Token) Generate(string) (crypto.Signer, error) { return nil, errNoTokens }
