package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
)

func (a *app) code() *cobra.Command {
	check := a.command("code.check", "check [CODE…]", nil, a.checkCodes)
	check.ValidArgsFunction = noFiles
	a.jsonFlag(check)
	return a.group("code", check)
}

// checkedCode is one line of the answer.
type checkedCode struct {
	Code    string `json:"code"`
	Valid   bool   `json:"valid"`
	Type    string `json:"type,omitempty"` // org or person; what it looks like where it is neither
	Fault   string `json:"fault,omitempty"`
	Message string `json:"message,omitempty"`
}

// checkCodes judges each code on a line of its own: the arguments, or else standard
// input.
func (a *app) checkCodes(_ *cobra.Command, args []string) error {
	bad, seen := 0, 0
	one := func(code string) error {
		c := a.checkCode(code)
		seen++
		if !c.Valid {
			bad++
		}
		if a.json {
			return a.line(c)
		}
		if c.Valid {
			_, err := fmt.Fprintf(a.out, "%s  %s\n", c.Code, a.text("code.valid."+c.Type))
			return failed(err)
		}
		_, err := fmt.Fprintf(a.out, "%s  %s\n", c.Code, a.text("code.invalid", c.Message))
		return failed(err)
	}
	for _, code := range args {
		if err := one(code); err != nil {
			return err
		}
	}
	if len(args) == 0 {
		if _, yes := terminal(a.in); yes {
			a.note("code.prompt")
		}
		lines := bufio.NewScanner(a.in)
		for lines.Scan() {
			if code := strings.TrimSpace(lines.Text()); code != "" {
				if err := one(code); err != nil {
					return err
				}
			}
		}
		if err := lines.Err(); err != nil {
			return fault.Wrap(fault.BadRequest, "input", err)
		}
	}
	if bad > 0 {
		return status(exitFailed)
	}
	if seen == 0 {
		return usage(a.text("code.none"))
	}
	return nil
}

func (a *app) checkCode(code string) checkedCode {
	kind, err := credit.CheckCode(code)
	c := checkedCode{Code: code, Valid: err == nil, Type: string(kind)}
	if err != nil {
		c.Fault = fault.Of(err).String()
		c.Message, _ = a.lang.Fault(fault.Of(err))
	}
	return c
}
