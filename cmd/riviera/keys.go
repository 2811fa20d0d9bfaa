package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/custody"
	"github.com/riviera-ledger/riviera/node"
)

func (a *app) keys() *cobra.Command {
	return a.group("keys", a.listKeys(), a.changePassphrase(), a.expiringKeys())
}

// listKeys shows which of a home's secrets lie there, and which of them are sealed.
func (a *app) listKeys() *cobra.Command {
	c := a.command("keys.list", "list", a.between(0, 0), func(*cobra.Command, []string) error {
		h, err := a.openHome()
		if err != nil {
			return err
		}
		files, err := h.KeyFiles()
		if err != nil || a.json {
			return firstOf(err, func() error { return a.object(files) })
		}
		rows := [][]string{{a.text("keys.field.file"), a.text("keys.field.form")}}
		for _, f := range files {
			rows = append(rows, []string{f.Name, a.text("keys.form." + form(f))})
		}
		table(a.out, rows)
		return nil
	})
	a.keyHome(c)
	a.jsonFlag(c)
	return c
}

func form(f node.KeyFile) string {
	switch {
	case f.Object != "":
		return "token"
	case f.Sealed:
		return "sealed"
	}
	return "clear"
}

// keyHome adds the flags of a command that works on the files of a home and asks no node.
func (a *app) keyHome(c *cobra.Command) {
	c.Flags().StringVar(&a.home, "home", a.env(homeVariable), a.text("flag.home", homeVariable))
	a.passphraseFlags(c)
	c.ValidArgsFunction = noFiles
}

// changePassphrase seals files of a home under a new passphrase, each in one step: where it
// is cut off, some files open with the old one and some with the new.
func (a *app) changePassphrase() *cobra.Command {
	var file string
	var clear bool
	c := a.command("keys.passphrase", "passphrase [FILE…]", a.between(0, -1), func(_ *cobra.Command, names []string) error {
		h, err := a.openHome()
		if err != nil {
			return err
		}
		files, err := h.KeyFiles()
		if err != nil {
			return err
		}
		if names, err = a.chosen(files, names); err != nil {
			return err
		}
		next, err := a.nextPassphrase(h, file, clear)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := h.Reseal(name, next); err != nil {
				return err
			}
			if !a.json {
				a.say("keys.resealed", name)
			}
		}
		if a.json {
			return a.object(map[string][]string{"files": names})
		}
		if at := h.Config.Keys.PassphraseFile; at != "" && next != nil {
			a.note("keys.also", at)
		}
		return nil
	})
	c.Flags().StringVar(&file, "new-passphrase-file", "", a.text("keys.flag.new-file"))
	c.Flags().BoolVar(&clear, "clear", false, a.text("keys.flag.clear"))
	a.keyHome(c)
	a.jsonFlag(c)
	return c
}

// chosen are the named files of the home, or all of them.
func (a *app) chosen(files []node.KeyFile, names []string) ([]string, error) {
	var all []string
	for _, f := range files {
		if f.Object == "" { // what lies on a token has no passphrase
			all = append(all, f.Name)
		}
	}
	if len(names) == 0 {
		return all, nil
	}
	for _, n := range names {
		if !slices.Contains(all, n) {
			return nil, usage(a.text("usage.flag-choice", "FILE", join(all)))
		}
	}
	return names, nil
}

func (a *app) nextPassphrase(h *node.Home, file string, clear bool) ([]byte, error) {
	switch {
	case clear && !h.Genesis.Clock.Training():
		return nil, usage(a.text("keys.no-clear"))
	case clear:
		return nil, nil
	case file != "":
		return custody.ReadPassphraseFile(file)
	}
	return a.newPassphrase()
}
