package network

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// documentValidity is how long a document key signs. A certificate stays valid after
// it: the exit rests on the ledger proof.
const documentValidity = 10 // years

var (
	// documentSigning alone confuses common readers, so emailProtection stands beside it.
	documentSigning = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36} // RFC 9336
)

// DocumentCertificate is a self-signed X.509 certificate of a document key. Trust in
// it comes from the trust file, which lists it; institutions with a licensed
// certification service replace it.
func DocumentCertificate(key crypto.Signer, m ledger.Member, now time.Time) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "document key", err)
	}
	t := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: m.NameZH, Organization: []string{m.NameEN}, Country: []string{"CN"}},
		NotBefore:             now.Add(-time.Hour).UTC(),
		NotAfter:              now.AddDate(documentValidity, 0, 0).UTC(),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
		UnknownExtKeyUsage:    []asn1.ObjectIdentifier{documentSigning},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "document key", err)
	}
	return der, nil
}
