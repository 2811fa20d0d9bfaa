package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// LogPath places an event under the log root of the day that recorded it, which every
// later trust file holds.
type LogPath struct {
	Index  uint64   `json:"index" doc:"place of the event in the log, from 0"`
	Day    string   `json:"day" doc:"2006-01-02, UTC+8"`
	Height int64    `json:"height" doc:"last block of that day"`
	Size   uint64   `json:"size" doc:"of the log after that block"`
	Root   string   `json:"root" doc:"of the log after that block, hexadecimal"`
	Path   []string `json:"path" doc:"RFC 6962 inclusion path, hexadecimal, from the leaf up"`
}

// LogPath returns the path of an event; fault.NotReady while its day is not over.
func (c *Client) LogPath(ctx context.Context, index uint64) (LogPath, error) {
	return call[LogPath](ctx, c, http.MethodGet, "/v1/log/events/"+strconv.FormatUint(index, 10)+"/path", nil)
}

// LogProof returns a proof that events, by their places in the log, and the log as it
// stood after blocks, by height, lead to one header that the recorders have signed: the
// JSON of a verify.LogProof, for package verify and a trust file to check.
func (c *Client) LogProof(ctx context.Context, events []uint64, heights []int64) ([]byte, error) {
	q := url.Values{}
	if len(events) > 0 {
		q.Set("events", commas(events))
	}
	if len(heights) > 0 {
		q.Set("heights", commas(heights))
	}
	return c.bytes(ctx, http.MethodGet, "/v1/log/proof?"+q.Encode(), nil)
}

func commas[N uint64 | int64](numbers []N) string {
	var out []string
	for _, n := range numbers {
		out = append(out, fmt.Sprint(n))
	}
	return strings.Join(out, ",")
}

// Verify lets the node check a certificate (PDF or credential) with its own trust file
// and returns the report, JSON of verify.Report. Whoever wants to believe no node checks
// offline instead.
func (c *Client) Verify(ctx context.Context, file []byte, requireStatus bool) ([]byte, error) {
	return c.bytes(ctx, http.MethodPost, "/v1/certificates/verify?require_status="+strconv.FormatBool(requireStatus), file)
}
