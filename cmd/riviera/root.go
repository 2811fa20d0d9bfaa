package main

import (
	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/message"
)

// Groups of commands, in the order of the help.
const (
	groupTools   = "tools"
	groupUse     = "use"
	groupOperate = "operate"
)

// root is the whole tree of commands.
func (a *app) root() *cobra.Command {
	cobra.EnableCommandSorting = false // commands stand in the order of their use
	root := a.group("root")
	root.Use = "riviera"
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.errs)
	root.SetHelpTemplate(a.helpTemplate())
	root.SetUsageTemplate(a.usageTemplate())
	root.SetHelpCommand(a.helping(root))
	root.CompletionOptions.DisableDefaultCmd = true
	root.PersistentFlags().String("lang", "", a.text("flag.lang"))
	root.PersistentFlags().BoolP("help", "h", false, a.text("flag.help"))
	a.complete(root, "lang", string(message.Chinese), string(message.English))
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return a.checkLang(c) }
	for _, id := range []string{groupUse, groupOperate, groupTools} {
		root.AddGroup(&cobra.Group{ID: id, Title: a.text("help.group." + id)})
	}
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add(groupUse, a.demo(), a.standing(), a.record(), a.act(), a.importing(), a.certificate(), a.subject(), a.trust(), a.measure(), a.erasures())
	add(groupOperate, a.network(), a.node(), a.member(), a.keys(), a.authority(), a.emergency(), a.querier())
	add(groupOperate, a.audit(), a.witness(), a.doctor())
	add(groupTools, a.code(), a.calendar(), a.contract(), a.verifier(), a.sample(), a.bench(), a.completion(root), a.version())
	return root
}

func (a *app) checkLang(c *cobra.Command) error {
	switch v := c.Flag("lang").Value.String(); v {
	case "", "zh", "en", string(message.Chinese):
		return nil
	default:
		return usage(a.text("usage.flag-choice", "--lang", "zh, en"))
	}
}

// complete offers words for a flag.
func (a *app) complete(c *cobra.Command, flag string, words ...string) {
	err := c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words, cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic("riviera: " + err.Error()) // a flag that does not exist: a broken build
	}
}

// noFiles keeps the shell from offering file names for arguments.
func noFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}
