package network

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/node"
)

// startErrors takes the contributor's node of a running network and tries each way in
// which a start can fail, as an error of node.Start and as what the program says and
// exits with. After all of them the node starts as if nothing had been.
func startErrors(t *testing.T, n *testNetwork) {
	const i = bureau
	dir := n.Home(i).Dir
	before := n.status(i).Height
	t.Run("a home that runs already", func(t *testing.T) { failsToStart(t, dir, fault.HomeLocked, "") })
	n.halt(i)
	config, genesis := filepath.Join(dir, node.ConfigFile), filepath.Join(dir, node.GenesisFile)
	key := func(name string) string { return filepath.Join(dir, "keys", name) }
	for _, c := range []struct {
		name   string
		change func(*testing.T)
		want   fault.Code
		says   string // part of what the program prints
	}{
		{"the API's port is used", func(t *testing.T) { occupy(t, n.Home(i).Config.API.Listen) }, fault.PortInUse, n.Home(i).Config.API.Listen},
		{"the engine's port is used", func(t *testing.T) { occupy(t, n.Home(i).Config.Engine.Listen) }, fault.PortInUse, n.Home(i).Config.Engine.Listen},
		{"the genesis of another network", func(t *testing.T) {
			other := found(t, shape{recorders: 4, contributors: 1, day: time.Second})
			replace(t, genesis, read(t, filepath.Join(other.Dir, node.GenesisFile)))
		}, fault.HomeForeign, ""},
		{"a genesis with a word changed", func(t *testing.T) { edit(t, genesis, `"network": "riviera"`, `"network": "rivierb"`) }, fault.HomeForeign, ""},
		{"a member that is not in the genesis", func(t *testing.T) { edit(t, config, "member = 5", "member = 77") }, fault.HomeForeign, node.ConfigFile},
		{"another member's number", func(t *testing.T) { edit(t, config, "member = 5", "member = 4") }, fault.FileMissing, "consensus.pem"},
		{"the number of a member without a node", func(t *testing.T) { edit(t, config, "member = 5", "member = 6") }, fault.HomeForeign, "key"},
		{"no configuration", func(t *testing.T) { remove(t, config) }, fault.HomeMissing, node.ConfigFile},
		{"no genesis", func(t *testing.T) { remove(t, genesis) }, fault.FileMissing, node.GenesisFile},
		{"no node key", func(t *testing.T) { remove(t, key("node.pem")) }, fault.FileMissing, "node.pem"},
		{"no vault key", func(t *testing.T) { remove(t, key("vault.key")) }, fault.FileMissing, "vault.key"},
		{"no document key", func(t *testing.T) { remove(t, key("document.pem")) }, fault.FileMissing, "document.pem"},
		{"no token", func(t *testing.T) { remove(t, key("api.token")) }, fault.FileMissing, "api.token"},
		{"a node key cut short", func(t *testing.T) { replace(t, key("node.pem"), read(t, key("node.pem"))[:60]) }, fault.BadConfig, "node.pem"},
		{"a vault key cut short", func(t *testing.T) { replace(t, key("vault.key"), []byte("short")) }, fault.BadConfig, "vault.key"},
		{"another vault key", func(t *testing.T) { replace(t, key("vault.key"), make([]byte, 32)) }, fault.HomeForeign, ""},
		{"a mistake in the configuration", func(t *testing.T) { edit(t, config, "member = 5", "member = five") }, fault.BadConfig, "riviera.toml, line " + lineOf(t, config, "member = 5")},
		{"a key that the configuration does not have", func(t *testing.T) { edit(t, config, "[engine]", "[engine]\nlisten_on = \"x\"\n") }, fault.BadConfig, "listen_on"},
		{"a genesis cut short", func(t *testing.T) { replace(t, genesis, read(t, genesis)[:500]) }, fault.BadConfig, "genesis.json, line " + strconv.Itoa(1+bytes.Count(read(t, genesis)[:500], []byte("\n")))},
		{"a mistake in the genesis", func(t *testing.T) { edit(t, genesis, `"chain_id":`, `"chain_id";`) }, fault.BadConfig, "genesis.json, line " + lineOf(t, genesis, `"chain_id":`)},
		{"a word for a number in the genesis", func(t *testing.T) { edit(t, genesis, `"time_ns": `, `"time_ns": "soon", "x": `) }, fault.BadConfig, "genesis.json, line " + lineOf(t, genesis, `"time_ns":`)},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.change(t)
			failsToStart(t, dir, c.want, c.says)
		})
	}
	n.resume(i)
	if h := n.status(i).Height; h < before {
		t.Errorf("height %d after %d", h, before)
	}
}

// failsToStart starts a home in this process and as a process of its own.
func failsToStart(t *testing.T, dir string, want fault.Code, says string) {
	t.Helper()
	if err := tryStart(dir); !fault.Is(err, want) {
		t.Errorf("node.Start: %v, not %s", err, want)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, built(t), "node", "start", "--home", dir, "--lang", "en")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("the program ended with %v\n%s", err, out)
	}
	for _, part := range []string{faultText(want), says, "next:"} {
		if !strings.Contains(string(out), part) {
			t.Errorf("the program does not say %q:\n%s", part, out)
		}
	}
}

func tryStart(dir string) error {
	h, err := node.OpenHome(dir)
	if err != nil {
		return err
	}
	n, err := node.Start(context.Background(), h, quiet())
	if err == nil {
		n.Stop()
	}
	return err
}

func occupy(t *testing.T, address string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// replace gives a file another content until the test ends.
func replace(t *testing.T, file string, content []byte) {
	t.Helper()
	before := read(t, file)
	write := func(b []byte) {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { write(before) })
	write(content)
}

// remove takes a file away until the test ends.
func remove(t *testing.T, file string) {
	t.Helper()
	replace(t, file, nil)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

func edit(t *testing.T, file, old, new string) {
	t.Helper()
	b := read(t, file)
	if bytes.Count(b, []byte(old)) != 1 {
		t.Fatalf("%q stands %d times in %s", old, bytes.Count(b, []byte(old)), file)
	}
	replace(t, file, bytes.Replace(b, []byte(old), []byte(new), 1))
}

// lineOf is the line on which a text stands first.
func lineOf(t *testing.T, file, text string) string {
	t.Helper()
	before, _, found := bytes.Cut(read(t, file), []byte(text))
	if !found {
		t.Fatalf("no %q in %s", text, file)
	}
	return strconv.Itoa(1 + bytes.Count(before, []byte("\n")))
}

// text of a fault as the program prints it.
func faultText(c fault.Code) string {
	what, _ := message.English.Fault(c)
	return what
}
