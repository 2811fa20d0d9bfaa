package main

import "github.com/spf13/cobra"

// extraCommands are commands that are no part of the daily work.
func (a *app) extraCommands() []*cobra.Command { return []*cobra.Command{a.demo()} }
