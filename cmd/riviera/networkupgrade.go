package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/ledger"
)

// networkUpgrade is a recorder's vote on other rules, or on the end of the chain.
func (a *app) networkUpgrade() *cobra.Command {
	var why cause
	var sign string
	var rules uint32
	var height int64
	var end, withdraw, yes bool
	c := a.command("network.upgrade", "upgrade", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		ways := 0
		for _, given := range []bool{rules != 0, end, withdraw} {
			if given {
				ways++
			}
		}
		if ways != 1 || withdraw != (height == 0) || height < 0 {
			return usage(a.text("network.upgrade.ways"))
		}
		w, err := why.cause()
		if err != nil {
			return err
		}
		if end {
			if err := a.confirm(yes, "--yes", a.text("network.upgrade.confirm", height)); err != nil {
				return err
			}
		}
		return a.govern(c.Context(), sign, (&ledger.UpgradeVote{Rules: rules, Height: height, Reason: w}).Operation())
	})
	f := c.Flags()
	f.Uint32Var(&rules, "rules", 0, a.text("network.flag.rules"))
	f.BoolVar(&end, "end", false, a.text("network.flag.end"))
	f.Int64Var(&height, "height", 0, a.text("network.flag.height"))
	f.BoolVar(&withdraw, "withdraw", false, a.text("network.flag.withdraw"))
	f.BoolVar(&yes, "yes", false, a.text("record.flag.yes"))
	a.causeFlags(c, &why)
	a.signFlags(c, &sign)
	return c
}

// networkUpgrades tells which rules hold, what is voted on, and whether the chain ends.
func (a *app) networkUpgrades() *cobra.Command {
	c := a.command("network.upgrades", "upgrades", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		api, err := a.reading()
		if err != nil {
			return err
		}
		g, err := api.Governance(c.Context())
		if err != nil {
			return err
		}
		if a.json {
			return a.object(g.Upgrades)
		}
		a.printUpgrades(g)
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

func (a *app) printUpgrades(g client.Governance) {
	u := g.Upgrades
	a.say("network.rules", u.Rules, u.Since, u.Known)
	if u.Next != nil {
		a.say("network.rules.next", u.Next.Rules, u.Next.Height)
	}
	if u.Final != 0 {
		a.say("network.final", u.Final)
	}
	for _, v := range u.Votes {
		what := a.text("network.vote.rules", v.Rules, v.Height)
		if v.Rules == 0 {
			what = a.text("network.vote.end", v.Height)
		}
		var members []string
		for _, m := range v.For {
			members = append(members, strconv.FormatUint(uint64(m), 10))
		}
		if v.Passed {
			a.say("network.vote.passed", what, strings.Join(members, ", "), local(v.Due))
		} else {
			a.say("network.vote.open", what, strings.Join(members, ", "))
		}
	}
}
