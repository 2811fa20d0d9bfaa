package custody

import (
	"bytes"
	"io"

	"filippo.io/age"

	"github.com/riviera-ledger/riviera/fault"
)

// ageHeader begins every age file.
var ageHeader = []byte("age-encryption.org/v1\n")

const (
	maxAgeWork = 18      // as a power of two, of a file that somebody else has written
	maxSecret  = 1 << 16 // bytes
)

// EncodeSecret seals the bytes of a secret under a passphrase; nil leaves them as they are.
func EncodeSecret(secret, passphrase []byte) ([]byte, error) {
	if passphrase == nil {
		return secret, nil
	}
	if err := CheckPassphrase(passphrase); err != nil {
		return nil, err
	}
	r, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		return nil, fault.New(fault.PassphraseWeak, "passphrase")
	}
	r.SetWorkFactor(workFor(passphrase))
	var out bytes.Buffer
	w, err := age.Encrypt(&out, r)
	if err != nil {
		return nil, fault.New(fault.Internal, "secret")
	}
	if _, err := w.Write(secret); err != nil {
		return nil, fault.New(fault.Internal, "secret")
	}
	if err := w.Close(); err != nil {
		return nil, fault.New(fault.Internal, "secret")
	}
	return out.Bytes(), nil
}

// SecretSealed reports whether a file of EncodeSecret needs a passphrase.
func SecretSealed(file []byte) bool { return bytes.HasPrefix(file, ageHeader) }

// DecodeSecret reads what EncodeSecret has written, with the errors of Decode.
func DecodeSecret(file, passphrase []byte) ([]byte, error) {
	if !SecretSealed(file) {
		return file, nil
	}
	if len(passphrase) == 0 {
		return nil, fault.New(fault.KeyLocked, "")
	}
	id, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return nil, fault.New(fault.PassphraseWrong, "")
	}
	id.SetMaxWorkFactor(maxAgeWork)
	r, err := age.Decrypt(bytes.NewReader(file), id)
	if err != nil {
		return nil, fault.New(fault.PassphraseWrong, "")
	}
	secret, err := io.ReadAll(io.LimitReader(r, maxSecret))
	if err != nil {
		return nil, fault.New(fault.PassphraseWrong, "")
	}
	return secret, nil
}
