package certificate

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/verify"
)

// Choice is what the holder of a document chooses.
type Choice struct {
	Disclose  []string       // units; nil is DefaultDisclosure
	Languages []message.Lang // of the page, the first first; nil is Chinese, then English
	Recipient string         // for whom; "" for anyone
}

// Reissue makes a credential with the holder's choice from the holder's own copy: the
// ledger proof is the copy's, the signature is by's. It needs neither body nor ledger.
func Reissue(own *verify.Presentation, choice Choice, by Issuer, now time.Time) (*verify.Credential, error) {
	disclose := choice.Disclose
	if disclose == nil {
		disclose = DefaultDisclosure()
	}
	if utf8.RuneCountInString(choice.Recipient) > verify.MaxRecipient {
		return nil, fault.New(fault.FieldTooLong, "recipient")
	}
	start := by.begin(choice.Languages, now)
	chosen, err := own.Choose(disclose, choice.Recipient, start.Render.Language)
	if err != nil {
		return nil, err
	}
	c := chosen.Shown()
	c.ValidFrom, c.Issuer = start.ValidFrom, start.Issuer
	return c, by.sign(c)
}

// Letter draws a notice for the post: its pages, and one with the access code, which is
// in no credential and in no signed file. The letter bears no signature and says so.
func Letter(c *verify.Credential, code string) (pdf []byte, warnings []Warning, err error) {
	if c.Type[1] != verify.TypeNotice {
		return nil, nil, fault.New(fault.GuardNotMet, "notice")
	}
	fonts, err := loadFonts()
	if err != nil {
		return nil, nil, fault.Wrap(fault.Internal, "fonts", err)
	}
	face := newTypesetter(fonts)
	layout, err := verify.NewLetterLayout(c, code, face)
	if err != nil {
		return nil, nil, err
	}
	document, err := c.Canonical()
	if err != nil {
		return nil, nil, fault.Wrap(fault.Internal, "credential", err)
	}
	parts := pack(document, layout, face)
	parts.Credential, parts.Held = c, true
	pdf, _ = verify.Assemble(parts)
	return pdf, warn(layout), nil
}

// ParseUnits checks names of units: fault.BadArgument for one that is none. No names at
// all are nil, which is DefaultDisclosure.
func ParseUnits(names []string) ([]string, error) {
	for _, u := range names {
		if !slices.Contains(credit.Units[:], u) {
			return nil, fault.New(fault.BadArgument, "disclose")
		}
	}
	return names, nil
}

// ParseLanguages reads the languages of a page: "zh-CN", "en", or both in their order
// with a space between. "" is Chinese, then English.
func ParseLanguages(s string) ([]message.Lang, error) {
	if s == "" {
		return nil, nil
	}
	langs := verify.ParseLanguages(s)
	if langs == nil {
		return nil, fault.New(fault.BadArgument, "languages")
	}
	return langs, nil
}
