package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
)

// gateCommand makes a command for an act of the gate that needs no more than whom and why.
func (a *app) gateCommand(key, use, act string) *cobra.Command {
	return a.gated(key, use, func(*cobra.Command) {}, func(id ledger.MemberID, g *ledger.Gate) error {
		g.Act, g.Subject = act, id
		return nil
	})
}

// gated makes a command of the authority on a member.
func (a *app) gated(key, use string, flags func(*cobra.Command), fill func(ledger.MemberID, *ledger.Gate) error) *cobra.Command {
	var why cause
	var sign string
	c := a.command(key, use, a.between(1, 1), func(c *cobra.Command, args []string) error {
		id, err := parseMember(args[0])
		if err != nil {
			return err
		}
		var g ledger.Gate
		if g.Reason, err = why.cause(); err != nil {
			return err
		}
		if err := fill(id, &g); err != nil {
			return err
		}
		return a.govern(c.Context(), sign, g.Operation())
	})
	flags(c)
	a.causeFlags(c, &why)
	a.signFlags(c, &sign)
	c.ValidArgsFunction = noFiles
	return c
}

func (a *app) admitMember() *cobra.Command {
	var why cause
	var sign string
	var replaces, successor uint32
	c := a.command("member.admit", "admit FILE", a.between(1, 1), func(c *cobra.Command, args []string) error {
		m, err := readEntry(args[0])
		if err != nil {
			return err
		}
		g := ledger.Gate{Act: ledger.GateAdmit, Subject: m.ID, Member: m, Replaces: ledger.MemberID(replaces), Successor: ledger.MemberID(successor)}
		if g.Reason, err = why.cause(); err != nil {
			return err
		}
		return a.govern(c.Context(), sign, g.Operation())
	})
	c.Flags().Uint32Var(&replaces, "replaces", 0, a.text("member.flag.replaces"))
	c.Flags().Uint32Var(&successor, "successor", 0, a.text("member.flag.successor"))
	a.causeFlags(c, &why)
	a.signFlags(c, &sign)
	return c
}

func (a *app) removeMember() *cobra.Command {
	var successor uint32
	return a.gated("member.remove", "remove ID", func(c *cobra.Command) {
		c.Flags().Uint32Var(&successor, "successor", 0, a.text("member.flag.successor"))
	}, func(id ledger.MemberID, g *ledger.Gate) error {
		g.Act, g.Subject, g.Successor = ledger.GateRemove, id, ledger.MemberID(successor)
		return nil
	})
}

func (a *app) changeRoles() *cobra.Command {
	var roles []string
	var key string
	var replaces, successor, superior uint32
	return a.gated("member.roles", "roles ID --role ROLE…", func(c *cobra.Command) {
		f := c.Flags()
		f.StringArrayVar(&roles, "role", nil, a.text("member.flag.role"))
		f.StringVar(&key, "consensus-key", "", a.text("member.flag.consensus-key"))
		f.Uint32Var(&replaces, "replaces", 0, a.text("member.flag.replaces"))
		f.Uint32Var(&successor, "successor", 0, a.text("member.flag.successor"))
		f.Uint32Var(&superior, "superior", 0, a.text("member.flag.superior"))
		a.require(c, "role")
	}, func(id ledger.MemberID, g *ledger.Gate) error {
		g.Act, g.Subject, g.Replaces, g.Successor, g.Superior = ledger.GateRoles, id, ledger.MemberID(replaces), ledger.MemberID(successor), ledger.MemberID(superior)
		for _, r := range roles {
			g.Roles = append(g.Roles, ledger.Role(r))
		}
		var err error
		if key != "" {
			g.Consensus, err = readConsensus(key)
		}
		return err
	})
}

// readConsensus reads the public half of a key that votes, as `member keys consensus`
// prints it: hexadecimal digits.
func readConsensus(s string) ([]byte, error) {
	h, err := parseAct(s)
	if err != nil {
		return nil, fault.Newf(fault.KeyInvalid, "--consensus-key", "64 hexadecimal digits")
	}
	return h[:], nil
}

// recoverMember puts new keys of a member that has lost its own under notice.
func (a *app) recoverMember() *cobra.Command {
	var file string
	return a.gated("member.recover", "recover ID --keys FILE", func(c *cobra.Command) {
		c.Flags().StringVar(&file, "keys", "", a.text("member.flag.keys"))
		a.require(c, "keys")
	}, func(id ledger.MemberID, g *ledger.Gate) error {
		g.Act, g.Subject = ledger.GateKeys, id
		var err error
		g.Keys, err = readKeys(file)
		return err
	})
}

func readKeys(path string) ([]ledger.Key, error) {
	b, err := readInput(path)
	if err != nil {
		return nil, err
	}
	var keys []ledger.Key
	if err := json.Unmarshal(b, &keys); err != nil {
		return nil, fault.Wrap(fault.Malformed, path, err)
	}
	return keys, nil
}

// ownAct makes a command of an institution about an act that is named by its number.
func (a *app) ownAct(key, use string, op func(act [32]byte) ledger.Operation) *cobra.Command {
	var sign string
	c := a.command(key, use, a.between(1, 1), func(c *cobra.Command, args []string) error {
		act, err := parseAct(args[0])
		if err != nil {
			return err
		}
		return a.govern(c.Context(), sign, op(act))
	})
	a.signFlags(c, &sign)
	c.ValidArgsFunction = noFiles
	return c
}

