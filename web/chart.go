package web

import (
	"time"

	"github.com/riviera-ledger/riviera/client"
)

// chart is the last blocks as bars of their events, oldest first, in units of the
// drawing. An empty block is a tick on the base line: the network's pulse.
type chart struct {
	Width, Height, Base int
	Bars                []bar
	Most                int // events in the fullest block
	First, Last         int64
	Pace                time.Duration // mean time between blocks; 0 for fewer than two
	Events              int
}

type bar struct {
	X, Y, W, H int
	Block      client.Block
}

const (
	chartWidth  = 720
	chartHeight = 132
	chartBase   = 112 // below it the heights
	chartTop    = 12
	maxBars     = 60
)

// newChart draws blocks that come newest first.
func newChart(blocks []client.Block) chart {
	c := chart{Width: chartWidth, Height: chartHeight, Base: chartBase}
	blocks = blocks[:min(len(blocks), maxBars)]
	if len(blocks) == 0 {
		return c
	}
	c.Last, c.First = blocks[0].Height, blocks[len(blocks)-1].Height
	for _, b := range blocks {
		c.Most = max(c.Most, b.Events)
		c.Events += b.Events
	}
	if n := len(blocks) - 1; n > 0 {
		c.Pace = blocks[0].Time.Sub(blocks[n].Time) / time.Duration(n)
	}
	step := chartWidth / max(len(blocks), 24)
	left := chartWidth - step*len(blocks)
	for i := range blocks {
		b := blocks[len(blocks)-1-i]
		h := 2
		if b.Events > 0 {
			h = max(4, b.Events*(chartBase-chartTop)/c.Most)
		}
		c.Bars = append(c.Bars, bar{X: left + i*step, Y: chartBase - h, W: max(2, step-3), H: h, Block: b})
	}
	return c
}
