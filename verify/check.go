package verify

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/proof"
)

// check holds the credential against itself: everything that follows from the evidence
// must say what follows. It does not look at signatures.
func (c *Credential) check() reason {
	if !c.fixed() {
		return reasonCredential
	}
	switch c.Evidence.Type {
	case LedgerProof, LedgerProofUnbound:
		return c.checkLedger()
	case AttestedClear:
		return c.checkClear()
	}
	return reasonCredential
}

// fixed reports whether what is the same in every credential is as it should be.
func (c *Credential) fixed() bool {
	_, err := c.issued()
	ok := err == nil && c.Type[0] == "VerifiableCredential" && c.pageFits() &&
		c.Proof.Created == c.ValidFrom && strings.HasPrefix(c.Proof.Method, c.Issuer.ID+"#") &&
		bilingual(c.Issuer.Name) && c.Statement.bilingual() &&
		utf8.RuneCountInString(c.Statement.Recipient) <= MaxRecipient && len(c.Statement.Exits) <= maxExits
	for _, x := range c.Statement.Exits {
		ok = ok && slices.Contains(exitKinds, x.How)
	}
	return ok
}

// exitKinds are the values of Exit.How.
var exitKinds = []string{"condition", "date", "event"}

// pageFits pairs layouts with what they can show.
func (c *Credential) pageFits() bool {
	first := message.Lang(c.Render.Language)
	switch c.Render.Type {
	case PageOne:
		return slices.Contains(message.Langs[:], first) && c.Evidence.Type == LedgerProofUnbound &&
			(c.Type[1] == TypeExit || c.Type[1] == TypeCorrection) && c.Statement.Recipient == ""
	case PageTwo:
		return ParseLanguages(c.Render.Language) != nil && c.Evidence.Type != LedgerProofUnbound
	}
	return false
}

// Languages writes the languages of a page, the first first, for Render.
func Languages(langs ...message.Lang) string {
	var out []string
	for _, l := range langs {
		out = append(out, string(l))
	}
	return strings.Join(out, " ")
}

// ParseLanguages reads what Languages writes: one or two different languages. Anything
// else is nil.
func ParseLanguages(s string) []message.Lang {
	var out []message.Lang
	for name := range strings.SplitSeq(s, " ") {
		l := message.Lang(name)
		if !slices.Contains(message.Langs[:], l) || slices.Contains(out, l) {
			return nil
		}
		out = append(out, l)
	}
	return out
}

func (s *Statement) bilingual() bool {
	ok := (s.Contract == ContractTitle{} || bilingual(s.Contract.Title)) && (s.Transition == nil || bilingual(*s.Transition))
	for _, a := range s.Articles {
		ok = ok && bilingual(a.Text)
	}
	for _, x := range s.Exits {
		ok = ok && bilingual(x.Title)
		for _, t := range x.Conditions {
			ok = ok && bilingual(t)
		}
	}
	return ok
}

// checkLedger checks the kinds that rest on an event of the ledger.
func (c *Credential) checkLedger() reason {
	e, err := c.Event()
	if err != nil || TypeOf(e) == "" {
		return reasonEvent
	}
	if c.Type[1] != TypeOf(e) || c.ID != CredentialID(c.Evidence.Event) || c.Evidence.Attested != nil || c.Evidence.Attestations != nil ||
		c.Type[1] != TypeNotice && c.Statement.Exits != nil {
		return reasonCredential
	}
	opening, err := c.Evidence.Opening.opening(len(credit.Units))
	if err != nil {
		return reasonCredential
	}
	verified := opening.Verify(e.Record, e.Commitment)
	if c.Evidence.Type == LedgerProofUnbound {
		verified = opening.VerifyUnbound(e.Commitment)
	}
	if verified != nil {
		return reasonOpening
	}
	subject, err := NewSubject(e, opening)
	return c.sameSubject(subject, err)
}

// sameSubject compares what the credential states with what follows from its evidence.
func (c *Credential) sameSubject(subject Subject, err error) reason {
	if err != nil {
		return reasonCredential
	}
	want, errWant := canonical(subject)
	got, errGot := canonical(c.Subject)
	if errWant != nil || errGot != nil || !bytes.Equal(want, got) {
		return reasonSubject
	}
	return reasonNone
}

// height is the height at which the keys that signed must have been in use: that of the
// block which confirms the event, or at which the recorders attest. 0 if the evidence
// cannot be read.
func (c *Credential) height() int64 {
	if c.Evidence.Type == AttestedClear {
		clear, err := proof.DecodeClear(c.Evidence.Attested)
		if err != nil {
			return 0
		}
		return clear.Height
	}
	block, err := proof.DecodeLightBlock(c.Evidence.LightBlock)
	if err != nil {
		return 0
	}
	return block.Header.Height
}
