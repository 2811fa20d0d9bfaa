// Package fault holds the closed set of codes with which Riviera refuses something.
//
// A code is consensus data: it stands in a block's results, so its number never
// changes and is never used again for something else. TestCodesAreFrozen holds the
// whole table against a golden file. Messages are for people, live in package
// message under "fault.<name>", and are never hashed.
//
// Code 0 is OK. Codes are grouped by the hundred (see the constants). A code at or
// above 32000 means "not now, try again" (design: the engine's pool treats codes
// from 32000 as temporary, so that the sender's seen-cache does not swallow them).
package fault

import (
	"errors"
	"fmt"
)

// Code is one way of being refused. The zero value is OK.
type Code uint16

// OK is the code of an operation that was applied.
const OK Code = 0

// Form: the bytes or the envelope are not what the format says.
const (
	Malformed        Code = 100 // not canonical CBOR, unknown or duplicate field, wrong length
	TooLarge         Code = 101 // a field, an operation or an envelope above its bound
	UnknownVersion   Code = 102 // envelope of a version that this height does not know
	ForeignGenesis   Code = 103 // signed for another network
	Expired          Code = 104 // not_after lies below the block's height
	NotAfterTooFar   Code = 105 // not_after lies more than the allowed heights ahead
	AlreadyCommitted Code = 106 // an envelope with the same id is in the ledger
	UnknownOperation Code = 107 // operation kind that this height does not know
	UnknownDocument  Code = 108 // a file or document of a kind that is not known
)

// Authority: who signed may not do this.
const (
	UnknownMember    Code = 200
	UnknownKey       Code = 201 // the member has no such key, or it is not valid at this height
	BadSignature     Code = 202
	ApproverMissing  Code = 203 // an adverse act needs a second person's signature
	ApproverSame     Code = 204 // the second signature is by the operator that made the first
	RoleNotAllowed   Code = 205 // the member's role may not send this event
	ForeignRecorder  Code = 206 // the record belongs to another recorder
	MemberSuspended  Code = 207
	OwnRuling        Code = 208 // a body may not review its own ruling
	NotAuthenticated Code = 209 // no or wrong credential at an edge
	QuotaExceeded    Code = 210 // the day's quota of the caller is used up
	OutsideMigration Code = 211 // migration after the genesis' window has closed
	NoAccess         Code = 220 // the record has no access key, or is forgotten
	FilingSignature  Code = 221 // a filing that the record's access code has not signed

	MemberRemoved  Code = 230 // no longer a member, or no longer a recorder: only favourable acts on its own records
	AlreadySigned  Code = 231 // this operator has signed the act that waits
	UnknownPending Code = 232 // no act of this member waits under that id; it may have lapsed
	EmergencyStop  Code = 233 // adverse acts are stopped for a time
	StopTooSoon    Code = 234 // the last emergency stop is less than thirty days past
	ReasonInvalid  Code = 235 // an act of the gate cites no reason of the closed list or no article
)

// Record: the state of the ledger refuses it.
const (
	UnknownRecord     Code = 300
	DuplicateRecord   Code = 301 // the record id exists
	DuplicateCase     Code = 302 // the case tag has been seen: same recorder, case, subject and kind
	UnknownContract   Code = 303
	MissingExit       Code = 304 // no reachable exit, basis, measure or maximum term (invariant 4)
	EventNotAccepted  Code = 305 // the contract takes no such event in this state
	GuardNotMet       Code = 306 // the contract's condition for the event is not met
	UnknownEvent      Code = 307
	BadArgument       Code = 308 // an argument of the event is missing, unknown, of the wrong type or out of range
	StaleCalendar     Code = 309 // an adverse act computed with another edition of the calendar
	UnknownMeasure    Code = 310 // measure not in the catalogue
	BodyUnchanged     Code = 311 // an amendment with the commitment that the record has
	ContractRetired   Code = 312 // no new records under this contract
	DateInFuture      Code = 313
	DateTooEarly      Code = 314
	RelistingBarred   Code = 315
	RecordQuarantined Code = 316
	UnknownCalendar   Code = 317
	FilingSerial      Code = 320 // a filing out of its order: filed already, or one is missing
	FilingLimit       Code = 321 // more filings than the record's age allows
	ReasonsMissing    Code = 322 // a refusal without the paper that gives its reasons
	AccessUnchanged   Code = 323 // the access key that the record has
	UnknownOrder      Code = 330 // the record orders no such measure, or nothing any more
	NotExecutor       Code = 331 // the member does not carry out this measure
	FeedbackOutOfTurn Code = 332 // what is reported does not follow what was reported before
	FeedbackRepeated  Code = 333 // this, or more, has been reported
	OrderPaused       Code = 334 // the record is hidden: nothing may be carried out
	VersionExists     Code = 335 // a contract document with this id and version is in force
	VersionNotNext    Code = 336 // the version is not the one that follows the newest of its id
	KindChanged       Code = 337 // id and kind do not go together with the versions before it
	ProposalOpen      Code = 338 // another contract document of this kind is being decided on
	UnknownProposal   Code = 339 // no contract document with this hash is being decided on
	TooManyVersions   Code = 340 // too many versions of the kind still have live records
	ProposalsBusy     Code = 341 // the block has taken as many proposals of contracts as it may

	ChangePending     Code = 345 // one recorder change at a time
	QuorumBroken      Code = 346 // too few recorders would be left, or too few of them present
	ConstituencyShare Code = 347 // a constituency would have more than a third of the recorders
	MemberExists      Code = 348 // number, node or code of another member
	MemberIncomplete  Code = 349 // an admission lacks something
	KeysTooFew        Code = 350 // too few operators would be left
	KeyInvalid        Code = 351 // no key of its algorithm, or of a wrong purpose
	KeyUsed           Code = 352 // a key that a member has or has had
	UnknownChange     Code = 353 // no such change is under notice
	AlreadyStayed     Code = 354 // the change has been put off, or this recorder has asked for it
	NoEffect          Code = 355 // the act would change nothing
	SuccessorInvalid  Code = 356
	TooManyPending    Code = 357 // too many acts of the member wait for signatures
)

