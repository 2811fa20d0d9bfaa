package verify

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Face supplies glyphs to the layout: the fonts themselves where a page is made, the
// font dictionaries of the file where one is checked.
type Face interface {
	// Glyph returns the glyph of a character; false if there is none.
	Glyph(r rune) (Glyph, bool)
}

// Glyph is one character's shape in one of the page's fonts.
type Glyph struct {
	Font  int    // the font resource /F<Font>, from 1
	ID    uint16 // its code in that font
	Width int    // advance in thousandths of the font size
}

// milli is a length in thousandths of a point. The layout counts in integers, so that
// every machine makes the same page.
type milli int

const pt milli = 1000

func (m milli) String() string { return string(m.append(nil)) }

// append writes the number to b without a trailing zero.
func (m milli) append(b []byte) []byte {
	if m < 0 {
		b = append(b, '-')
	}
	abs := int64(max(m, -m))
	b = strconv.AppendInt(b, abs/int64(pt), 10)
	if frac := abs % int64(pt); frac != 0 {
		b = append(b, '.', byte('0'+frac/100), byte('0'+frac/10%10), byte('0'+frac%10))
		b = bytes.TrimRight(b, "0")
	}
	return b
}

// ink is a colour in thousandths of red, green and blue.
type ink [3]milli

var (
	black = ink{100, 100, 120}
	grey  = ink{420, 420, 450}
	red   = ink{640, 60, 80}
	pale  = ink{850, 820, 800}
	blush = ink{985, 960, 950}
)

// style is how a run of text looks.
type style struct {
	size milli
	ink  ink
	bold bool
}

// canvas writes one content stream. Its vocabulary of operators is small and fixed.
type canvas struct {
	face    Face
	out     bytes.Buffer
	missing []rune // characters without a glyph, in order of appearance
}

func (c *canvas) op(operator string, args ...milli) {
	b := c.out.AvailableBuffer()
	for _, a := range args {
		b = append(a.append(b), ' ')
	}
	b = append(append(b, operator...), '\n')
	c.out.Write(b)
}

func (c *canvas) line(x1, y1, x2, y2, width milli, k ink) {
	c.op("RG", k[0], k[1], k[2])
	c.op("w", width)
	c.op("m", x1, y1)
	c.op("l", x2, y2)
	c.op("S")
}

func (c *canvas) box(x, y, w, h, width milli, k ink) {
	c.op("RG", k[0], k[1], k[2])
	c.op("w", width)
	c.op("re", x, y, w, h)
	c.op("S")
}

func (c *canvas) fill(x, y, w, h milli, k ink) {
	c.op("rg", k[0], k[1], k[2])
	c.op("re", x, y, w, h)
	c.op("f")
}

// spell turns text into glyphs. A character that no font has is spelled as its code
// point in brackets, never as an empty box; one that would print as nothing at all
// (a control or formatting character) likewise.
func (c *canvas) spell(s string) []Glyph {
	var out []Glyph
	for _, r := range s {
		if g, ok := c.face.Glyph(r); ok && (r == ' ' || unicode.IsPrint(r)) {
			out = append(out, g)
			continue
		}
		if !slices.Contains(c.missing, r) {
			c.missing = append(c.missing, r)
		}
		for _, r := range CodePoint(r) {
			if g, ok := c.face.Glyph(r); ok {
				out = append(out, g)
			}
		}
	}
	return out
}

// CodePoint spells a character as "[U+2CE2A]".
func CodePoint(r rune) string {
	hex := strings.ToUpper(strconv.FormatInt(int64(r), 16))
	return "[U+" + strings.Repeat("0", max(0, 4-len(hex))) + hex + "]"
}

func width(glyphs []Glyph, size milli) milli {
	total := 0
	for _, g := range glyphs {
		total += g.Width
	}
	return milli(total) * size / 1000
}

func (c *canvas) width(s string, size milli) milli { return width(c.spell(s), size) }

// text writes one line with its baseline at y.
func (c *canvas) text(x, y milli, s string, st style) {
	glyphs := c.spell(s)
	if len(glyphs) == 0 {
		return
	}
	c.op("rg", st.ink[0], st.ink[1], st.ink[2])
	c.op("BT")
	if st.bold {
		c.op("RG", st.ink[0], st.ink[1], st.ink[2])
		c.op("w", st.size*28/1000)
		c.op("Tr", 2*pt)
	} else {
		c.op("Tr", 0)
	}
	c.op("Td", x, y)
	for len(glyphs) > 0 {
		n := 1
		for n < len(glyphs) && glyphs[n].Font == glyphs[0].Font {
			n++
		}
		c.out.WriteString("/F" + strconv.Itoa(glyphs[0].Font) + " ")
		c.op("Tf", st.size)
		c.out.WriteByte('<')
		for _, g := range glyphs[:n] {
			c.out.WriteString(strconv.FormatInt(0x10000+int64(g.ID), 16)[1:])
		}
		c.out.WriteString("> Tj\n")
		glyphs = glyphs[n:]
	}
	c.op("ET")
}

// Characters that may not begin a line, and that may not end one.
const (
	noStart = "，。、；：！？）》」』】〉％…·,.;:!?)]}%"
	noEnd   = "（《「『【〈([{"
)

// wrap breaks text into lines no wider than room. It breaks between any two Han
// characters and at spaces, and inside a word only if the word alone is too wide.
func (c *canvas) wrap(s string, size, room milli) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		rest := []rune(strings.TrimRight(paragraph, " "))
		for {
			n := c.fit(rest, size, room)
			lines = append(lines, strings.TrimRight(string(rest[:n]), " "))
			rest = []rune(strings.TrimLeft(string(rest[n:]), " "))
			if len(rest) == 0 {
				break
			}
		}
	}
	return lines
}

// fit returns how many characters of s go on one line, at least one if there are any.
func (c *canvas) fit(s []rune, size, room milli) int {
	used, last := milli(0), 0
	for i, r := range s {
		used += c.width(string(r), size)
		if used > room && r != ' ' {
			if last > 0 {
				return last
			}
			return max(i, 1)
		}
		if i+1 < len(s) && breakable(r, s[i+1]) {
			last = i + 1
		}
	}
	return len(s)
}

func breakable(before, after rune) bool {
	if strings.ContainsRune(noStart, after) || strings.ContainsRune(noEnd, before) {
		return false
	}
	const firstWide = 0x2e80 // CJK radicals and everything above
	return before == ' ' || before == '-' || before == '/' || before >= firstWide || after >= firstWide
}
