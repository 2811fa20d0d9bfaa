package fault

import "strconv"

// names is the closed set: number, constant, name. The order is by number.
var names = [...]struct {
	code Code
	name string
}{
	{OK, "ok"},
	{Malformed, "malformed"},
	{TooLarge, "too-large"},
	{UnknownVersion, "unknown-version"},
	{ForeignGenesis, "foreign-genesis"},
	{Expired, "expired"},
	{NotAfterTooFar, "not-after-too-far"},
	{AlreadyCommitted, "already-committed"},
	{UnknownOperation, "unknown-operation"},
	{UnknownDocument, "unknown-document"},
	{UnknownMember, "unknown-member"},
	{UnknownKey, "unknown-key"},
	{BadSignature, "bad-signature"},
	{ApproverMissing, "approver-missing"},
	{ApproverSame, "approver-same"},
	{RoleNotAllowed, "role-not-allowed"},
	{ForeignRecorder, "foreign-recorder"},
	{MemberSuspended, "member-suspended"},
	{OwnRuling, "own-ruling"},
	{NotAuthenticated, "not-authenticated"},
	{QuotaExceeded, "quota-exceeded"},
	{OutsideMigration, "outside-migration"},
	{NoAccess, "no-access"},
	{FilingSignature, "filing-signature"},
	{UnknownRecord, "unknown-record"},
	{DuplicateRecord, "duplicate-record"},
	{DuplicateCase, "duplicate-case"},
	{UnknownContract, "unknown-contract"},
	{MissingExit, "missing-exit"},
	{EventNotAccepted, "event-not-accepted"},
	{GuardNotMet, "guard-not-met"},
	{UnknownEvent, "unknown-event"},
	{BadArgument, "bad-argument"},
	{StaleCalendar, "stale-calendar"},
	{UnknownMeasure, "unknown-measure"},
	{BodyUnchanged, "body-unchanged"},
	{ContractRetired, "contract-retired"},
	{DateInFuture, "date-in-future"},
	{DateTooEarly, "date-too-early"},
	{RelistingBarred, "relisting-barred"},
	{RecordQuarantined, "record-quarantined"},
	{UnknownCalendar, "unknown-calendar"},
	{FilingSerial, "filing-serial"},
	{FilingLimit, "filing-limit"},
	{ReasonsMissing, "reasons-missing"},
	{AccessUnchanged, "access-unchanged"},
	{UnknownOrder, "unknown-order"},
	{NotExecutor, "not-executor"},
	{FeedbackOutOfTurn, "feedback-out-of-turn"},
	{FeedbackRepeated, "feedback-repeated"},
	{OrderPaused, "order-paused"},
	{BodyMissing, "body-missing"},
	{CommitmentMismatch, "commitment-mismatch"},
	{BodyMalformed, "body-malformed"},
	{FieldMissing, "field-missing"},
	{FieldTooLong, "field-too-long"},
	{NameInvalid, "name-invalid"},
	{Minor, "minor"},
	{AmountRaised, "amount-raised"},
	{SubjectChanged, "subject-changed"},
	{SecretReused, "secret-reused"},
	{KindMismatch, "kind-mismatch"},
	{FieldInvalid, "field-invalid"},
	{DuplicateRow, "duplicate-row"},
	{UnknownColumn, "unknown-column"},
	{MissingColumn, "missing-column"},
	{EncodingInvalid, "encoding-invalid"},
	{CodeLength, "code-length"},
	{CodeCharacter, "code-character"},
	{CodeLowerCase, "code-lower-case"},
	{CodeAuthority, "code-authority"},
	{CodeRegion, "code-region"},
	{CodeOrganisation, "code-organisation"},
	{CodeCheck, "code-check"},
	{CitizenLength, "citizen-length"},
	{CitizenCharacter, "citizen-character"},
	{CitizenRegion, "citizen-region"},
	{CitizenDate, "citizen-date"},
	{CitizenCheck, "citizen-check"},
	{CodeUnrecognised, "code-unrecognised"},
	{DateMalformed, "date-malformed"},
	{DateImpossible, "date-impossible"},
	{AmountMalformed, "amount-malformed"},
	{ConditionMismatch, "condition-mismatch"},
	{StaleNode, "stale-node"},
	{NotReady, "not-ready"},
	{NotFound, "not-found"},
	{HomeLocked, "home-locked"},
	{PortInUse, "port-in-use"},
	{DiskFull, "disk-full"},
	{HomeMissing, "home-missing"},
	{HomeForeign, "home-foreign"},
	{VersionMismatch, "version-mismatch"},
	{BadConfig, "bad-config"},
	{HomeExists, "home-exists"},
	{Usage, "usage"},
	{BadRequest, "bad-request"},
	{Internal, "internal"},
	{FileMissing, "file-missing"},
	{SigningRecord, "signing-record"},
	{AccessCodeLength, "access-code-length"},
	{AccessCodeCharacter, "access-code-character"},
	{AccessCodeCheck, "access-code-check"},
	{AccessRefused, "access-refused"},
	{FileType, "file-type"},
	{HourAnchored, "hour-anchored"},
	{PoolFull, "pool-full"},
	{MemberQuota, "member-quota"},
	{BodyAwaited, "body-awaited"},
}

// String returns the code's name in kebab case, e.g. "foreign-recorder".
func (c Code) String() string {
	for _, n := range names {
		if n.code == c {
			return n.name
		}
	}
	return "code-" + strconv.Itoa(int(c))
}

// All returns every code in ascending order, OK first.
func All() []Code {
	cs := make([]Code, len(names))
	for i, n := range names {
		cs[i] = n.code
	}
	return cs
}
