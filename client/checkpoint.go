package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/riviera-ledger/riviera/wire"
)

// Consistency proves that a log begins with an older one (RFC 6962 section 2.1.2).
type Consistency struct {
	Older uint64   `json:"older" doc:"number of events in the older log"`
	Size  uint64   `json:"size" doc:"number of events in the newer log"`
	Path  [][]byte `json:"path" doc:"hashes of 32 bytes, base64"`
}

// Hashes is the path; a hash of another length comes as zeros and proves nothing.
func (c Consistency) Hashes() []wire.Hash {
	out := make([]wire.Hash, len(c.Path))
	for i, b := range c.Path {
		if len(b) == len(out[i]) {
			out[i] = wire.Hash(b)
		}
	}
	return out
}

// Cosigned is who has signed a checkpoint, as the node has it.
type Cosigned struct {
	Size      uint64   `json:"size" doc:"number of events"`
	Witnesses []string `json:"witnesses" doc:"names of the witnesses, of those that the node is configured with"`
}

// Checkpoint returns a signed checkpoint of the log, a C2SP signed note: of a size, or for 0
// the newest that the node gives to witnesses; with at least so many cosignatures.
func (c *Client) Checkpoint(ctx context.Context, size uint64, witnesses int) ([]byte, error) {
	q := url.Values{}
	if size > 0 {
		q.Set("size", strconv.FormatUint(size, 10))
	}
	if witnesses > 0 {
		q.Set("witnesses", strconv.Itoa(witnesses))
	}
	path := "/v1/checkpoint"
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return c.bytes(ctx, http.MethodGet, path, nil)
}

// Consistency returns the proof that the log of a size begins with that of an older one.
func (c *Client) Consistency(ctx context.Context, older, size uint64) (Consistency, error) {
	q := url.Values{"older": {strconv.FormatUint(older, 10)}, "size": {strconv.FormatUint(size, 10)}}
	return call[Consistency](ctx, c, http.MethodGet, "/v1/log/consistency?"+q.Encode(), nil)
}

// Cosign hands a note with cosignatures to the node.
func (c *Client) Cosign(ctx context.Context, note []byte) (Cosigned, error) {
	return call[Cosigned](ctx, c, http.MethodPost, "/v1/checkpoint", note)
}
