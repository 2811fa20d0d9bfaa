package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

const (
	maxStanding  = 16 << 10 // bytes: the longest fields, escaped
	standingTime = 5 * time.Second
)

// addStanding adds the standing query: the one operation that is asked thousands of times
// a second. The router's document describes it as any other; its handler is our own, for
// the router reads a body three times over.
func (s *server) addStanding(a huma.API, mux *http.ServeMux) {
	op := operation(a, http.MethodPost, "/v1/standing", "standing", anyone)
	schemas := a.OpenAPI().Components.Schemas
	shape := func(of reflect.Type) map[string]*huma.MediaType {
		return map[string]*huma.MediaType{jsonType: {Schema: schemas.Schema(of, true, of.Name())}}
	}
	op.RequestBody = &huma.RequestBody{Required: true, Content: shape(reflect.TypeFor[client.StandingRequest]())}
	op.Responses["200"] = &huma.Response{Description: "OK", Content: shape(reflect.TypeFor[client.StandingAnswer]())}
	a.OpenAPI().AddOperation(&op)
	mux.HandleFunc("POST /v1/standing", s.serveStanding)
}

const jsonType = "application/json"

func (s *server) serveStanding(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), standingTime)
	defer cancel()
	q, refused := readStanding(r)
	if refused != nil {
		refuseForm(ctx, refused).write(w)
		return
	}
	out, err := s.standing(ctx, q)
	if err != nil {
		refuse(ctx, err).write(w)
		return
	}
	answer, err := encodeStanding(out)
	if err != nil {
		refuse(ctx, err).write(w)
		return
	}
	w.Header().Set("Content-Type", jsonType)
	if out.Proof != nil { // the library counts shorter answers itself, and sends longer ones in pieces
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	}
	_, _ = w.Write(answer)
}

// encodeStanding writes an answer and appends its proof, which the encoder would read once
// more, byte by byte.
func encodeStanding(a client.StandingAnswer) ([]byte, error) {
	proof := a.Proof
	a.Proof = nil
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(&a); err != nil || proof == nil {
		return out.Bytes(), err
	}
	out.Truncate(out.Len() - len("}\n"))
	out.WriteString(`,"proof":`)
	out.Write(proof)
	out.WriteString("}\n")
	return out.Bytes(), nil
}

// badForm is a request that is not the operation's: what is wrong, where, and the status
// that says so.
type badForm struct {
	code   fault.Code
	where  string
	status int
}

func refuseForm(ctx context.Context, f *badForm) *problem {
	p := refuse(ctx, fault.New(f.code, f.where))
	p.Status = f.status
	return p
}

// readStanding reads a question: one object with the fields of client.StandingRequest,
// each at most once, in this spelling, and nothing else.
func readStanding(r *http.Request) (q client.StandingRequest, bad *badForm) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); t != jsonType && (err == nil || r.Header.Get("Content-Type") != "") {
		return q, &badForm{fault.BadRequest, "body", http.StatusUnsupportedMediaType}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxStanding+1))
	switch {
	case len(body) > maxStanding:
		return q, &badForm{fault.TooLarge, "", http.StatusRequestEntityTooLarge}
	case err != nil:
		return q, &badForm{fault.NotReady, "", http.StatusRequestTimeout}
	case len(body) == 0:
		return q, &badForm{fault.BadRequest, "", http.StatusBadRequest}
	}
	return parseStanding(body)
}

// parseStanding takes the object apart token by token. What it refuses it never repeats.
func parseStanding(body []byte) (q client.StandingRequest, bad *badForm) {
	fields := [...]struct {
		name  string
		value *string
		most  int // characters
		seen  bool
	}{{"code", &q.Code, 18, false}, {"name", &q.Name, 600, false}, {"purpose", &q.Purpose, 200, false}}
	broken := &badForm{fault.BadRequest, "body", http.StatusBadRequest}
	strange := func(where string) *badForm { return &badForm{fault.BadRequest, where, http.StatusUnprocessableEntity} }
	asked := false // whether a proof is wanted has been said
	d := json.NewDecoder(bytes.NewReader(body))
	switch t, err := d.Token(); {
	case err != nil:
		return q, broken
	case t != json.Delim('{'):
		return q, strange("body")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return q, broken
		}
		if key == "proof" && !asked {
			if q.Proof, asked = nextBool(d); !asked {
				return q, strange("proof")
			}
			continue
		}
		i := 0
		for i < len(fields) && fields[i].name != key {
			i++
		}
		if i == len(fields) || fields[i].seen {
			return q, strange("body")
		}
		f := &fields[i]
		value, err := d.Token()
		if err != nil {
			return q, broken
		}
		text, ok := value.(string)
		switch {
		case !ok:
			return q, strange(f.name)
		case utf8.RuneCountInString(text) > f.most:
			return q, &badForm{fault.FieldTooLong, f.name, http.StatusUnprocessableEntity}
		}
		*f.value, f.seen = text, true
	}
	if _, err := d.Token(); err != nil {
		return q, broken
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return q, broken
	}
	for _, f := range fields {
		if !f.seen {
			return q, &badForm{fault.FieldMissing, f.name, http.StatusUnprocessableEntity}
		}
	}
	return q, nil
}

func nextBool(d *json.Decoder) (value, ok bool) {
	t, err := d.Token()
	if err != nil {
		return false, false
	}
	value, ok = t.(bool)
	return value, ok
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
		out.Answer, out.Records, out.Proof = client.Listed, in.Records, in.Proof
	}
	out.Note = r.lang.Text("api.standing." + out.Answer)
	return out
}
