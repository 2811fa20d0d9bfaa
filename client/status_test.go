package client

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"

	"github.com/riviera-ledger/riviera/fault"
)

// Every code has one status. Those that have been published are held against a golden
// file: a status that changes is a change of the API. A new code takes its group's
// status, or its own and a line in the file.
func TestEveryCodeHasAStatus(t *testing.T) {
	got := map[string]int{}
	for _, c := range fault.All() {
		got[c.String()] = HTTPStatus(c)
		if s := HTTPStatus(c); c != fault.OK && (s < 400 || http.StatusText(s) == "") {
			t.Errorf("%s: %d", c, s)
		}
	}
	b, err := os.ReadFile("testdata/status.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]int
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	if len(want) < 80 {
		t.Errorf("%d codes in the file", len(want))
	}
	for name, status := range want {
		if got[name] != status {
			t.Errorf("%s: %d, published as %d", name, got[name], status)
		}
	}
}
