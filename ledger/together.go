package ledger

import "github.com/riviera-ledger/riviera/signature"

// VerifyEach is Verify for many envelopes at once: their signatures are verified together,
// which costs a fifth. It returns an error, or nil, for each, the same that Verify would.
func VerifyEach(c *Config, height int64, envelopes []*Envelope) []error {
	var open []openSignature
	for _, e := range envelopes {
		open = e.unverified(open, c, height)
	}
	if len(open) > 1 && good(open) {
		for _, o := range open {
			o.envelope.verified[o.slot] = string(o.key.Public)
		}
	}
	errs := make([]error, len(envelopes))
	for i, e := range envelopes { // one by one whatever is still open
		errs[i] = e.Verify(c, height)
	}
	return errs
}

// openSignature is a signature of an envelope that has not been verified under its key.
type openSignature struct {
	envelope *Envelope
	slot     int
	key      *Key
	check    signature.Check
}

// unverified adds the envelope's open signatures to a list, of those that can be verified
// together. What is wrong otherwise is for Verify to find.
func (e *Envelope) unverified(to []openSignature, c *Config, height int64) []openSignature {
	m := c.Member(e.Member)
	if m == nil {
		return to
	}
	for slot, s := range [...]struct {
		id  KeyID
		sig []byte
	}{{e.Key, e.signature}, {e.Approver, e.approval}} {
		if s.id == 0 {
			continue
		}
		k, err := m.key(s.id, Operate, height)
		if err != nil || k.Algorithm != Ed25519 || e.verified[slot] == string(k.Public) {
			continue
		}
		digest := e.ID
		if slot == 1 {
			digest = approvalDigest(e.ID)
		}
		to = append(to, openSignature{e, slot, k, signature.Check{Key: k.Public, Message: digest[:], Signature: s.sig}})
	}
	return to
}

// good verifies signatures in parts of a size beyond which it gets no cheaper.
func good(open []openSignature) bool {
	const part = 128
	checks := make([]signature.Check, 0, min(len(open), part))
	for len(open) > 0 {
		n := min(len(open), part)
		checks = checks[:0]
		for _, o := range open[:n] {
			checks = append(checks, o.check)
		}
		if !signature.VerifyAll(checks) {
			return false
		}
		open = open[n:]
	}
	return true
}
