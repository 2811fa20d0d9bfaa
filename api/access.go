package api

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/wire"
)

// request is what the outer handler knows of a request.
type request struct {
	caller  Caller
	key     string // id of the API key
	lang    message.Lang
	address string // of the public, for its quota; leaves with the request
	route   string
	cause   error // of an internal error, for the log
	// detailed lets a refusal's detail out to whoever asks: of acts on members and keys it
	// is the arithmetic, and concerns no person.
	detailed bool
}

type requestKey struct{}

// requestOf returns the request's facts; outside of one, those of the public.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{caller: Caller{Name: "public"}, lang: message.English}
}

// operator is the operator's token, kept as its hash.
type operator struct {
	set  bool
	hash wire.Hash
}

const operatorTag = "riviera/operator-token/1"

func newOperator(token string) operator {
	return operator{set: token != "", hash: wire.Digest(operatorTag, []byte(token))}
}

func (o operator) is(token string) bool {
	h := wire.Digest(operatorTag, []byte(token))
	return o.set && subtle.ConstantTimeCompare(h[:], o.hash[:]) == 1
}

// identify finds out who asks. A credential that is not known is refused.
func (s *server) identify(h http.Header, r *request) error {
	r.caller = Caller{Kind: Public, Name: "public"}
	value := h.Get("Authorization")
	if value == "" {
		return nil
	}
	scheme, token, _ := strings.Cut(value, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return fault.New(fault.NotAuthenticated, "Authorization")
	}
	if s.operator.is(token) {
		r.caller = Caller{Kind: Operator, Name: "operator"}
		return nil
	}
	key, err := s.options.Keys.find(token)
	if err != nil {
		return err
	}
	r.caller = Caller{Kind: Querier, Name: key.Name, Member: key.Member, Key: key.ID}
	r.key = key.ID
	return nil
}

// operatorOnly refuses everyone else before a body is read: without a credential for
// want of one, with one because its role does not suffice.
func operatorOnly(hc huma.Context, next func(huma.Context)) {
	switch requestOf(hc.Context()).caller.Kind {
	case Operator:
		next(hc)
	case Public:
		refuse(hc.Context(), fault.New(fault.NotAuthenticated, "Authorization")).send(hc)
	default:
		refuse(hc.Context(), fault.New(fault.RoleNotAllowed, "Authorization")).send(hc)
	}
}
