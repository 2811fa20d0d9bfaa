package verify

import (
	"bytes"
	"crypto"
	"crypto/sha1" // names a certificate in older tokens (RFC 3161); nothing is signed with it
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"slices"
	"time"

	"github.com/riviera-ledger/riviera/fault"
)

// Timestamp is a time-stamp token (RFC 3161) in the one form that a certificate carries:
// of what an authority sends, the statement, the signed attributes, the signature and the
// signer's certificate are kept, which the signature covers; further certificates,
// revocation lists and unsigned attributes are left out, because nothing covers them.
type Timestamp struct {
	Time      time.Time
	Authority *X509    // signer, for time stamps by its certificate
	Imprint   [32]byte // SHA-256 of what was stamped

	der []byte // ContentInfo
}

var (
	oidTSTInfo          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidStampToken       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidSigningCert1     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidExtKeyUsage      = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidTimeStamping     = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}
	oidSHA384           = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512           = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
)

var errStamp = fault.New(fault.Malformed, "timestamp")

// der parts of a token, as they stand in it.
type stampParts struct {
	digestAlgorithm, info, certificate, signerID, attributes, signatureAlgorithm, signature []byte
}

// ReadTimestamp takes a token apart as an authority sent it and checks it: statement,
// signer's certificate and signature. Encode gives the form that a certificate carries.
func ReadTimestamp(der []byte) (*Timestamp, error) {
	p, err := readStamp(der)
	if err != nil {
		return nil, err
	}
	return p.timestamp()
}

// ParseTimestamp reads what Encode gives and nothing else.
func ParseTimestamp(der []byte) (*Timestamp, error) {
	t, err := ReadTimestamp(der)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(t.der, der) {
		return nil, errStamp
	}
	return t, nil
}

// Encode returns the token in DER.
func (t *Timestamp) Encode() []byte { return t.der }

// elements splits the content of a constructed value.
func elements(b []byte) ([]asn1.RawValue, error) {
	var out []asn1.RawValue
	for len(b) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(b, &v)
		if err != nil || len(out) == 64 {
			return nil, errStamp
		}
		out, b = append(out, v), rest
	}
	return out, nil
}

// inside returns the elements of one value of the given class and tag, alone in b.
func inside(b []byte, class, tag int) ([]asn1.RawValue, error) {
	var v asn1.RawValue
	if rest, err := asn1.Unmarshal(b, &v); err != nil || len(rest) != 0 || v.Class != class || v.Tag != tag || !v.IsCompound {
		return nil, errStamp
	}
	return elements(v.Bytes)
}

func isOID(v asn1.RawValue, want asn1.ObjectIdentifier) bool {
	var got asn1.ObjectIdentifier
	rest, err := asn1.Unmarshal(v.FullBytes, &got)
	return err == nil && len(rest) == 0 && got.Equal(want)
}

// readStamp finds the parts of a token.
func readStamp(der []byte) (p stampParts, err error) {
	info, err := inside(der, asn1.ClassUniversal, asn1.TagSequence)
	if err != nil || len(info) != 2 || !isOID(info[0], oidSignedData) {
		return p, errStamp
	}
	data, err := inside(info[1].Bytes, asn1.ClassUniversal, asn1.TagSequence)
	if err != nil || len(data) < 5 {
		return p, errStamp
	}
	content, err := elements(data[2].Bytes)
	if err != nil || len(content) != 2 || !isOID(content[0], oidTSTInfo) || content[1].Class != asn1.ClassContextSpecific {
		return p, errStamp
	}
	var octets []byte
	if rest, err := asn1.Unmarshal(content[1].Bytes, &octets); err != nil || len(rest) != 0 {
		return p, errStamp
	}
	p.info = octets
	signers, err := inside(data[len(data)-1].FullBytes, asn1.ClassUniversal, asn1.TagSet)
	if err != nil || len(signers) != 1 {
		return p, errStamp
	}
	signer, err := elements(signers[0].Bytes)
	if err != nil || len(signer) < 6 || signer[3].Class != asn1.ClassContextSpecific || signer[3].Tag != 0 || signer[5].Tag != asn1.TagOctetString {
		return p, errStamp
	}
	p.signerID, p.digestAlgorithm, p.signatureAlgorithm = signer[1].FullBytes, signer[2].FullBytes, signer[4].FullBytes
	p.attributes, p.signature = signer[3].Bytes, signer[5].Bytes
	p.certificate = p.findSigner(data[3 : len(data)-1])
	return p, nil
}

// findSigner looks for the certificate that the signer's id names.
func (p *stampParts) findSigner(sets []asn1.RawValue) []byte {
	for _, set := range sets {
		if set.Class != asn1.ClassContextSpecific || set.Tag != 0 {
			continue
		}
		certificates, err := elements(set.Bytes)
		if err != nil {
			return nil
		}
		for _, c := range certificates {
			cert, err := ParseX509(c.FullBytes)
			if err != nil {
				continue
			}
			serial, err := asn1.Marshal(cert.Serial)
			if id, bad := inside(p.signerID, asn1.ClassUniversal, asn1.TagSequence); err == nil && bad == nil && len(id) == 2 &&
				bytes.Equal(id[0].FullBytes, cert.Issuer) && bytes.Equal(id[1].FullBytes, serial) {
				return c.FullBytes
			}
		}
	}
	return nil
}

