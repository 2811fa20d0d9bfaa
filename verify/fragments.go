package verify

import (
	"bytes"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// issuer checks that the keys that signed are a member's, and were in use.
func (c *check) issuer() {
	c.report.Issuer = fragment("issuer", c.issuerReason())
}

func (c *check) issuerReason() reason {
	if c.cred == nil {
		return reasonUnreached
	}
	if r := c.sameNetwork(); r != reasonNone {
		return r
	}
	height := c.cred.height()
	if height == 0 {
		return reasonUnreached // the ledger fragment says why
	}
	key, r := c.find(reasonIssuer, reasonIssuerPeriod,
		func(k *TrustKey) bool { return k.PublicKey == c.key && k.Certificate == "" },
		func(k *TrustKey) bool { return k.outlives(height) })
	if r != reasonNone {
		return r
	}
	c.report.IssuerName = &Texts{ZH: key.NameZH, EN: key.NameEN}
	if Count(key.Member) != c.cred.Issuer.Member || c.cred.Issuer.Name != Bilingual(key.NameZH, key.NameEN) {
		return reasonIssuerName
	}
	if c.cms == nil {
		return reasonNone
	}
	return c.sealReason(key.Member, height)
}

// sealReason checks the key that signed the PDF: the same member's, with a certificate
// that the trust file holds itself. A chain beyond it is carried for other readers.
func (c *check) sealReason(member uint32, height int64) reason {
	leaf, err := ParseX509(c.cms.Chain[0])
	if err != nil {
		return reasonSealUnknown
	}
	key, r := c.find(reasonSealUnknown, reasonSealPeriod, func(k *TrustKey) bool {
		if k.Certificate == "" {
			return false
		}
		cert, err := k.x509()
		return err == nil && bytes.Equal(cert.Raw, leaf.Raw)
	}, func(k *TrustKey) bool { return k.outlives(height) })
	if r != reasonNone {
		return r
	}
	if key.Member != member {
		return reasonSealMember
	}
	issued, err := c.cred.issued()
	if err != nil || issued.Before(leaf.NotBefore) || issued.After(leaf.NotAfter) {
		return reasonSealPeriod
	}
	return reasonNone
}

// find looks a key up in the trust file that was of use; a key may have several periods.
func (c *check) find(unknown, period reason, is, ofUse func(*TrustKey) bool) (*TrustKey, reason) {
	r := unknown
	for i := range c.trust.Keys {
		k := &c.trust.Keys[i]
		if !is(k) {
			continue
		}
		if ofUse(k) {
			return k, reasonNone
		}
		r = period
	}
	return nil, r
}

// sameNetwork checks that certificate and trust file speak of one network and clock.
func (c *check) sameNetwork() reason {
	if c.trust == nil {
		return reasonNoTrust
	}
	e := c.cred.Evidence
	if c.trust.chainOf(e.Genesis, e.ChainID) == nil || e.Network != c.trust.Network {
		return reasonNetwork
	}
	if e.TrainingDay != c.trust.TrainingDay {
		return reasonTraining
	}
	return reasonNone
}

// ledger checks that the recorders of the network decided the event.
func (c *check) ledger() {
	part := "ledger"
	if c.cred != nil && c.cred.Evidence.Type == AttestedClear {
		part = "attested"
	}
	c.report.Ledger = fragment(part, c.ledgerReason())
	if c.trust != nil {
		issued := c.trust.IssuedAt
		c.report.TrustHeight, c.report.TrustIssued = c.trust.Height, &issued
	}
}

func (c *check) ledgerReason() reason {
	if c.cred == nil {
		return reasonUnreached
	}
	if c.cred.Evidence.Type == AttestedClear {
		return c.attestedReason()
	}
	block, r := c.provenBlock()
	if r != reasonNone {
		return r
	}
	c.block = block
	if r := c.sameNetwork(); r != reasonNone {
		return r
	}
	var handovers []proof.LightBlock
	for _, b := range c.cred.Evidence.Handovers {
		h, err := proof.DecodeLightBlock(b)
		if err != nil {
			return reasonBlock
		}
		handovers = append(handovers, h)
	}
	found, err := c.trust.verify(c.trust.chainOf(c.cred.Evidence.Genesis, c.cred.Evidence.ChainID), handovers, block)
	switch fault.Of(err) {
	case fault.OK:
	case fault.UnknownKey:
		return reasonValidators
	case fault.BadSignature:
		return reasonCommit
	default:
		return reasonBlock
	}
	h := block.Header
	c.report.Support = &Support{Height: h.Height, Time: time.Unix(int64(h.Time), 0).UTC(),
		Signers: found.Support.Signers, Validators: found.Support.Validators, Handovers: found.Handovers}
	if r := c.times(block.Header); r != reasonNone {
		return r
	}
	return c.believed(h.Height, found.Retired)
}

// believed decides whether the recorders' signatures suffice. A daily root of the trust
// file bears witness for ever. Without one the signatures stand alone, and keys are not
// believed for ever: not once they are retired, because anyone may hold them by then,
// and not longer than MaxTrustAge after the file that vouches for them, because nobody
// tells an old file that they were retired.
func (c *check) believed(height int64, retired bool) reason {
	witnessed, r := c.underDailyRoot()
	old := c.options.Now.Sub(c.trust.IssuedAt) > MaxTrustAge
	switch {
	case r != reasonNone || witnessed:
		return r
	case retired:
		return reasonRetired
	case old && height > c.trust.Height:
		return reasonTrustAge
	case old:
		return reasonWitness
	}
	return reasonNone
}

// tolerance is how far two clocks may differ, the block's being the median of several.
const tolerance = 10 * time.Minute

// times checks that the moments in the evidence follow each other: the record's event,
// the block, the issue, now; and that block and trust file agree which is older.
func (c *check) times(h proof.Header) reason {
	block := time.Unix(int64(h.Time), 0)
	issued, err := c.cred.issued()
	older := h.Height <= c.trust.Height
	switch {
	case err != nil || issued.Before(block.Add(-tolerance)):
		return reasonTime
	case older && block.After(c.trust.IssuedAt) || !older && block.Before(c.trust.IssuedAt):
		return reasonTime
	case c.trust.TrainingDay == "" && c.event.Recorded > h.Time:
		return reasonTime // ledger time is block time, and the event's block is not later
	case issued.After(c.options.Now.Add(tolerance)) || block.After(c.options.Now.Add(tolerance)):
		return reasonFuture
	}
	return reasonNone
}

// provenBlock follows the evidence from the event to the header: path, log root, state
// root, AppHash.
func (c *check) provenBlock() (proof.LightBlock, reason) {
	e := c.cred.Evidence
	block, err := proof.DecodeLightBlock(e.LightBlock)
	if err != nil {
		return block, reasonBlock
	}
	root, err := proof.RootFromPath(e.Event, uint64(e.Log.Index), uint64(e.Log.Size), hashesOf(e.Log.Path))
	if err != nil || proof.AppHash(root, wire.Hash(e.StateRoot)) != block.Header.AppHash {
		return block, reasonPath
	}
	if c.event.Height >= block.Header.Height {
		return block, reasonHeight
	}
	return block, reasonNone
}

// underDailyRoot looks for a daily root of the trust file that bears witness to the
// event: the certificate's own tree, or that of a refresh. A path that leads to another
// root than the day's is a failure, whoever signed it.
func (c *check) underDailyRoot() (bool, reason) {
	e := c.cred.Evidence
	paths := []LogPath{e.Log}
	if f := c.options.Refresh; f != nil && f.ID == c.cred.ID && f.Index == e.Log.Index {
		paths = append(paths, LogPath{e.Log.Index, f.Size, f.Path})
	}
	witnessed := false
	for _, p := range paths {
		for _, day := range c.trust.Roots {
			if day.Size != uint64(p.Size) {
				continue
			}
			if proof.VerifyInclusion(e.Event, uint64(p.Index), day.Size, wire.Hash(day.Root), hashesOf(p.Path)) != nil {
				return false, reasonRoot
			}
			witnessed = true
		}
	}
	return witnessed, reasonNone
}
