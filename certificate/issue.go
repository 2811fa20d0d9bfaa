package certificate

import (
	"crypto"
	"crypto/x509"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/proof"
	"github.com/riviera-ledger/riviera/verify"
	"github.com/riviera-ledger/riviera/wire"
)

// Input is everything that a node gathers for one certificate.
type Input struct {
	Network     string        // name for people, as in the trust file
	GenesisHash wire.Hash     // digest of the genesis document
	ChainID     string        // the engine's name of the chain
	TrainingDay time.Duration // real length of a ledger day under a training clock; 0 is a day

	Event    []byte       // canonical bytes of the event that ended the record (proof.Event)
	Body     credit.Body  // the record's body at that event
	Secret   proof.Secret // the secret under which the event commits to it
	Disclose []string     // units to disclose (credit.Unit…); nil is DefaultDisclosure

	Ledger    LedgerProof
	Contract  Contract
	Exits     []Exit // of a notice: the ways out of the listing
	Issuer    Issuer
	Languages []message.Lang // of the page, the first first; nil is Chinese, then English
	Recipient string         // for whom the holder asks for it; "" for anyone
	Now       time.Time      // real time of issue
}

// Exit is one way out of a listing, in words. How is "condition", "date" or "event"; Due
// is the day at whose end it happens by itself, as 2006-01-02.
type Exit struct {
	ZH, EN     string
	How, Due   string
	Conditions [][2]string // Chinese, English
	Articles   []Article
}

// LedgerProof leads from the event to the recorders' signatures.
type LedgerProof struct {
	LogIndex, TreeSize uint64      // the event's place, and the size of the log at block Height
	Path               []wire.Hash // RFC 6962 inclusion path
	StateRoot          wire.Hash   // of the ledger after block Height
	Height             int64       // block whose AppHash stands in the next header
	LightBlock         []byte      // the engine's LightBlock of Height+1, protobuf
	Handovers          [][]byte    // LightBlocks that change the recorders since the last pinned set
}

// Contract describes the contract document in words. The ledger proves only its number.
type Contract struct {
	ID               string
	Version          uint32
	TitleZH, TitleEN string
	WayZH, WayEN     string    // how the record ended: the transition's title; "" leaves it out
	Articles         []Article // texts of the articles that the event cites
}

// Article is the citation of one article for people.
type Article struct{ Key, ZH, EN string }

// Issuer is the member that signs. CredentialKey is Ed25519 or P-256, DocumentKey is
// P-256 with the certificate chain that names it, the signer's certificate first.
type Issuer struct {
	MemberID       uint32
	NameZH, NameEN string
	Code           string // unified social credit code, may be ""
	CredentialKey  crypto.Signer
	DocumentKey    crypto.Signer
	ParallelKey    crypto.Signer // SM2, signs beside the credential key; nil for a member that has none
	Certificate    []*x509.Certificate
	CRLs           [][]byte // revocation lists of the chain, DER; none for a certificate of its own
	Stamp          Stamper  // nil for files without a time stamp
}

// Warning is something that the issuer should know about a certificate it has made. It
// names no value of the record.
type Warning string

const (
	RareCharacters Warning = "rare-characters" // a character stands on the page as its code point
	NoTimestamp    Warning = "no-timestamp"    // no authority gave a time stamp: level B-B instead of B-T
)

// DefaultDisclosure is what a certificate shows unless the subject chooses otherwise:
// who, on what ground, by whom, when; neither amount nor facts nor measures.
func DefaultDisclosure() []string {
	return []string{credit.UnitName, credit.UnitCode, credit.UnitCase, credit.UnitOffice, credit.UnitBasis, credit.UnitDates}
}

// Issue makes a certificate, or the notice of a listing. An event that is neither an end
// nor a listing is fault.GuardNotMet,
// a body that the event does not commit to fault.CommitmentMismatch, and a ledger proof
// that does not lead from the event to the block fault.NotReady: the node is to gather
// it again. Nothing is signed before all that holds.
func Issue(in Input) (pdf []byte, warnings []Warning, err error) {
	c, err := Credential(in)
	if err != nil {
		return nil, nil, err
	}
	return Draw(c, in.Issuer)
}

