package verify

import (
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
)

// Attestation is a recorder's signature under a clear statement.
type Attestation struct {
	Member    Count      `json:"member"`
	Name      [2]LangTag `json:"name"`
	Key       string     `json:"key"`       // its credential key, Multikey
	Signature []byte     `json:"signature"` // over proof.ClearDigest: Ed25519, or ASN.1 ECDSA
}

// ClearID returns the id of the certificate of an attested statement.
func ClearID(attested []byte) string { return clearPrefix + Hex(proof.ClearID(attested)).String() }

// clearUnits are the units of credit.Units that a clear statement commits to, in order.
var clearUnits = [proof.ClearUnits]string{credit.UnitName, credit.UnitCode}

// NewClearSubject derives what a clear certificate states.
func NewClearSubject(c proof.Clear, o proof.Opening) (Subject, error) {
	s := Subject{Outcome: OutcomeClear, Effective: c.Time.String(), Height: Count(c.Height)}
	for _, u := range o.Opened {
		if u.Index < 0 || u.Index >= len(clearUnits) {
			return Subject{}, fault.New(fault.BodyMalformed, "unit")
		}
		if err := s.Disclosed.read(clearUnits[u.Index], u.Unit); err != nil {
			return Subject{}, fault.Wrap(fault.BodyMalformed, clearUnits[u.Index], err)
		}
	}
	return s, nil
}

// checkClear checks a clear certificate against itself. The recorders' signatures are
// judged with the trust file (attestedReason).
func (c *Credential) checkClear() reason {
	e := c.Evidence
	clear, err := proof.DecodeClear(e.Attested)
	if err != nil {
		return reasonEvent
	}
	ledger := e.Event != nil || e.Log.Size != 0 || e.Log.Index != 0 || e.Log.Path != nil || e.StateRoot != Hex{} || e.LightBlock != nil || e.Handovers != nil
	if ledger || c.Type[1] != TypeClear || c.ID != ClearID(e.Attested) || Hex(clear.Genesis) != e.Genesis ||
		c.Statement.Contract != (ContractTitle{}) || c.Statement.Transition != nil || c.Statement.Articles != nil || c.Statement.Exits != nil ||
		len(e.Attestations) == 0 || len(e.Attestations) > maxAttested {
		return reasonCredential
	}
	last := Count(0)
	for _, a := range e.Attestations { // each member once
		if a.Member <= last || !bilingual(a.Name) {
			return reasonCredential
		}
		last = a.Member
	}
	opening, err := e.Opening.opening(proof.ClearUnits)
	if err != nil {
		return reasonCredential
	}
	if opening.Verify(clear.ID, clear.Subject) != nil {
		return reasonOpening
	}
	subject, err := NewClearSubject(clear, opening)
	return c.sameSubject(subject, err)
}

// VerifyAttestation checks a recorder's signature under a statement with the key that it
// names itself: fault.BadSignature.
func VerifyAttestation(attested []byte, a Attestation) error {
	key, err := ParseMultikey(a.Key)
	if err != nil {
		return err
	}
	digest := proof.ClearDigest(attested)
	if !proof.VerifyDigest(key, digest[:], a.Signature) {
		return fault.New(fault.BadSignature, "attestation")
	}
	return nil
}

// attestedReason checks that more than a third of the recorders' voting power signed a
// clear statement: then at least one of them is honest. Keys that are no longer in use
// could be in anyone's hands today, and no path bears witness to when they signed, so
// they count for nothing.
func (c *check) attestedReason() reason {
	clear, err := proof.DecodeClear(c.cred.Evidence.Attested)
	if err != nil {
		return reasonEvent
	}
	if r := c.sameNetwork(); r != reasonNone {
		return r
	}
	if on := c.trust.chainOf(c.cred.Evidence.Genesis, c.cred.Evidence.ChainID); clear.Height < on.from || on.sealed != 0 && clear.Height > on.sealed {
		return reasonValidators // nobody attested anything on that chain then
	}
	for _, a := range c.cred.Evidence.Attestations {
		if VerifyAttestation(c.cred.Evidence.Attested, a) != nil {
			return reasonAttestation
		}
	}
	if c.options.Now.Sub(c.trust.IssuedAt) > MaxTrustAge {
		return reasonTrustAge
	}
	epoch, current := c.trust.epochAt(clear.Height)
	if epoch == nil {
		return reasonValidators
	}
	support, r := c.attesters(epoch, clear.Height)
	c.report.Support = &support
	switch {
	case 3*support.signed > support.power && !current:
		return reasonRetiredAttesters
	case 3*support.signed > support.power:
		return reasonNone
	case r != reasonNone:
		return r
	}
	return reasonAttesters
}

// attesters adds up the voting power behind the attestations. The reason says why one
// was not counted.
func (c *check) attesters(epoch *TrustEpoch, height int64) (Support, reason) {
	s := Support{Height: height, Validators: len(epoch.Validators)}
	for _, v := range epoch.Validators {
		s.power += v.Power
	}
	left := reasonNone
	for _, a := range c.cred.Evidence.Attestations {
		key, r := c.find(reasonValidators, reasonRetiredAttesters,
			func(k *TrustKey) bool {
				return k.Certificate == "" && k.PublicKey == a.Key && Count(k.Member) == a.Member
			}, func(k *TrustKey) bool { return k.covers(height) })
		if r == reasonNone && key.ToHeight != 0 {
			r = reasonRetiredAttesters
		}
		if r == reasonNone && a.Name != Bilingual(key.NameZH, key.NameEN) {
			r = reasonIssuerName
		}
		power := epoch.powerOf(uint32(a.Member))
		if r == reasonNone && power == 0 {
			r = reasonValidators
		}
		if r != reasonNone {
			left = r
			continue
		}
		s.signed += power
		s.Signers++
	}
	return s, left
}

// epochAt returns the set of recorders at a height, and whether it is the newest that
// the file knows.
func (t *Trust) epochAt(height int64) (epoch *TrustEpoch, current bool) {
	for i := range t.Epochs {
		if t.Epochs[i].FromHeight <= height {
			epoch, current = &t.Epochs[i], i == len(t.Epochs)-1
		}
	}
	return epoch, current
}

// powerOf is a member's voting power, 0 if it has none or the file names no members.
func (e *TrustEpoch) powerOf(member uint32) int64 {
	for _, v := range e.Validators {
		if member != 0 && v.Member == member {
			return v.Power
		}
	}
	return 0
}
