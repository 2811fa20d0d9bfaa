package main

import (
	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
)

// reversing is what record reverse was told.
type reversing struct {
	on, article string
	reasons     []string
	lift, yes   bool
}

// reverseRecord takes the effect of a record's end away, or lifts such a decision. It
// lists nobody: that takes a new record.
func (a *app) reverseRecord() *cobra.Command {
	var r reversing
	c := a.command("record.reverse", "reverse ID", a.between(1, 1), func(c *cobra.Command, args []string) error {
		id, err := ledger.ParseRecordID(args[0])
		if err != nil {
			return err
		}
		if err := a.checkReversing(r); err != nil {
			return err
		}
		s, err := a.signing()
		if err != nil {
			return err
		}
		if !r.lift {
			if err := a.confirm(r.yes, "--yes", a.text("record.reverse.confirm")); err != nil {
				return err
			}
		}
		e, err := a.reversal(c, s, id, r)
		if err != nil {
			return err
		}
		out, err := a.deliver(c.Context(), s, []clerk.Entry{e})
		if err != nil {
			return err
		}
		if err := a.printActed(e, out.Codes[0], out); err != nil || out.Codes[0] == fault.OK {
			return err
		}
		return status(exitFailed)
	})
	f := c.Flags()
	f.StringVar(&r.on, "on", "", a.text("record.flag.reverse-on"))
	f.StringVar(&r.article, "article", "", a.text("record.flag.reverse-article"))
	f.BoolVar(&r.lift, "lift", false, a.text("record.flag.lift"))
	f.BoolVar(&r.yes, "yes", false, a.text("record.flag.yes"))
	a.reasonsFlag(c, &r.reasons)
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = a.completeRecords("exited", "annulled")
	return c
}

// checkReversing demands what a decision needs, and of a lift that nothing stands beside it.
func (a *app) checkReversing(r reversing) error {
	if r.lift {
		if r.on != "" || r.article != "" || len(r.reasons) > 0 {
			return usage(a.text("record.reverse.lift-alone"))
		}
		return nil
	}
	for flag, missing := range map[string]bool{"--" + reasonsFlag: len(r.reasons) == 0, "--article": r.article == "", "--on": r.on == ""} {
		if missing {
			return usage(a.text("usage.flag-required", flag))
		}
	}
	return nil
}

func (a *app) reversal(c *cobra.Command, s *session, id ledger.RecordID, r reversing) (clerk.Entry, error) {
	if r.lift {
		return s.clerk.Lift(c.Context(), id)
	}
	spec := clerk.ReversalSpec{Record: id, Article: r.article}
	var err error
	if spec.DecidedOn, err = credit.ParseDate(r.on); err != nil {
		return clerk.Entry{}, err
	}
	if spec.Reasons, err = a.reasons(r.reasons); err != nil {
		return clerk.Entry{}, err
	}
	if spec.Credential, err = s.home.Person(node.CredentialKey); err != nil {
		return clerk.Entry{}, err
	}
	return s.clerk.Reverse(c.Context(), spec)
}
