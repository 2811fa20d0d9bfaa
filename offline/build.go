package offline

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/riviera-ledger/riviera/fault"
)

const module = "github.com/riviera-ledger/riviera"

// Build compiles the verifier from the sources of the module that the directory dir lies
// in, and puts the page together. It needs the Go tool and nothing else. Where the
// sources are not at hand it returns fault.NotFound.
func Build(ctx context.Context, dir string) ([]byte, error) {
	wasm, runtime, err := Compile(ctx, dir)
	if err != nil {
		return nil, err
	}
	return Assemble(wasm, runtime)
}

// Compile returns the verifier's WebAssembly and the script of the same Go release that
// runs it. Inlining is off: it makes the verifier a tenth smaller, and the time is
// spent in arithmetic that it would not shorten.
func Compile(ctx context.Context, dir string) (wasm, runtime []byte, err error) {
	root, err := ask(ctx, dir, "list", "-m", "-f", "{{.Path}} {{.Dir}}")
	path, root, _ := strings.Cut(root, " ")
	if err != nil || path != module {
		return nil, nil, fault.Newf(fault.NotFound, "verifier", "the sources are not here")
	}
	goroot, err := ask(ctx, dir, "env", "GOROOT")
	if err != nil {
		return nil, nil, err
	}
	if runtime, err = os.ReadFile(filepath.Join(goroot, "lib", "wasm", "wasm_exec.js")); err != nil {
		return nil, nil, fault.Wrap(fault.NotFound, "wasm_exec.js", err)
	}
	temp, err := os.MkdirTemp("", "riviera-verifier-")
	if err != nil {
		return nil, nil, fault.Wrap(fault.DiskFull, "verifier", err)
	}
	defer os.RemoveAll(temp)
	out := filepath.Join(temp, "verifier.wasm")
	_, err = ask(ctx, root, "build", "-trimpath", "-buildvcs=false", "-gcflags=all=-l", "-ldflags=-s -w -buildid=", "-o", out, "./cmd/verifier")
	if err != nil {
		return nil, nil, err
	}
	wasm, err = os.ReadFile(out)
	if err != nil {
		return nil, nil, fault.Wrap(fault.Internal, "verifier", err)
	}
	return wasm, runtime, nil
}

// ask runs the Go tool for the browser's platform.
func ask(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=-mod=readonly", "CGO_ENABLED=0")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fault.Newf(fault.NotFound, "verifier", "go %s: %v: %s", args[0], err, strings.TrimSpace(errs.String()))
	}
	return strings.TrimSpace(out.String()), nil
}
