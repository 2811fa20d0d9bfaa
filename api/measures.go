package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/riviera-ledger/riviera/client"
)

type pageOfOrders struct {
	State string `query:"state" maxLength:"32" doc:"one state, or \"all\"; else those in which something is to be done"`
	After uint64 `query:"after"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"records"`
}

type ofOrder struct {
	ID      string `path:"id" maxLength:"64" doc:"record id"`
	Measure string `path:"measure" maxLength:"16" doc:"catalogue code"`
}

// addMeasures adds what concerns the carrying out of measures: open counts, which name
// institutions and nobody else, and the institution's own orders.
func (s *server) addMeasures(a huma.API) {
	add(a, operation(a, http.MethodGet, "/v1/measures", "measures", anyone), func(ctx context.Context, _ *none) (client.Measures, error) {
		return s.backend.Measures(ctx)
	})
	add(a, operation(a, http.MethodGet, "/v1/measures/overdue", "overdue", anyone), func(ctx context.Context, _ *none) (client.OverdueReport, error) {
		return s.backend.Overdue(ctx)
	})
	own := func(path, id string) huma.Operation {
		o := operation(a, http.MethodGet, path, id, operators)
		o.Middlewares = huma.Middlewares{operatorOnly}
		return o
	}
	add(a, own("/v1/own/orders", "own-orders"), func(ctx context.Context, in *pageOfOrders) (client.Orders, error) {
		return s.backend.OwnOrders(ctx, in.State, in.After, in.Limit)
	})
	add(a, own("/v1/own/orders/{id}/{measure}", "support"), func(ctx context.Context, in *ofOrder) (client.Support, error) {
		return s.backend.Support(ctx, in.ID, in.Measure)
	})
}
