package verify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"sort"

	"github.com/riviera-ledger/riviera/fault"
)

// The CMS profile (RFC 5652, ETSI EN 319 142-1 levels B-B and B-T): SignedData version 1 over
// detached content, one signer named by issuer and serial number, SHA-256 and ECDSA
// over P-256, the signer's certificate and its chain, and exactly three signed
// attributes: content-type, message-digest and signing-certificate-v2 (RFC 5035) with
// the digest of every certificate carried. No signing-time, and of unsigned attributes
// none but, at level B-T, one signature-time-stamp (RFC 3161, Timestamp).
//
// There is one encoding of a given digest, chain and signature. The verifier makes it
// again and compares, so no byte of the CMS is free.
var (
	oidData        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidDigest      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCert = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256      = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECDSA       = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2} // with SHA-256
)

// maxChain bounds the certificates of a signature.
const maxChain = 4

// CMS is a signature of the profile.
type CMS struct {
	Digest    [32]byte // SHA-256 of the content
	Chain     [][]byte // X.509 certificates in DER, the signer's first
	Signature []byte   // ASN.1 ECDSA over SignedAttributes
	Timestamp []byte   // token over Signature, as Timestamp.Encode gives it; nil for none
}

type cmsAttribute struct {
	Type  asn1.ObjectIdentifier
	Value []asn1.RawValue `asn1:"set"`
}

type cmsSigner struct {
	Version int
	ID      struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	DigestAlgorithm    pkix.AlgorithmIdentifier
	Signed             asn1.RawValue
	SignatureAlgorithm pkix.AlgorithmIdentifier
	Signature          []byte
	Unsigned           asn1.RawValue `asn1:"optional"`
}

type cmsSignedData struct {
	Version int
	Digests []pkix.AlgorithmIdentifier `asn1:"set"`
	Content struct{ Type asn1.ObjectIdentifier }
	Certs   asn1.RawValue
	Signers []cmsSigner `asn1:"set"`
}

type cmsContent struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue
}

type essCertIDs struct{ Certs []essCertID }
type essCertID struct{ Hash []byte }

// SignedAttributes returns the DER SET OF that the signature is over.
func (c *CMS) SignedAttributes() ([]byte, error) {
	var ess essCertIDs
	for _, cert := range c.Chain {
		sum := sha256.Sum256(cert)
		ess.Certs = append(ess.Certs, essCertID{sum[:]})
	}
	var set [][]byte
	for _, a := range []struct {
		oid   asn1.ObjectIdentifier
		value any
	}{{oidContentType, oidData}, {oidDigest, c.Digest[:]}, {oidSigningCert, ess}} {
		value, err := asn1.Marshal(a.value)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "cms", err)
		}
		der, err := asn1.Marshal(cmsAttribute{a.oid, []asn1.RawValue{{FullBytes: value}}})
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "cms", err)
		}
		set = append(set, der)
	}
	sort.Slice(set, func(i, j int) bool { return bytes.Compare(set[i], set[j]) < 0 })
	return asn1.Marshal(asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSet, IsCompound: true, Bytes: bytes.Join(set, nil)})
}

// Encode returns the ContentInfo in DER.
func (c *CMS) Encode() ([]byte, error) {
	if len(c.Chain) == 0 || len(c.Chain) > maxChain {
		return nil, fault.New(fault.Malformed, "certificate chain")
	}
	leaf, err := ParseX509(c.Chain[0])
	if err != nil {
		return nil, err
	}
	attributes, err := c.SignedAttributes()
	if err != nil {
		return nil, err
	}
	signed := bytes.Clone(attributes)
	signed[0] = 0xa0 // [0] IMPLICIT
	sha := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	s := cmsSigner{Version: 1, DigestAlgorithm: sha, Signed: asn1.RawValue{FullBytes: signed},
		SignatureAlgorithm: pkix.AlgorithmIdentifier{Algorithm: oidECDSA}, Signature: c.Signature}
	if c.Timestamp != nil {
		if s.Unsigned, err = stampAttribute(c.Timestamp); err != nil {
			return nil, err
		}
	}
	s.ID.Issuer, s.ID.Serial = asn1.RawValue{FullBytes: leaf.Issuer}, leaf.Serial
	data := cmsSignedData{Version: 1, Digests: []pkix.AlgorithmIdentifier{sha}, Signers: []cmsSigner{s}}
	data.Content.Type = oidData
	data.Certs = explicit0(bytes.Join(c.Chain, nil))
	der, err := asn1.Marshal(data)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "cms", err)
	}
	return asn1.Marshal(cmsContent{oidSignedData, explicit0(der)})
}

