package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
)

// Desk is what the node does for the people that records are about, and for those who
// asked about them. Whoever does not hold a record's access code gets one answer,
// fault.AccessRefused, whatever the reason.
type Desk interface {
	SubjectView(ctx context.Context, a client.SubjectAccess) (client.SubjectView, error)
	SubjectPaper(ctx context.Context, q client.PaperRequest) (client.SubjectPaper, error)
	SubjectFile(ctx context.Context, f client.Filing) (receipt json.RawMessage, err error)
	SubjectReceipts(ctx context.Context, a client.SubjectAccess) (client.Receipts, error)
	FileSigned(ctx context.Context, f client.SignedFiling) (receipt json.RawMessage, err error)
	SubjectSeal(ctx context.Context, q client.SealRequest) (client.Sealed, error)
	// SubjectSealed is for whoever knows a sealed copy's locator, else fault.NoSealedCopy.
	SubjectSealed(ctx context.Context, q client.SealedRequest) (client.SealedCopy, error)

	// Papers is called for an operator only.
	Papers(ctx context.Context, by Caller, id string) (client.Papers, error)

	// What follows is called for operators and queriers.
	OwnQueries(ctx context.Context, by Caller, limit int) (client.Queries, error)
	Corrections(ctx context.Context, by Caller) (client.Corrections, error)
	Acknowledge(ctx context.Context, by Caller, ids []string) error
}

const (
	maxAccess  = 8 << 10          // bytes of a request that opens a record
	maxFiled   = 1 << 20          // of a filing with its files, in base64
	deskTime   = 15 * time.Second // for a view, which waits for other nodes
	filingTime = 75 * time.Second // for a filing, which waits for a block
)

type (
	accessInput  struct{ Body client.SubjectAccess }
	paperInput   struct{ Body client.PaperRequest }
	filingInput  struct{ Body client.Filing }
	signedInput  struct{ Body client.SignedFiling }
	readInput    struct{ Body client.Acknowledged }
	sealInput    struct{ Body client.SealRequest }
	sealedInput  struct{ Body client.SealedRequest }
	queriesInput struct {
		Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	}
	settled struct {
		OK bool `json:"ok"`
	}
)

// addDesk adds the subject's desk. Its operations are open to anyone: the access code in
// the body is what opens a record, and it never stands in a path, a header or a log.
func (s *server) addDesk(a huma.API) {
	open := func(path, id string, limit int64) huma.Operation {
		o := operation(a, http.MethodPost, path, id, anyone)
		o.MaxBodyBytes = limit
		o.Middlewares = huma.Middlewares{s.deskLimit}
		return o
	}
	add(a, open("/v1/subject/view", "subject-view", maxAccess), func(ctx context.Context, in *accessInput) (client.SubjectView, error) {
		ctx, cancel := context.WithTimeout(ctx, deskTime)
		defer cancel()
		return s.backend.SubjectView(ctx, in.Body)
	})
	add(a, open("/v1/subject/paper", "subject-paper", maxAccess), func(ctx context.Context, in *paperInput) (client.SubjectPaper, error) {
		return s.backend.SubjectPaper(ctx, in.Body)
	})
	add(a, open("/v1/subject/receipts", "subject-receipts", maxAccess), func(ctx context.Context, in *accessInput) (client.Receipts, error) {
		return s.backend.SubjectReceipts(ctx, in.Body)
	})
	add(a, open("/v1/subject/seal", "subject-seal", maxAccess), func(ctx context.Context, in *sealInput) (client.Sealed, error) {
		ctx, cancel := context.WithTimeout(ctx, deskTime)
		defer cancel()
		return s.backend.SubjectSeal(ctx, in.Body)
	})
	add(a, open("/v1/subject/sealed", "subject-sealed", maxAccess), func(ctx context.Context, in *sealedInput) (client.SealedCopy, error) {
		ctx, cancel := context.WithTimeout(ctx, deskTime)
		defer cancel()
		return s.backend.SubjectSealed(ctx, in.Body)
	})
	file := open("/v1/subject/file", "subject-file", maxFiled)
	file.BodyReadTimeout = s.bodyTime
	add(a, file, func(ctx context.Context, in *filingInput) (json.RawMessage, error) {
		ctx, cancel := context.WithTimeout(ctx, filingTime)
		defer cancel()
		return s.backend.SubjectFile(ctx, in.Body)
	})
	signed := open("/v1/filings", "file-signed", maxFiled)
	signed.BodyReadTimeout = s.bodyTime
	add(a, signed, func(ctx context.Context, in *signedInput) (json.RawMessage, error) {
		ctx, cancel := context.WithTimeout(ctx, filingTime)
		defer cancel()
		return s.backend.FileSigned(ctx, in.Body)
	})
	papers := operation(a, http.MethodGet, "/v1/records/{id}/papers", "papers", operators)
	papers.Middlewares = huma.Middlewares{operatorOnly}
	add(a, papers, func(ctx context.Context, in *ofRecord) (client.Papers, error) {
		return s.backend.Papers(ctx, requestOf(ctx).caller, in.ID)
	})
	s.addCallers(a)
}

// addCallers adds what a caller with an account reads about its own questions.
func (s *server) addCallers(a huma.API) {
	known := func(method, path, id string) huma.Operation {
		o := operation(a, method, path, id, operators)
		o.Middlewares = huma.Middlewares{knownOnly}
		return o
	}
	add(a, known(http.MethodGet, "/v1/own/queries", "own-queries"), func(ctx context.Context, in *queriesInput) (client.Queries, error) {
		return s.backend.OwnQueries(ctx, requestOf(ctx).caller, in.Limit)
	})
	add(a, known(http.MethodGet, "/v1/corrections", "corrections"), func(ctx context.Context, _ *none) (client.Corrections, error) {
		return s.backend.Corrections(ctx, requestOf(ctx).caller)
	})
	read := known(http.MethodPost, "/v1/corrections/acknowledge", "acknowledge")
	read.MaxBodyBytes = 64 << 10
	add(a, read, func(ctx context.Context, in *readInput) (settled, error) {
		return settled{true}, s.backend.Acknowledge(ctx, requestOf(ctx).caller, in.Body.IDs)
	})
}

// knownOnly refuses the public before a body is read.
func knownOnly(hc huma.Context, next func(huma.Context)) {
	if requestOf(hc.Context()).caller.Kind == Public {
		refuse(hc.Context(), fault.New(fault.NotAuthenticated, "Authorization")).send(hc)
		return
	}
	next(hc)
}

// deskLimit holds an address to what a person needs, before a body is read. The node's
// own people, who help others at a counter, have no limit.
func (s *server) deskLimit(hc huma.Context, next func(huma.Context)) {
	r := requestOf(hc.Context())
	if r.caller.Kind == Public && s.options.PublicQuota != nil {
		if err := s.options.PublicQuota.desk(r.address); err != nil {
			refuse(hc.Context(), err).send(hc)
			return
		}
	}
	next(hc)
}
