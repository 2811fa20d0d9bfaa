package web

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/riviera-ledger/riviera/client"
	"github.com/riviera-ledger/riviera/message"
)

// Every pair of text and ground reaches WCAG's 4.5 to 1, in both schemes.
func TestContrast(t *testing.T) {
	css := string(loadAssets()["style.css"].body)
	light, dark, found := strings.Cut(css, "prefers-color-scheme: dark")
	if !found {
		t.Fatal("no dark scheme")
	}
	dark, _, _ = strings.Cut(dark, "\n}\n")
	for name, scheme := range map[string]map[string]float64{"light": luminances(t, light), "dark": luminances(t, dark)} {
		for _, pair := range []string{
			"ink/paper", "ink/sheet", "soft/paper", "soft/sheet", "water/paper", "water/sheet", "sheet/water",
			"listed/sheet", "listed/paper", "clear/sheet", "wait/sheet", "ink/faint",
			"wait/wait-pale", "listed/listed-pale", "clear/clear-pale", "water/water-pale",
		} {
			fore, back, _ := strings.Cut(pair, "/")
			a, b := scheme[fore], scheme[back]
			if ratio := (max(a, b) + .05) / (min(a, b) + .05); ratio < 4.5 {
				t.Errorf("%s, %s: %.2f", name, pair, ratio)
			}
		}
	}
}

func luminances(t *testing.T, css string) map[string]float64 {
	all := map[string]float64{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(css, -1) {
		var l float64
		for i, weight := range [...]float64{.2126, .7152, .0722} {
			n, err := strconv.ParseUint(m[2][2*i:2*i+2], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			c := float64(n) / 255
			if c <= .04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+.055)/1.055, 2.4)
			}
			l += weight * c
		}
		if _, twice := all[m[1]]; !twice {
			all[m[1]] = l
		}
	}
	if len(all) < 14 {
		t.Fatalf("%d colours found", len(all))
	}
	return all
}

func TestChart(t *testing.T) {
	if c := newChart(nil); len(c.Bars) != 0 || c.Pace != 0 {
		t.Errorf("%+v", c)
	}
	var blocks []client.Block
	for i := range 100 {
		blocks = append(blocks, client.Block{Height: int64(200 - i), Time: at.Add(-time.Duration(i) * time.Second), Events: i % 3 * 1000})
	}
	c := newChart(blocks)
	if len(c.Bars) != maxBars || c.First != 141 || c.Last != 200 || c.Pace != time.Second || c.Most != 2000 {
		t.Errorf("%d bars, %d to %d, %s, %d", len(c.Bars), c.First, c.Last, c.Pace, c.Most)
	}
	for i, b := range c.Bars {
		if b.X < 0 || b.Y < chartTop || b.X+b.W > c.Width || b.Y+b.H != c.Base || b.H < 2 {
			t.Errorf("bar %d leaves the drawing: %+v", i, b)
		}
		if i > 0 && (b.X <= c.Bars[i-1].X || b.Block.Height != c.Bars[i-1].Block.Height+1) {
			t.Errorf("bar %d out of order", i)
		}
	}
}

func TestNumbersAndTimes(t *testing.T) {
	p := &page{Lang: message.English}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := p.Number(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	for d, want := range map[time.Duration]string{
		900 * time.Millisecond: "0.9 s", time.Second: "1 s", 90 * time.Second: "1.5 min", 24 * time.Hour: "24 h", 0: "0 s",
	} {
		if got := p.Duration(d); got != want {
			t.Errorf("%s: %s", d, got)
		}
	}
	if got := p.Day("1s"); got != "1 s" {
		t.Error(got)
	}
	if got := p.Day("soon"); got != "soon" {
		t.Error(got)
	}
	if got := p.Time(time.Date(2026, 1, 1, 17, 0, 0, 0, time.UTC)); got != "2026-01-02 01:00:00" {
		t.Error(got)
	}
}
