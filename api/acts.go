package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/riviera-ledger/riviera/client"
)

// maxAct bounds an envelope that is handed in without bodies, in base64.
const maxAct = 96 << 10

type handedIn struct{ Body client.Act }

// addActs adds the door for what members sign and any node may carry: an authority
// without a node, a former member with something in favour of one of its parties. The
// envelope's signatures are the credential, and it brings no bodies.
func (s *server) addActs(a huma.API) {
	act := operation(a, http.MethodPost, "/v1/acts", "act", anyone)
	act.MaxBodyBytes = maxAct
	act.BodyReadTimeout = s.bodyTime
	add(a, act, func(ctx context.Context, in *handedIn) (client.Receipt, error) {
		requestOf(ctx).detailed = true
		return s.backend.HandIn(ctx, in.Body)
	})
	add(a, operation(a, http.MethodGet, "/v1/governance", "governance", anyone), func(ctx context.Context, _ *none) (client.Governance, error) {
		return s.backend.Governance(ctx)
	})
}