// Credential makes and signs the credential alone.
func Credential(in Input) (*verify.Credential, error) {
	disclose := in.Disclose
	if disclose == nil {
		disclose = DefaultDisclosure()
	}
	c, _, err := in.credential(disclose)
	return c, err
}

// OwnCopy makes what the holder keeps: a credential that discloses nothing by itself, and
// beside it the opening of every unit. From it the holder makes presentations that show
// what it chooses, with no node and no key (verify.Presentation.Choose, DrawHeld). It
// opens everything, so it is for the holder's eyes alone.
func OwnCopy(in Input) (*verify.Presentation, error) {
	in.Recipient = ""
	c, event, err := in.credential([]string{})
	if err != nil {
		return nil, err
	}
	opening, err := in.open(event, credit.Units[:])
	if err != nil {
		return nil, err
	}
	return verify.NewPresentation(c, opening), nil
}

func (in *Input) credential(disclose []string) (*verify.Credential, proof.Event, error) {
	event, err := in.checkEvent()
	if err != nil {
		return nil, event, err
	}
	opening, err := in.open(event, disclose)
	if err != nil {
		return nil, event, err
	}
	subject, err := verify.NewSubject(event, opening)
	if err != nil {
		return nil, event, err
	}
	if utf8.RuneCountInString(in.Recipient) > verify.MaxRecipient {
		return nil, event, fault.New(fault.FieldTooLong, "recipient")
	}
	c := in.Issuer.begin(in.Languages, in.Now)
	c.ID, c.Type = verify.CredentialID(in.Event), [2]string{"VerifiableCredential", verify.TypeOf(event)}
	c.Subject, c.Statement, c.Evidence = subject, in.Contract.statement(), in.evidence(opening)
	c.Statement.Recipient = in.Recipient
	if event.Listed() {
		addExits(&c.Statement, in.Exits)
	}
	return c, event, in.Issuer.sign(c)
}

// begin makes what every credential of the issuer has.
func (i *Issuer) begin(languages []message.Lang, now time.Time) *verify.Credential {
	if len(languages) == 0 {
		languages = []message.Lang{message.Chinese, message.English}
	}
	return &verify.Credential{ValidFrom: now.UTC().Format("2006-01-02T15:04:05Z"),
		Issuer: verify.Issuer{Name: verify.Bilingual(i.NameZH, i.NameEN), Member: verify.Count(i.MemberID), Code: i.Code},
		Render: verify.Render{Type: verify.PageTwo, Language: verify.Languages(languages...)}}
}

func (in *Input) checkEvent() (proof.Event, error) {
	event, err := proof.DecodeEvent(in.Event)
	if err != nil {
		return event, err
	}
	if verify.TypeOf(event) == "" {
		return event, fault.New(fault.GuardNotMet, "event")
	}
	l := in.Ledger
	root, err := proof.RootFromPath(in.Event, l.LogIndex, l.TreeSize, l.Path)
	if err != nil {
		return event, fault.Wrap(fault.NotReady, "log path", err)
	}
	block, err := proof.DecodeLightBlock(l.LightBlock)
	if err != nil {
		return event, fault.Wrap(fault.NotReady, "light block", err)
	}
	if block.Header.AppHash != proof.AppHash(root, l.StateRoot) || block.Header.Height != l.Height+1 || event.Height > l.Height {
		return event, fault.New(fault.NotReady, "ledger proof")
	}
	if _, err := block.Verify(in.ChainID); err != nil {
		return event, fault.Wrap(fault.NotReady, "light block", err)
	}
	return event, nil
}

// open discloses the chosen units under the event's commitment.
func (in *Input) open(event proof.Event, disclose []string) (proof.Opening, error) {
	var indices []int
	for i, unit := range credit.Units {
		if slices.Contains(disclose, unit) {
			indices = append(indices, i)
		}
	}
	for _, unit := range disclose {
		if !slices.Contains(credit.Units[:], unit) {
			return proof.Opening{}, fault.New(fault.BadArgument, "disclose")
		}
	}
	opening := proof.Open(in.Secret, in.Body.Disclose(), indices...)
	if err := opening.Verify(event.Record, event.Commitment); err != nil {
		return proof.Opening{}, err
	}
	return opening, nil
}

