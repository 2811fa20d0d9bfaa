package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
)

// problemType is the media type of RFC 9457.
const problemType = "application/problem+json"

// problem is an error answer on its way out.
type problem struct {
	client.Problem
	retry time.Duration
}

func (p *problem) Error() string                { return p.Code }
func (p *problem) GetStatus() int               { return p.Status }
func (p *problem) ContentType(string) string    { return problemType }
func (p *problem) GetHeaders() http.Header      { return p.header(http.Header{}) }
func (p *problem) MarshalJSON() ([]byte, error) { return json.Marshal(p.Problem) }

func (p *problem) header(h http.Header) http.Header {
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.retry+time.Second-1)/time.Second)))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="riviera"`)
	}
	return h
}

// write answers with the problem outside of the API's router.
func (p *problem) write(w http.ResponseWriter) {
	p.header(w.Header())
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_, _ = w.Write(p.bytes())
}

// send is write from inside of the router.
func (p *problem) send(hc huma.Context) {
	for name, values := range p.GetHeaders() {
		hc.SetHeader(name, values[0])
	}
	hc.SetHeader("Content-Type", problemType)
	hc.SetStatus(p.Status)
	_, _ = hc.BodyWriter().Write(p.bytes())
}

func (p *problem) bytes() []byte {
	b, _ := json.Marshal(p.Problem) // a flat struct of strings
	return append(b, '\n')
}

// retryAfter is the cause of an error that knows when the same may succeed.
type retryAfter time.Duration

func (r retryAfter) Error() string { return "try again in " + time.Duration(r).String() }

// refuse turns an error into the problem that the request's caller may see. Texts are
// in the caller's language; a technical detail is for operators.
func refuse(ctx context.Context, err error) *problem {
	r := requestOf(ctx)
	code := fault.Of(err)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		code = fault.NotReady
	}
	if code == fault.Internal {
		r.cause = err
	}
	p := newProblem(code, r.lang)
	if f, ok := errors.AsType[*fault.Error](err); ok && code != fault.Internal {
		p.Where = fault.Place(err)
		if r.caller.Kind == Operator || r.detailed {
			p.Detail = f.Detail
		}
	}
	if wait, ok := errors.AsType[retryAfter](err); ok {
		p.retry = time.Duration(wait)
	}
	return p
}

func newProblem(code fault.Code, l message.Lang) *problem {
	title, next := l.Fault(code)
	if !l.Has("fault." + code.String()) {
		title, next = code.String(), ""
	}
	return &problem{
		Problem: client.Problem{
			Type:   "/problems/" + code.String(),
			Title:  title,
			Status: client.HTTPStatus(code),
			Code:   code.String(),
			Next:   next,
		},
		retry: retry(code),
	}
}

// retry is how long to wait before a temporary refusal is worth asking again.
func retry(c fault.Code) time.Duration {
	switch {
	case c == fault.StaleNode:
		return 30 * time.Second
	case c == fault.NotReady:
		return 5 * time.Second
	case c.Temporary():
		return time.Second
	}
	return 0
}

// strip replaces the error documents of the router, which repeat what was sent, by
// problems that name a field of the API at most.
func strip(hc huma.Context, status string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := newProblem(formCode(m), requestOf(hc.Context()).lang)
	p.Where = where(m)
	p.Status, _ = strconv.Atoi(status) // already on its way
	return p, nil
}

// formCode says in the product's codes what the router found wrong.
func formCode(m *huma.ErrorModel) fault.Code {
	switch m.Status {
	case http.StatusRequestEntityTooLarge:
		return fault.TooLarge
	case http.StatusRequestTimeout:
		return fault.NotReady
	case http.StatusInternalServerError:
		return fault.Internal
	}
	for _, d := range m.Errors {
		switch {
		case strings.HasPrefix(d.Message, requiredPrefix):
			return fault.FieldMissing
		case strings.HasPrefix(d.Message, "expected length <="):
			return fault.FieldTooLong
		}
	}
	return fault.BadRequest
}

const requiredPrefix = "expected required property "

// fields are the names that a problem may name: those of the API itself. A name that
// the caller made up is input and is not repeated.
var fields = [...]string{
	"code", "name", "purpose", "envelope", "packets", "wait",
	"id", "after", "limit", "phase", "lang",
	"record", "ticket", "event", "args", "text", "files", "filing", "paper", "commitment", "ids",
}

func where(m *huma.ErrorModel) string {
	if len(m.Errors) == 0 {
		return ""
	}
	place, rest, _ := strings.Cut(m.Errors[0].Location, ".")
	rest, _, _ = strings.Cut(rest, "[")
	if missing, ok := strings.CutPrefix(m.Errors[0].Message, requiredPrefix); ok {
		rest, _, _ = strings.Cut(missing, " ")
	}
	switch {
	case slices.Contains(fields[:], rest):
		return rest
	case place == "body", place == "query", place == "path":
		return place
	}
	return ""
}
