package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

const (
	maxStanding  = 16 << 10 // bytes: the longest fields, escaped
	standingTime = 5 * time.Second
)

type standingInput struct{ Body client.StandingRequest }

func (s *server) addStanding(a huma.API) {
	op := operation(a, http.MethodPost, "/v1/standing", "standing", anyone)
	op.MaxBodyBytes = maxStanding
	add(a, op, func(ctx context.Context, in *standingInput) (client.StandingAnswer, error) {
		ctx, cancel := context.WithTimeout(ctx, standingTime)
		defer cancel()
		return s.standing(ctx, in.Body)
	})
}

// standing holds the caller to what it may ask, and the answer to its three forms.
func (s *server) standing(ctx context.Context, q client.StandingRequest) (client.StandingAnswer, error) {
	r := requestOf(ctx)
	for _, f := range [...]struct{ name, value string }{{"code", q.Code}, {"name", q.Name}, {"purpose", q.Purpose}} {
		if strings.TrimSpace(f.value) == "" {
			return client.StandingAnswer{}, fault.New(fault.FieldMissing, f.name)
		}
	}
	if kind, _ := credit.CheckCode(q.Code); r.caller.Kind == Public && kind == credit.Person {
		return client.StandingAnswer{}, fault.New(fault.RoleNotAllowed, "code")
	}
	if err := s.charge(r); err != nil {
		return client.StandingAnswer{}, err
	}
	out, err := s.backend.Standing(ctx, r.caller, q)
	if err != nil {
		return client.StandingAnswer{}, err
	}
	return uniform(out, r), nil
}

// charge counts the query against the caller's day. The operator has no quota.
func (s *server) charge(r *request) error {
	switch {
	case r.caller.Kind == Querier:
		return s.options.Keys.take(r.key)
	case r.caller.Kind == Public && s.options.PublicQuota != nil:
		return s.options.PublicQuota.take(r.address)
	}
	return nil
}

// uniform leaves of an answer what its form allows: "clear" and "try later" are
// constants but for the clock, whatever the reason.
func uniform(in client.StandingAnswer, r *request) client.StandingAnswer {
	out := client.StandingAnswer{Clock: in.Clock, Answer: client.TryLater}
	switch in.Answer {
	case client.Clear:
		out.Answer = client.Clear
	case client.Listed:
		out.Answer, out.Records = client.Listed, in.Records
	}
	out.Note = r.lang.Text("api.standing." + out.Answer)
	return out
}
