package main

import (
	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/ledger"
)

// leaveNetwork is an institution's own wish to leave, or that it stays after all.
func (a *app) leaveNetwork() *cobra.Command {
	var why cause
	var sign, on string
	var successor uint32
	var withdraw, yes bool
	c := a.command("member.leave", "leave --on DATE", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		if (on == "") != withdraw || withdraw && successor != 0 {
			return usage(a.text("member.leave.ways"))
		}
		w, err := why.cause()
		if err != nil {
			return err
		}
		o := ledger.Leave{Successor: ledger.MemberID(successor), Reason: w}
		if !withdraw {
			if o.Day, err = credit.ParseDate(on); err != nil {
				return usage(a.text("usage.flag-invalid", "--on", "2026-12-31"))
			}
			if err := a.confirm(yes, "--yes", a.text("member.leave.confirm", on)); err != nil {
				return err
			}
		}
		return a.govern(c.Context(), sign, o.Operation())
	})
	f := c.Flags()
	f.StringVar(&on, "on", "", a.text("member.flag.on"))
	f.Uint32Var(&successor, "successor", 0, a.text("member.flag.successor"))
	f.BoolVar(&withdraw, "withdraw", false, a.text("member.flag.withdraw"))
	f.BoolVar(&yes, "yes", false, a.text("record.flag.yes"))
	a.causeFlags(c, &why)
	a.signFlags(c, &sign)
	return c
}