// Admission: the body that travels beside the envelope refuses it.
const (
	BodyMissing        Code = 400
	CommitmentMismatch Code = 401 // the body does not open the operation's commitment
	BodyMalformed      Code = 402
	FieldMissing       Code = 403
	FieldTooLong       Code = 404
	NameInvalid        Code = 405 // control or formatting characters, or nothing visible
	Minor              Code = 406 // 法释〔2017〕7号 art. 4: a person below 18 is never listed
	AmountRaised       Code = 407 // an amount may only fall without a reasoned decision
	SubjectChanged     Code = 408 // an amendment names another subject or case
	SecretReused       Code = 409 // the record secret has served another body
	KindMismatch       Code = 410 // body and contract are of different kinds
	FieldInvalid       Code = 411
	DuplicateRow       Code = 412 // an import file holds the case twice
	UnknownColumn      Code = 413
	MissingColumn      Code = 414
	EncodingInvalid    Code = 415 // a file in neither UTF-8 nor GB18030
)

// Identifiers, each way of being wrong on its own.
const (
	CodeLength        Code = 500
	CodeCharacter     Code = 501 // outside the alphabet of GB 32100 (no I O S V Z)
	CodeLowerCase     Code = 502
	CodeAuthority     Code = 503 // authority and category are no pair of the closed table
	CodeRegion        Code = 504
	CodeOrganisation  Code = 505 // inner check of GB 11714
	CodeCheck         Code = 506 // outer check of GB 32100
	CitizenLength     Code = 510
	CitizenCharacter  Code = 511
	CitizenRegion     Code = 512
	CitizenDate       Code = 513
	CitizenCheck      Code = 514
	CodeUnrecognised  Code = 515 // neither an organisation's nor a person's number
	DateMalformed     Code = 520
	DateImpossible    Code = 521
	AmountMalformed   Code = 522
	ConditionMismatch Code = 523 // conditional field contradicts another
)

// Node and edges: this node, now.
const (
	StaleNode       Code = 600 // block time lags: do not punish
	NotReady        Code = 601
	NotFound        Code = 602
	HomeLocked      Code = 603
	PortInUse       Code = 604
	DiskFull        Code = 605
	HomeMissing     Code = 606
	HomeForeign     Code = 607 // home of another genesis
	VersionMismatch Code = 608 // written by, or connected to, another version
	BadConfig       Code = 609
	HomeExists      Code = 610
	Usage           Code = 611
	BadRequest      Code = 612
	Internal        Code = 613
	FileMissing     Code = 614 // a file that a home must have
	SigningRecord   Code = 615 // the record of what a recorder last signed is gone
)

// Certificates.
const (
	NotClear       Code = 630 // a certificate of clear standing is asked for a party that is listed
	TooFewAttested Code = 631 // too few recorders attest, or were reached
	KeyUnfit       Code = 632 // a key or recipient that the operation cannot use
)

// Desk: what the person a record is about does with its access code.
const (
	AccessCodeLength    Code = 650
	AccessCodeCharacter Code = 651
	AccessCodeCheck     Code = 652 // mistyped: the check characters do not agree
	AccessRefused       Code = 653 // one answer for: no such record, another code, erased
	FileType            Code = 654 // a file of a type that papers may not hold
	HourAnchored        Code = 655 // an hour of a query log that is anchored already, or not over
)

