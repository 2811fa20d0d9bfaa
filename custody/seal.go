package custody

import (
	"crypto"
	"encoding/asn1"
	"encoding/pem"

	"github.com/emmansun/gmsm/pkcs"
	"github.com/emmansun/gmsm/pkcs8"
	"github.com/emmansun/gmsm/smx509"

	"github.com/riviera-ledger/riviera/fault"
)

// MinPassphrase is the shortest passphrase that is taken for sealing, in bytes.
const MinPassphrase = 12

// Types of PEM blocks.
const (
	plainBlock  = "PRIVATE KEY"
	sealedBlock = "ENCRYPTED PRIVATE KEY"
)

// scrypt's work, as powers of two of N: for a passphrase that a person has thought of about
// 40 ms and 16 MiB, the most that OpenSSL opens without being told to. One that NewPassphrase
// made has 160 bits of its own and needs no more.
const (
	personWork = 14
	madeWork   = 10

	scryptR, scryptP = 8, 1
	saltBytes        = 16
)

// workFor is the work with which a file is sealed under a passphrase.
func workFor(passphrase []byte) int {
	if made(passphrase) {
		return madeWork
	}
	return personWork
}

// CheckPassphrase refuses one that is too short to seal with, as fault.PassphraseWeak.
func CheckPassphrase(p []byte) error {
	if len(p) < MinPassphrase {
		return fault.Newf(fault.PassphraseWeak, "passphrase", "%d bytes, at least %d", len(p), MinPassphrase)
	}
	return nil
}

// Encode writes a private key as PEM: sealed under the passphrase, or in the clear where
// that is nil.
func Encode(key crypto.Signer, passphrase []byte) ([]byte, error) {
	block := &pem.Block{Type: plainBlock}
	var err error
	if passphrase == nil {
		block.Bytes, err = smx509.MarshalPKCS8PrivateKey(key)
	} else {
		if err := CheckPassphrase(passphrase); err != nil {
			return nil, err
		}
		block.Type = sealedBlock
		block.Bytes, err = pkcs8.MarshalPrivateKey(key, passphrase,
			pkcs.NewPBESEncrypter(pkcs.AES256CBC, pkcs.NewScryptOpts(saltBytes, 1<<workFor(passphrase), scryptR, scryptP)))
	}
	if err != nil {
		return nil, fault.Newf(fault.KeyUnfit, "key", "cannot be written as PKCS#8")
	}
	return pem.EncodeToMemory(block), nil
}

// Sealed reports whether a key file needs a passphrase.
func Sealed(file []byte) bool {
	block, _ := pem.Decode(file)
	return block != nil && block.Type == sealedBlock
}

// Decode reads a private key from PEM. A sealed one without a passphrase is
// fault.KeyLocked; one that the passphrase does not open is fault.PassphraseWrong.
func Decode(file, passphrase []byte) (crypto.Signer, error) {
	block, rest := pem.Decode(file)
	if block == nil || block.Type != plainBlock && block.Type != sealedBlock || len(rest) != 0 {
		return nil, fault.Newf(fault.BadConfig, "", "not one PKCS#8 private key in PEM")
	}
	var key any
	var err error
	switch {
	case block.Type == plainBlock:
		if key, err = smx509.ParsePKCS8PrivateKey(block.Bytes); err != nil {
			return nil, fault.Newf(fault.BadConfig, "", "not a PKCS#8 private key")
		}
	case len(passphrase) == 0:
		return nil, fault.New(fault.KeyLocked, "")
	default:
		if err := checkWork(block.Bytes); err != nil {
			return nil, err
		}
		// Whether passphrase or bytes are wrong cannot be told apart.
		if key, err = pkcs8.ParsePKCS8PrivateKey(block.Bytes, passphrase); err != nil {
			return nil, fault.New(fault.PassphraseWrong, "")
		}
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fault.Newf(fault.BadConfig, "", "not a signing key")
	}
	return signer, nil
}

// Bounds of the work that a file may ask for.
const (
	maxMemory     = 1 << 28 // bytes of scrypt: 128·N·r
	maxLanes      = 16      // p of scrypt
	maxIterations = 10_000_000
)

// checkWork refuses a file whose derivation of the key would take minutes or gigabytes.
func checkWork(der []byte) error {
	bad := fault.Newf(fault.BadConfig, "", "not an encrypted private key of PKCS#8 (PBES2)")
	var info struct {
		Algorithm struct {
			ID         asn1.ObjectIdentifier
			Parameters struct {
				KDF struct {
					ID         asn1.ObjectIdentifier
					Parameters asn1.RawValue
				}
				Cipher asn1.RawValue
			}
		}
		Data []byte
	}
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) != 0 {
		return bad
	}
	var numbers []int
	for b := info.Algorithm.Parameters.KDF.Parameters.Bytes; len(b) > 0; {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(b, &v)
		if err != nil {
			return bad
		}
		if v.Tag == asn1.TagInteger && v.Class == asn1.ClassUniversal {
			var n int
			if _, err := asn1.Unmarshal(v.FullBytes, &n); err != nil || n < 1 {
				return bad
			}
			numbers = append(numbers, n)
		}
		b = rest
	}
	absurd := fault.Newf(fault.BadConfig, "", "asks for more work to be opened than is allowed")
	scrypt := info.Algorithm.Parameters.KDF.ID.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11})
	switch {
	case scrypt && (len(numbers) < 3 || numbers[0] > maxMemory/128 || numbers[1] > maxMemory/128/numbers[0] || numbers[2] > maxLanes):
		return absurd
	case !scrypt && (len(numbers) < 1 || numbers[0] > maxIterations):
		return absurd
	}
	return nil
}
