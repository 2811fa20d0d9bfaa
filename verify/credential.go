package verify

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/wire"
)

// MaxCredential bounds a credential, in bytes.
const MaxCredential = 2 << 20

// MaxRecipient bounds the name of a recipient, in characters.
const MaxRecipient = 200

// Types of credential: the second member of "type".
const (
	TypeExit       = "RivieraExitCertificate"  // the record ended
	TypeCorrection = "RivieraCorrectionNotice" // the record was void from the start
	TypeNotice     = "RivieraListingNotice"    // the record was listed, or is about to be
	TypeClear      = "RivieraClearCertificate" // no record in force at a height, as recorders attest
)

// What precedes the hexadecimal digest in an id: EventID, for a clear certificate
// proof.ClearID.
const (
	idPrefix     = "urn:riviera:exit:"
	noticePrefix = "urn:riviera:notice:"
	clearPrefix  = "urn:riviera:clear:"
	idDigits     = 64
	maxExits     = 40
	maxAttested  = 64
)

// Layouts that a credential asks for. The first served exits and corrections with
// evidence of the unbound form, and nothing is issued with it any more.
const (
	PageOne = "RivieraPage1"
	PageTwo = "RivieraPage2"
)

// Credential is a W3C Verifiable Credential 2.0. Every member but Issuer, ValidFrom,
// Statement and Render follows from Evidence, and a reader who wants to believe no
// institution derives it anew (check).
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
	Parallel  *Parallel `json:"parallel,omitempty"` // SM2, beside the proof and covered by it
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
	Contract   ContractTitle `json:"contract,omitzero"`    // none in a clear certificate
	Transition *[2]LangTag   `json:"transition,omitempty"` // how the record ended, or began
	Articles   []ArticleText `json:"articles,omitempty"`   // texts of the cited articles
	Exits      []Exit        `json:"exits,omitempty"`      // of a notice: the ways out
	Recipient  string        `json:"recipient,omitempty"`  // for whom the holder asked for it
}

// Exit is one way out of a listing, in words.
type Exit struct {
	Title      [2]LangTag   `json:"title"`
	How        string       `json:"how"`           // "condition", "date" or "event"
	Due        string       `json:"due,omitempty"` // 2006-01-02: by itself at the end of that day
	Conditions [][2]LangTag `json:"conditions,omitempty"`
	Articles   []string     `json:"articles,omitempty"` // keys in Statement.Articles
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
	Type        string  `json:"type"` // LedgerProof or Attested
	Network     string  `json:"network"`
	Genesis     Hex     `json:"genesis"`
	ChainID     string  `json:"chain"`
	TrainingDay string  `json:"trainingDay,omitempty"` // as in Trust
	Opening     Opening `json:"opening"`

	// Of a ledger proof.
	Event      []byte   `json:"event,omitempty"` // canonical CBOR, base64
	Log        LogPath  `json:"log,omitzero"`
	StateRoot  Hex      `json:"stateRoot,omitzero"`
	LightBlock []byte   `json:"lightBlock,omitempty"` // of the height after the log root's, base64
	Handovers  [][]byte `json:"handovers,omitempty"`

	// Of an attestation.
	Attested     []byte        `json:"attested,omitempty"` // canonical CBOR of proof.Clear, base64
	Attestations []Attestation `json:"attestations,omitempty"`
}

// Forms of Evidence.Type. The two ledger proofs differ in the commitment that the
// opening is under.
const (
	LedgerProofUnbound = "RivieraLedgerProof1" // names no record; no longer issued
	LedgerProof        = "RivieraLedgerProof2"
	AttestedClear      = "RivieraAttestation1" // no ledger path: recorders' word
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
	Type     string `json:"type"`     // PageTwo, on old ones PageOne
	Language string `json:"language"` // as Languages writes it; on PageOne the one that stands first
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
func CredentialID(event []byte) string {
	digits := Hex(proof.EventID(event)).String()
	if e, err := proof.DecodeEvent(event); err == nil && e.Listed() {
		return noticePrefix + digits
	}
	return idPrefix + digits
}

// TypeOf returns the type of the certificate of an event: "" if there is none for it.
func TypeOf(e proof.Event) string {
	switch {
	case e.Phase == proof.PhaseAnnulled:
		return TypeCorrection
	case e.Released():
		return TypeExit
	case e.Listed():
		return TypeNotice
	}
	return ""
}

// Digits returns the hexadecimal digits of a certificate's id.
func Digits(id string) string { return id[strings.LastIndexByte(id, ':')+1:] }

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

// opening returns the opening of a body of so many units for package proof.
func (o Opening) opening(units int) (proof.Opening, error) {
	var out proof.Opening
	if len(o.Leaves) != units {
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
