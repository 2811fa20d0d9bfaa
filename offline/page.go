package offline

import (
	"embed"
	"io/fs"

	"github.com/riviera-ledger/riviera/fault"
)

// PageName is the name of the built file.
const PageName = "verifier.html"

//go:embed all:dist
var built embed.FS

// Page returns the page that was built into this program; fault.NotFound if none was.
func Page() ([]byte, error) {
	b, err := fs.ReadFile(built, "dist/"+PageName)
	if err != nil {
		return nil, fault.Newf(fault.NotFound, "verifier", "this program was built without the page; make build builds both")
	}
	return b, nil
}