// timestamp checks the parts and puts them together again.
func (p *stampParts) timestamp() (*Timestamp, error) {
	t, err := readStampInfo(p.info)
	if err != nil {
		return nil, err
	}
	if t.Authority, err = ParseX509(p.certificate); err != nil {
		return nil, errStamp
	}
	if err := p.check(t.Authority); err != nil {
		return nil, err
	}
	if !stamps(t.Authority) || t.Time.Before(t.Authority.NotBefore) || t.Time.After(t.Authority.NotAfter) {
		return nil, errStamp
	}
	t.der = p.encode()
	return t, nil
}

// encode writes the token. Each part is DER already.
func (p *stampParts) encode() []byte {
	wrap := func(class, tag int, parts ...[]byte) []byte {
		b, err := asn1.Marshal(asn1.RawValue{Class: class, Tag: tag, IsCompound: true, Bytes: bytes.Join(parts, nil)})
		if err != nil {
			return nil // it cannot fail for a raw value
		}
		return b
	}
	primitive := func(v any) []byte {
		b, err := asn1.Marshal(v)
		if err != nil {
			return nil // a number, an object id, octets: it cannot fail
		}
		return b
	}
	const universal, context = asn1.ClassUniversal, asn1.ClassContextSpecific
	signer := wrap(universal, asn1.TagSequence, primitive(1), p.signerID, p.digestAlgorithm, wrap(context, 0, p.attributes),
		p.signatureAlgorithm, primitive(p.signature))
	content := wrap(universal, asn1.TagSequence, primitive(oidTSTInfo), wrap(context, 0, primitive(p.info)))
	data := wrap(universal, asn1.TagSequence, primitive(3), wrap(universal, asn1.TagSet, p.digestAlgorithm), content,
		wrap(context, 0, p.certificate), wrap(universal, asn1.TagSet, signer))
	return wrap(universal, asn1.TagSequence, primitive(oidSignedData), wrap(context, 0, data))
}

// readStampInfo reads a TSTInfo: version, policy, imprint, serial number and time come
// first; the rest is not used.
func readStampInfo(der []byte) (*Timestamp, error) {
	info, err := inside(der, asn1.ClassUniversal, asn1.TagSequence)
	if err != nil || len(info) < 5 || info[4].Class != asn1.ClassUniversal || info[4].Tag != asn1.TagGeneralizedTime {
		return nil, errStamp
	}
	imprint, err := elements(info[2].Bytes)
	if err != nil || len(imprint) != 2 || hashOf(imprint[0].FullBytes) != crypto.SHA256 || len(imprint[1].Bytes) != sha256.Size {
		return nil, errStamp
	}
	t := &Timestamp{Imprint: [32]byte(imprint[1].Bytes)}
	if t.Time, err = time.Parse("20060102150405Z", string(info[4].Bytes)); err != nil {
		return nil, errStamp
	}
	return t, nil
}

// stamped says whether the time stamp is by an authority that the reader has pinned, and
// whether its time can be: not before the block and the issue that it stamps, not after now.
func (c *check) stamped() {
	s := c.report.Timestamp
	if s == nil {
		return
	}
	early := false
	if c.cred != nil {
		issued, err := c.cred.issued()
		early = err != nil || s.Time.Before(issued.Add(-tolerance)) || c.block.Header.Time != 0 && s.Time.Before(time.Unix(int64(c.block.Header.Time), 0).Add(-tolerance))
	}
	switch {
	case early || s.Time.After(c.options.Now.Add(tolerance)):
		s.State = StampContradicts
	case slices.ContainsFunc(c.options.Authorities, c.stamp.by):
		s.State = StampPinned
	}
	s.Text = texts("verify.timestamp." + s.State)
}

// by reports whether a pinned certificate is the authority's own, or that of who issued it,
// directly and for such a purpose. A token carries the authority's alone, so a longer chain
// is pinned at its last link.
func (t *Timestamp) by(pinned *X509) bool {
	if bytes.Equal(pinned.Raw, t.Authority.Raw) {
		return true
	}
	a := t.Authority
	algorithm, err := asn1.Marshal(pkix.AlgorithmIdentifier{Algorithm: a.signatureAlgorithm})
	return err == nil && pinned.issues() && bytes.Equal(a.Issuer, pinned.Subject) && !t.Time.Before(pinned.NotBefore) && !t.Time.After(pinned.NotAfter) &&
		pinned.verifies(algorithm, 0, a.signed, a.signature)
}

