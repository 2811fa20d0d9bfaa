package verify

import (
	"time"

	"github.com/riviera-ledger/riviera/message"
)

// Verdict is an indication of ETSI EN 319 102-1.
type Verdict string

const (
	Passed        Verdict = "TOTAL_PASSED"
	Failed        Verdict = "TOTAL_FAILED"
	Indeterminate Verdict = "INDETERMINATE" // could not be checked: never the same as failed
)

// Sub-indications of ETSI EN 319 102-1 in use.
const (
	FormatFailure      = "FORMAT_FAILURE"
	HashFailure        = "HASH_FAILURE"
	SigCryptoFailure   = "SIG_CRYPTO_FAILURE"
	Revoked            = "REVOKED"
	SigConstraints     = "SIG_CONSTRAINTS_FAILURE"
	NoCertificateChain = "NO_CERTIFICATE_CHAIN_FOUND"
	OutOfBounds        = "OUT_OF_BOUNDS_NO_POE"
	NoProofOfExistence = "NO_POE"
	TryLater           = "TRY_LATER"
	ChainConstraints   = "CHAIN_CONSTRAINTS_FAILURE"
)

// Report is the outcome of a verification. Verdict follows from the three fragments: a
// failed one fails the whole, else one that could not be checked leaves it open.
type Report struct {
	Verdict   Verdict  `json:"verdict"`
	Sub       string   `json:"sub_indication,omitempty"`
	Reason    string   `json:"reason,omitempty"` // stable key of the deciding finding
	Text      Texts    `json:"text"`
	Next      Texts    `json:"next"`
	Integrity Fragment `json:"integrity"`      // the file is as it was signed and says what its evidence says
	Issuer    Fragment `json:"issuer"`         // the signer is a member of the network
	Ledger    Fragment `json:"ledger"`         // the recorders decided the event
	Status    Status   `json:"status"`         // whether it still holds, as of the trust file
	Format    string   `json:"format"`         // one of the Format constants, or ""
	Kind      string   `json:"kind,omitempty"` // second type of the credential, once its integrity has passed

	// What the certificate says, once its integrity has passed; nil before.
	Credential *Credential      `json:"credential,omitempty"`
	IssuerName *Texts           `json:"issuer_name,omitempty"` // from the trust file
	Support    *Support         `json:"support,omitempty"`
	Parallel   *ParallelFinding `json:"parallel,omitempty"`
	Timestamp  *Stamp           `json:"timestamp,omitempty"`    // of the PDF's signature
	Training   string           `json:"training_day,omitempty"` // length of a ledger day on a training network

	TrustHeight int64      `json:"trust_height,omitempty"`
	TrustIssued *time.Time `json:"trust_issued_at,omitempty"`
}

// What a verified file is.
const (
	FormatPDF          = "pdf"              // with an institution's signature
	FormatCredential   = "credential"       // a bare credential
	FormatPresentation = "presentation"     // a bare presentation by the holder
	FormatHeld         = "presentation-pdf" // a page made by the holder
)

// Fragment is one of the three findings that a verdict rests on.
type Fragment struct {
	Verdict Verdict `json:"verdict"`
	Sub     string  `json:"sub_indication,omitempty"`
	Reason  string  `json:"reason,omitempty"`
	Text    Texts   `json:"text"`
	Next    Texts   `json:"next"`
}

// Status tells whether a court has reversed the exit since.
type Status struct {
	State    string    `json:"state"` // one of the State constants
	Text     Texts     `json:"text"`
	Reversed *Reversed `json:"reversed,omitempty"`
}

// Reversed is the decision behind StateReversed.
type Reversed struct {
	By        Texts  `json:"by"` // the court's names in the trust file
	DecidedOn string `json:"decided_on"`
	Height    int64  `json:"height"` // block that recorded it
}

// States of a certificate. A new listing of the same party is another question, which
// only the network answers; it does not make this certificate false.
const (
	StateStanding = "standing" // not reversed up to the trust file's height
	StateReversed = "reversed"
	StateUnknown  = "unknown" // no trust file, or one older than the certificate
)

// Support says how many recorders signed: the block, or an attestation.
type Support struct {
	Height     int64     `json:"height"`
	Time       time.Time `json:"time,omitzero"` // real time of the block; none under an attestation
	Signers    int       `json:"signers"`
	Validators int       `json:"validators"`
	Handovers  int       `json:"handovers"` // changes of recorders proved since the trust file

	signed, power int64 // voting power
}

