package client

import (
	"net/http"

	"github.com/riviera-ledger/riviera/fault"
)

// HTTPStatus is the HTTP status of a fault code: the one table between the two, for
// the API and the pages.
func HTTPStatus(c fault.Code) int {
	if s, ok := exception(c); ok {
		return s
	}
	switch {
	case c == fault.OK:
		return http.StatusOK
	case c < 200: // form
		return http.StatusBadRequest
	case c < 300: // authority
		return http.StatusForbidden
	case c < 400: // the ledger's state refuses it
		return http.StatusConflict
	case c < 600: // body and identifiers
		return http.StatusUnprocessableEntity
	case c.Temporary():
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// exception holds the codes whose status is not that of their group.
func exception(c fault.Code) (int, bool) {
	switch c {
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge, true
	case fault.AlreadyCommitted:
		return http.StatusConflict, true
	case fault.NotExecutor:
		return http.StatusForbidden, true
	case fault.NotAuthenticated:
		return http.StatusUnauthorized, true
	case fault.QuotaExceeded, fault.MemberQuota:
		return http.StatusTooManyRequests, true
	case fault.UnknownRecord, fault.NotFound, fault.NoSealedCopy, fault.UnknownOrder, fault.UnknownProposal, fault.UnknownPending, fault.UnknownChange:
		return http.StatusNotFound, true
	case fault.UnknownContract, fault.MissingExit, fault.UnknownEvent, fault.BadArgument,
		fault.UnknownMeasure, fault.DateInFuture, fault.DateTooEarly, fault.UnknownCalendar,
		fault.AccessCodeLength, fault.AccessCodeCharacter, fault.AccessCodeCheck, fault.FileType:
		return http.StatusUnprocessableEntity, true
	case fault.AccessRefused:
		return http.StatusForbidden, true
	case fault.HourAnchored, fault.WatermarkAhead, fault.WatermarkBehind, fault.NotClear, fault.AlreadySigned, fault.EmergencyStop, fault.StopTooSoon:
		return http.StatusConflict, true
	case fault.CheckpointForked, fault.CheckpointOutdated:
		return http.StatusConflict, true
	case fault.UnknownWitness:
		return http.StatusForbidden, true
	case fault.CheckpointInvalid, fault.KeyUnfit, fault.ReasonInvalid, fault.MemberIncomplete, fault.KeyInvalid, fault.SuccessorInvalid:
		return http.StatusUnprocessableEntity, true
	case fault.BadRequest, fault.Usage:
		return http.StatusBadRequest, true
	case fault.StaleNode, fault.NotReady, fault.TooFewAttested, fault.HomeLocked, fault.VersionMismatch:
		return http.StatusServiceUnavailable, true
	case fault.DiskFull:
		return http.StatusInsufficientStorage, true
	}
	return 0, false
}
