package node

import (
	"context"
	"net/http"
	"os"
	"path/filepath"

	"github.com/riviera-ledger/riviera/api"
	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/offline"
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
	return web.New(pages{n}, web.Options{Allow: quota.Take, AllowDesk: quota.Desk, Verifier: n.verifier, Logger: n.log})
}

// verifier returns the offline verifier: that of this program, or one beside it in the
// home, where a program that was built without it may have put it.
func (n *Node) verifier() ([]byte, error) {
	page, err := offline.Page()
	if err == nil {
		return page, nil
	}
	if page, err := os.ReadFile(filepath.Join(n.home.Dir, offline.PageName)); err == nil {
		return page, nil
	}
	return nil, err
}
