package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// maxVerified bounds a file to be verified. A certificate is a tenth of it.
const maxVerified = 4 << 20

type ofEvent struct {
	Index uint64 `path:"index" doc:"place of the event in the log"`
}

type fileToVerify struct {
	RequireStatus bool   `query:"require_status" doc:"an unknown status makes the verdict INDETERMINATE"`
	RawBody       []byte `contentType:"application/octet-stream"`
}

// addVerify adds verification for programs that have no verifier of their own. The
// answer is worth what the node is worth that gives it; whoever wants to believe no node
// verifies offline. Nothing of the file is kept or logged.
func (s *server) addVerify(a huma.API) {
	o := operation(a, http.MethodPost, "/v1/certificates/verify", "verify", anyone)
	o.MaxBodyBytes = maxVerified
	o.BodyReadTimeout = bodyPatience
	addDocument(a, o, "application/json", func(ctx context.Context, in *fileToVerify) (document, error) {
		b, err := s.backend.Verify(ctx, in.RawBody, in.RequireStatus)
		return document{Body: b}, err
	})
}
