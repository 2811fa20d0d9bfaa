package verify

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// MaxCredential bounds a credential, in bytes.
const MaxCredential = 2 << 20

// Types of credential: the second member of "type".
const (
	TypeExit       = "RivieraExitCertificate"  // the record ended
	TypeCorrection = "RivieraCorrectionNotice" // the record was void from the start
)

// idPrefix precedes the hexadecimal EventID.
const idPrefix = "urn:riviera:exit:"

// PageOne is the layout that a credential asks for: the page of this package.
const PageOne = "RivieraPage1"

// Credential is a W3C Verifiable Credential 2.0. Every member but Issuer, ValidFrom,
// Statement and Render follows from Evidence, and a reader who wants to believe no
// institution derives it anew (Credential.Check).
type Credential struct {
	Context   vcContext `json:"@context"`
	ID        string    `json:"id"`
	Type      [2]string `json:"type"`
	Issuer    Issuer    `json:"issuer"`
	ValidFrom string    `json:"validFrom"` // real time of issue, RFC 3339 in UTC
	Subject   Subject   `json:"credentialSubject"`
	Statement Statement `json:"statement"`
	Evidence  Evidence  `json:"evidence"`
	Render    Render    `json:"renderMethod"`
	Proof     DataProof `json:"proof"`
}

// Issuer is the member that signs.
type Issuer struct {
	ID     string     `json:"id"`   // did:key of the credential key
	Name   [2]LangTag `json:"name"` // Chinese, English
	Member Count      `json:"member"`
	Code   string     `json:"code,omitempty"` // unified social credit code
}

// LangTag is a JSON-LD value in one language.
type LangTag struct {
	Value    string `json:"@value"`
	Language string `json:"@language"`
}

// Bilingual pairs a Chinese and an English text.
func Bilingual(zh, en string) [2]LangTag {
	return [2]LangTag{{zh, string(message.Chinese)}, {en, string(message.English)}}
}

// Statement is what the issuer adds in its own words. The ledger proves none of it.
type Statement struct {
	Contract   ContractTitle `json:"contract"`
	Transition *[2]LangTag   `json:"transition,omitempty"` // how the record ended
	Articles   []ArticleText `json:"articles,omitempty"`   // texts of the cited articles
}

// ContractTitle names the contract document behind the number in the event.
type ContractTitle struct {
	ID      string     `json:"document"`
	Version Count      `json:"version"`
	Title   [2]LangTag `json:"title"`
}

// ArticleText is the citation of one article for people.
type ArticleText struct {
	Key  string     `json:"key"`
	Text [2]LangTag `json:"text"`
}

// Evidence is the ledger proof: all that the subject's statements follow from.
type Evidence struct {
	Type        string   `json:"type"` // LedgerProof
	Network     string   `json:"network"`
	Genesis     Hex      `json:"genesis"`
	ChainID     string   `json:"chain"`
	TrainingDay string   `json:"trainingDay,omitempty"` // as in Trust
	Event       []byte   `json:"event"`                 // canonical CBOR, base64
	Log         LogPath  `json:"log"`
	StateRoot   Hex      `json:"stateRoot"`
	LightBlock  []byte   `json:"lightBlock"` // of the height after the log root's, base64
	Handovers   [][]byte `json:"handovers,omitempty"`
	Opening     Opening  `json:"opening"`
}

// Forms of Evidence.Type. They differ in the commitment that the opening is under.
const (
	LedgerProofUnbound = "RivieraLedgerProof1" // names no record; no longer issued
	LedgerProof        = "RivieraLedgerProof2"
)

// LogPath places the event in the log.
type LogPath struct {
	Index Count `json:"index"`
	Size  Count `json:"size"`
	Path  []Hex `json:"path,omitempty"`
}

// Opening discloses some units of the body under the event's commitment.
type Opening struct {
	Leaves []Hex        `json:"leaves"`
	Opened []OpenedUnit `json:"opened,omitempty"`
}

// OpenedUnit is one disclosed unit.
type OpenedUnit struct {
	Index Count  `json:"index"` // in credit.Units
	Salt  []byte `json:"salt"`  // 16 bytes, base64
	Value []byte `json:"value"` // canonical CBOR, base64
}

// Render says how the credential is shown to people.
type Render struct {
	Type     string `json:"type"`     // PageOne
	Language string `json:"language"` // zh-CN or en: the language that stands first
}

// DataProof is the Data Integrity proof.
type DataProof struct {
	Context vcContext `json:"@context"`
	Type    string    `json:"type"`
	Suite   string    `json:"cryptosuite"`
	Created string    `json:"created"`
	Method  string    `json:"verificationMethod"`
	Purpose string    `json:"proofPurpose"`
	Value   string    `json:"proofValue,omitempty"`
}

// ContextURL names the vocabulary of the terms that VC 2.0 does not define, and
// ContextDocument is what it stands for. It is a name, not an address: nobody has to
// fetch it in order to verify, and a JSON-LD processor is given the document. It is a
// string because readers compare the members of @context as strings.
const (
	ContextURL      = "urn:riviera:context:1"
	ContextDocument = `{"@context":{"@vocab":"urn:riviera:terms:1#"}}`
)

