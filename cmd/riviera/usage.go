package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// parseError turns what cobra and pflag say about the command line into the reader's
// language.
func (a *app) parseError(err error) error {
	var (
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
		syntax  *pflag.InvalidSyntaxError
	)
	switch {
	case errors.As(err, &unknown):
		return usage(a.text("usage.unknown-flag", dashed(unknown.GetSpecifiedName(), unknown.GetSpecifiedShortnames())))
	case errors.As(err, &missing):
		return usage(a.text("usage.flag-value", dashed(missing.GetSpecifiedName(), missing.GetSpecifiedShortnames())))
	case errors.As(err, &invalid):
		return usage(a.text("usage.flag-invalid", "--"+invalid.GetFlag().Name, invalid.GetFlag().Value.Type()))
	case errors.As(err, &syntax):
		return usage(a.text("usage.flag-syntax", syntax.GetSpecifiedFlag()))
	}
	return usage(strings.TrimSpace(err.Error()))
}

// dashed writes a flag as it was given: shorts is not empty where it was a short one.
func dashed(name, shorts string) string {
	if shorts != "" {
		return "-" + name
	}
	return "--" + name
}

// group makes a command that only holds others: alone it prints its help, and a word
// that is none of them is a mistake.
func (a *app) group(key string, subs ...*cobra.Command) *cobra.Command {
	c := a.command(key, key, nil, nil)
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		text := a.text("usage.unknown-command", args[0], c.CommandPath())
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			text += a.text("usage.meant", strings.Join(near, ", "))
		}
		return usage(text)
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	c.SuggestionsMinimumDistance = 2
	c.AddCommand(subs...)
	return c
}

// helpTemplate is cobra's, with the headings in the reader's language.
func (a *app) helpTemplate() string {
	return `{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}` + a.usageTemplate()
}

func (a *app) usageTemplate() string {
	t := func(key string) string { return a.text("help." + key) }
	return t("usage") + `
{{if .Runnable}}{{if not .HasAvailableSubCommands}}  {{.UseLine}}
{{end}}{{end}}{{if .HasAvailableSubCommands}}  {{.CommandPath}} ` + t("command") + `
{{end}}{{if .HasExample}}
` + t("examples") + `
{{.Example}}
{{end}}{{if .HasAvailableSubCommands}}{{$cmds := .Commands}}{{if eq (len .Groups) 0}}
` + t("commands") + `
{{range $cmds}}{{if .IsAvailableCommand}}  {{rpad .Name .NamePadding }} {{.Short}}
{{end}}{{end}}{{else}}{{range $group := .Groups}}
{{.Title}}
{{range $cmds}}{{if (and (eq .GroupID $group.ID) .IsAvailableCommand)}}  {{rpad .Name .NamePadding }} {{.Short}}
{{end}}{{end}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}
` + t("flags") + `
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}{{if .HasAvailableInheritedFlags}}
` + t("global") + `
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}{{if .HasAvailableSubCommands}}
` + a.text("help.more", "{{.CommandPath}}") + `
{{end}}`
}
