package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"

	"github.com/riviera-ledger/riviera/fault"
)

// X509 is what the verifier reads of an X.509 certificate (RFC 5280). Who may sign is
// said by the trust file, which holds the certificate itself, byte for byte; so there is
// no path to build and nothing to fetch, and package crypto/x509, which brings the
// network and half a megabyte into a browser, is left out.
type X509 struct {
	Raw       []byte // the whole certificate in DER
	Issuer    []byte // RDNSequence in DER
	Subject   []byte
	Serial    *big.Int
	NotBefore time.Time
	NotAfter  time.Time
	PublicKey crypto.PublicKey // nil for a kind of key that this package does not know

	signed             []byte // the part that the issuer signed
	signature          []byte
	signatureAlgorithm asn1.ObjectIdentifier
	extensions         []pkix.Extension
}

type x509Form struct {
	TBS       x509Body
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
}

type x509Body struct {
	Raw        asn1.RawContent
	Version    int `asn1:"optional,explicit,default:0,tag:0"`
	Serial     *big.Int
	Algorithm  pkix.AlgorithmIdentifier
	Issuer     asn1.RawValue
	Validity   struct{ NotBefore, NotAfter time.Time }
	Subject    asn1.RawValue
	Key        x509Key
	IssuerID   asn1.BitString   `asn1:"optional,tag:1"`
	SubjectID  asn1.BitString   `asn1:"optional,tag:2"`
	Extensions []pkix.Extension `asn1:"omitempty,optional,explicit,tag:3"`
}

type x509Key struct {
	Algorithm pkix.AlgorithmIdentifier
	Key       asn1.BitString
}

var (
	oidECKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidP256  = asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}
)

// ParseX509 reads one certificate in DER and nothing behind it.
func ParseX509(der []byte) (*X509, error) {
	bad := fault.New(fault.Malformed, "x509")
	var f x509Form
	if rest, err := asn1.Unmarshal(der, &f); err != nil || len(rest) != 0 {
		return nil, bad
	}
	b := &f.TBS
	if b.Version != 2 || b.Serial == nil || b.Validity.NotAfter.Before(b.Validity.NotBefore) ||
		!b.Algorithm.Algorithm.Equal(f.Algorithm.Algorithm) {
		return nil, bad
	}
	c := &X509{Raw: der, Issuer: b.Issuer.FullBytes, Subject: b.Subject.FullBytes, Serial: b.Serial,
		NotBefore: b.Validity.NotBefore, NotAfter: b.Validity.NotAfter,
		signed: b.Raw, signature: f.Signature.RightAlign(), signatureAlgorithm: f.Algorithm.Algorithm, extensions: b.Extensions}
	var err error
	if c.PublicKey, err = b.Key.public(); err != nil {
		return nil, bad
	}
	return c, nil
}

// public reads the key; a kind that is not known is nil without an error.
func (k *x509Key) public() (crypto.PublicKey, error) {
	if !k.Algorithm.Algorithm.Equal(oidECKey) {
		return nil, nil
	}
	var curve asn1.ObjectIdentifier
	if rest, err := asn1.Unmarshal(k.Algorithm.Parameters.FullBytes, &curve); err != nil || len(rest) != 0 {
		return nil, fault.New(fault.Malformed, "x509 key")
	}
	if !curve.Equal(oidP256) {
		return nil, nil
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.Key.RightAlign())
	if err != nil {
		return nil, fault.Wrap(fault.Malformed, "x509 key", err)
	}
	return key, nil
}
