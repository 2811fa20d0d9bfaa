package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/message"
)

// maxEnvelope bounds a submission: a hundred operations with their bodies, in base64.
const maxEnvelope = 8 << 20

type submission struct{ Body client.Submission }

type pageOfOwn struct {
	Phase string `query:"phase" maxLength:"32" doc:"only records of this phase"`
	After uint64 `query:"after"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type asOf struct {
	At string `query:"at" maxLength:"10" doc:"date as of which it is told, YYYY-MM-DD; now where absent"`
}

type certificateOf struct {
	ID   string `path:"id" maxLength:"64"`
	Lang string `query:"lang" maxLength:"16" doc:"zh-CN or en; else by Accept-Language"`
}

// addOwn adds what only the operators of this node's institution may do and see.
func (s *server) addOwn(a huma.API) {
	op := func(method, path, id string) huma.Operation {
		o := operation(a, method, path, id, operators)
		o.Middlewares = huma.Middlewares{operatorOnly}
		return o
	}

	submit := op(http.MethodPost, "/v1/envelopes", "submit")
	submit.MaxBodyBytes = maxEnvelope
	submit.SkipValidateBody = true // megabytes of base64: the types and the envelope's own check suffice
	submit.BodyReadTimeout = s.bodyTime
	add(a, submit, func(ctx context.Context, in *submission) (client.Receipt, error) {
		return s.backend.Submit(ctx, in.Body)
	})
	add(a, op(http.MethodGet, "/v1/own/records", "own-records"), func(ctx context.Context, in *pageOfOwn) (client.OwnRecords, error) {
		return s.backend.OwnRecords(ctx, in.Phase, in.After, in.Limit)
	})
	add(a, op(http.MethodGet, "/v1/own/expiring", "expiring"), func(ctx context.Context, in *asOf) (client.Expiring, error) {
		return s.backend.Expiring(ctx, in.At)
	})
	addDocument(a, op(http.MethodGet, "/v1/records/{id}/packet", "packet"), "application/cbor",
		func(ctx context.Context, in *ofRecord) (document, error) {
			b, err := s.backend.Packet(ctx, in.ID)
			return document{Body: b}, err
		})
	addDocument(a, op(http.MethodGet, "/v1/records/{id}/certificate", "certificate"), "application/pdf", s.certificate)
}

func (s *server) certificate(ctx context.Context, in *certificateOf) (document, error) {
	r := requestOf(ctx)
	lang := r.lang
	if in.Lang != "" {
		lang = message.Parse(in.Lang)
	}
	pdf, err := s.backend.Certificate(ctx, r.caller, in.ID, string(lang))
	// The file's name is the same for every record: a download folder tells nothing.
	return document{Body: pdf, Disposition: `attachment; filename="certificate.pdf"`}, err
}
