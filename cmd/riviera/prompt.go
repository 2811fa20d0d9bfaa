package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/term"

	"github.com/riviera-ledger/riviera/fault"
)

// maxAnswerLine bounds a line that is typed or piped in, in bytes.
const maxAnswerLine = 4096

// secret asks for a line that must not stand in the shell's history: without echo at a
// terminal, else the next line of standard input.
func (a *app) secret(prompt string) (string, error) {
	f, yes := terminal(a.in)
	if !yes {
		return a.nextLine()
	}
	fmt.Fprint(a.errs, prompt+" ")
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(a.errs)
	if err != nil {
		return "", fault.Wrap(fault.BadRequest, "input", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// nextLine reads one line of standard input, byte by byte: what follows stays there.
func (a *app) nextLine() (string, error) {
	r := bufio.NewReaderSize(oneByte{a.in}, 16)
	line, err := r.ReadString('\n')
	if err != nil && !(errors.Is(err, io.EOF) && line != "") {
		return "", usage(a.text("usage.input"))
	}
	if len(line) > maxAnswerLine {
		return "", fault.New(fault.TooLarge, "input")
	}
	return strings.TrimSpace(line), nil
}

// oneByte keeps a buffered reader from reading ahead.
type oneByte struct{ r io.Reader }

func (o oneByte) Read(p []byte) (int, error) { return o.r.Read(p[:min(len(p), 1)]) }

// confirm asks for a yes before an act that worsens somebody's position. Without a
// terminal there is nobody to ask: a flag says so.
func (a *app) confirm(yes bool, flag, question string) error {
	if yes {
		return nil
	}
	if _, ok := terminal(a.in); !ok {
		return usage(a.text("usage.confirm", flag))
	}
	fmt.Fprint(a.errs, question+" "+a.text("confirm.choice")+" ")
	answer, err := a.nextLine()
	if err != nil {
		return err
	}
	switch strings.ToLower(answer) {
	case "y", "yes", "是", "确认":
		return nil
	}
	a.note("confirm.no")
	return status(exitFailed)
}
