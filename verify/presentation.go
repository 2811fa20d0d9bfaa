package verify

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/proof"
)

// Presentation is what a holder makes of its own copy, with no node and no key: a
// credential that discloses nothing by itself, as the issuer signed it, and the units
// that the holder chooses to open under its commitment. It is a W3C Verifiable
// Presentation. Nobody signs it: what it says besides the credential follows from the
// credential's commitment, or is the holder's word (Recipient).
//
// The holder's own copy is a presentation that opens every unit. Who has that can
// disclose everything, so it is kept like a key.
type Presentation struct {
	Context    vcContext    `json:"@context"`
	Type       [2]string    `json:"type"`
	Credential Credential   `json:"verifiableCredential"`
	Opened     []OpenedUnit `json:"opened,omitempty"`
	Recipient  string       `json:"recipient,omitempty"`
	Language   string       `json:"language"` // as Languages writes it
}

// typePresentation is Presentation.Type.
var typePresentation = [2]string{"VerifiablePresentation", "RivieraPresentation"}

// PresentationName is the name of the presentation within its PDF.
const PresentationName = "presentation.json"

// NewPresentation presents a closed credential with every unit of the opening.
func NewPresentation(closed *Credential, opening proof.Opening) *Presentation {
	return &Presentation{Type: typePresentation, Credential: *closed, Opened: NewOpening(opening).Opened, Language: closed.Render.Language}
}

// Choose returns a copy that opens only the given units (names of credit.Units), for a
// recipient, in a language. A unit that this copy does not open is fault.FieldMissing, a
// name that is none, or another wrong value, fault.BadArgument.
func (p *Presentation) Choose(units []string, recipient, languages string) (*Presentation, error) {
	if ParseLanguages(languages) == nil {
		return nil, fault.New(fault.BadArgument, "language")
	}
	if utf8.RuneCountInString(recipient) > MaxRecipient {
		return nil, fault.New(fault.BadArgument, "recipient")
	}
	out := *p
	out.Opened, out.Recipient, out.Language = nil, recipient, languages
	names := p.Credential.units()
	wanted := map[string]bool{}
	for _, u := range units {
		wanted[u] = true
	}
	for _, u := range p.Opened {
		if int(u.Index) < len(names) && wanted[names[u.Index]] {
			out.Opened = append(out.Opened, u)
			delete(wanted, names[u.Index])
		}
	}
	for _, name := range names {
		if wanted[name] {
			return nil, fault.New(fault.FieldMissing, name)
		}
	}
	if len(wanted) > 0 {
		return nil, fault.New(fault.BadArgument, "disclose")
	}
	return &out, nil
}

// units names what the credential commits to, in order.
func (c *Credential) units() []string {
	if c.Evidence.Type == AttestedClear {
		return clearUnits[:]
	}
	return credit.Units[:]
}

// Canonical returns the bytes in RFC 8785, the form in which a presentation is attached.
func (p *Presentation) Canonical() ([]byte, error) { return canonical(p) }

// ParsePresentation reads a presentation, as strictly as ParseCredential.
func ParsePresentation(b []byte) (*Presentation, error) {
	if len(b) > MaxCredential {
		return nil, fault.New(fault.TooLarge, "presentation")
	}
	if err := checkJSON(b, false); err != nil {
		return nil, fault.Wrap(fault.Malformed, "presentation", err)
	}
	var p Presentation
	if err := decodeStrict(b, &p); err != nil {
		return nil, fault.Wrap(fault.Malformed, "presentation", err)
	}
	again, err := json.Marshal(&p)
	if err != nil || !sameJSON(again, b) || p.Type != typePresentation {
		return nil, fault.New(fault.Malformed, "presentation")
	}
	return &p, nil
}

// isPresentation tells a presentation from a credential. A document that only looks like
// one is then refused as malformed.
func isPresentation(document []byte) bool {
	return bytes.Contains(document, []byte(`"verifiableCredential"`))
}

// Shown returns the credential with what the holder opens, as it is shown. It is not
// signed in this form. What does not open is for check to find.
func (p *Presentation) Shown() *Credential {
	c := p.Credential
	c.Evidence.Opening.Opened = p.Opened
	c.Statement.Recipient = p.Recipient
	c.Render.Language = p.Language
	if opening, err := c.Evidence.Opening.opening(len(c.units())); err == nil {
		if c.Evidence.Type == AttestedClear {
			if clear, err := proof.DecodeClear(c.Evidence.Attested); err == nil {
				c.Subject, _ = NewClearSubject(clear, opening) // empty where it does not fit: check refuses
			}
		} else if e, err := c.Event(); err == nil {
			c.Subject, _ = NewSubject(e, opening)
		}
	}
	return &c
}

// check holds a presentation against itself. The credential must be closed: one that
// opens units by its issuer's choice cannot be cut down by its holder.
func (p *Presentation) check() reason {
	if p.Credential.Render.Type != PageTwo || p.Credential.Evidence.Opening.Opened != nil || p.Credential.Statement.Recipient != "" {
		return reasonCredential
	}
	if r := p.Credential.check(); r != reasonNone {
		return r
	}
	return p.Shown().check()
}
