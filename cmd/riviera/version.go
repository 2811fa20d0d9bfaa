package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/riviera-ledger/riviera/node"
)

// versionAnswer says which program this is.
type versionAnswer struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"` // built from a tree with changes
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (a *app) version() *cobra.Command {
	c := a.command("version", "version", a.between(0, 0), func(*cobra.Command, []string) error {
		v := versionAnswer{Version: node.Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
		if info, ok := debug.ReadBuildInfo(); ok {
			for _, s := range info.Settings {
				switch s.Key {
				case "vcs.revision":
					v.Revision = s.Value
				case "vcs.modified":
					v.Modified = s.Value == "true"
				}
			}
		}
		if a.json {
			return a.object(v)
		}
		a.say("version.line", v.Version, v.Go, v.Platform)
		return nil
	})
	a.jsonFlag(c)
	return c
}
