package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/riviera-ledger/riviera/intake"
)

// progress shows how far an import is: a bar a stage on a terminal, a line every tenth
// elsewhere. close ends the bars, whatever state they are in.
type progress struct {
	app  *app
	bars *mpb.Progress

	mu   sync.Mutex
	of   map[intake.Stage]*mpb.Bar
	next map[intake.Stage]int // percent at which the next line is due
}

func (a *app) progress(w io.Writer) *progress {
	p := &progress{app: a, of: map[intake.Stage]*mpb.Bar{}, next: map[intake.Stage]int{}}
	if f, yes := terminal(w); yes {
		p.bars = mpb.New(mpb.WithOutput(f), mpb.WithWidth(48))
	}
	return p
}

// tell takes one report of an import.
func (p *progress) tell(now intake.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bars == nil {
		p.line(now)
		return
	}
	bar := p.of[now.Stage]
	if bar == nil {
		name := p.app.text("import.stage." + string(now.Stage))
		bar = p.bars.AddBar(int64(now.Total),
			mpb.PrependDecorators(decor.Name(pad(name, 10)), decor.CountersNoUnit(" %d/%d")),
			mpb.AppendDecorators(decor.Percentage(), decor.Name("  "), decor.AverageSpeed(0, "%.0f/s"), decor.Name("  "), decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO), "")))
		p.of[now.Stage] = bar
	}
	bar.SetTotal(int64(now.Total), false)
	bar.SetCurrent(int64(now.Done))
	if now.Done >= now.Total {
		bar.SetTotal(int64(now.Done), true)
	}
}

func (p *progress) line(now intake.Progress) {
	if now.Total == 0 {
		return
	}
	percent := 100 * now.Done / now.Total
	if percent < p.next[now.Stage] {
		return
	}
	p.next[now.Stage] = percent/10*10 + 10
	fmt.Fprintln(p.app.errs, p.app.text("import.progress", p.app.text("import.stage."+string(now.Stage)), now.Done, now.Total, now.Rejected))
}

func (p *progress) close() {
	if p.bars == nil {
		return
	}
	p.mu.Lock()
	for _, bar := range p.of {
		if !bar.Completed() {
			bar.Abort(false)
		}
	}
	p.mu.Unlock()
	p.bars.Wait()
}
