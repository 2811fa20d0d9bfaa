package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/api"
)

func (a *app) querier() *cobra.Command {
	return a.group("querier", a.addQuerier(), a.listQueriers(), a.disableQuerier(), a.querierCorrections())
}

// queriersHome adds --home: keys are files of the home, no node has to run.
func (a *app) queriersHome(c *cobra.Command) {
	c.Flags().StringVar(&a.home, "home", a.env(homeVariable), a.text("flag.home", homeVariable))
}

// givenKey is the only time that the text of a key is seen.
type givenKey struct {
	Key string `json:"key"`
	shownKey
}

// shownKey is a key without its hash.
type shownKey struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Purpose    string `json:"purpose"`
	DailyQuota int    `json:"daily_quota"`
	PerSecond  int    `json:"per_second"`
	Disabled   bool   `json:"disabled"`
	Created    string `json:"created"`
}

func shown(k api.Key) shownKey {
	return shownKey{k.ID, k.Name, k.Purpose, k.DailyQuota, k.PerSecond, k.Disabled, k.Created}
}

func (a *app) addQuerier() *cobra.Command {
	var name, purpose, out string
	var quota, perSecond int
	c := a.command("querier.add", "add --name NAME --purpose TEXT", a.between(0, 0), func(*cobra.Command, []string) error {
		h, err := a.openHome()
		if err != nil {
			return err
		}
		text, k, err := api.NewKey(name, purpose, uint32(h.Member.ID), quota, time.Now())
		if err != nil {
			return err
		}
		k.PerSecond = perSecond
		give := func(w io.Writer) error { _, err := fmt.Fprintln(w, text); return failed(err) }
		if out != "" { // first: a key that nobody has seen must not be in force
			if err := a.toSecretFile(out, give); err != nil {
				return err
			}
		}
		if err := api.AddKey(h.Dir, k); err != nil {
			if out != "" {
				os.Remove(out)
			}
			return err
		}
		if a.json && out != "" {
			return a.object(shown(k))
		}
		if a.json {
			return a.object(givenKey{text, shown(k)})
		}
		if out != "" {
			a.say("querier.kept", k.Name, k.ID, out)
			return nil
		}
		a.note("querier.once", k.Name, k.ID)
		return give(a.out)
	})
	f := c.Flags()
	f.StringVar(&name, "name", "", a.text("querier.flag.name"))
	f.StringVar(&purpose, "purpose", "", a.text("querier.flag.purpose"))
	f.StringVar(&out, "out", "", a.text("querier.flag.out"))
	f.IntVar(&quota, "quota", 1000, a.text("querier.flag.quota"))
	f.IntVar(&perSecond, "per-second", 10, a.text("querier.flag.per-second"))
	a.require(c, "name", "purpose")
	a.queriersHome(c)
	a.jsonFlag(c)
	return c
}

func (a *app) listQueriers() *cobra.Command {
	c := a.command("querier.list", "list", a.between(0, 0), func(*cobra.Command, []string) error {
		h, err := a.openHome()
		if err != nil {
			return err
		}
		keys, err := api.Keys(h.Dir)
		if err != nil {
			return err
		}
		rows := [][]string{{a.text("querier.id"), a.text("querier.name"), a.text("querier.purpose"), a.text("querier.quota"), a.text("querier.state")}}
		for _, k := range keys {
			if a.json {
				if err := a.line(shown(k)); err != nil {
					return err
				}
				continue
			}
			state := a.text("querier.active")
			if k.Disabled {
				state = a.text("querier.disabled")
			}
			rows = append(rows, []string{k.ID, k.Name, k.Purpose, strconv.Itoa(k.DailyQuota), state})
		}
		switch {
		case a.json:
		case len(keys) == 0:
			a.say("querier.none")
		default:
			table(a.out, rows)
		}
		return nil
	})
	a.queriersHome(c)
	a.jsonFlag(c)
	return c
}

func (a *app) disableQuerier() *cobra.Command {
	c := a.command("querier.disable", "disable ID", a.between(1, 1), func(_ *cobra.Command, args []string) error {
		h, err := a.openHome()
		if err != nil {
			return err
		}
		if err := api.DisableKey(h.Dir, args[0]); err != nil {
			return err
		}
		if a.json {
			return a.object(struct {
				ID       string `json:"id"`
				Disabled bool   `json:"disabled"`
			}{args[0], true})
		}
		a.say("querier.off", args[0])
		return nil
	})
	a.queriersHome(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = noFiles
	return c
}
