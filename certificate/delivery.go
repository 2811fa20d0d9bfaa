package certificate

import (
	"bytes"
	"io"
	"strings"

	"filippo.io/age"

	"github.com/riviera-ledger/riviera/fault"
)

// MaxDelivery bounds what is sealed and opened, in bytes.
const MaxDelivery = 32 << 20

// SealTo encrypts a document on its way to one recipient (age, X25519: a key "age1…").
// The document keeps its signature: encryption goes around it, not into it. A key that
// is none is fault.KeyUnfit.
func SealTo(recipient string, document []byte) ([]byte, error) {
	to, err := age.ParseX25519Recipient(strings.TrimSpace(recipient))
	if err != nil {
		return nil, fault.New(fault.KeyUnfit, "recipient") // the cause may quote a private key
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err == nil {
		_, err = w.Write(document)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "seal", err)
	}
	return out.Bytes(), nil
}

// OpenWith decrypts what SealTo made, with the recipient's key file as age-keygen or
// NewDeliveryKey writes it. A file for somebody else, or one that was altered, is
// fault.KeyUnfit.
func OpenWith(keyFile, sealed []byte) ([]byte, error) {
	identities, err := age.ParseIdentities(bytes.NewReader(keyFile))
	if err != nil {
		return nil, fault.New(fault.KeyUnfit, "key") // the cause may quote it
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), identities...)
	if err != nil {
		return nil, fault.New(fault.KeyUnfit, "key")
	}
	b, err := io.ReadAll(io.LimitReader(r, MaxDelivery+1))
	if err != nil {
		return nil, fault.New(fault.KeyUnfit, "file")
	}
	if len(b) > MaxDelivery {
		return nil, fault.New(fault.TooLarge, "file")
	}
	return b, nil
}

// NewDeliveryKey makes a key to receive documents with: the file to keep, and the
// recipient to give away.
func NewDeliveryKey() (keyFile []byte, recipient string, err error) {
	k, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, "", fault.Wrap(fault.Internal, "key", err)
	}
	recipient = k.Recipient().String()
	return []byte("# public key: " + recipient + "\n" + k.String() + "\n"), recipient, nil
}
