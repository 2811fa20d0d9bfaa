package verify

import (
	"strings"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// Reversal takes a certificate's effect away: a court has reversed the exit. It is signed
// by the court itself, with its credential key, so that whoever made the trust file can
// leave one out but not make one up. A new listing of the same party is no reversal.
type Reversal struct {
	Certificate string `json:"certificate"` // the credential's id
	Height      int64  `json:"height"`      // block that recorded it
	Member      uint32 `json:"member"`      // the court: a recorder at that height
	Key         string `json:"key"`         // its credential key, Multikey
	DecidedOn   string `json:"decided_on"`  // 2006-01-02
	Signature   []byte `json:"signature"`   // over ReversalDigest: Ed25519, or ASN.1 ECDSA; base64
}

// ReversalDigest is what a court signs. It binds the network, the event behind the
// certificate and the day of the decision; certificate ids that name no exit are
// fault.Malformed.
func ReversalDigest(genesis Hex, certificate, decidedOn string) (wire.Hash, error) {
	digits, is := strings.CutPrefix(certificate, idPrefix)
	var event Hex
	if err := event.UnmarshalText([]byte(digits)); err != nil || !is {
		return wire.Hash{}, fault.New(fault.Malformed, "reversal")
	}
	day, err := credit.ParseDate(decidedOn)
	if err != nil {
		return wire.Hash{}, fault.Wrap(fault.Malformed, "reversal", err)
	}
	return proof.ReversalDigest(wire.Hash(genesis), wire.Hash(event), day), nil
}

// ReversedID is the number of the certificate of an event that ended a record.
func ReversedID(event Hex) string { return idPrefix + event.String() }

// checkReversals: each is signed by a recorder of its height, with a key in use then.
func (t *Trust) checkReversals() error {
	for i := range t.Reversals {
		r := &t.Reversals[i]
		digest, err := ReversalDigest(t.genesisAt(r.Height), r.Certificate, r.DecidedOn)
		if err != nil {
			return err
		}
		key, err := ParseMultikey(r.Key)
		if err != nil {
			return err
		}
		if r.Height < 1 || r.Height > t.Height || t.reverser(r) == nil || !proof.VerifyDigest(key, digest[:], r.Signature) {
			return fault.New(fault.Malformed, "trust reversals")
		}
	}
	return nil
}

// reverser is the entry of the key that signed a reversal, nil if it could not.
func (t *Trust) reverser(r *Reversal) *TrustKey {
	epoch, _ := t.epochAt(r.Height)
	if epoch == nil || epoch.powerOf(r.Member) == 0 {
		return nil
	}
	for i := range t.Keys {
		k := &t.Keys[i]
		if k.Member == r.Member && k.PublicKey == r.Key && k.Certificate == "" && k.covers(r.Height) {
			return k
		}
	}
	return nil
}

// reversal is the decision that takes the certificate's effect away, nil if none does.
func (c *check) reversal() *Reversed {
	for i := range c.trust.Reversals {
		r := &c.trust.Reversals[i]
		if r.Certificate != c.cred.ID {
			continue
		}
		if k := c.trust.reverser(r); k != nil { // as ParseTrust has found
			return &Reversed{By: Texts{ZH: k.NameZH, EN: k.NameEN}, DecidedOn: r.DecidedOn, Height: r.Height}
		}
	}
	return nil
}
