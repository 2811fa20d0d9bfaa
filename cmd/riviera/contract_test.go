package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/riviera-ledger/riviera/network"
)

// TestContractScripts runs testdata/script/contract: one file a command of "riviera
// contract". They find the folder law at $LAW.
func TestContractScripts(t *testing.T) {
	folder, err := filepath.Abs("../../law")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script/contract",
		Setup: func(e *testscript.Env) error {
			base, err := network.FreePorts(12)
			e.Setenv("PORT", fmt.Sprint(base))
			e.Setenv("LAW", folder)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready":      ready,
			"field":      field,
			"bytes":      mustBytes,
			"eventually": eventually,
			"status":     exits,
		},
	})
}