// Receipts: that nothing is left of what had to go.
const (
	WatermarkAhead  Code = 660 // a watermark beyond what is committed
	WatermarkBehind Code = 661 // one that does not rise
)

// Sealed copies.
const (
	NoSealedCopy Code = 665 // none under this locator, for whatever reason
)

// Keys: what an institution's people and node sign with.
const (
	KeyLocked       Code = 670 // sealed, and no passphrase is at hand
	PassphraseWrong Code = 671
	PassphraseWeak  Code = 672 // too short to seal with
	TokenFailed     Code = 673 // the security token, or its key, cannot be used
	PreparedInvalid Code = 674 // a prepared act is not whole, or not what it says
	ScopeExceeded   Code = 676 // the key may not sign acts of this kind
)

// Audit: what a replay or a witness finds.
const (
	AuditDiffers       Code = 680 // a replay comes to something else than what is stored
	BlocksMissing      Code = 681 // the blocks here do not begin with the first
	BlockDamaged       Code = 682 // a stored block cannot be read, or its parts do not agree
	CheckpointInvalid  Code = 683 // no checkpoint of this log, or not signed by whom it has to be
	CheckpointForked   Code = 684 // two checkpoints of one log of which neither continues the other
	UnknownWitness     Code = 685 // a cosignature by a witness that is not configured
	CheckpointOutdated Code = 686 // older than what the witness has seen
	LogUnproved        Code = 687 // a proof of the log that does not lead where it says
	TooFewWitnesses    Code = 688 // fewer witnesses have signed a checkpoint than are demanded
)

// Joining a running network.
const (
	SnapshotForged Code = 690 // a snapshot whose content does not lead to its roots
	TrustOutdated  Code = 691 // today's recorders cannot be proved from the trust file
)

// Other rules, the end of a chain, and its successor.
const (
	RulesUnknown      Code = 692 // a block is executed under rules that this program does not know
	ChainEnded        Code = 693 // no block follows the last one
	ChainRunning      Code = 694 // what only an ended chain allows
	ExportDamaged     Code = 695 // an export is cut off, changed or not one at all
	SuccessorMismatch Code = 696 // genesis and export, or home, do not belong together
)

// A node's life: backup and restore.
const (
	BackupDamaged  Code = 700 // a backup is cut off, changed or not one at all
	VotesElsewhere Code = 701 // a restored recorder's key votes at another place
	HomeHoldsData  Code = 702 // a restore into a home that has data
)

// Reversals of ends, and parallel keys.
const (
	ReversalTarget    Code = 710 // what is to be reversed is no end of this record
	AlreadyReversed   Code = 711
	NotReversed       Code = 712 // there is no reversal to lift
	ReversalArticle   Code = 713 // no article of the contract that ended the record
	ReversalDate      Code = 714 // before the end, or after today
	ReversalSignature Code = 715 // not of the deciding body's credential key over this decision
)

// Temporary: the same thing may succeed later.
const (
	PoolFull    Code = 32000
	MemberQuota Code = 32001 // the member's share of the pool is used up
	BodyAwaited Code = 32002 // envelope arrived before its bodies
)

// Error is a refusal with its place. Where names a field, a line and column or an
// operation's index, never a value; Detail is technical and free of personal data.
type Error struct {
	Code   Code
	Where  string // e.g. "subject_code", "line 7, column 3", "operation 12"
	Detail string
	Err    error // cause, if any
}

func (e *Error) Error() string {
	s := e.Code.String()
	if e.Where != "" {
		s = e.Where + ": " + s
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// New makes an Error for a code at a place; where may be empty.
func New(c Code, where string) *Error { return &Error{Code: c, Where: where} }

// Newf is New with a technical detail, which must hold no personal data.
func Newf(c Code, where, format string, args ...any) *Error {
	return &Error{Code: c, Where: where, Detail: fmt.Sprintf(format, args...)}
}

// Wrap makes an Error around a cause.
func Wrap(c Code, where string, err error) *Error { return &Error{Code: c, Where: where, Err: err} }

// Of returns the code of the first Error in err's chain: OK for nil, Internal for
// an error without a code.
func Of(err error) Code {
	if err == nil {
		return OK
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Place joins the places along err's chain, outermost first: "operation 3: subject_code".
func Place(err error) string {
	place := ""
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			break
		}
		if e.Where != "" && place != "" {
			place += ": "
		}
		place += e.Where
		err = e.Err
	}
	return place
}

// Is reports whether err carries code c.
func Is(err error, c Code) bool { return err != nil && Of(err) == c }

// Temporary reports whether the same thing may succeed later.
func (c Code) Temporary() bool { return c >= 32000 }
