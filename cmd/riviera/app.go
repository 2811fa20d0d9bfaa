package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
)

// app is what every command shares: where it reads and writes, and how it speaks.
type app struct {
	in   io.Reader
	out  io.Writer
	errs io.Writer
	env  func(string) string
	lang message.Lang
	json bool
	home string // --home
	api  string // --api

	approver string // --approver-home

	unlock unlocking

	prepare     string // --prepare: sign for the first of two people alone, into this file
	approverKey uint32

	ran bool // a command's own work has begun: an error from then on is no usage error
}

func newApp(in io.Reader, out, errs io.Writer, env func(string) string) *app {
	return &app{in: in, out: out, errs: errs, env: env, lang: message.English}
}

// langOf finds the language before the command line is parsed, because the help texts
// depend on it: --lang, else the locale.
func langOf(args []string, env func(string) string) message.Lang {
	for i, s := range args {
		if s == "--" {
			break
		}
		if v, found := strings.CutPrefix(s, "--lang="); found {
			return message.Parse(v)
		}
		if s == "--lang" && i+1 < len(args) {
			return message.Parse(args[i+1])
		}
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := env(name); v != "" {
			return message.Parse(v)
		}
	}
	return message.English
}

// text looks a text of the command line up.
func (a *app) text(key string, args ...any) string { return a.lang.Text("cmd."+key, args...) }

// say prints a line for people.
func (a *app) say(key string, args ...any) { fmt.Fprintln(a.out, a.text(key, args...)) }

// note prints a line for people beside the output proper.
func (a *app) note(key string, args ...any) { fmt.Fprintln(a.errs, a.text(key, args...)) }

// object prints a value as JSON.
func (a *app) object(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return failed(e.Encode(v))
}

// line prints a value as JSON on one line.
func (a *app) line(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	return failed(e.Encode(v))
}

// failed is an error of writing the output.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Internal, "output", err)
}

// status ends the program with a status and no further word.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// command makes a command whose texts stand under "cmd.<key>.": short, and where the
// catalogue has them long and example.
func (a *app) command(key, use string, args cobra.PositionalArgs, run func(*cobra.Command, []string) error) *cobra.Command {
	c := &cobra.Command{Use: use, Short: a.text(key + ".short"), Args: args, DisableFlagsInUseLine: true}
	c.Long = c.Short
	for _, part := range []struct {
		name string
		into *string
	}{{"long", &c.Long}, {"example", &c.Example}} {
		if full := "cmd." + key + "." + part.name; a.lang.Has(full) {
			*part.into = a.lang.Text(full)
		}
	}
	if run != nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			a.ran = true
			return run(c, args)
		}
	}
	return c
}

// jsonFlag adds --json.
func (a *app) jsonFlag(c *cobra.Command) {
	c.Flags().BoolVar(&a.json, "json", false, a.text("flag.json"))
}

// between demands from lo to hi positional arguments; hi below 0 is no bound. They are
// named in the message by what the usage line calls them.
func (a *app) between(lo, hi int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < lo:
			return usage(a.text("usage.few", c.UseLine()))
		case hi >= 0 && len(args) > hi:
			return usage(a.text("usage.many", c.UseLine()))
		}
		return nil
	}
}

// said is a failure in words of its own, where those of its code would mislead.
type said struct {
	code       fault.Code
	what, next string
}

func (s *said) Error() string { return s.what }

// Unwrap gives the code.
func (s *said) Unwrap() error { return fault.New(s.code, "") }

// silent words an error of a node that could not be reached, or returns nil.
func (a *app) silent(err error) *said {
	var dial *net.OpError
	if !errors.As(err, &dial) || dial.Op != "dial" || errors.Is(err, context.Canceled) {
		return nil
	}
	address := ""
	if dial.Addr != nil {
		address = dial.Addr.String()
	}
	var asked *url.Error
	if errors.As(err, &asked) {
		if u, err := url.Parse(asked.URL); err == nil {
			address = u.Host
		}
	}
	home := a.home
	if home == "" || a.api != "" {
		home = "DIR"
	}
	return &said{fault.NotReady, a.text("error.silent", address), a.text("error.silent.next", home)}
}

// usage is a mistake on the command line, in words for people.
func usage(text string) error { return &fault.Error{Code: fault.Usage, Detail: text} }

// exit prints an error and picks the exit status.
func (a *app) exit(err error) int {
	var s status
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &s):
		return int(s)
	case errors.Is(err, context.Canceled):
		a.note("stopped")
		return exitFailed
	}
	var e *fault.Error
	known := errors.As(err, &e)
	if !known && !a.ran {
		err = a.parseError(err)
		errors.As(err, &e)
	}
	a.report(err)
	if e != nil && e.Code == fault.Usage {
		return exitUsage
	}
	return exitFailed
}

// report says what is wrong, where, and what to do next.
func (a *app) report(err error) {
	code := fault.Of(err)
	what, next := a.lang.Fault(code)
	p := client.Problem{Title: what, Code: code.String(), Next: next}
	p.Where, p.Detail = placeOf(err)
	var own *said
	if !errors.As(err, &own) {
		own = a.silent(err)
	}
	if own != nil {
		what, next = own.what, own.next
		p.Title, p.Next, p.Where, p.Detail = what, next, "", ""
	}
	var r *client.Refused
	if errors.As(err, &r) {
		p.Status, p.Type = r.Status, r.Type
	}
	if a.json {
		e := json.NewEncoder(a.errs)
		e.SetEscapeHTML(false)
		_ = e.Encode(p) // nobody is left to tell
		return
	}
	if code == fault.Usage && p.Detail != "" {
		what := p.Detail
		if p.Where != "" {
			what = a.text("error.at", p.Where, what)
		}
		fmt.Fprintln(a.errs, a.text("error.line", what))
		a.note("error.help")
		return
	}
	line := what
	if p.Where != "" {
		line = a.text("error.where", what, p.Where)
	}
	fmt.Fprintln(a.errs, a.text("error.line", line))
	if p.Detail != "" {
		a.note("error.detail", p.Detail)
	}
	a.note("error.next", next)
}

// placeOf gathers the places and details along an error's chain, outermost first.
func placeOf(err error) (where, detail string) {
	var places, details []string
	for ; err != nil; err = errors.Unwrap(err) {
		e, ok := err.(*fault.Error)
		if !ok {
			if _, said := err.(*client.Refused); !said && len(details) == 0 {
				details = append(details, err.Error())
			}
			break
		}
		if e.Where != "" && !slices.Contains(places, e.Where) {
			places = append(places, e.Where)
		}
		if e.Detail != "" && !slices.Contains(details, e.Detail) {
			details = append(details, e.Detail)
		}
	}
	return strings.Join(places, ": "), strings.Join(details, ": ")
}

// terminal returns the file behind a stream where it is a terminal.
func terminal(s any) (*os.File, bool) {
	f, ok := s.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}
