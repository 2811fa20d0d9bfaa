package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/verify"
)

// randomness is what a signature draws on. A key of the standard library gets none: it
// then signs deterministically (RFC 6979), which leaks nothing if the system's random
// numbers are bad. A key behind a device may insist on a source.
func randomness(key crypto.Signer) io.Reader {
	if _, ok := key.(*ecdsa.PrivateKey); ok {
		return nil
	}
	return rand.Reader
}

// signIntegrity signs a document that carries Data Integrity options without a value,
// and returns the multibase value to put there.
func signIntegrity(document []byte, key crypto.Signer) (string, error) {
	hash, err := verify.IntegrityHash(document)
	if err != nil {
		return "", err
	}
	switch public := key.Public().(type) {
	case ed25519.PublicKey:
		signature, err := key.Sign(rand.Reader, hash, crypto.Hash(0))
		if err != nil {
			return "", fault.Wrap(fault.Internal, "credential key", err)
		}
		return verify.EncodeMultibase(signature), nil
	case *ecdsa.PublicKey:
		if public.Curve != elliptic.P256() {
			break
		}
		digest := sha256.Sum256(hash)
		der, err := key.Sign(randomness(key), digest[:], crypto.SHA256)
		if err != nil {
			return "", fault.Wrap(fault.Internal, "credential key", err)
		}
		raw, err := pair(der)
		if err != nil {
			return "", fault.Wrap(fault.Internal, "credential key", err)
		}
		return verify.EncodeMultibase(raw), nil
	}
	return "", fault.Newf(fault.BadConfig, "credential key", "neither Ed25519 nor P-256")
}

// sign signs a credential: beside the proof, where the issuer has an SM2 key, with that
// first, so that the proof covers it.
func (by *Issuer) sign(c *verify.Credential) error {
	c.Issuer.ID = "did:key:" + verify.Multikey(by.CredentialKey.Public())
	c.Parallel = nil
	if by.ParallelKey != nil {
		document, err := json.Marshal(c)
		if err != nil {
			return fault.Wrap(fault.Internal, "credential", err)
		}
		if c.Parallel, err = signParallel(document, by.ParallelKey); err != nil {
			return err
		}
	}
	return signCredential(c, by.CredentialKey)
}

// signCredential fills in the proof of c.
func signCredential(c *verify.Credential, key crypto.Signer) error {
	multikey := verify.Multikey(key.Public())
	c.Issuer.ID = "did:key:" + multikey
	c.Proof = verify.DataProof{Type: "DataIntegrityProof", Suite: verify.SuiteOf(key.Public()), Created: c.ValidFrom,
		Method: verify.KeyURL(multikey), Purpose: "assertionMethod"}
	document, err := json.Marshal(c)
	if err != nil {
		return fault.Wrap(fault.Internal, "credential", err)
	}
	c.Proof.Value, err = signIntegrity(document, key)
	return err
}

// signPDF signs the file that verify.Assemble has made, in place, with a time stamp where
// the issuer has an authority for it and that answers.
func (by *Issuer) signPDF(file []byte, contents [2]int) (warnings []Warning, err error) {
	h := sha256.New()
	h.Write(file[:contents[0]-1])
	h.Write(file[contents[1]+1:])
	c := &verify.CMS{Digest: [32]byte(h.Sum(nil))}
	for _, cert := range by.Certificate {
		c.Chain = append(c.Chain, cert.Raw)
	}
	attributes, err := c.SignedAttributes()
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(attributes)
	if c.Signature, err = by.DocumentKey.Sign(randomness(by.DocumentKey), digest[:], crypto.SHA256); err != nil {
		return nil, fault.Wrap(fault.Internal, "document key", err)
	}
	if err := c.Verify(); err != nil { // the wrong key beside the certificate
		return nil, fault.Wrap(fault.BadConfig, "document key", err)
	}
	missing := by.stamp(c)
	der, err := c.Encode()
	if err == nil && c.Timestamp != nil && hex.EncodedLen(len(der)) > contents[1]-contents[0] {
		c.Timestamp, missing = nil, true // the authority's certificate is too large for the room
		der, err = c.Encode()
	}
	if err != nil {
		return nil, err
	}
	if hex.EncodedLen(len(der)) > contents[1]-contents[0] {
		return nil, fault.Newf(fault.TooLarge, "certificate chain", "signature of %d bytes", len(der))
	}
	hex.Encode(file[contents[0]:], der)
	if missing {
		warnings = append(warnings, NoTimestamp)
	}
	return warnings, nil
}
