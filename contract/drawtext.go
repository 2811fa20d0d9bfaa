package contract

import (
	"strconv"
	"strings"
	"unicode"
)

// mark is the sign in front of a row: what sets the transition in motion.
type mark uint8

const (
	markEvent mark = iota
	markFavourable
	markAdverse
	markDate
	markCondition
)

// colours of the phases, in their order; the last is that of the side regions.
var colours = [...]string{Draft: "#64748b", Noticed: "#a16207", Grace: "#0e7490", Active: "#b91c1c", ExitDue: "#c2410c",
	Exited: "#15803d", Erased: "#334155", Rejected: "#475569", Suspended: "#7c3aed", Annulled: "#1d4ed8"}

const (
	colourBegin = "#0f172a"
	colourRest  = "#15803d"
	colourOpen  = "#1d4ed8"
	colourHides = "#7c3aed"
)

func (d *drawing) text(key string, args ...any) string {
	return d.lang.Text("contract.draw."+key, args...)
}

// panel makes the cards of a region.
func (d *drawing) panel(region int) panel {
	r := &d.c.regions[region]
	p := panel{title: r.title.In(d.lang)}
	if region == 0 {
		p.title, p.note = d.text("main"), d.text("main-note")
		p.cards = append(p.cards, d.beginning())
	} else {
		var names []string
		for s := range d.c.regions[0].states {
			if r.during&(1<<s) != 0 {
				names = append(names, d.c.regions[0].states[s].title.In(d.lang))
			}
		}
		p.note = d.text("during", strings.Join(names, d.text("and")))
	}
	for _, s := range d.c.order(region) {
		p.cards = append(p.cards, d.card(region, s))
	}
	return p
}

func (d *drawing) beginning() card {
	c := card{state: -1, title: d.text("begin"), colour: colourBegin}
	for e, ts := range d.c.create {
		for _, t := range ts {
			c.rows = append(c.rows, d.row(t, e))
		}
	}
	return c
}

func (d *drawing) card(region, s int) card {
	st := &d.c.regions[region].states[s]
	c := card{state: s, title: st.title.In(d.lang), name: st.name, colour: colourOf(region, st)}
	var facts []string
	if region > 0 && s == d.c.regions[region].initial {
		facts = append(facts, d.text("initial"))
	}
	if st.hidden {
		facts = append(facts, d.text("hidden"))
	}
	if st.annotated {
		facts = append(facts, d.text("annotated"))
	}
	for _, e := range st.enter {
		facts = append(facts, d.lang.Text("contract.effect."+e.String()))
	}
	if st.final {
		facts = append(facts, d.text("final"))
	}
	if len(facts) > 0 {
		c.notes = wrapText(strings.Join(facts, d.text("dot")), cardWidth-24, noteSize)
	}
	for _, t := range st.always {
		c.rows = append(c.rows, d.row(t, stay))
	}
	for _, t := range st.after {
		c.rows = append(c.rows, d.row(t, stay))
	}
	for e, ts := range st.on {
		for _, t := range ts {
			c.rows = append(c.rows, d.row(t, e))
		}
	}
	return c
}

func colourOf(region int, st *state) string {
	switch {
	case region == 0:
		return colours[st.phase]
	case st.hidden:
		return colourHides
	case st.rest:
		return colourRest
	}
	return colourOpen
}

// row tells a transition: its title, then who sends it, its conditions, its deadline
// and its articles by their numbers.
func (d *drawing) row(t *transition, event int) row {
	r := row{to: t.to}
	title := t.title
	var facts []string
	switch {
	case event != stay:
		e := &d.c.events[event]
		if title.ZH == "" {
			title = e.Title
		}
		r.mark = markOf(e)
		var by []string
		for _, n := range e.By.Names() {
			by = append(by, d.lang.Text("contract.role."+n))
		}
		facts = append(facts, strings.Join(by, d.text("or")))
	case t.due != nil:
		r.mark = markDate
		facts = append(facts, d.deadline(t.due))
	default:
		r.mark = markCondition
	}
	facts = append(facts, d.guards(t, true)...)
	facts = append(facts, d.guards(t, false)...)
	for _, e := range t.effect {
		facts = append(facts, d.lang.Text("contract.effect."+e.String()))
	}
	if t.bar != nil {
		facts = append(facts, d.text("bar", t.bar.source))
	}
	cites := ""
	for _, k := range t.cite {
		cites += "[" + strconv.Itoa(d.articles[k]) + "]"
	}
	facts = append(facts, cites)
	words := title.In(d.lang)
	if t.to == stay {
		words += d.text("stays")
	}
	r.title = wrapText(words, cardWidth-rowIndent-12, textSize)
	r.notes = wrapText(strings.Join(facts, d.text("dot")), cardWidth-rowIndent-12, noteSize)
	return r
}

func markOf(e *event) mark {
	switch {
	case e.Adverse:
		return markAdverse
	case e.Favourable:
		return markFavourable
	}
	return markEvent
}

func (d *drawing) guards(t *transition, want bool) []string {
	var names []string
	for _, g := range t.guards {
		if g.want == want {
			names = append(names, d.c.conditions[g.condition].title.In(d.lang))
		}
	}
	if len(names) == 0 {
		return nil
	}
	key := "if"
	if !want {
		key = "unless"
	}
	return []string{d.text(key, strings.Join(names, d.text("also")))}
}

// deadline writes "from + 3 working days" with the values that hold at last.
func (d *drawing) deadline(due *deadline) string {
	s := due.from.source
	if due.from.shape == shapeProgram && len(due.steps) > 0 {
		s = "(" + s + ")"
	}
	for _, x := range due.steps {
		s += " + " + d.count(x.count) + " " + d.lang.Text("contract.unit."+unitName(x.unit))
	}
	return s
}

func (d *drawing) count(e *expression) string {
	switch {
	case e.shape == shapeConstant:
		return strconv.FormatInt(e.value, 10)
	case e.shape == shapeSlot && e.slot.place == placeParameter:
		v := d.c.params[e.slot.index].Values
		return strconv.FormatInt(v[len(v)-1].Value, 10)
	}
	return "(" + e.source + ")"
}

func unitName(u unit) string {
	for _, n := range [...]string{"days", "days-rolling", "working-days", "months", "years", "day-of-next-month"} {
		if units[n] == u {
			return n
		}
	}
	return "count"
}

// textWidth estimates the width of a text at a size: a wide character takes the size,
// any other a good half of it.
func textWidth(s string, size int) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r, size)
	}
	return n / 100
}

func runeWidth(r rune, size int) int {
	switch {
	case wide(r):
		return 100 * size
	case unicode.IsUpper(r) || r == 'm' || r == 'w':
		return 75 * size
	}
	return 56 * size
}

// wrapText breaks a text into lines no wider than a width: between words, or between
// any two wide characters.
func wrapText(s string, width, size int) []string {
	var lines []string
	var line, word []rune
	flush := func() { line, word = append(line, word...), nil }
	for _, r := range s {
		if textWidth(string(line)+string(word)+string(r), size) > width {
			if len(line) == 0 {
				flush()
			}
			lines = append(lines, strings.TrimSpace(string(line)))
			line = nil
		}
		word = append(word, r)
		if r == ' ' || wide(r) {
			flush()
		}
	}
	flush()
	if len(line) > 0 || len(lines) == 0 {
		lines = append(lines, strings.TrimSpace(string(line)))
	}
	return lines
}