// Stamp is the time that a time-stamp authority states for the PDF's signature. Which
// authority is to be believed is for the reader to say (Options.Authorities): the ledger
// knows none, and the verdict does not rest on one that nobody has demanded.
type Stamp struct {
	Time      time.Time `json:"time"`
	Authority string    `json:"authority"` // common name in its certificate
	State     string    `json:"state"`     // one of the Stamp constants
	Text      Texts     `json:"text"`
}

// States of a time stamp. One that is not over this signature is none of them: it fails
// the file.
const (
	StampPinned      = "pinned"      // by an authority that the reader has pinned
	StampUnknown     = "unknown"     // right in itself, by an authority that nobody has pinned
	StampContradicts = "contradicts" // before what it stamps could be there, or after now
)

// Texts is a text in both languages.
type Texts struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In returns the text in a language.
func (t Texts) In(l message.Lang) string {
	if l == message.Chinese {
		return t.ZH
	}
	return t.EN
}

func texts(key string, args ...any) Texts {
	return Texts{ZH: message.Chinese.Text(key, args...), EN: message.English.Text(key, args...)}
}

// reason is one way in which a check can end. Each has its verdict and its texts
// "verify.<name>" and "verify.<name>.next".
type reason string

const (
	reasonNone       reason = ""
	reasonUnreached  reason = "not-reached" // another fragment ended the check
	reasonUnknown    reason = "unknown-file"
	reasonTooLarge   reason = "too-large"
	reasonStructure  reason = "structure"
	reasonAppended   reason = "appended"
	reasonSignature  reason = "signature-form"
	reasonPadding    reason = "padding"
	reasonAltered    reason = "altered"
	reasonSeal       reason = "seal"
	reasonAttachment reason = "attachment"
	reasonPage       reason = "page"
	reasonCredential reason = "credential-form"
	reasonEvent      reason = "event"
	reasonOpening    reason = "opening"
	reasonSubject    reason = "subject"
	reasonIntegrity  reason = "credential-signature"

	reasonNoTrust      reason = "no-trust"
	reasonNetwork      reason = "other-network"
	reasonTraining     reason = "training-clock"
	reasonIssuer       reason = "issuer-unknown"
	reasonIssuerPeriod reason = "issuer-period"
	reasonIssuerName   reason = "issuer-name"
	reasonSealUnknown  reason = "seal-unknown"
	reasonSealPeriod   reason = "seal-period"
	reasonSealMember   reason = "seal-member"

	reasonBlock      reason = "block"
	reasonPath       reason = "path"
	reasonHeight     reason = "height"
	reasonCommit     reason = "commit"
	reasonValidators reason = "validators-unknown"
	reasonRetired    reason = "retired-keys"
	reasonRoot       reason = "daily-root"
	reasonTrustAge   reason = "trust-age"
	reasonWitness    reason = "no-witness"
	reasonTime       reason = "times"
	reasonFuture     reason = "future"
	reasonReversed   reason = "reversed"
	reasonStatus     reason = "status-unknown"

	reasonNoStamp          reason = "no-timestamp"
	reasonParallel         reason = "parallel"
	reasonNoParallel       reason = "no-parallel"
	reasonTimestamp        reason = "timestamp"
	reasonAttestation      reason = "attestation"
	reasonAttesters        reason = "attesters"
	reasonRetiredAttesters reason = "retired-attesters"
)

