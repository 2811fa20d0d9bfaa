package verify

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
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
	oidRSAKey   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidP384     = asn1.ObjectIdentifier{1, 3, 132, 0, 34}
	oidRSA256   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidRSA384   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}
	oidRSA512   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}
	oidECDSA384 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
	oidECDSA512 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}
	oidECKey    = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidP256     = asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}
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
	if k.Algorithm.Algorithm.Equal(oidRSAKey) {
		return k.rsa()
	}
	if !k.Algorithm.Algorithm.Equal(oidECKey) {
		return nil, nil
	}
	var curve asn1.ObjectIdentifier
	if rest, err := asn1.Unmarshal(k.Algorithm.Parameters.FullBytes, &curve); err != nil || len(rest) != 0 {
		return nil, fault.New(fault.Malformed, "x509 key")
	}
	var on elliptic.Curve
	switch {
	case curve.Equal(oidP256):
		on = elliptic.P256()
	case curve.Equal(oidP384):
		on = elliptic.P384()
	default:
		return nil, nil
	}
	key, err := ecdsa.ParseUncompressedPublicKey(on, k.Key.RightAlign())
	if err != nil {
		return nil, fault.Wrap(fault.Malformed, "x509 key", err)
	}
	return key, nil
}

// rsa reads an RSA key of 2048 to 8192 bits: time-stamp authorities have them.
func (k *x509Key) rsa() (crypto.PublicKey, error) {
	var form struct {
		N *big.Int
		E int
	}
	if rest, err := asn1.Unmarshal(k.Key.RightAlign(), &form); err != nil || len(rest) != 0 {
		return nil, fault.New(fault.Malformed, "x509 key")
	}
	if form.N.Sign() <= 0 || form.N.BitLen() < 2048 || form.N.BitLen() > 8192 || form.E < 3 {
		return nil, nil
	}
	return &rsa.PublicKey{N: form.N, E: form.E}, nil
}

// verifies checks a signature over message by the certificate's key. algorithm is an
// AlgorithmIdentifier in DER; h is the hash where it names none.
func (c *X509) verifies(algorithm []byte, h crypto.Hash, message, signature []byte) bool {
	parts, err := inside(algorithm, asn1.ClassUniversal, asn1.TagSequence)
	if err != nil || len(parts) == 0 || len(parts) > 2 || len(parts) == 2 && !bytes.Equal(parts[1].FullBytes, asn1.NullBytes) {
		return false
	}
	kind := ""
	for _, a := range [...]struct {
		oid  asn1.ObjectIdentifier
		kind string
		hash crypto.Hash
	}{{oidECDSA, "ec", crypto.SHA256}, {oidECDSA384, "ec", crypto.SHA384}, {oidECDSA512, "ec", crypto.SHA512},
		{oidRSA256, "rsa", crypto.SHA256}, {oidRSA384, "rsa", crypto.SHA384}, {oidRSA512, "rsa", crypto.SHA512}, {oidRSAKey, "rsa", h}} {
		if isOID(parts[0], a.oid) {
			kind, h = a.kind, a.hash
		}
	}
	switch key := c.PublicKey.(type) {
	case *ecdsa.PublicKey:
		return kind == "ec" && ecdsa.VerifyASN1(key, sumOf(h, message), signature)
	case *rsa.PublicKey:
		return kind == "rsa" && rsa.VerifyPKCS1v15(key, h, sumOf(h, message), signature) == nil
	}
	return false
}

// CommonName returns the common name of the subject, "" if there is none that can be
// read.
func (c *X509) CommonName() string {
	var name pkix.RDNSequence
	if rest, err := asn1.Unmarshal(c.Subject, &name); err != nil || len(rest) != 0 {
		return ""
	}
	var n pkix.Name
	n.FillFromRDNSequence(&name)
	return n.CommonName
}
