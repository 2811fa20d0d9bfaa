// Command riviera runs and uses a Riviera network: a permissioned ledger for joint
// credit discipline and the way off the list.
//
// It is thin: it reads the command line, wires packages together and prints what they
// answer. What it prints for people comes from package message, in the language of the
// locale or of --lang; with --json it prints one object, or one a line, in which names
// never change.
//
// Exit status: 0 done, 1 refused or failed, 2 could not be determined, 3 usage.
//
// Secrets and identity numbers are never flags: they come from files of the home, from a
// prompt that does not echo, or from standard input.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit statuses.
const (
	exitOK            = 0
	exitFailed        = 1
	exitIndeterminate = 2
	exitUsage         = 3
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)) }

// run is the whole program, with its surroundings passed in.
func run(args []string, in io.Reader, out, errs io.Writer, env func(string) string) int {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	a := newApp(in, out, errs, env)
	a.lang = langOf(args, env)
	root := a.root()
	root.SetArgs(args)
	return a.exit(root.ExecuteContext(ctx))
}
