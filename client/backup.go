package client

import (
	"context"
	"io"
	"net/http"

	"github.com/riviera-ledger/riviera/fault"
)

// Where a node's backup is, and what it is.
const (
	BackupPath = "/v1/own/backup"
	BackupType = "application/x-tar"
)

// Backup writes a backup of the running node to w, for its operator. It takes as long as the
// ledger is large. What it wrote is whole only if it returns nil.
func (c *Client) Backup(ctx context.Context, w io.Writer) error {
	req, err := c.request(ctx, http.MethodGet, BackupPath, nil)
	if err != nil {
		return err
	}
	unhurried := *c.HTTP
	unhurried.Timeout = 0
	res, err := unhurried.Do(req)
	if err != nil {
		return fault.Wrap(fault.NotReady, "node", err)
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		if err != nil {
			return fault.Wrap(fault.NotReady, "node", err)
		}
		return refusal(res, b)
	}
	if _, err := io.Copy(w, res.Body); err != nil {
		return fault.Wrap(fault.BackupDamaged, "node", err)
	}
	return nil
}
