// Command make builds the verifier's page into offline/dist, from where the next build
// of riviera takes it: "make verifier".
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/riviera-ledger/riviera/offline"
)

func main() {
	page, err := offline.Build(context.Background(), ".")
	if err == nil {
		err = os.WriteFile(filepath.Join("offline", "dist", offline.PageName), page, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
