package client

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/riviera-ledger/riviera/fault"
)

// Refused is what HTTP said beside the fault code.
type Refused struct {
	Problem
	// After is how long to wait before the same request may succeed; 0 if unknown.
	After time.Duration
}

// Error names the status alone: code, place and detail stand in the fault.Error.
func (r *Refused) Error() string { return "HTTP " + strconv.Itoa(r.Status) }

// refusal rebuilds the error from a problem document.
func refusal(res *http.Response, b []byte) error {
	r := &Refused{}
	if t, _, err := mime.ParseMediaType(res.Header.Get("Content-Type")); err == nil && t == "application/problem+json" {
		if json.Unmarshal(b, &r.Problem) != nil {
			r.Problem = Problem{}
		}
	}
	r.Status = res.StatusCode
	if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && s > 0 {
		r.After = time.Duration(min(s, 86400)) * time.Second
	}
	code, ok := ParseCode(r.Code)
	if !ok {
		code = foreign(res.StatusCode)
	}
	return &fault.Error{Code: code, Where: r.Where, Detail: r.Detail, Err: r}
}

// foreign is the code for an answer that no Riviera node gave: a proxy's, or another
// service's at the same address.
func foreign(status int) fault.Code {
	switch status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return fault.NotReady
	case http.StatusUnauthorized, http.StatusForbidden:
		return fault.NotAuthenticated
	case http.StatusTooManyRequests:
		return fault.QuotaExceeded
	case http.StatusRequestEntityTooLarge:
		return fault.TooLarge
	case http.StatusNotFound:
		return fault.NotFound
	}
	return fault.Internal
}

// ParseCode returns the fault code with a name.
func ParseCode(name string) (fault.Code, bool) {
	for _, c := range fault.All() {
		if c != fault.OK && c.String() == name {
			return c, true
		}
	}
	return fault.OK, false
}

// Retry reports whether the same request may succeed later, and how long to wait
// before it (at least a second). A used-up quota counts: it returns with the day.
func Retry(err error) (time.Duration, bool) {
	code := fault.Of(err)
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return 0, false
	case code.Temporary(), code == fault.NotReady, code == fault.StaleNode, code == fault.QuotaExceeded:
	default:
		return 0, false
	}
	wait := time.Second
	if r, ok := errors.AsType[*Refused](err); ok {
		wait = max(wait, r.After)
	}
	return wait, true
}
