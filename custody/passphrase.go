package custody

import (
	"bytes"
	"crypto/rand"
	"encoding/base32"
	"io"
	"os"

	"github.com/riviera-ledger/riviera/fault"
)

// passphraseBytes is the randomness of a passphrase that the program makes: 160 bits.
const passphraseBytes = 20

var letters = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewPassphrase makes a random passphrase of 32 letters and digits.
func NewPassphrase() []byte {
	b := make([]byte, passphraseBytes)
	rand.Read(b) // never fails (crypto/rand, Go 1.24)
	return []byte(letters.EncodeToString(b))
}

// made reports whether a passphrase has the form of NewPassphrase's, which nobody thinks of.
func made(p []byte) bool {
	b, err := letters.DecodeString(string(p))
	return err == nil && len(b) == passphraseBytes
}

// maxPassphrase bounds a file that should hold one line.
const maxPassphrase = 4096

// ReadPassphrase reads a passphrase: the first line, without its end.
func ReadPassphrase(in io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(in, maxPassphrase))
	if err != nil {
		return nil, fault.New(fault.FileMissing, "passphrase")
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 {
		return nil, fault.Newf(fault.PassphraseWeak, "passphrase", "empty")
	}
	return line, nil
}

// ReadPassphraseFile reads a passphrase from a file. One that everybody on the machine may
// read is refused: its place is the path.
func ReadPassphraseFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Newf(fault.FileMissing, path, "cannot be read")
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fault.Newf(fault.FileMissing, path, "cannot be read")
	}
	if info.Mode().IsRegular() && info.Mode().Perm()&0o007 != 0 {
		return nil, fault.Newf(fault.BadConfig, path, "others may read this file: chmod 600")
	}
	p, err := ReadPassphrase(f)
	if err != nil {
		return nil, fault.Wrap(fault.Of(err), path, err)
	}
	return p, nil
}
