package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/riviera-ledger/riviera/checkpoint"
	"github.com/riviera-ledger/riviera/client"
)

type ofCheckpoint struct {
	Size      uint64 `query:"size" doc:"number of events; the newest that witnesses are given where absent"`
	Witnesses int    `query:"witnesses" minimum:"0" maximum:"100" doc:"how many of this node's witnesses must have signed it"`
}

type twoSizes struct {
	Older uint64 `query:"older" minimum:"1" doc:"number of events in the older log"`
	Size  uint64 `query:"size" minimum:"1" doc:"number of events in the newer log"`
}

type cosignedNote struct {
	RawBody []byte `contentType:"application/octet-stream"`
}

// addCheckpoints adds the log's head for witnesses, and the door for what they have signed.
func (s *server) addCheckpoints(a huma.API) {
	addDocument(a, operation(a, http.MethodGet, "/v1/checkpoint", "checkpoint", anyone), plainText, func(ctx context.Context, in *ofCheckpoint) (document, error) {
		note, err := s.backend.Checkpoint(ctx, in.Size, in.Witnesses)
		return document{Body: []byte(note)}, err
	})
	add(a, operation(a, http.MethodGet, "/v1/log/consistency", "consistency", anyone), func(ctx context.Context, in *twoSizes) (client.Consistency, error) {
		return s.backend.Consistency(ctx, in.Older, in.Size)
	})
	o := operation(a, http.MethodPost, "/v1/checkpoint", "cosign", anyone)
	o.MaxBodyBytes = checkpoint.MaxNote
	o.BodyReadTimeout = bodyPatience
	add(a, o, func(ctx context.Context, in *cosignedNote) (client.Cosigned, error) {
		return s.backend.Cosign(ctx, in.RawBody)
	})
}