// stampAttribute is the set of unsigned attributes that holds a token.
func stampAttribute(token []byte) (asn1.RawValue, error) {
	der, err := asn1.Marshal(cmsAttribute{oidStampToken, []asn1.RawValue{{FullBytes: token}}})
	if err != nil {
		return asn1.RawValue{}, fault.Wrap(fault.Internal, "timestamp", err)
	}
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 1, IsCompound: true, Bytes: der}, nil
}

func explicit0(b []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: b}
}

// ParseCMS reads a signature of the profile; rest is what follows it. Anything that
// Encode would not have written is fault.Malformed.
func ParseCMS(b []byte) (c *CMS, rest []byte, err error) {
	bad := fault.New(fault.Malformed, "cms")
	var info cmsContent
	if rest, err = asn1.Unmarshal(b, &info); err != nil {
		return nil, nil, bad
	}
	der := b[:len(b)-len(rest)]
	var data cmsSignedData
	if _, err := asn1.Unmarshal(info.Content.Bytes, &data); err != nil || len(data.Signers) != 1 {
		return nil, nil, bad
	}
	c = &CMS{Signature: data.Signers[0].Signature}
	for certs := data.Certs.Bytes; len(certs) > 0; {
		var cert asn1.RawValue
		if certs, err = asn1.Unmarshal(certs, &cert); err != nil {
			return nil, nil, bad
		}
		c.Chain = append(c.Chain, cert.FullBytes)
	}
	for attributes := data.Signers[0].Signed.Bytes; len(attributes) > 0; {
		var a cmsAttribute
		if attributes, err = asn1.Unmarshal(attributes, &a); err != nil || len(a.Value) != 1 {
			return nil, nil, bad
		}
		if a.Type.Equal(oidDigest) && len(a.Value[0].Bytes) == len(c.Digest) {
			c.Digest = [32]byte(a.Value[0].Bytes)
		}
	}
	if unsigned := data.Signers[0].Unsigned; len(unsigned.FullBytes) > 0 {
		var a cmsAttribute
		if rest, err := asn1.Unmarshal(unsigned.Bytes, &a); err != nil || len(rest) != 0 || len(a.Value) != 1 {
			return nil, nil, bad
		}
		c.Timestamp = a.Value[0].FullBytes
	}
	if again, err := c.Encode(); err != nil || !bytes.Equal(again, der) {
		return nil, nil, bad
	}
	return c, rest, nil
}

// Verify checks the signature with the key of the first certificate: fault.BadSignature
// if it is another's, or a key of another kind.
func (c *CMS) Verify() error {
	attributes, err := c.SignedAttributes()
	if err != nil {
		return err
	}
	leaf, err := ParseX509(c.Chain[0])
	if err != nil {
		return err
	}
	key, ok := leaf.PublicKey.(*ecdsa.PublicKey)
	digest := sha256.Sum256(attributes)
	if !ok || key.Curve != elliptic.P256() || !ecdsa.VerifyASN1(key, digest[:], c.Signature) {
		return fault.New(fault.BadSignature, "cms")
	}
	return nil
}

// Stamp reads the time stamp: nil where there is none, fault.BadSignature or
// fault.Malformed where it is not one over this signature.
func (c *CMS) Stamp() (*Timestamp, error) {
	if c.Timestamp == nil {
		return nil, nil
	}
	t, err := ParseTimestamp(c.Timestamp)
	if err != nil {
		return nil, err
	}
	if t.Imprint != sha256.Sum256(c.Signature) {
		return nil, fault.New(fault.BadSignature, "timestamp")
	}
	return t, nil
}
