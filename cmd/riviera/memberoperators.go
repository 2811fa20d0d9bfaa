package main

import (
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/ledger"
	"github.com/riviera-ledger/riviera/node"
)

// operators is the institution's own list of who signs with which key. It never leaves the
// home.
func (a *app) operators() *cobra.Command {
	c := a.group("member.operators", a.listOperators(), a.setOperator(), a.eraseOperators())
	c.Use = "operators"
	return c
}

func (a *app) listOperators() *cobra.Command {
	c := a.command("member.operators.list", "list", a.between(0, 0), func(*cobra.Command, []string) error {
		h, err := a.openHome()
		if err != nil {
			return err
		}
		names, err := h.Operators()
		if err != nil {
			return err
		}
		people := []node.OperatorPerson{}
		rows := [][]string{{a.text("member.key"), a.text("member.person")}}
		for _, key := range slices.Sorted(maps.Keys(names)) {
			people = append(people, node.OperatorPerson{Key: key, Name: names[key]})
			rows = append(rows, []string{strconv.Itoa(int(key)), names[key]})
		}
		if a.json {
			return a.object(struct {
				People []node.OperatorPerson `json:"people"`
			}{people})
		}
		if len(people) == 0 {
			a.say("member.operators.none")
			return nil
		}
		table(a.out, rows)
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	return c
}

func (a *app) setOperator() *cobra.Command {
	c := a.command("member.operators.set", "set KEY NAME", a.between(2, 2), func(_ *cobra.Command, args []string) error {
		key, err := keyNumber(args[0])
		if err != nil {
			return err
		}
		h, err := a.openHome()
		if err != nil {
			return err
		}
		if err := h.NameOperator(key, args[1]); err != nil || a.json {
			return firstOf(err, func() error { return a.object(node.OperatorPerson{Key: key, Name: args[1]}) })
		}
		a.say("member.operators.named", key)
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = noFiles
	return c
}

func (a *app) eraseOperators() *cobra.Command {
	c := a.command("member.operators.erase", "erase KEY…", a.between(1, -1), func(_ *cobra.Command, args []string) error {
		var keys []ledger.KeyID
		for _, s := range args {
			key, err := keyNumber(s)
			if err != nil {
				return err
			}
			keys = append(keys, key)
		}
		h, err := a.openHome()
		if err != nil {
			return err
		}
		if err := h.EraseOperators(keys...); err != nil || a.json {
			return firstOf(err, func() error { return a.object(map[string]int{"erased": len(keys)}) })
		}
		a.say("member.operators.erased", len(keys))
		return nil
	})
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = noFiles
	return c
}

func keyNumber(s string) (ledger.KeyID, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n == 0 {
		return 0, fault.New(fault.UnknownKey, "key")
	}
	return ledger.KeyID(n), nil
}