func (a *app) stayChange() *cobra.Command {
	return a.ownAct("member.stay", "stay ACT", func(act [32]byte) ledger.Operation { return (&ledger.Stay{Change: act}).Operation() })
}

func (a *app) objectKeys() *cobra.Command {
	return a.ownAct("member.object", "object ACT", func(act [32]byte) ledger.Operation { return (&ledger.Objection{Act: act}).Operation() })
}

// succeedMember names a successor as the authority, or accepts as the one that was named.
func (a *app) succeedMember() *cobra.Command {
	var why cause
	var sign string
	var name uint32
	c := a.command("member.successor", "successor OF", a.between(1, 1), func(c *cobra.Command, args []string) error {
		of, err := parseMember(args[0])
		if err != nil {
			return err
		}
		if name == 0 {
			return a.govern(c.Context(), sign, (&ledger.Succession{Of: of}).Operation())
		}
		g := ledger.Gate{Act: ledger.GateSucceed, Subject: of, Successor: ledger.MemberID(name)}
		if g.Reason, err = why.cause(); err != nil {
			return err
		}
		return a.govern(c.Context(), sign, g.Operation())
	})
	f := c.Flags()
	f.Uint32Var(&name, "name", 0, a.text("member.flag.name"))
	f.StringVar(&why.reason, "reason", "", a.text("member.flag.reason"))
	f.StringVar(&why.article, "article", "", a.text("member.flag.article"))
	a.signFlags(c, &sign)
	c.ValidArgsFunction = noFiles
	return c
}

func (a *app) authority() *cobra.Command {
	return a.group("authority", a.authorityStatus(), a.signAct(), a.replaceOfficers())
}

func (a *app) authorityStatus() *cobra.Command {
	c := a.command("authority.status", "status", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		api, err := a.reading()
		if err != nil {
			return err
		}
		g, err := api.Governance(c.Context())
		if err != nil || a.json {
			return firstOf(err, func() error { return a.object(g) })
		}
		if g.Change == nil && g.Takeover == nil && len(g.Pending) == 0 && len(g.Officers) == 0 && len(g.Nodes) == 0 {
			a.say("authority.nothing")
		}
		a.underWay(g)
		for _, o := range g.Officers {
			if o.Passed {
				a.say("authority.passed", len(o.For), local(o.Due), o.Content)
			} else {
				a.say("authority.proposed", len(o.For), o.Content)
			}
		}
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

func firstOf(err error, then func() error) error {
	if err != nil {
		return err
	}
	return then()
}

func (a *app) signAct() *cobra.Command {
	return a.ownAct("authority.sign", "sign ACT", func(act [32]byte) ledger.Operation { return (&ledger.Cosign{Act: act}).Operation() })
}

// replaceOfficers is a recorder's vote to put the gate into other hands.
func (a *app) replaceOfficers() *cobra.Command {
	var sign, file string
	var threshold uint8
	var withdraw bool
	c := a.command("authority.replace", "replace --keys FILE --threshold N", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		vote := ledger.OfficersVote{}
		if !withdraw {
			if file == "" || threshold == 0 {
				return usage(a.text("usage.flag-required", "--keys"))
			}
			var err error
			if vote.Keys, err = readKeys(file); err != nil {
				return err
			}
			vote.Threshold = threshold
		}
		return a.govern(c.Context(), sign, vote.Operation())
	})
	f := c.Flags()
	f.StringVar(&file, "keys", "", a.text("member.flag.keys"))
	f.Uint8Var(&threshold, "threshold", 0, a.text("authority.flag.threshold"))
	f.BoolVar(&withdraw, "withdraw", false, a.text("authority.flag.withdraw"))
	a.signFlags(c, &sign)
	return c
}

func (a *app) emergency() *cobra.Command {
	return a.group("emergency", a.emergencyStop(), a.emergencyStatus())
}

func (a *app) emergencyStop() *cobra.Command {
	var why cause
	var sign string
	var yes bool
	c := a.command("emergency.stop", "stop", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		w, err := why.cause()
		if err != nil {
			return err
		}
		if err := a.confirm(yes, "--yes", a.text("emergency.confirm")); err != nil {
			return err
		}
		return a.govern(c.Context(), sign, (&ledger.StopAdverse{Reason: w}).Operation())
	})
	c.Flags().BoolVar(&yes, "yes", false, a.text("record.flag.yes"))
	a.causeFlags(c, &why)
	a.signFlags(c, &sign)
	return c
}

func (a *app) emergencyStatus() *cobra.Command {
	c := a.command("emergency.status", "status", a.between(0, 0), func(c *cobra.Command, _ []string) error {
		api, err := a.reading()
		if err != nil {
			return err
		}
		g, err := api.Governance(c.Context())
		switch {
		case err != nil:
			return err
		case a.json:
			return a.object(g.Stop)
		case g.Stop.Active:
			a.say("emergency.active", local(g.Stop.Until))
		default:
			a.say("emergency.inactive", len(g.Stop.Votes))
		}
		if !g.Stop.Again.IsZero() {
			a.say("emergency.again", local(g.Stop.Again))
		}
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}
