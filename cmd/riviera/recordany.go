package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/clerk"
	"github.com/riviera-ledger/riviera/credit"
)

// actOnRecord sends any event that the record's contract declares.
func (a *app) actOnRecord() *cobra.Command {
	var yes bool
	var reasons []string
	c := a.command("record.act", "act ID EVENT [NAME=VALUE…]", a.between(2, -1), func(c *cobra.Command, args []string) error {
		s, err := a.signing()
		if err != nil {
			return err
		}
		ids := args[:1]
		pairs, amend, err := bodyChanges(args[2:])
		if err != nil {
			return err
		}
		if err := a.confirmAdverse(c.Context(), s, yes, args[1], ids); err != nil {
			return err
		}
		paper, err := a.reasons(reasons)
		if err != nil {
			return err
		}
		return a.perform(c.Context(), s, deed{event: args[1], with: written(pairs), amend: amend, reasons: paper}, ids)
	})
	a.reasonsFlag(c, &reasons)
	a.prepareFlags(c)
	c.Flags().BoolVar(&yes, "yes", false, a.text("record.flag.yes"))
	a.homeFlags(c)
	a.jsonFlag(c)
	c.ValidArgsFunction = a.completeAct
	return c
}

// bodyChanges takes out of an event's arguments those that change the record's body,
// for an event that brings a new one: amount (yuan), performance and facts. A value
// "@FILE" is read from a file, so that it does not stay in the shell's history.
func bodyChanges(args []string) (pairs []string, amend func(*credit.Body) error, err error) {
	changes := map[string]string{}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case credit.ColAmount, credit.ColPerformance, credit.ColFacts:
			if path, found := strings.CutPrefix(value, "@"); found {
				if value, err = readSecretFile(path, name); err != nil {
					return nil, nil, err
				}
			}
			changes[name] = value
		default:
			pairs = append(pairs, arg)
		}
	}
	if len(changes) == 0 {
		return pairs, nil, nil
	}
	return pairs, func(b *credit.Body) error { return change(b, changes) }, nil
}

func change(b *credit.Body, to map[string]string) error {
	if yuan, given := to[credit.ColAmount]; given {
		fen, err := parseYuan(yuan)
		if err != nil {
			return err
		}
		b.Amount = fen
	}
	if text, given := to[credit.ColPerformance]; given {
		b.Performance = text
	}
	if text, given := to[credit.ColFacts]; given {
		b.Facts = text
	}
	return nil
}

// completeAct offers records, then the events of the network's contracts, then the
// names of the event's arguments.
func (a *app) completeAct(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return a.completeRecords()(c, args, word)
	}
	h, err := a.openHome()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	book, err := clerk.OpenBook(h.Genesis)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	if len(args) == 1 {
		return book.Events(), cobra.ShellCompDirectiveNoFileComp
	}
	var words []string
	for _, kind := range book.Kinds() {
		doc, _, err := book.Contract(kind)
		if err != nil {
			continue
		}
		spec, _ := doc.Event(args[1])
		for _, arg := range spec.Args {
			if w := fmt.Sprintf("%s=\t%s", arg.Name, a.pick(arg.Title.ZH, arg.Title.EN)); !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
