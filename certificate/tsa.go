package certificate

import (
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
)

// Stamper obtains a time-stamp token over a SHA-256 imprint, in DER, from an authority.
// It is called while a file is being signed and must give up soon.
type Stamper func(imprint [32]byte) ([]byte, error)

// Media types of RFC 3161 over HTTP.
const (
	StampRequestType  = "application/timestamp-query"
	StampResponseType = "application/timestamp-reply"
)

// MaxStampResponse bounds what an authority may answer, in bytes.
const MaxStampResponse = 64 << 10

var oidSHA256 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}

type stampRequest struct {
	Version int
	Imprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	Certificate bool `asn1:"optional"`
}

// StampRequest writes a TimeStampReq (RFC 3161) that asks for the signer's certificate.
// It has no nonce: the imprint is of a signature made a moment ago, which no earlier
// token can be over.
func StampRequest(imprint [32]byte) ([]byte, error) {
	r := stampRequest{Version: 1, Certificate: true}
	r.Imprint.Algorithm = pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}
	r.Imprint.Digest = imprint[:]
	b, err := asn1.Marshal(r)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "timestamp", err)
	}
	return b, nil
}

// ReadStampResponse reads a TimeStampResp and returns the token in the form that a
// certificate carries. A refusal, or a token over something else, is fault.NotReady.
func ReadStampResponse(der []byte, imprint [32]byte) ([]byte, error) {
	var r struct {
		Status asn1.RawValue
		Token  asn1.RawValue `asn1:"optional"`
	}
	if rest, err := asn1.Unmarshal(der, &r); err != nil || len(rest) != 0 {
		return nil, fault.Newf(fault.NotReady, "timestamp", "the authority's answer cannot be read")
	}
	var status int
	if _, err := asn1.Unmarshal(r.Status.Bytes, &status); err != nil || status != 0 && status != 1 || len(r.Token.FullBytes) == 0 {
		return nil, fault.Newf(fault.NotReady, "timestamp", "the authority refused, status %d", status)
	}
	t, err := verify.ReadTimestamp(r.Token.FullBytes)
	if err != nil {
		return nil, fault.Wrap(fault.NotReady, "timestamp", err)
	}
	if t.Imprint != imprint {
		return nil, fault.Newf(fault.NotReady, "timestamp", "the token is over something else")
	}
	return t.Encode(), nil
}

// stamp adds a time stamp to a signature if there is an authority that gives one, and
// reports whether there is none although there should be.
func (by *Issuer) stamp(c *verify.CMS) (missing bool) {
	if by.Stamp == nil {
		return false
	}
	imprint := sha256.Sum256(c.Signature)
	token, err := by.Stamp(imprint)
	if err != nil {
		return true
	}
	c.Timestamp = token
	if t, err := c.Stamp(); err != nil || t == nil {
		c.Timestamp = nil
		return true
	}
	return false
}
