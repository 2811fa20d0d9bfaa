package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// MaxTrustAge is how old a trust file may be where the recorders' signatures stand alone,
// with no daily root above them: keys of the recorders it names may have been retired
// and leaked since.
const MaxTrustAge = 3 * 365 * 24 * time.Hour

// Options are what a verifier decides besides its trust file.
type Options struct {
	Now           time.Time // real time, for the age of the trust file
	RequireStatus bool      // an unknown status makes the verdict INDETERMINATE
	RequireSM2    bool      // a certificate without a parallel signature by a known SM2 key is INDETERMINATE
	Authorities   []*X509   // pinned time-stamp authorities, or who issued theirs; where there are any, one must have stamped the PDF
	Refresh       *Refresh  // a newer path for an old certificate, nil if there is none
}

// Verify checks a certificate: a PDF, or a bare credential. trust is nil when there is
// no trust file; the certificate is then held against itself only. Verify never fails:
// whatever the bytes are, the report says what they are worth.
func Verify(file []byte, trust *Trust, o Options) Report {
	c := &check{file: file, trust: trust, options: o}
	c.integrity()
	c.issuer()
	c.ledger()
	c.status()
	c.parallel()
	c.stamped()
	c.report.conclude(o)
	return c.report
}

// check is one verification under way.
type check struct {
	file    []byte
	trust   *Trust
	options Options
	report  Report

	cred  *Credential      // set once integrity has passed
	event proof.Event      // of cred
	block proof.LightBlock // of cred, if it decodes
	cms   *CMS             // the PDF's signature, nil for a bare credential
	stamp *Timestamp       // in cms, nil for none
	key   string           // multikey that signed cred
}

func (c *check) integrity() {
	r := c.readFile()
	c.report.Integrity = fragment("integrity", r)
	if r != reasonNone {
		return
	}
	c.report.Credential, c.report.Kind = c.cred, c.cred.Type[1]
	c.report.Training = c.cred.Evidence.TrainingDay
}

// readFile tells the formats apart and checks the file against itself.
func (c *check) readFile() reason {
	if len(c.file) > maxFile {
		return reasonTooLarge
	}
	document := c.file
	switch {
	case bytes.HasPrefix(c.file, []byte("%PDF-")):
		c.report.Format = FormatPDF
		inside, r := c.readPDF()
		if r != reasonNone {
			return r
		}
		document = inside
	case bytes.HasPrefix(bytes.TrimLeft(c.file, " \t\r\n\ufeff"), []byte("{")):
		c.report.Format = FormatCredential
		if isPresentation(document) {
			c.report.Format = FormatPresentation
		}
	default:
		return reasonUnknown
	}
	cred, signed, r := readDocument(document, isPresentation(document))
	if r != reasonNone {
		return r
	}
	var err error
	if c.key, err = VerifyIntegrity(signed); err != nil || cred.Issuer.ID != "did:key:"+c.key {
		return reasonIntegrity
	}
	if p := cred.Parallel; p != nil {
		if r := p.check(signed); r != reasonNone {
			return r
		}
	}
	if cred.Evidence.Type != AttestedClear {
		if c.event, err = cred.Event(); err != nil {
			return reasonEvent
		}
	}
	c.cred = cred
	return reasonNone
}

// readDocument reads a credential or a presentation and holds it against itself. It
// returns the credential with what the holder opens, and the bytes that the issuer
// signed.
func readDocument(document []byte, presented bool) (cred *Credential, signed []byte, r reason) {
	if !presented {
		cred, err := ParseCredential(document)
		if err != nil {
			return nil, nil, reasonCredential
		}
		return cred, document, cred.check()
	}
	p, err := ParsePresentation(document)
	if err != nil {
		return nil, nil, reasonCredential
	}
	if r := p.check(); r != reasonNone {
		return nil, nil, r
	}
	if signed, err = p.Credential.Canonical(); err != nil {
		return nil, nil, reasonCredential
	}
	return p.Shown(), signed, reasonNone
}