// vcContext is the constant @context of credential and proof.
type vcContext struct{}

const vcContextJSON = `["https://www.w3.org/ns/credentials/v2","` + ContextURL + `"]`

func (vcContext) MarshalJSON() ([]byte, error) { return []byte(vcContextJSON), nil }

func (*vcContext) UnmarshalJSON(b []byte) error {
	if !sameJSON(b, []byte(vcContextJSON)) {
		return fault.New(fault.Malformed, "@context")
	}
	return nil
}

// CredentialID returns the id of the certificate of an event.
func CredentialID(event []byte) string { return idPrefix + Hex(proof.EventID(event)).String() }

// TypeOf returns the type of the certificate of an event that has ended a record.
func TypeOf(e proof.Event) string {
	if e.Phase == proof.PhaseAnnulled {
		return TypeCorrection
	}
	return TypeExit
}

// Canonical returns the credential's bytes in RFC 8785, the form in which it is signed,
// hashed and attached.
func (c *Credential) Canonical() ([]byte, error) { return canonical(c) }

// ParseCredential reads a credential and refuses with fault.Malformed what is not
// exactly one: unknown, missing or duplicate members, numbers, another context. White
// space and the order of members are free; a PDF demands the canonical form besides.
func ParseCredential(b []byte) (*Credential, error) {
	if len(b) > MaxCredential {
		return nil, fault.New(fault.TooLarge, "credential")
	}
	if err := checkJSON(b, false); err != nil {
		return nil, fault.Wrap(fault.Malformed, "credential", err)
	}
	var c Credential
	if err := decodeStrict(b, &c); err != nil {
		return nil, fault.Wrap(fault.Malformed, "credential", err)
	}
	again, err := json.Marshal(&c)
	if err != nil || !sameJSON(again, b) {
		return nil, fault.New(fault.Malformed, "credential")
	}
	return &c, nil
}

// Event returns the decoded event.
func (c *Credential) Event() (proof.Event, error) { return proof.DecodeEvent(c.Evidence.Event) }

// opening returns the opening for package proof.
func (o Opening) opening() (proof.Opening, error) {
	var out proof.Opening
	if len(o.Leaves) != len(credit.Units) {
		return out, fault.New(fault.Malformed, "opening")
	}
	for _, l := range o.Leaves {
		out.Leaves = append(out.Leaves, wire.Hash(l))
	}
	last := -1
	for _, u := range o.Opened {
		if u.Index >= Count(len(o.Leaves)) || int(u.Index) <= last || len(u.Salt) != len(proof.Salt{}) {
			return out, fault.New(fault.Malformed, "opening")
		}
		last = int(u.Index)
		out.Opened = append(out.Opened, proof.OpenedUnit{Index: last, Salt: proof.Salt(u.Salt), Unit: u.Value})
	}
	return out, nil
}

// NewOpening writes an opening of package proof for a credential, units ascending.
func NewOpening(o proof.Opening) Opening {
	var out Opening
	for _, l := range o.Leaves {
		out.Leaves = append(out.Leaves, Hex(l))
	}
	for _, u := range o.Opened {
		out.Opened = append(out.Opened, OpenedUnit{Index: Count(u.Index), Salt: bytes.Clone(u.Salt[:]), Value: u.Unit})
	}
	slices.SortFunc(out.Opened, func(a, b OpenedUnit) int { return int(a.Index) - int(b.Index) })
	return out
}

// NewHashes writes a path for a credential.
func NewHashes(path []wire.Hash) []Hex {
	var out []Hex
	for _, h := range path {
		out = append(out, Hex(h))
	}
	return out
}

// check holds the credential against itself: everything that follows from the evidence
// must say what follows. It does not look at signatures.
func (c *Credential) check() reason {
	e, err := c.Event()
	if err != nil || !e.Released() {
		return reasonEvent
	}
	fixed := c.Type == [2]string{"VerifiableCredential", TypeOf(e)} &&
		c.ID == CredentialID(c.Evidence.Event) &&
		(c.Evidence.Type == LedgerProof || c.Evidence.Type == LedgerProofUnbound) &&
		c.Render.Type == PageOne && slices.Contains(message.Langs[:], message.Lang(c.Render.Language)) &&
		c.Proof.Created == c.ValidFrom && strings.HasPrefix(c.Proof.Method, c.Issuer.ID+"#") &&
		bilingual(c.Issuer.Name) && bilingual(c.Statement.Contract.Title) &&
		(c.Statement.Transition == nil || bilingual(*c.Statement.Transition))
	for _, a := range c.Statement.Articles {
		fixed = fixed && bilingual(a.Text)
	}
	if _, err := c.issued(); err != nil || !fixed {
		return reasonCredential
	}
	opening, err := c.Evidence.Opening.opening()
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

func bilingual(t [2]LangTag) bool {
	return t[0].Language == string(message.Chinese) && t[1].Language == string(message.English)
}

// issued returns the time of issue that the issuer states.
func (c *Credential) issued() (time.Time, error) {
	t, err := time.Parse("2006-01-02T15:04:05Z", c.ValidFrom)
	if err != nil {
		return time.Time{}, fault.New(fault.Malformed, "validFrom")
	}
	return t, nil
}
