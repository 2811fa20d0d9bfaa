package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"math/big"

	"github.com/riviera-ledger/riviera/fault"
)

// The two Data Integrity suites in use. Both canonicalise with RFC 8785.
const (
	SuiteEdDSA = "eddsa-jcs-2022" // Ed25519
	SuiteECDSA = "ecdsa-jcs-2019" // ECDSA over P-256 with SHA-256, for keys in an HSM
)

// SuiteOf names the suite of a public key, "" if there is none.
func SuiteOf(k crypto.PublicKey) string {
	switch k.(type) {
	case ed25519.PublicKey:
		return SuiteEdDSA
	case *ecdsa.PublicKey:
		return SuiteECDSA
	}
	return ""
}

// IntegrityHash returns the 64 bytes that a Data Integrity proof signs: SHA-256 of the
// canonical proof options, then SHA-256 of the canonical document without its proof.
// The document carries one proof; its proofValue, if there is one, is left out. The
// proof's @context, if there is one, must be the document's.
//
// Source: Data Integrity EdDSA Cryptosuites v1.0, section 3.3; ECDSA, section 3.3.
func IntegrityHash(document []byte) ([]byte, error) {
	if err := checkJSON(document, true); err != nil {
		return nil, fault.Wrap(fault.Malformed, "credential", err)
	}
	var doc, options map[string]json.RawMessage
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, fault.Wrap(fault.Malformed, "credential", err)
	}
	if err := json.Unmarshal(doc["proof"], &options); err != nil {
		return nil, fault.Wrap(fault.Malformed, "proof", err)
	}
	if c, ok := options["@context"]; ok && !sameJSON(c, doc["@context"]) {
		return nil, fault.New(fault.Malformed, "proof @context")
	}
	delete(options, "proofValue")
	delete(doc, "proof")
	var out []byte
	for _, part := range []map[string]json.RawMessage{options, doc} {
		b, err := canonical(part)
		if err != nil {
			return nil, fault.Wrap(fault.Malformed, "credential", err)
		}
		sum := sha256.Sum256(b)
		out = append(out, sum[:]...)
	}
	return out, nil
}

func sameJSON(a, b json.RawMessage) bool {
	x, errX := canonicalJSON(a)
	y, errY := canonicalJSON(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// VerifyIntegrity checks the Data Integrity proof of a document with the key that it
// names itself, and returns that key in Multikey form. Whether the key is anyone's is
// the caller's question. A signature that does not verify is fault.BadSignature.
func VerifyIntegrity(document []byte) (multikey string, err error) {
	hash, err := IntegrityHash(document)
	if err != nil {
		return "", err
	}
	var doc struct {
		Proof struct{ Type, Cryptosuite, VerificationMethod, ProofPurpose, ProofValue string }
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		return "", fault.Wrap(fault.Malformed, "proof", err)
	}
	p := doc.Proof
	if p.Type != "DataIntegrityProof" || p.ProofPurpose != "assertionMethod" {
		return "", fault.New(fault.Malformed, "proof")
	}
	if multikey, err = ParseKeyURL(p.VerificationMethod); err != nil {
		return "", err
	}
	key, err := ParseMultikey(multikey)
	if err != nil {
		return "", err
	}
	signature, err := DecodeMultibase(p.ProofValue)
	if err != nil {
		return "", err
	}
	if len(signature) != 64 || p.Cryptosuite != SuiteOf(key) || !checkIntegrity(key, hash, signature) {
		return "", fault.New(fault.BadSignature, "credential")
	}
	return multikey, nil
}

func checkIntegrity(key crypto.PublicKey, hash, signature []byte) bool {
	switch key := key.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(key, hash, signature)
	case *ecdsa.PublicKey:
		digest := sha256.Sum256(hash)
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(key, digest[:], r, s)
	}
	return false
}
