package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// Contract is a contract document in force.
type Contract struct {
	Number  uint32 `json:"number" doc:"on this ledger"`
	ID      string `json:"id"`
	Version uint32 `json:"version"`
	Kind    string `json:"kind"`
	TitleZH string `json:"title_zh"`
	TitleEN string `json:"title_en"`
	Hash    string `json:"hash" doc:"of the document"`
	Since   string `json:"since,omitempty" doc:"ledger time from which it holds; absent: from the first block"`
	Current bool   `json:"current" doc:"new records of its kind come under it; the others keep their records"`
	Live    uint64 `json:"live" doc:"records of it that have not ended, as recorded"`
}

// Contracts are the documents in force, in the order of their numbers.
type Contracts struct {
	Clock
	Contracts   []Contract `json:"contracts"`
	MaxVersions int        `json:"max_versions" doc:"versions of a kind that may run side by side"`
}

// ContractDocument is one of them with its text.
type ContractDocument struct {
	Clock
	Contract
	Source string `json:"source"`
}

// Ballot is a recorder's latest vote on a proposal.
type Ballot struct {
	Member   uint32 `json:"member"`
	Key      uint32 `json:"key"`
	Approver uint32 `json:"approver,omitempty"`
	Approve  bool   `json:"approve"`
	At       string `json:"at" doc:"ledger time"`
	Paper    string `json:"paper,omitempty" doc:"SHA-256 of a paper that gives the reasons"`
}

// Proposal is a contract document on its way into force.
type Proposal struct {
	Hash           string   `json:"hash" doc:"of the document; votes name it"`
	ID             string   `json:"id"`
	Version        uint32   `json:"version"`
	Kind           string   `json:"kind"`
	TitleZH        string   `json:"title_zh"`
	TitleEN        string   `json:"title_en"`
	Replaces       uint32   `json:"replaces,omitempty" doc:"number of the version in force that it follows"`
	Member         uint32   `json:"member"`
	Key            uint32   `json:"key"`
	Approver       uint32   `json:"approver"`
	Paper          string   `json:"paper,omitempty" doc:"SHA-256 of a paper that gives the reasons"`
	Proposed       string   `json:"proposed"`
	Lapses         string   `json:"lapses" doc:"unless it has been adopted by then"`
	Adopted        string   `json:"adopted,omitempty"`
	Active         string   `json:"active,omitempty" doc:"from when it will hold, once adopted"`
	Ballots        []Ballot `json:"ballots"`
	Recorders      int      `json:"recorders"`
	Approvals      int      `json:"approvals"`
	Rejections     int      `json:"rejections"`
	Constituencies int      `json:"constituencies" doc:"that have recorders"`
	Approving      int      `json:"approving" doc:"constituencies from which an approval has come"`
}

// Proposals are the documents on their way into force.
type Proposals struct {
	Clock
	Proposals []Proposal `json:"proposals"`
}

// ProposalDocument is one of them with its text.
type ProposalDocument struct {
	Clock
	Proposal
	Source string `json:"source"`
}

// ContractEffect is what a proposed document would mean for the live records of its kind,
// each played under its own version and under the proposed one.
type ContractEffect struct {
	Clock
	Records int         `json:"records"`
	Earlier int         `json:"earlier"`
	Later   int         `json:"later" doc:"the own version releases these first: a later exit never binds"`
	Same    int         `json:"same"`
	Moved   []MovedExit `json:"moved" doc:"at most a thousand of those that would leave earlier or later"`
}

// MovedExit is a record whose exit the document would move.
type MovedExit struct {
	Record  string   `json:"record"`
	Own     string   `json:"own,omitempty" doc:"last day on the list under its own version; absent where nothing ends it"`
	New     string   `json:"new,omitempty" doc:"and under the proposed one"`
	Later   bool     `json:"later,omitempty"`
	Refused []string `json:"refused,omitempty" doc:"events of its history that the proposed document does not take"`
}

// Contracts returns the documents in force.
func (c *Client) Contracts(ctx context.Context) (Contracts, error) {
	return call[Contracts](ctx, c, http.MethodGet, "/v1/contracts", nil)
}

// Contract returns one of them with its text.
func (c *Client) Contract(ctx context.Context, number uint32) (ContractDocument, error) {
	return call[ContractDocument](ctx, c, http.MethodGet, "/v1/contracts/"+strconv.FormatUint(uint64(number), 10), nil)
}

// Proposals returns the documents on their way into force.
func (c *Client) Proposals(ctx context.Context) (Proposals, error) {
	return call[Proposals](ctx, c, http.MethodGet, "/v1/contracts/proposals", nil)
}

// Proposal returns one of them with its text.
func (c *Client) Proposal(ctx context.Context, hash string) (ProposalDocument, error) {
	return call[ProposalDocument](ctx, c, http.MethodGet, "/v1/contracts/proposals/"+url.PathEscape(hash), nil)
}

// ContractEffect plays the live records that the node knows under a proposed document.
func (c *Client) ContractEffect(ctx context.Context, hash string) (ContractEffect, error) {
	return call[ContractEffect](ctx, c, http.MethodGet, "/v1/own/contracts/"+url.PathEscape(hash)+"/effect", nil)
}
