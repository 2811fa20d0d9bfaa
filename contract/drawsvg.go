package contract

import (
	"encoding/xml"
	"fmt"
	"strings"
)

const fonts = `'Noto Sans SC','Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif`

const style = `text{font-family:` + fonts + `;fill:#0f172a}.t{font-size:13px}.n{font-size:11px;fill:#475569}` +
	`.h{font-size:14px;font-weight:600;fill:#fff}.c{font-size:11px;fill:#fff;opacity:.8}.p{font-size:17px;font-weight:600}` +
	`.b{font-size:22px;font-weight:600}.d{font-family:monospace}`

// pen writes SVG.
type pen struct{ strings.Builder }

func (p *pen) put(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *pen) text(x, y int, class, s string) {
	p.put(`<text x="%d" y="%d" class="%s">%s</text>`, x, y, class, escape(s))
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

// svg draws the two columns, with the legend above and the articles below them.
func (d *drawing) svg(main, rest []panel) []byte {
	left, right, bottom := 0, 0, 0
	for i, column := range [...][]panel{main, rest} {
		for j := range column {
			w := column[j].width()
			if i == 0 {
				left = max(left, w)
			} else {
				right = max(right, w)
			}
			bottom = max(bottom, column[j].y+column[j].height)
		}
	}
	width := margin*2 + left
	if right > 0 {
		width += margin*2 + right
	}
	articles := d.basis(width - 2*margin)
	height := bottom + margin + panelHead + len(articles)*textLine + margin
	p := &pen{}
	p.put(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" lang="%s" role="img">`, width, height, width, height, d.lang)
	p.put(`<title>%s</title>`, escape(d.c.title.In(d.lang)))
	p.put(`<style>%s</style>`, style)
	p.put(`<rect width="%d" height="%d" fill="#f8fafc"/>`, width, height)
	d.head(p)
	for i := range main {
		d.drawPanel(p, &main[i], margin)
	}
	for i := range rest {
		d.drawPanel(p, &rest[i], margin*3+left)
	}
	y := bottom + margin
	p.text(margin, y+20, "p", d.text("basis"))
	for i, line := range articles {
		p.text(margin, y+panelHead+i*textLine, "n", line)
	}
	p.put(`</svg>`)
	return []byte(p.String())
}

// basis lists the articles by their numbers.
func (d *drawing) basis(width int) []string {
	var lines []string
	for i, a := range d.c.basis {
		lines = append(lines, wrapText(fmt.Sprintf("[%d] %s", i+1, a.Text.In(d.lang)), width, noteSize)...)
	}
	return lines
}

func (d *drawing) head(p *pen) {
	p.text(margin, margin+18, "b", d.c.title.In(d.lang))
	p.text(margin, margin+40, "n", d.text("version", d.c.ref.ID, d.c.ref.Version))
	x, y := margin, margin+62
	for m := markEvent; m <= markCondition; m++ {
		p.mark(m, x+6, y)
		label := d.text([...]string{"mark-event", "mark-favourable", "mark-adverse", "mark-date", "mark-condition"}[m])
		p.text(x+18, y+4, "n", label)
		x += 18 + textWidth(label, noteSize) + 26
	}
}

// mark draws the sign of a row around a point.
func (p *pen) mark(m mark, x, y int) {
	switch m {
	case markDate:
		p.put(`<g fill="none" stroke="#0f172a" stroke-width="1.4"><circle cx="%d" cy="%d" r="5.5"/><path d="M%d %dv-3.5M%d %dh2.5"/></g>`, x, y, x, y, x, y)
	case markCondition:
		p.put(`<path d="M%d %dl5.5 5.5l-5.5 5.5l-5.5 -5.5z" fill="#0f172a"/>`, x, y-5)
	default:
		fill := [...]string{markEvent: "#64748b", markFavourable: "#15803d", markAdverse: "#b91c1c"}[m]
		p.put(`<circle cx="%d" cy="%d" r="5" fill="%s"/>`, x, y, fill)
	}
}

func (d *drawing) drawPanel(p *pen, pl *panel, x int) {
	p.text(x, pl.y+16, "p", pl.title)
	p.text(x, pl.y+34, "n", pl.note)
	for i := range pl.lanes {
		pl.drawLane(p, &pl.lanes[i], x+cardWidth)
	}
	for i := range pl.cards {
		drawCard(p, &pl.cards[i], x)
	}
}

// drawLane draws the line to a state: down or up beside the cards, with a dot where a
// row joins it and an arrow where it arrives.
func (pl *panel) drawLane(p *pen, l *lane, x int) {
	at := x + laneStart + l.slot*laneWidth
	top, bottom := l.ends()
	p.put(`<g stroke="%s" stroke-width="1.6" fill="none">`, l.colour)
	p.put(`<path d="M%d %dV%d"/>`, at, top, bottom)
	for _, y := range l.from {
		p.put(`<path d="M%d %dH%d"/>`, x, y, at)
	}
	p.put(`<path d="M%d %dH%d"/></g>`, at, l.at, x+7)
	p.put(`<path d="M%d %dl9 -4.5v9z" fill="%s"/>`, x, l.at, l.colour)
	for _, y := range l.from {
		p.put(`<circle cx="%d" cy="%d" r="2.8" fill="%s"/>`, at, y, l.colour)
	}
}

func drawCard(p *pen, c *card, x int) {
	p.put(`<rect x="%d" y="%d" width="%d" height="%d" rx="7" fill="#fff" stroke="%s" stroke-width="1.4"/>`, x, c.y, cardWidth, c.height, c.colour)
	if c.height > cardHead {
		p.put(`<path d="M%d %dv%dh%dv%da7 7 0 0 0 -7 -7h%da7 7 0 0 0 -7 7z" fill="%s"/>`, x, c.y+7, cardHead-7, cardWidth, 7-cardHead, 14-cardWidth, c.colour)
	} else {
		p.put(`<rect x="%d" y="%d" width="%d" height="%d" rx="7" fill="%s"/>`, x, c.y, cardWidth, cardHead, c.colour)
	}
	p.text(x+12, c.y+20, "h", c.title)
	if c.name != "" {
		p.put(`<text x="%d" y="%d" class="c d" text-anchor="end">%s</text>`, x+cardWidth-12, c.y+19, escape(c.name))
	}
	y := c.y + cardHead
	for _, n := range c.notes {
		y += noteLine
		p.text(x+12, y, "n", n)
	}
	for _, r := range c.rows {
		p.mark(r.mark, x+16, r.y+rowPad+textLine/2)
		y := r.y + rowPad
		for _, line := range r.title {
			y += textLine
			p.text(x+rowIndent, y-4, "t", line)
		}
		for _, line := range r.notes {
			y += noteLine
			p.text(x+rowIndent, y-3, "n", line)
		}
	}
}
