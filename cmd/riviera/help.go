package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// helping is "riviera help", which some try before --help.
func (a *app) helping(root *cobra.Command) *cobra.Command {
	c := a.command("help", "help [COMMAND…]", nil, func(_ *cobra.Command, args []string) error {
		asked, rest, err := root.Find(args)
		if err != nil || asked == nil || len(rest) > 0 {
			return usage(a.text("usage.unknown-command", strings.Join(args, " "), root.Name()))
		}
		return asked.Help()
	})
	c.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		var words []string
		if under, _, err := root.Find(args); err == nil {
			for _, sub := range under.Commands() {
				if sub.IsAvailableCommand() {
					words = append(words, sub.Name()+"\t"+sub.Short)
				}
			}
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
	return c
}
