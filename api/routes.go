package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/riviera-ledger/riviera/message"
)

// routes builds the router: every operation under /v1, the machine endpoints, and the
// OpenAPI document of both.
func (s *server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	// What huma would add is left out: documentation pages load from elsewhere, schema
	// links follow the Host header.
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:       "Riviera",
				Version:     s.options.Version,
				Description: message.English.Text("api.about") + "\n\n" + message.Chinese.Text("api.about"),
				License:     &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					bearer: {Type: "http", Scheme: "bearer", Description: message.English.Text("api.bearer")},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{strip},
	}
	a := humago.New(mux, config)
	s.addReads(a)
	s.addCheckpoints(a)
	s.addVerify(a)
	s.addContracts(a)
	s.addStanding(a, mux)
	s.addOwn(a)
	s.addActs(a)
	s.addDesk(a)
	s.addMeasures(a)
	s.addDocuments(a)
	s.addSubjectDocuments(a)
	s.addBackup(a, mux)
	s.addMachine(a, mux)
	return mux
}

// schemaName names a schema after its type; those of package contract, which share
// names with shapes of the API, get a prefix.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if strings.HasSuffix(t.PkgPath(), "/contract") {
		return "Contract" + name
	}
	return name
}

// bearer names the security scheme of the OpenAPI document.
const bearer = "bearer"

// Who may call an operation, for the document.
var (
	anyone    = []map[string][]string{{}, {bearer: {}}}
	operators = []map[string][]string{{bearer: {}}}
)

// operation is the common part of an operation's description.
func operation(a huma.API, method, path, id string, security []map[string][]string) huma.Operation {
	return huma.Operation{
		OperationID: id,
		Method:      method,
		Path:        path,
		Summary:     message.English.Text("api.operation." + id),
		Security:    security,
		Responses: map[string]*huma.Response{
			"default": {
				Description: "Problem document (RFC 9457)",
				Content: map[string]*huma.MediaType{
					problemType: {Schema: a.OpenAPI().Components.Schemas.Schema(problemShape, true, "Problem")},
				},
			},
		},
	}
}

// raw describes an answer that is no JSON of a shape.
func raw(op huma.Operation, mediaType string) huma.Operation {
	op.Responses["200"] = &huma.Response{
		Description: "OK",
		Content:     map[string]*huma.MediaType{mediaType: {Schema: &huma.Schema{Type: huma.TypeString}}},
	}
	return op
}

// answer is a JSON answer of a shape.
type answer[T any] struct{ Body T }

// document is an answer of other bytes.
type document struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// add registers an operation whose answer is a shape. Its error becomes a problem.
func add[I, T any](a huma.API, op huma.Operation, f func(context.Context, *I) (T, error)) {
	huma.Register(a, op, func(ctx context.Context, in *I) (*answer[T], error) {
		out, err := f(ctx, in)
		if err != nil {
			return nil, refuse(ctx, err)
		}
		return &answer[T]{out}, nil
	})
}

// addDocument registers an operation whose answer is other bytes.
func addDocument[I any](a huma.API, op huma.Operation, mediaType string, f func(context.Context, *I) (document, error)) {
	huma.Register(a, raw(op, mediaType), func(ctx context.Context, in *I) (*document, error) {
		out, err := f(ctx, in)
		if err != nil {
			return nil, refuse(ctx, err)
		}
		out.ContentType = mediaType
		return &out, nil
	})
}

// addMachine adds what programs that run the node ask for.
func (s *server) addMachine(a huma.API, mux *http.ServeMux) {
	health := func(id, path string, check func() error) {
		addDocument(a, operation(a, http.MethodGet, path, id, anyone), plainText,
			func(context.Context, *struct{}) (document, error) {
				return document{Body: []byte("ok\n")}, check()
			})
	}
	health("live", "/livez", s.backend.Live)
	health("ready", "/readyz", s.backend.Ready)

	metrics := raw(operation(a, http.MethodGet, "/metrics", "metrics", anyone), plainText)
	a.OpenAPI().AddOperation(&metrics)
	mux.Handle("GET /metrics", s.backend.Metrics())

	self := raw(operation(a, http.MethodGet, "/openapi.json", "openapi", anyone), openapiType)
	a.OpenAPI().AddOperation(&self)
	spec := openapi(a)
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", openapiType)
		w.Header().Set("Cache-Control", "public, max-age=300")
		_, _ = w.Write(spec)
	})
}

const (
	plainText   = "text/plain; charset=utf-8"
	openapiType = "application/vnd.oai.openapi+json;version=3.1"
)

// openapi is the document's bytes, without the router's own error shapes, which no
// answer carries.
func openapi(a huma.API) []byte {
	schemas := a.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	b, err := json.Marshal(a.OpenAPI())
	if err != nil {
		panic("api: openapi: " + err.Error()) // made of types alone: a broken build
	}
	return b
}
