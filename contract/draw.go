package contract

import (
	"slices"

	"github.com/riviera-ledger/riviera/message"
)

// Draw returns the contract as a drawing, one SVG document in UTF-8 with every region,
// state, transition, condition, deadline and article in a language. It is a function of
// the document and the language alone: the same bytes on every machine.
//
// A state is a card, its transitions are rows of the card, and whatever leads to a
// state runs on that state's own line beside the cards; so nothing is ever covered, and
// a chart of any size can be read. States stand in the order in which a record meets
// them. The main region is on the left, those beside it on the right.
func (c *Contract) Draw(lang message.Lang) []byte {
	d := drawing{c: c, lang: lang, articles: map[string]int{}}
	for i, a := range c.basis {
		d.articles[a.Key] = i + 1
	}
	main := d.column(d.panel(0))
	var rest []panel
	for i := 1; i < len(c.regions); i++ {
		rest = append(rest, d.panel(i))
	}
	return d.svg(main, d.column(rest...))
}

// Measures of the drawing, in its own units.
const (
	margin     = 28
	headHeight = 84
	cardWidth  = 520
	cardHead   = 30
	cardGap    = 20
	panelHead  = 44
	panelGap   = 36
	laneWidth  = 13
	laneStart  = 18
	textLine   = 17
	noteLine   = 15
	textSize   = 13
	noteSize   = 11
	rowPad     = 5
	rowIndent  = 30
)

// drawing is one run of Draw.
type drawing struct {
	c        *Contract
	lang     message.Lang
	articles map[string]int // basis key to its number in the list below the chart
}

// panel is a region: its cards from top to bottom and the lines beside them.
type panel struct {
	title, note string
	cards       []card
	lanes       []lane
	y, height   int
	inner       int // number of lines side by side
}

// card is a state; the first one of the main region is the beginning.
type card struct {
	state  int // -1 for the beginning
	title  string
	name   string
	notes  []string
	colour string
	rows   []row
	y      int
	height int
}

// row is a transition of a card.
type row struct {
	mark   mark
	title  []string
	notes  []string
	to     int // -1 stays
	y      int
	height int
}

// lane is the line on which everything that leads to a state runs.
type lane struct {
	to, slot int
	from     []int // heights at which rows join it
	at       int   // height of the card it leads to
	colour   string
}

// column places panels one below the other.
func (d *drawing) column(panels ...panel) []panel {
	y := headHeight + margin
	for i := range panels {
		p := &panels[i]
		p.y = y
		y = p.place(y + panelHead)
		p.height = y - p.y
		y += panelGap
		p.route()
	}
	return panels
}

// place gives every card and row its height, and returns where the panel ends.
func (p *panel) place(y int) int {
	for i := range p.cards {
		c := &p.cards[i]
		c.y = y
		y += cardHead + len(c.notes)*noteLine
		if len(c.rows)+len(c.notes) > 0 {
			y += rowPad
		}
		for j := range c.rows {
			r := &c.rows[j]
			r.y = y
			r.height = rowPad*2 + len(r.title)*textLine + len(r.notes)*noteLine
			y += r.height
		}
		c.height = y - c.y
		y += cardGap
	}
	return y
}

// route gives every line a place beside the cards: the shortest nearest to them, and
// two on one place only where they do not overlap.
func (p *panel) route() {
	for _, target := range p.cards {
		l := lane{to: target.state, at: target.y + cardHead/2, colour: target.colour}
		for _, c := range p.cards {
			for _, r := range c.rows {
				if r.to >= 0 && r.to == target.state {
					l.from = append(l.from, r.y+rowPad+textLine/2)
				}
			}
		}
		if len(l.from) > 0 {
			p.lanes = append(p.lanes, l)
		}
	}
	slices.SortStableFunc(p.lanes, func(a, b lane) int { return a.span() - b.span() })
	for i := range p.lanes {
		for p.taken(i) {
			p.lanes[i].slot++
		}
		p.inner = max(p.inner, p.lanes[i].slot+1)
	}
}

func (l *lane) ends() (top, bottom int) {
	return min(l.at, slices.Min(l.from)), max(l.at, slices.Max(l.from))
}

func (l *lane) span() int {
	top, bottom := l.ends()
	return bottom - top
}

// taken reports whether a line would cover an earlier one at its place.
func (p *panel) taken(i int) bool {
	top, bottom := p.lanes[i].ends()
	for j := range i {
		t, b := p.lanes[j].ends()
		if p.lanes[j].slot == p.lanes[i].slot && top <= b+4 && t <= bottom+4 {
			return true
		}
	}
	return false
}

// width is what a panel takes with its lines.
func (p *panel) width() int { return cardWidth + laneStart + p.inner*laneWidth + laneWidth }

// order lists a region's states as a record meets them: by the longest way from where
// the region begins, not counting ways back, then as the document has them.
func (c *Contract) order(region int) []int {
	states := c.regions[region].states
	rank := make([]int, len(states)) // 1 for where the region begins
	next := make([][]int, len(states))
	for _, e := range c.edges(region) {
		if e.to() != e.from {
			next[e.from] = append(next[e.from], e.to())
		}
	}
	var visit func(s, depth int, on []bool)
	visit = func(s, depth int, on []bool) {
		if on[s] || depth <= rank[s] {
			return
		}
		rank[s], on[s] = depth, true
		for _, t := range next[s] {
			visit(t, depth+1, on)
		}
		on[s] = false
	}
	for _, s := range c.entrances(region) {
		visit(s, 1, make([]bool, len(states)))
	}
	out := make([]int, len(states))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int {
		if x, y := states[a].position(), states[b].position(); region == 0 && (x == 3 || y == 3) && x != y {
			return x - y // what is over stands last
		}
		return rank[a] - rank[b]
	})
	return out
}
