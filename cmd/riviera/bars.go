package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// bars shows how far long work is: a bar a stage on a terminal, a line every tenth
// elsewhere. close ends the bars, whatever state they are in.
type bars struct {
	app   *app
	shown *mpb.Progress

	mu   sync.Mutex
	of   map[string]*mpb.Bar
	next map[string]int // percent at which the next line is due
}

func (a *app) bars(w io.Writer) *bars {
	b := &bars{app: a, of: map[string]*mpb.Bar{}, next: map[string]int{}}
	if f, yes := terminal(w); yes {
		b.shown = mpb.New(mpb.WithOutput(f), mpb.WithWidth(48))
	}
	return b
}

// show takes one report of a stage; line words it where there is no terminal.
func (b *bars) show(stage string, done, total int64, line func() string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shown == nil {
		b.line(stage, done, total, line)
		return
	}
	bar := b.of[stage]
	if bar == nil {
		bar = b.shown.AddBar(total,
			mpb.PrependDecorators(decor.Name(pad(stage, 10)), decor.CountersNoUnit(" %d/%d")),
			mpb.AppendDecorators(decor.Percentage(), decor.Name("  "), decor.AverageSpeed(0, "%.0f/s"), decor.Name("  "), decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO), "")))
		b.of[stage] = bar
	}
	bar.SetTotal(total, false)
	bar.SetCurrent(done)
	if done >= total {
		bar.SetTotal(done, true)
	}
}

func (b *bars) line(stage string, done, total int64, line func() string) {
	if total == 0 {
		return
	}
	percent := int(100 * done / total)
	if percent < b.next[stage] {
		return
	}
	b.next[stage] = percent/10*10 + 10
	fmt.Fprintln(b.app.errs, line())
}

func (b *bars) close() {
	if b.shown == nil {
		return
	}
	b.mu.Lock()
	for _, bar := range b.of {
		if !bar.Completed() {
			bar.Abort(false)
		}
	}
	b.mu.Unlock()
	b.shown.Wait()
}