// issues reports whether a certificate is an authority's that issues others (RFC 5280,
// 4.2.1.9).
func (c *X509) issues() bool {
	for _, e := range c.extensions {
		if e.Id.Equal(oidBasicConstraints) {
			var b struct {
				CA  bool `asn1:"optional"`
				Max int  `asn1:"optional,default:-1"`
			}
			rest, err := asn1.Unmarshal(e.Value, &b)
			return err == nil && len(rest) == 0 && b.CA
		}
	}
	return false
}

// stamps reports whether a certificate is for time stamps and nothing else.
func stamps(c *X509) bool {
	for _, e := range c.extensions {
		if e.Id.Equal(oidExtKeyUsage) {
			var uses []asn1.ObjectIdentifier
			rest, err := asn1.Unmarshal(e.Value, &uses)
			return err == nil && len(rest) == 0 && e.Critical && len(uses) == 1 && uses[0].Equal(oidTimeStamping)
		}
	}
	return false
}

// hashOf names the hash of an AlgorithmIdentifier with no parameters, 0 if it is not one
// of those in use.
func hashOf(algorithm []byte) crypto.Hash {
	parts, err := inside(algorithm, asn1.ClassUniversal, asn1.TagSequence)
	if err != nil || len(parts) == 0 || len(parts) > 2 || len(parts) == 2 && !bytes.Equal(parts[1].FullBytes, asn1.NullBytes) {
		return 0
	}
	switch {
	case isOID(parts[0], oidSHA256):
		return crypto.SHA256
	case isOID(parts[0], oidSHA384):
		return crypto.SHA384
	case isOID(parts[0], oidSHA512):
		return crypto.SHA512
	}
	return 0
}

func sumOf(h crypto.Hash, b []byte) []byte {
	switch h {
	case crypto.SHA256:
		s := sha256.Sum256(b)
		return s[:]
	case crypto.SHA384:
		s := sha512.Sum384(b)
		return s[:]
	case crypto.SHA512:
		s := sha512.Sum512(b)
		return s[:]
	}
	return nil
}

// check verifies what the signer signed: that the attributes speak of this statement and
// this certificate, and the signature over them.
func (p *stampParts) check(by *X509) error {
	h := hashOf(p.digestAlgorithm)
	attributes, err := elements(p.attributes)
	if err != nil || h == 0 {
		return errStamp
	}
	content, digest, named := false, false, false
	for _, a := range attributes {
		parts, err := elements(a.Bytes)
		if err != nil || len(parts) != 2 {
			return errStamp
		}
		values, err := elements(parts[1].Bytes)
		if err != nil || len(values) != 1 {
			return errStamp
		}
		v := values[0]
		switch {
		case isOID(parts[0], oidContentType):
			content = isOID(v, oidTSTInfo)
		case isOID(parts[0], oidDigest):
			digest = v.Tag == asn1.TagOctetString && bytes.Equal(v.Bytes, sumOf(h, p.info))
		case isOID(parts[0], oidSigningCert):
			named = namesSigner(v, by.Raw, true)
		case isOID(parts[0], oidSigningCert1):
			named = named || namesSigner(v, by.Raw, false)
		}
	}
	if !content || !digest || !named {
		return errStamp
	}
	signed, err := asn1.Marshal(asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSet, IsCompound: true, Bytes: p.attributes})
	if err != nil || !by.verifies(p.signatureAlgorithm, h, signed, p.signature) {
		return fault.New(fault.BadSignature, "timestamp")
	}
	return nil
}

// namesSigner looks into SigningCertificate (RFC 2634) or SigningCertificateV2 (RFC
// 5035): the first certificate that it names must be the signer's.
func namesSigner(v asn1.RawValue, cert []byte, second bool) bool {
	lists, err := elements(v.Bytes)
	if err != nil || len(lists) == 0 {
		return false
	}
	ids, err := elements(lists[0].Bytes)
	if err != nil || len(ids) == 0 {
		return false
	}
	id, err := elements(ids[0].Bytes)
	if err != nil || len(id) == 0 {
		return false
	}
	if !second {
		sum := sha1.Sum(cert)
		return bytes.Equal(id[0].Bytes, sum[:])
	}
	h := crypto.SHA256
	if id[0].Tag == asn1.TagSequence && id[0].Class == asn1.ClassUniversal {
		if h, id = hashOf(id[0].FullBytes), id[1:]; len(id) == 0 {
			return false
		}
	}
	return h != 0 && bytes.Equal(id[0].Bytes, sumOf(h, cert))
}

// ParseAuthorities reads certificates in PEM, at least one: time-stamp authorities that a
// reader pins, or those that have issued theirs.
func ParseAuthorities(b []byte) ([]*X509, error) {
	var out []*X509
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		cert, err := ParseX509(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" {
			return nil, fault.Newf(fault.Malformed, "authority", "certificate %d cannot be read", len(out)+1)
		}
		out = append(out, cert)
	}
	if len(out) == 0 {
		return nil, fault.Newf(fault.Malformed, "authority", "no certificate in PEM")
	}
	return out, nil
}