// readPDF checks a file's form and signature and returns the document in it.
func (c *check) readPDF() ([]byte, reason) {
	d, err := disassemble(c.file)
	if errors.Is(err, errAppended) {
		return nil, reasonAppended
	}
	if err != nil {
		return nil, reasonStructure
	}
	if d.parts.Held {
		c.report.Format = FormatHeld
	} else if r := c.signature(d.at); r != reasonNone {
		return nil, r
	}
	if d.inflate() != nil {
		return nil, reasonStructure
	}
	if isPresentation(d.document) != d.parts.Held {
		return nil, reasonAttachment
	}
	return d.document, d.compare(c.file)
}

// signature checks the CMS over everything but its own digits.
func (c *check) signature(at int) reason {
	digits := c.file[at : at+2*SignatureRoom]
	raw := make([]byte, hex.DecodedLen(len(digits)))
	if _, err := hex.Decode(raw, digits); err != nil || !bytes.Equal(hex.AppendEncode(nil, raw), digits) {
		return reasonSignature
	}
	cms, padding, err := ParseCMS(raw)
	if err != nil {
		return reasonSignature
	}
	if len(bytes.Trim(padding, "\x00")) != 0 {
		return reasonPadding
	}
	h := sha256.New()
	h.Write(c.file[:at-1])
	h.Write(c.file[at+len(digits)+1:])
	if [32]byte(h.Sum(nil)) != cms.Digest {
		return reasonAltered
	}
	if cms.Verify() != nil {
		return reasonSeal
	}
	stamp, err := cms.Stamp()
	if err != nil {
		return reasonTimestamp
	}
	if stamp != nil {
		c.report.Timestamp = &Stamp{Time: stamp.Time, Authority: stamp.Authority.CommonName(), State: StampUnknown}
	}
	c.cms, c.stamp = cms, stamp
	return reasonNone
}

// compare draws and assembles the file again from its own credential and fonts. What
// differs is something that the issuer signed but the credential does not say.
func (d *disassembled) compare(file []byte) reason {
	cred, layout, r := d.draw()
	if r != reasonNone {
		return r
	}
	if len(layout.Pages) != len(d.pages) || !bytes.Equal(layout.Seal, d.seal) {
		return reasonPage
	}
	for i := range layout.Pages {
		if !bytes.Equal(layout.Pages[i], d.pages[i]) {
			return reasonPage
		}
	}
	d.parts.Credential, d.parts.Layout = cred, layout
	again, contents := Assemble(&d.parts)
	if len(again) != len(file) || contents[0] != d.at {
		return reasonStructure
	}
	copy(again[contents[0]:contents[1]], file[d.at:])
	if !bytes.Equal(again, file) || !bytes.Equal(d.profile, SRGB()) {
		return reasonStructure
	}
	return reasonNone
}

// draw draws the attached document, which must be in its canonical form.
func (d *disassembled) draw() (*Credential, Layout, reason) {
	if d.parts.Held {
		p, err := ParsePresentation(d.document)
		if err != nil {
			return nil, Layout{}, reasonCredential
		}
		if again, err := p.Canonical(); err != nil || !bytes.Equal(again, d.document) {
			return nil, Layout{}, reasonAttachment
		}
		layout, err := NewHeldLayout(p, newEmbedded(d.parts.Fonts))
		if err != nil {
			return nil, Layout{}, reasonPage
		}
		return p.Shown(), layout, reasonNone
	}
	cred, err := ParseCredential(d.document)
	if err != nil {
		return nil, Layout{}, reasonCredential
	}
	if again, err := cred.Canonical(); err != nil || !bytes.Equal(again, d.document) {
		return nil, Layout{}, reasonAttachment
	}
	layout, err := NewLayout(cred, newEmbedded(d.parts.Fonts))
	if err != nil {
		return nil, Layout{}, reasonPage
	}
	return cred, layout, reasonNone
}

func (c *check) status() {
	s := &c.report.Status
	s.State = StateUnknown
	switch {
	case c.trust == nil || c.cred == nil || c.report.Ledger.Reason == string(reasonNetwork):
	case c.reversal() != nil:
		s.State, s.Reversed = StateReversed, c.reversal()
	case c.report.Ledger.Verdict == Passed && c.trust.Height >= c.cred.height():
		s.State = StateStanding
	}
	s.Text = texts("verify.status." + s.State)
}

// hashesOf returns a path for package proof.
func hashesOf(path []Hex) []wire.Hash {
	out := make([]wire.Hash, len(path))
	for i, h := range path {
		out[i] = wire.Hash(h)
	}
	return out
}
