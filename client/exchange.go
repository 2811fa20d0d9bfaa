package client

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/riviera-ledger/riviera/fault"
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 32 << 20

// call is bytes with the answer decoded from JSON.
func call[T any](ctx context.Context, c *Client, method, path string, in any) (T, error) {
	var out T
	b, err := c.bytes(ctx, method, path, in)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(b, &out); err != nil {
		return out, fault.Newf(fault.Internal, "answer", "not the JSON of this API")
	}
	return out, nil
}

// bytes sends one request and returns the body of a 2xx answer.
func (c *Client) bytes(ctx context.Context, method, path string, in any) ([]byte, error) {
	req, err := c.request(ctx, method, path, in)
	if err != nil {
		return nil, err
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, fault.Wrap(fault.NotReady, "node", err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fault.Wrap(fault.NotReady, "node", err)
	case len(b) > maxAnswer:
		return nil, fault.Newf(fault.TooLarge, "answer", "above %d bytes", maxAnswer)
	case res.StatusCode/100 != 2:
		return nil, refusal(res, b)
	}
	return b, nil
}

func (c *Client) request(ctx context.Context, method, path string, in any) (*http.Request, error) {
	var body io.Reader
	kind := "application/json"
	switch in := in.(type) {
	case nil:
	case []byte:
		body, kind = bytes.NewReader(in), "application/octet-stream"
	default:
		b, err := json.Marshal(in)
		if err != nil {
			return nil, fault.Wrap(fault.Malformed, "request", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fault.Newf(fault.BadConfig, "node", "no valid address")
	}
	if in != nil {
		req.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	req.Header.Set("Accept-Language", string(c.Lang))
	return req, nil
}
