package certificate

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"time"

	"github.com/riviera-ledger/riviera/fault"
)

// oidDocumentSigning is id-kp-documentSigning, RFC 9336.
var oidDocumentSigning = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36}

// SelfSigned makes the X.509 certificate of a member's document key. The trust file
// pins it, so no authority has to vouch for it; a member with a certificate from an
// authority uses that instead. The serial number follows from key and period.
//
// E-mail protection stands beside document signing because some readers know only the
// former as a purpose that may sign documents.
func SelfSigned(nameZH, nameEN string, key crypto.Signer, from, until time.Time) (*x509.Certificate, error) {
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, fault.Wrap(fault.BadConfig, "document key", err)
	}
	period, err := asn1.Marshal([]time.Time{from.UTC(), until.UTC()})
	if err != nil {
		return nil, fault.Wrap(fault.BadConfig, "period", err)
	}
	serial := sha256.Sum256(append(public, period...))
	serial[0] &= 0x7f
	template := &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(serial[:16]),
		Subject:               pkix.Name{CommonName: nameZH, Organization: []string{nameEN}, Country: []string{"CN"}},
		NotBefore:             from.UTC(),
		NotAfter:              until.UTC(),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
		UnknownExtKeyUsage:    []asn1.ObjectIdentifier{oidDocumentSigning},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(randomness(key), template, template, key.Public(), key)
	if err != nil {
		return nil, fault.Wrap(fault.BadConfig, "document key", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "certificate", err)
	}
	return cert, nil
}

// EncodePEM writes a certificate as the trust file holds it.
func EncodePEM(cert *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
}
