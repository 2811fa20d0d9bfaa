package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/offline"
)

// verifier is "riviera verifier": the offline page.
func (a *app) verifier() *cobra.Command {
	export := a.command("verifier.export", "export DIR", a.between(1, 1), func(c *cobra.Command, args []string) error {
		page, err := verifierPage(c.Context())
		if fault.Is(err, fault.NotFound) {
			return &said{fault.NotFound, a.text("verifier.absent"), a.text("verifier.absent.next")}
		}
		if err != nil {
			return err
		}
		if err := os.MkdirAll(args[0], 0o755); err != nil {
			return fault.Wrap(fault.BadArgument, "DIR", err)
		}
		out := filepath.Join(args[0], offline.PageName)
		if err := a.toFile(out, func(w io.Writer) error { _, err := w.Write(page); return failed(err) }); err != nil {
			return err
		}
		sum := sha256.Sum256(page)
		if a.json {
			return a.object(exportedPage{writtenFile{out, len(page)}, hex.EncodeToString(sum[:])})
		}
		a.say("verifier.written", out, len(page)>>10, hex.EncodeToString(sum[:]))
		return nil
	})
	a.jsonFlag(export)
	return a.group("verifier", export)
}

type exportedPage struct {
	writtenFile
	SHA256 string `json:"sha256"`
}

// verifierPage is the page that is built into this program, or one that is built now
// from the sources around the working directory.
func verifierPage(ctx context.Context) ([]byte, error) {
	page, err := offline.Page()
	if err == nil {
		return page, nil
	}
	return offline.Build(ctx, ".")
}
