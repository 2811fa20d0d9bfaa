package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/riviera-ledger/riviera/client"
)

// Law is what the node tells of the contract documents. All of it is open to anyone, but
// for what a proposed document would mean for single records.
type Law interface {
	Contracts(ctx context.Context) (client.Contracts, error)
	Contract(ctx context.Context, number uint32) (client.ContractDocument, error)
	Proposals(ctx context.Context) (client.Proposals, error)
	Proposal(ctx context.Context, hash string) (client.ProposalDocument, error)
	// ContractEffect is called for an operator only.
	ContractEffect(ctx context.Context, hash string) (client.ContractEffect, error)
}

type (
	ofContract struct {
		Number uint32 `path:"number" doc:"number of the contract document on this ledger"`
	}
	ofProposal struct {
		Hash string `path:"hash" maxLength:"64" doc:"hash of the proposed document"`
	}
)

// effectTime bounds the work that one request may ask for: every live record of a kind is
// played under two documents.
const effectTime = 60 * time.Second

func (s *server) addContracts(a huma.API) {
	get := func(path, id string) huma.Operation { return operation(a, http.MethodGet, path, id, anyone) }
	add(a, get("/v1/contracts", "contracts"), func(ctx context.Context, _ *none) (client.Contracts, error) {
		return s.backend.Contracts(ctx)
	})
	add(a, get("/v1/contracts/{number}", "contract"), func(ctx context.Context, in *ofContract) (client.ContractDocument, error) {
		return s.backend.Contract(ctx, in.Number)
	})
	add(a, get("/v1/contracts/proposals", "proposals"), func(ctx context.Context, _ *none) (client.Proposals, error) {
		return s.backend.Proposals(ctx)
	})
	add(a, get("/v1/contracts/proposals/{hash}", "proposal"), func(ctx context.Context, in *ofProposal) (client.ProposalDocument, error) {
		return s.backend.Proposal(ctx, in.Hash)
	})
	effect := operation(a, http.MethodGet, "/v1/own/contracts/{hash}/effect", "contract-effect", operators)
	effect.Middlewares = huma.Middlewares{operatorOnly}
	add(a, effect, func(ctx context.Context, in *ofProposal) (client.ContractEffect, error) {
		ctx, cancel := context.WithTimeout(ctx, effectTime)
		defer cancel()
		return s.backend.ContractEffect(ctx, in.Hash)
	})
}