func (in *Input) evidence(opening proof.Opening) verify.Evidence {
	e := verify.Evidence{
		Type:       verify.LedgerProof,
		Network:    in.Network,
		Genesis:    verify.Hex(in.GenesisHash),
		ChainID:    in.ChainID,
		Event:      in.Event,
		Log:        verify.LogPath{Index: verify.Count(in.Ledger.LogIndex), Size: verify.Count(in.Ledger.TreeSize), Path: verify.NewHashes(in.Ledger.Path)},
		StateRoot:  verify.Hex(in.Ledger.StateRoot),
		LightBlock: in.Ledger.LightBlock,
		Handovers:  in.Ledger.Handovers,
		Opening:    verify.NewOpening(opening),
	}
	if in.TrainingDay > 0 {
		e.TrainingDay = in.TrainingDay.String()
	}
	return e
}

// Draw puts a signed credential into a PDF and signs that with the issuer's document
// key. The issuer must be the one that the credential names.
func Draw(c *verify.Credential, by Issuer) (pdf []byte, warnings []Warning, err error) {
	if c.Issuer.Member != verify.Count(by.MemberID) {
		return nil, nil, fault.New(fault.ForeignRecorder, "issuer")
	}
	if len(by.Certificate) == 0 || by.DocumentKey == nil {
		return nil, nil, fault.New(fault.BadConfig, "document key")
	}
	fonts, err := loadFonts()
	if err != nil {
		return nil, nil, fault.Wrap(fault.Internal, "fonts", err)
	}
	face := newTypesetter(fonts)
	layout, err := verify.NewLayout(c, face)
	if err != nil {
		return nil, nil, err
	}
	pdf, warnings, err = seal(c, layout, face, by)
	return pdf, append(warnings, warn(layout)...), err
}

// DrawHeld puts a holder's presentation into a PDF that bears no institution's signature,
// and says so on its page.
func DrawHeld(p *verify.Presentation) (pdf []byte, warnings []Warning, err error) {
	fonts, err := loadFonts()
	if err != nil {
		return nil, nil, fault.Wrap(fault.Internal, "fonts", err)
	}
	face := newTypesetter(fonts)
	layout, err := verify.NewHeldLayout(p, face)
	if err != nil {
		return nil, nil, err
	}
	document, err := p.Canonical()
	if err != nil {
		return nil, nil, fault.Wrap(fault.Internal, "presentation", err)
	}
	parts := pack(document, layout, face)
	parts.Credential, parts.Held = p.Shown(), true
	pdf, _ = verify.Assemble(parts)
	return pdf, warn(layout), nil
}

func warn(l verify.Layout) (warnings []Warning) {
	if len(l.Missing) > 0 {
		warnings = append(warnings, RareCharacters)
	}
	return warnings
}

// seal assembles and signs the file of a credential and its layout.
func seal(c *verify.Credential, layout verify.Layout, face *typesetter, by Issuer) ([]byte, []Warning, error) {
	document, err := c.Canonical()
	if err != nil {
		return nil, nil, fault.Wrap(fault.Internal, "credential", err)
	}
	parts := pack(document, layout, face)
	parts.Credential, parts.Seal = c, deflate(layout.Seal)
	for _, l := range by.CRLs {
		parts.CRLs = append(parts.CRLs, deflate(l))
	}
	pdf, contents := verify.Assemble(parts)
	warnings, err := by.signPDF(pdf, contents)
	if err != nil {
		return nil, nil, err
	}
	return pdf, warnings, nil
}

// pack deflates what every file has.
func pack(document []byte, layout verify.Layout, face *typesetter) *verify.Parts {
	parts := &verify.Parts{Layout: layout, Fonts: face.parts(), Attachment: deflate(document), Profile: packedProfile()}
	for _, p := range layout.Pages {
		parts.Pages = append(parts.Pages, deflate(p))
	}
	return parts
}
