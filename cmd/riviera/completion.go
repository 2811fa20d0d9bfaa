package main

import (
	"github.com/spf13/cobra"
)

func (a *app) completion(root *cobra.Command) *cobra.Command {
	shells := map[string]func() error{
		"bash":       func() error { return root.GenBashCompletionV2(a.out, true) },
		"zsh":        func() error { return root.GenZshCompletion(a.out) },
		"fish":       func() error { return root.GenFishCompletion(a.out, true) },
		"powershell": func() error { return root.GenPowerShellCompletionWithDesc(a.out) },
	}
	c := a.command("completion", "completion bash|zsh|fish|powershell", a.between(1, 1), func(_ *cobra.Command, args []string) error {
		generate, known := shells[args[0]]
		if !known {
			return usage(a.text("usage.choice", "bash, zsh, fish, powershell"))
		}
		return failed(generate())
	})
	c.ValidArgs = []string{"bash", "zsh", "fish", "powershell"}
	return c
}
