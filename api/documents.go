package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/riviera-ledger/riviera/client"
)

type documentOf struct {
	ID   string `path:"id" maxLength:"64"`
	Body client.DocumentRequest
}

type copyOf struct {
	ID   string `path:"id" maxLength:"64"`
	Kind string `query:"kind" enum:"certificate,notice" default:"certificate"`
}

type clearOf struct{ Body client.ClearRequest }

type subjectDocument struct{ Body client.SubjectDocument }

// pdf is an answer whose file name is the same for every record: a download folder tells
// nothing.
func pdf(b []byte, err error) (document, error) {
	return document{Body: b, Disposition: `attachment; filename="certificate.pdf"`}, err
}

// addDocuments adds what an institution makes for the person who stands at its counter.
func (s *server) addDocuments(a huma.API) {
	op := func(method, path, id string) huma.Operation {
		o := operation(a, method, path, id, operators)
		o.Middlewares = huma.Middlewares{operatorOnly}
		return o
	}
	addDocument(a, op(http.MethodPost, "/v1/records/{id}/document", "document"), "application/pdf",
		func(ctx context.Context, in *documentOf) (document, error) {
			return pdf(s.backend.Document(ctx, requestOf(ctx).caller, in.ID, in.Body))
		})
	addDocument(a, op(http.MethodGet, "/v1/records/{id}/copy", "own-copy"), "application/json",
		func(ctx context.Context, in *copyOf) (document, error) {
			b, err := s.backend.OwnCopy(ctx, requestOf(ctx).caller, in.ID, in.Kind)
			return document{Body: b}, err
		})
	addDocument(a, op(http.MethodPost, "/v1/clear", "clear"), "application/pdf",
		func(ctx context.Context, in *clearOf) (document, error) {
			return pdf(s.backend.Clear(ctx, requestOf(ctx).caller, in.Body))
		})
}

// addSubjectDocuments adds the same for whoever holds a record's access code.
func (s *server) addSubjectDocuments(a huma.API) {
	open := func(path, id string) huma.Operation {
		o := operation(a, http.MethodPost, path, id, anyone)
		o.MaxBodyBytes = maxAccess
		o.Middlewares = huma.Middlewares{s.deskLimit}
		return o
	}
	addDocument(a, open("/v1/subject/document", "subject-document"), "application/pdf",
		func(ctx context.Context, in *subjectDocument) (document, error) {
			return pdf(s.backend.SubjectDocument(ctx, in.Body))
		})
	addDocument(a, open("/v1/subject/copy", "subject-copy"), "application/json",
		func(ctx context.Context, in *subjectDocument) (document, error) {
			b, err := s.backend.SubjectCopy(ctx, in.Body)
			return document{Body: b}, err
		})
}
