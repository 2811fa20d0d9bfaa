package node

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/riviera-ledger/riviera/certificate"
	"github.com/riviera-ledger/riviera/fault"
)

// stampTime bounds what a time-stamp authority may take: a certificate does not wait
// longer, and is then issued without.
const stampTime = 3 * time.Second

// stamper asks the configured time-stamp authority (RFC 3161 over HTTP), nil if there is
// none. The authority learns the digest of a signature and nothing else.
func (n *Node) stamper(ctx context.Context) certificate.Stamper {
	url := n.home.Config.Certificate.TimestampURL
	if url == "" {
		return nil
	}
	return func(imprint [32]byte) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, stampTime)
		defer cancel()
		token, err := stamp(ctx, url, imprint)
		if err != nil {
			n.log.Warn("time-stamp authority", "error", err)
		}
		return token, err
	}
}

func stamp(ctx context.Context, url string, imprint [32]byte) ([]byte, error) {
	query, err := certificate.StampRequest(imprint)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(query))
	if err != nil {
		return nil, fault.Newf(fault.BadConfig, "certificate.timestamp_url", "no valid address")
	}
	req.Header.Set("Content-Type", certificate.StampRequestType)
	res, err := stampClient.Do(req)
	if err != nil {
		return nil, fault.Wrap(fault.NotReady, "timestamp", err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, certificate.MaxStampResponse))
	if err != nil || res.StatusCode != http.StatusOK {
		return nil, fault.Newf(fault.NotReady, "timestamp", "status %d", res.StatusCode)
	}
	return certificate.ReadStampResponse(b, imprint)
}

// stampClient follows no redirect: the operator named one authority.
var stampClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
