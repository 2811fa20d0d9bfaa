package main

import (
	"io"

	"github.com/riviera-ledger/riviera/intake"
)

// progress shows how far an import is.
type progress struct{ *bars }

func (a *app) progress(w io.Writer) *progress { return &progress{a.bars(w)} }

// tell takes one report of an import.
func (p *progress) tell(now intake.Progress) {
	stage := p.app.text("import.stage." + string(now.Stage))
	p.show(stage, int64(now.Done), int64(now.Total), func() string {
		return p.app.text("import.progress", stage, now.Done, now.Total, now.Rejected)
	})
}
