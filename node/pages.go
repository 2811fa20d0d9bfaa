package node

import (
	"context"
	"net/http"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/web"
)

// pages is the node as the pages see it: every visitor is the public.
type pages struct{ *Node }

// public is who a visitor of the pages asks as.
var public = api.Caller{Kind: api.Public, Name: "public"}

// Standing answers a visitor.
func (p pages) Standing(ctx context.Context, q client.StandingRequest) (client.StandingAnswer, error) {
	return p.Node.Standing(ctx, public, q)
}

// Record returns the ledger's side of a record.
func (p pages) Record(ctx context.Context, id string) (client.Record, error) {
	return p.Node.Record(ctx, public, id)
}

// pages serves what is not the API. Visitors share the public's quota with anonymous
// callers of the API.
func (n *Node) pages(quota *api.PublicQuota) http.Handler {
	return web.New(pages{n}, web.Options{Allow: quota.Take, AllowDesk: quota.Desk, Logger: n.log})
}
