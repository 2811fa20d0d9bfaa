package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/riviera-ledger/riviera/contract"
	"github.com/riviera-ledger/riviera/message"
)

// Client calls the API of one node. Its fields may be set before first use; after
// that it is safe for concurrent use.
type Client struct {
	// Lang is the language of the texts in answers and problems.
	Lang message.Lang
	// HTTP carries the requests. It must not follow redirects.
	HTTP *http.Client

	base  string
	token string
}

// New returns a client of the node at baseURL, e.g. "http://127.0.0.1:8080". The
// token is an API key, the operator's token, or empty for the public.
func New(baseURL, token string) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil // a node is never behind a desktop's proxy
	transport.MaxIdleConnsPerHost = maxIdle
	return &Client{
		Lang:  message.English,
		HTTP:  &http.Client{Timeout: 90 * time.Second, CheckRedirect: noRedirect, Transport: transport},
		base:  strings.TrimRight(baseURL, "/"),
		token: token,
	}
}

// maxIdle is how many connections to the node stay open: an import keeps as many
// envelopes under way at a time.
const maxIdle = 64

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Live is nil when the process answers.
func (c *Client) Live(ctx context.Context) error {
	_, err := c.bytes(ctx, http.MethodGet, "/livez", nil)
	return err
}

// Ready is nil when the node can answer standing queries and take submissions.
func (c *Client) Ready(ctx context.Context) error {
	_, err := c.bytes(ctx, http.MethodGet, "/readyz", nil)
	return err
}

// Status returns the state of the network as the node sees it.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return call[Status](ctx, c, http.MethodGet, "/v1/status", nil)
}

// Standing asks whether exactly this code with exactly this name is listed. The
// answer "try later" comes as an answer or as fault.StaleNode: neither may be held
// against the party.
func (c *Client) Standing(ctx context.Context, q StandingRequest) (StandingAnswer, error) {
	return call[StandingAnswer](ctx, c, http.MethodPost, "/v1/standing", q)
}

// Record returns the ledger's side of a record, with its body where the caller may
// read it.
func (c *Client) Record(ctx context.Context, id string) (Record, error) {
	return call[Record](ctx, c, http.MethodGet, recordPath(id, ""), nil)
}

// Explain returns each way out of a record and what it waits for.
func (c *Client) Explain(ctx context.Context, id string) (contract.Explanation, error) {
	return call[contract.Explanation](ctx, c, http.MethodGet, recordPath(id, "/explain"), nil)
}

// Certificate returns the certificate PDF of a record.
func (c *Client) Certificate(ctx context.Context, id string, lang message.Lang) ([]byte, error) {
	return c.bytes(ctx, http.MethodGet, recordPath(id, "/certificate?lang="+url.QueryEscape(string(lang))), nil)
}

// Packet returns the body packet of a record that this institution proposed or
// decides, canonical CBOR.
func (c *Client) Packet(ctx context.Context, id string) ([]byte, error) {
	return c.bytes(ctx, http.MethodGet, recordPath(id, "/packet"), nil)
}

// Changes returns up to limit events of the log from index after on; a limit of 0
// leaves it to the node.
func (c *Client) Changes(ctx context.Context, after uint64, limit int) (Changes, error) {
	return call[Changes](ctx, c, http.MethodGet, "/v1/changes"+page("", after, limit), nil)
}

// Members returns the institutions of the network.
func (c *Client) Members(ctx context.Context) (Members, error) {
	return call[Members](ctx, c, http.MethodGet, "/v1/members", nil)
}

// Trust returns the trust file, JSON, byte for byte.
func (c *Client) Trust(ctx context.Context) ([]byte, error) {
	return c.bytes(ctx, http.MethodGet, "/v1/trust", nil)
}

// Genesis returns the genesis document, JSON. What it is worth says its hash in a trust
// file.
func (c *Client) Genesis(ctx context.Context) ([]byte, error) {
	return c.bytes(ctx, http.MethodGet, "/v1/genesis", nil)
}

// Submit hands an envelope to the node. A temporary refusal (Retry) left nothing
// behind: the same envelope may be sent again.
func (c *Client) Submit(ctx context.Context, s Submission) (Receipt, error) {
	return call[Receipt](ctx, c, http.MethodPost, "/v1/envelopes", s)
}

// HandIn hands an envelope without bodies to any node of the network: its signatures are
// credential enough. What an act on members or keys would be refused for, the answer says
// in full.
func (c *Client) HandIn(ctx context.Context, s Act) (Receipt, error) {
	return call[Receipt](ctx, c, http.MethodPost, "/v1/acts", s)
}

// Governance returns what is under way between the members.
func (c *Client) Governance(ctx context.Context) (Governance, error) {
	return call[Governance](ctx, c, http.MethodGet, "/v1/governance", nil)
}

// OwnRecords returns a page of the records that the node's institution proposed or
// decides. Phase "" is every phase.
func (c *Client) OwnRecords(ctx context.Context, phase string, after uint64, limit int) (OwnRecords, error) {
	return call[OwnRecords](ctx, c, http.MethodGet, "/v1/own/records"+page(phase, after, limit), nil)
}

func recordPath(id, rest string) string { return "/v1/records/" + url.PathEscape(id) + rest }

func page(phase string, after uint64, limit int) string {
	q := url.Values{}
	if phase != "" {
		q.Set("phase", phase)
	}
	if after > 0 {
		q.Set("after", strconv.FormatUint(after, 10))
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}
