package verify

import (
	"encoding/json"
	"slices"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/sm2"
)

// ParallelType is Parallel.Type.
const ParallelType = "RivieraParallelSM2"

// Parallel is a second signature of a credential, SM2 with SM3 (GB/T 32918.2, default
// identity), by the issuing member, for readers who have to use it. It stands inside the
// credential, so that the proof covers it, and it never stands alone: the verdict rests on
// the proof, and a parallel signature that is wrong fails the file.
type Parallel struct {
	Type      string `json:"type"`
	Key       string `json:"key"`       // Multikey, sm2-pub
	Signature []byte `json:"signature"` // r ‖ s over ParallelMessage, base64
}

// ParallelMessage is what a parallel signature is over: the document in RFC 8785 without
// the members proof and parallel.
func ParallelMessage(document []byte) ([]byte, error) {
	if err := checkJSON(document, true); err != nil {
		return nil, fault.Wrap(fault.Malformed, "credential", err)
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, fault.Wrap(fault.Malformed, "credential", err)
	}
	delete(doc, "proof")
	delete(doc, "parallel")
	return canonical(doc)
}

// SM2Multikey writes a compressed SM2 point in Multikey form, "" for anything else.
func SM2Multikey(compressed []byte) string {
	if _, ok := sm2.ParseKey(compressed); !ok {
		return ""
	}
	return EncodeMultibase(append(prefixSM2[:], compressed...))
}

func parseSM2(multikey string) (sm2.Key, bool) {
	b, err := DecodeMultibase(multikey)
	if err != nil || len(b) < 2 || [2]byte(b) != prefixSM2 {
		return sm2.Key{}, false
	}
	return sm2.ParseKey(b[2:])
}

// check holds the signature against the document that the issuer signed.
func (p *Parallel) check(signed []byte) reason {
	key, ok := parseSM2(p.Key)
	if !ok || p.Type != ParallelType || len(p.Signature) != sm2.SignatureSize {
		return reasonCredential
	}
	message, err := ParallelMessage(signed)
	if err != nil {
		return reasonCredential
	}
	if !key.Verify(message, p.Signature) {
		return reasonParallel
	}
	return reasonNone
}

// States of a parallel signature that the report shows. One that is wrong is none of them:
// it fails the file.
const (
	ParallelVerified = "verified"    // right, by a key that the trust file names for the issuer
	ParallelUnknown  = "key-unknown" // right, by a key that nobody vouches for at this height
)

// ParallelFinding says what a parallel signature is worth. The verdict does not rest on it,
// unless it was asked for.
type ParallelFinding struct {
	Algorithm string `json:"algorithm"` // "SM2"
	Key       string `json:"key"`       // Multikey
	State     string `json:"state"`     // one of the Parallel constants
	Text      Texts  `json:"text"`
}

// parallel says whose the parallel signature is. Integrity has passed. The key may be newer
// than the event: a member that begins to sign with SM2 does so also for what was before.
func (c *check) parallel() {
	if c.cred == nil || c.cred.Parallel == nil {
		return
	}
	p := &ParallelFinding{Algorithm: AlgorithmSM2, Key: c.cred.Parallel.Key, State: ParallelUnknown}
	if c.trust != nil && c.sameNetwork() == reasonNone {
		height := c.cred.height()
		if slices.ContainsFunc(c.trust.Keys, func(k TrustKey) bool {
			return k.Algorithm == AlgorithmSM2 && k.PublicKey == p.Key && Count(k.Member) == c.cred.Issuer.Member && k.outlives(height)
		}) {
			p.State = ParallelVerified
		}
	}
	p.Text = texts("verify.parallel." + p.State)
	c.report.Parallel = p
}
