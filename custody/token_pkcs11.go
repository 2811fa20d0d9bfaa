//go:build pkcs11

package custody

import (
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"sync"

	"github.com/ThalesGroup/crypto11"

	"github.com/riviera-ledger/riviera/fault"
)

// open keeps one session pool for each token: a second login would be refused by some.
var open struct {
	sync.Mutex
	tokens map[string]*crypto11.Context
}

func (t *Token) session() (*crypto11.Context, error) {
	open.Lock()
	defer open.Unlock()
	name := t.Module + "\x00" + t.Label
	if c := open.tokens[name]; c != nil {
		return c, nil
	}
	c, err := crypto11.Configure(&crypto11.Config{Path: t.Module, TokenLabel: t.Label, Pin: string(t.PIN)})
	if err != nil {
		return nil, fault.Wrap(fault.TokenFailed, "keys.token", err)
	}
	if open.tokens == nil {
		open.tokens = map[string]*crypto11.Context{}
	}
	open.tokens[name] = c
	return c, nil
}

// Key finds the private key of an object.
func (t *Token) Key(object string) (crypto.Signer, error) {
	c, err := t.session()
	if err != nil {
		return nil, err
	}
	s, err := c.FindKeyPair(nil, []byte(object))
	if err != nil {
		return nil, fault.Wrap(fault.TokenFailed, "keys.token", err)
	}
	if s == nil {
		return nil, fault.Newf(fault.TokenFailed, "keys.token", "no key pair with the label of the key file")
	}
	return s, nil
}

// Generate makes a P-256 key pair on the token, which never leaves it. A label that is
// taken is fault.HomeExists.
func (t *Token) Generate(object string) (crypto.Signer, error) {
	c, err := t.session()
	if err != nil {
		return nil, err
	}
	if s, err := c.FindKeyPair(nil, []byte(object)); err == nil && s != nil {
		return nil, fault.Newf(fault.HomeExists, "keys.token", "an object with this label is on the token")
	}
	id := make([]byte, 16)
	rand.Read(id) // never fails (crypto/rand, Go 1.24)
	s, err := c.GenerateECDSAKeyPairWithLabel(id, []byte(object), elliptic.P256())
	if err != nil {
		return nil, fault.Wrap(fault.TokenFailed, "keys.token", err)
	}
	return s, nil
}