// outcomes is the closed table of reasons.
var outcomes = map[reason]struct {
	verdict Verdict
	sub     string
}{
	reasonUnreached:  {Indeterminate, ""},
	reasonUnknown:    {Failed, FormatFailure},
	reasonTooLarge:   {Failed, FormatFailure},
	reasonStructure:  {Failed, FormatFailure},
	reasonAppended:   {Failed, FormatFailure},
	reasonSignature:  {Failed, FormatFailure},
	reasonPadding:    {Failed, FormatFailure},
	reasonAltered:    {Failed, HashFailure},
	reasonSeal:       {Failed, SigCryptoFailure},
	reasonAttachment: {Failed, FormatFailure},
	reasonPage:       {Failed, FormatFailure},
	reasonCredential: {Failed, FormatFailure},
	reasonEvent:      {Failed, FormatFailure},
	reasonOpening:    {Failed, HashFailure},
	reasonSubject:    {Failed, FormatFailure},
	reasonIntegrity:  {Failed, SigCryptoFailure},

	reasonNoTrust:      {Indeterminate, NoCertificateChain},
	reasonNetwork:      {Indeterminate, NoCertificateChain},
	reasonTraining:     {Indeterminate, ChainConstraints},
	reasonIssuer:       {Indeterminate, NoCertificateChain},
	reasonIssuerPeriod: {Indeterminate, OutOfBounds},
	reasonIssuerName:   {Indeterminate, SigConstraints},
	reasonSealUnknown:  {Indeterminate, NoCertificateChain},
	reasonSealPeriod:   {Indeterminate, OutOfBounds},
	reasonSealMember:   {Indeterminate, SigConstraints},

	reasonBlock:      {Failed, FormatFailure},
	reasonPath:       {Failed, HashFailure},
	reasonHeight:     {Failed, FormatFailure},
	reasonCommit:     {Failed, SigCryptoFailure},
	reasonValidators: {Indeterminate, NoCertificateChain},
	reasonRetired:    {Indeterminate, NoProofOfExistence},
	reasonRoot:       {Failed, HashFailure},
	reasonTrustAge:   {Indeterminate, TryLater},
	reasonWitness:    {Indeterminate, NoProofOfExistence},
	reasonTime:       {Failed, FormatFailure},
	reasonFuture:     {Indeterminate, TryLater},
	reasonReversed:   {Failed, Revoked},
	reasonStatus:     {Indeterminate, TryLater},

	reasonNoStamp:          {Indeterminate, NoProofOfExistence},
	reasonParallel:         {Failed, SigCryptoFailure},
	reasonNoParallel:       {Indeterminate, SigConstraints},
	reasonTimestamp:        {Failed, SigCryptoFailure},
	reasonAttestation:      {Failed, SigCryptoFailure},
	reasonAttesters:        {Failed, SigConstraints},
	reasonRetiredAttesters: {Indeterminate, NoProofOfExistence},
}

// fragment makes the finding of a reason; part names the fragment for the text of a
// pass ("integrity", "issuer", "ledger").
func fragment(part string, r reason) Fragment {
	if r == reasonNone {
		return Fragment{Verdict: Passed, Text: texts("verify." + part + ".passed")}
	}
	o := outcomes[r]
	key := "verify." + string(r)
	return Fragment{o.verdict, o.sub, string(r), texts(key), texts(key + ".next")}
}

// conclude draws the verdict from the fragments and the status.
func (r *Report) conclude(o Options) {
	parts := []Fragment{r.Integrity, r.Issuer, r.Ledger}
	switch {
	case r.Status.State == StateReversed:
		parts = append(parts, fragment("status", reasonReversed))
	case o.RequireStatus && r.Status.State == StateUnknown:
		parts = append(parts, fragment("status", reasonStatus))
	}
	if len(o.Authorities) > 0 && (r.Timestamp == nil || r.Timestamp.State != StampPinned) {
		parts = append(parts, fragment("timestamp", reasonNoStamp))
	}
	if o.RequireSM2 && (r.Parallel == nil || r.Parallel.State != ParallelVerified) {
		parts = append(parts, fragment("parallel", reasonNoParallel))
	}
	for _, want := range []Verdict{Failed, Indeterminate} {
		for _, p := range parts {
			if p.Verdict == want && p.Reason != string(reasonUnreached) {
				r.Verdict, r.Sub, r.Reason, r.Text, r.Next = p.Verdict, p.Sub, p.Reason, p.Text, p.Next
				return
			}
		}
	}
	key := "verify.passed"
	if kind := passedKinds[r.Kind]; kind != "" {
		key += "." + kind
	}
	r.Verdict, r.Text, r.Next = Passed, texts(key), texts(key+".next")
	if r.Format == FormatHeld {
		r.Next = texts("verify.passed.held.next")
	}
	if r.Training != "" {
		r.Text, r.Next = texts("verify.passed.training", r.Training), texts("verify.passed.training.next")
	}
}

// passedKinds names the kinds whose pass is worded in its own way.
var passedKinds = map[string]string{TypeCorrection: "correction", TypeNotice: "notice", TypeClear: "clear"}
