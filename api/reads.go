package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/contract"
)

var problemShape = reflect.TypeFor[client.Problem]()

type none struct{}

// ofRecord names a record. Its form is the ledger's to judge: an id that is none is an
// unknown record.
type ofRecord struct {
	ID string `path:"id" maxLength:"64" doc:"record id"`
}

type pageOfLog struct {
	After uint64 `query:"after" doc:"index of the first event, as Next of the page before said"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

// ofLog names events by their places in the log, and blocks by their heights.
type ofLog struct {
	Events  []uint64 `query:"events" maxItems:"1000" doc:"places in the log, from 0, separated by commas"`
	Heights []int64  `query:"heights" maxItems:"100" doc:"of blocks, separated by commas"`
}

// addReads adds the reads that are open to anyone: none tells whose name it is.
func (s *server) addReads(a huma.API) {
	get := func(path, id string) huma.Operation { return operation(a, http.MethodGet, path, id, anyone) }

	add(a, get("/v1/status", "status"), func(ctx context.Context, _ *none) (client.Status, error) {
		return s.backend.Status(ctx)
	})
	add(a, get("/v1/members", "members"), func(ctx context.Context, _ *none) (client.Members, error) {
		return s.backend.Members(ctx)
	})
	add(a, get("/v1/changes", "changes"), func(ctx context.Context, in *pageOfLog) (client.Changes, error) {
		return s.backend.Changes(ctx, in.After, in.Limit)
	})
	add(a, get("/v1/records/{id}", "record"), func(ctx context.Context, in *ofRecord) (client.Record, error) {
		by := requestOf(ctx).caller
		r, err := s.backend.Record(ctx, by, in.ID)
		if by.Kind != Operator {
			r.Body = nil // held here too: no mistake below may open a body
		}
		return r, err
	})
	add(a, get("/v1/records/{id}/explain", "explain"), func(ctx context.Context, in *ofRecord) (contract.Explanation, error) {
		return s.backend.Explain(ctx, in.ID)
	})
	add(a, get("/v1/records/{id}/erasure", "erasure"), func(ctx context.Context, in *ofRecord) (client.Erasure, error) {
		return s.backend.Erasure(ctx, in.ID)
	})
	add(a, get("/v1/erasures", "erasures"), func(ctx context.Context, _ *none) (client.ErasureReport, error) {
		return s.backend.Erasures(ctx)
	})
	add(a, get("/v1/log/events/{index}/path", "log-path"), func(ctx context.Context, in *ofEvent) (client.LogPath, error) {
		return s.backend.LogPath(ctx, in.Index)
	})
	addDocument(a, get("/v1/log/proof", "log-proof"), "application/json", func(ctx context.Context, in *ofLog) (document, error) {
		b, err := s.backend.LogProof(ctx, in.Events, in.Heights)
		return document{Body: b}, err
	})
	addDocument(a, get("/v1/trust", "trust"), "application/json", func(ctx context.Context, _ *none) (document, error) {
		b, err := s.backend.Trust(ctx)
		return document{Body: b}, err
	})
	addDocument(a, get("/v1/genesis", "genesis"), "application/json", func(ctx context.Context, _ *none) (document, error) {
		b, err := s.backend.GenesisDocument(ctx)
		return document{Body: b}, err
	})
}
