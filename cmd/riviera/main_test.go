package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/network"
	"github.com/riviera-ledger/riviera/node"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"riviera": main})
}

// TestScripts runs testdata/script: one file a topic. Those that start nodes find free
// ports at $PORT and wait with "ready HOME…".
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			base, err := network.FreePorts(12)
			e.Setenv("PORT", fmt.Sprint(base))
			e.Setenv("API", fmt.Sprint(base+1)) // of the first node
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

// ready waits until the node of each home answers and is ready.
func ready(ts *testscript.TestScript, _ bool, homes []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for _, dir := range homes {
		h, err := node.OpenHome(ts.MkAbs(dir))
		ts.Check(err)
		c, err := h.Client()
		ts.Check(err)
		for c.Ready(ctx) != nil {
			if ctx.Err() != nil {
				ts.Fatalf("%s is not ready", dir)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// field NAME KEY puts the first value of a key in the last command's JSON output into a
// variable.
func field(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: field NAME KEY")
	}
	_, rest, found := strings.Cut(ts.ReadFile("stdout"), `"`+args[1]+`":`)
	if !found {
		ts.Fatalf("no %s in the output", args[1])
	}
	rest = strings.TrimLeft(rest, ` "`)
	ts.Setenv(args[0], rest[:strings.IndexAny(rest, "\",}\n")])
}

// mustBytes FILE TEXT demands, or with ! forbids, a text in a file of any kind.
func mustBytes(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: bytes FILE TEXT")
	}
	if strings.Contains(ts.ReadFile(args[0]), args[1]) == neg {
		ts.Fatalf("%s: %q", args[0], args[1])
	}
}

// eventually TEXT COMMAND… runs a command until its output holds a text.
func eventually(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: eventually TEXT COMMAND…")
	}
	for until := time.Now().Add(60 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		err := ts.Exec(args[1], args[2:]...)
		if err == nil && strings.Contains(ts.ReadFile("stdout"), args[0]) {
			return
		}
		if time.Now().After(until) {
			ts.Fatalf("%q never came: %v", args[0], err)
		}
	}
}

// exits N COMMAND… demands an exit status.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND…")
	}
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("%v", err)
		}
		got = fmt.Sprint(e.ExitCode())
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, not %s", got, args[0])
	}
}

// TestEveryCommandExplainsItself holds that in both languages every command has a short
// text, every command that does something an example, every flag a text, and no key is
// missing from the catalogue.
func TestEveryCommandExplainsItself(t *testing.T) {
	for _, lang := range message.Langs {
		a := newApp(strings.NewReader(""), os.Stderr, os.Stderr, func(string) string { return "" })
		a.lang = lang
		var walk func(c *cobra.Command)
		walk = func(c *cobra.Command) {
			if c.Hidden {
				return
			}
			for name, text := range map[string]string{"short": c.Short, "long": c.Long, "example": c.Example} {
				if strings.Contains(text, "[cmd.") || name == "short" && text == "" {
					t.Errorf("%s, %s: %s %q", lang, c.CommandPath(), name, text)
				}
			}
			if !c.HasSubCommands() && c.Example == "" && c.Name() != "version" {
				t.Errorf("%s, %s: no example", lang, c.CommandPath())
			}
			c.Flags().VisitAll(func(f *pflag.Flag) {
				if f.Usage == "" || strings.HasPrefix(f.Usage, "[") {
					t.Errorf("%s, %s --%s: %q", lang, c.CommandPath(), f.Name, f.Usage)
				}
			})
			for _, sub := range c.Commands() {
				walk(sub)
			}
		}
		walk(a.root())
	}
}

// TestKeysInUse holds that every text the program asks for by a fixed key exists.
func TestKeysInUse(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 20 {
		t.Fatal(err, len(files))
	}
	n := 0
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range []string{"a.text(\"", "a.say(\"", "a.note(\"", "p.line(below+\"   \", \"", "p.line(\"\", \"", "p.line(branch, \""} {
			for rest := string(b); ; {
				_, after, found := strings.Cut(rest, call)
				if !found {
					break
				}
				key := after[:strings.IndexByte(after, '"')]
				rest = after
				if strings.HasSuffix(key, ".") || strings.HasPrefix(after[len(key)+1:], " +") {
					continue // completed at run time
				}
				n++
				if !message.English.Has("cmd." + key) {
					t.Errorf("%s: cmd.%s", name, key)
				}
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d keys found: the search is broken", n)
	}
}

func TestLangOf(t *testing.T) {
	for _, tc := range []struct {
		args []string
		env  map[string]string
		want message.Lang
	}{
		{nil, nil, message.English},
		{nil, map[string]string{"LANG": "zh_CN.UTF-8"}, message.Chinese},
		{nil, map[string]string{"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, message.English},
		{nil, map[string]string{"LC_MESSAGES": "zh_TW", "LANG": "C"}, message.Chinese},
		{[]string{"record", "--lang", "zh"}, map[string]string{"LANG": "en"}, message.Chinese},
		{[]string{"--lang=en"}, map[string]string{"LANG": "zh"}, message.English},
		{[]string{"--", "--lang=zh"}, nil, message.English},
	} {
		if got := langOf(tc.args, func(k string) string { return tc.env[k] }); got != tc.want {
			t.Errorf("%q, %v: %s", tc.args, tc.env, got)
		}
	}
}

func TestWidth(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "示例": 4, "示a": 3, "𬭊": 2, "（）": 4, "·": 1} {
		if got := width(s); got != want {
			t.Errorf("%q: %d", s, got)
		}
	}
}

func TestParseYuan(t *testing.T) {
	for s, want := range map[string]int64{"0": 0, "1": 100, "1.5": 150, "0.05": 5, "1234567.89": 123456789, "9999999999999": 999999999999900} {
		if got, err := parseYuan(s); err != nil || got != want {
			t.Errorf("%q: %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"", ".", "1.", ".5", "1.234", "-1", "+1", "1e3", "1,0", "x", "99999999999999", "1.x"} {
		if got, err := parseYuan(s); err == nil {
			t.Errorf("%q: %d", s, got)
		}
	}
}
