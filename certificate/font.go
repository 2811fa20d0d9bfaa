package certificate

import (
	"encoding/binary"
	"unicode"

	"github.com/riviera-ledger/riviera/fault"
)

// font is a TrueType font with glyf outlines, parsed once and then only read.
type font struct {
	name   string
	tables map[string][]byte
	glyphs map[rune]uint16 // character to glyph

	unitsPerEm      int
	longMetrics     int // glyphs that have an advance of their own
	longLoca        bool
	bbox            [4]int
	ascent, descent int
}

// Bounds of the tables that are read at fixed places.
var needed = map[string]int{"head": 54, "hhea": 36, "maxp": 6, "hmtx": 4, "loca": 4, "glyf": 0, "cmap": 4}

func parseFont(name string, b []byte) (*font, error) {
	bad := func(what string) error { return fault.Newf(fault.UnknownDocument, "font", "%s", what) }
	if len(b) < 12 || binary.BigEndian.Uint32(b) != 0x00010000 {
		return nil, bad("not TrueType")
	}
	f := &font{name: name, tables: map[string][]byte{}, glyphs: map[rune]uint16{}}
	for i := range u16(b, 4) {
		e := 12 + 16*i
		if e+16 > len(b) {
			return nil, bad("directory")
		}
		from, size := u32(b, e+8), u32(b, e+12)
		if from > len(b) || size > len(b)-from {
			return nil, bad("table")
		}
		f.tables[string(b[e:e+4])] = b[from : from+size]
	}
	for t, size := range needed {
		if len(f.tables[t]) < size {
			return nil, bad("table missing")
		}
	}
	head, hhea := f.tables["head"], f.tables["hhea"]
	f.unitsPerEm, f.longLoca, f.longMetrics = u16(head, 18), u16(head, 50) == 1, u16(hhea, 34)
	if f.unitsPerEm == 0 || f.longMetrics == 0 || len(f.tables["hmtx"]) < 4*f.longMetrics {
		return nil, bad("metrics")
	}
	for i := range f.bbox {
		f.bbox[i] = f.scale(i16(head, 36+2*i))
	}
	f.ascent, f.descent = f.scale(i16(hhea, 4)), f.scale(i16(hhea, 6))
	return f, f.readCmap(f.tables["cmap"])
}

func u16(b []byte, at int) int { return int(binary.BigEndian.Uint16(b[at:])) }
func i16(b []byte, at int) int { return int(int16(binary.BigEndian.Uint16(b[at:]))) }
func u32(b []byte, at int) int { return int(binary.BigEndian.Uint32(b[at:])) }

// scale turns font units into thousandths of the font size.
func (f *font) scale(v int) int { return v * 1000 / f.unitsPerEm }

// readCmap reads the character map of format 12, which reaches beyond the basic plane.
// Private-use characters are left out: their shapes mean nothing outside this font.
func (f *font) readCmap(b []byte) error {
	for i := range u16(b, 2) {
		if 4+8*i+8 > len(b) {
			break
		}
		at := u32(b, 4+8*i+4)
		if at+16 > len(b) || u16(b, at) != 12 {
			continue
		}
		for g := range u32(b, at+12) {
			e := at + 16 + 12*g
			if e+12 > len(b) {
				return fault.Newf(fault.UnknownDocument, "font", "character map")
			}
			first, last, glyph := u32(b, e), u32(b, e+4), u32(b, e+8)
			for r := first; r <= last && r <= unicode.MaxRune; r++ {
				if !unicode.Is(unicode.Co, rune(r)) {
					f.glyphs[rune(r)] = uint16(glyph + r - first)
				}
			}
		}
		return nil
	}
	return fault.Newf(fault.UnknownDocument, "font", "no character map of format 12")
}

// advance is a glyph's width in font units.
func (f *font) advance(glyph int) int {
	return u16(f.tables["hmtx"], 4*min(glyph, f.longMetrics-1))
}

// bearing is a glyph's left side bearing.
func (f *font) bearing(glyph int) int {
	at := 4*glyph + 2
	if glyph >= f.longMetrics {
		at = 4*f.longMetrics + 2*(glyph-f.longMetrics)
	}
	if at+2 > len(f.tables["hmtx"]) {
		return 0
	}
	return i16(f.tables["hmtx"], at)
}

// outline returns a glyph's description, empty for a blank one.
func (f *font) outline(glyph int) []byte {
	loca, glyf := f.tables["loca"], f.tables["glyf"]
	var from, to int
	switch {
	case f.longLoca && 4*glyph+8 <= len(loca):
		from, to = u32(loca, 4*glyph), u32(loca, 4*glyph+4)
	case !f.longLoca && 2*glyph+4 <= len(loca):
		from, to = 2*u16(loca, 2*glyph), 2*u16(loca, 2*glyph+2)
	}
	if from > to || to > len(glyf) {
		return nil
	}
	return glyf[from:to]
}
