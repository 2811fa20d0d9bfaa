package certificate

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/riviera-ledger/riviera/verify"
)

// typesetter hands out glyphs to one document's layout and remembers which characters
// it used. Each character gets a code of its own, also where two share a glyph, so
// that a code always means one character. It implements verify.Face.
type typesetter struct {
	fonts []*font
	used  [][]rune // by font, in order of first use: code n is used[n-1]
	codes map[rune]verify.Glyph
}

func newTypesetter(fonts []*font) *typesetter {
	return &typesetter{fonts: fonts, used: make([][]rune, len(fonts)), codes: map[rune]verify.Glyph{}}
}

// Glyph implements verify.Face: the first font that has the character draws it.
func (t *typesetter) Glyph(r rune) (verify.Glyph, bool) {
	if g, ok := t.codes[r]; ok {
		return g, true
	}
	for i, f := range t.fonts {
		glyph, ok := f.glyphs[r]
		if !ok || glyph == 0 {
			continue
		}
		t.used[i] = append(t.used[i], r)
		g := verify.Glyph{Font: i + 1, ID: uint16(len(t.used[i])), Width: f.scale(f.advance(int(glyph)))}
		t.codes[r] = g
		return g, true
	}
	return verify.Glyph{}, false
}

// parts returns the fonts that the document needs, cut down to its characters.
func (t *typesetter) parts() []verify.FontPart {
	var out []verify.FontPart
	for i, f := range t.fonts {
		if len(t.used[i]) == 0 {
			continue
		}
		program := f.subset(t.used[i])
		p := verify.FontPart{Resource: i + 1, Name: f.name, BBox: f.bbox, Ascent: f.ascent, Descent: f.descent,
			Chars: t.used[i], Program: deflate(program), Length: len(program)}
		for _, r := range t.used[i] {
			p.Widths = append(p.Widths, t.codes[r].Width)
		}
		out = append(out, p)
	}
	return out
}

// subset builds a font of the missing glyph, the given characters in order, and the
// components that composite glyphs among them need.
func (f *font) subset(chars []rune) []byte {
	order := []int{0}
	for _, r := range chars {
		order = append(order, int(f.glyphs[r]))
	}
	components := map[int]int{} // old glyph to new, for components only
	var glyf, loca, hmtx []byte
	for i := 0; i < len(order); i++ { // order grows as composites name their components
		outline := slices.Clone(f.outline(order[i]))
		renumber(outline, func(old int) int {
			n, ok := components[old]
			if !ok {
				n = len(order)
				components[old] = n
				order = append(order, old)
			}
			return n
		})
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		glyf = append(glyf, outline...)
		glyf = append(glyf, make([]byte, -len(glyf)&3)...)
		hmtx = binary.BigEndian.AppendUint16(hmtx, uint16(f.advance(order[i])))
		hmtx = binary.BigEndian.AppendUint16(hmtx, uint16(f.bearing(order[i])))
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head, hhea, maxp := slices.Clone(f.tables["head"]), slices.Clone(f.tables["hhea"]), slices.Clone(f.tables["maxp"])
	binary.BigEndian.PutUint32(head[8:], 0)  // checksum adjustment, below
	binary.BigEndian.PutUint16(head[50:], 1) // long loca
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(order)))
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(order)))
	return writeFont([]table{
		{"cvt ", f.tables["cvt "]}, {"fpgm", f.tables["fpgm"]}, {"glyf", glyf}, {"head", head}, {"hhea", hhea},
		{"hmtx", hmtx}, {"loca", loca}, {"maxp", maxp}, {"prep", f.tables["prep"]},
	})
}

// Flags of a composite glyph's components.
const (
	argsAreWords   = 0x0001
	haveScale      = 0x0008
	moreComponents = 0x0020
	haveTwoScales  = 0x0040
	haveMatrix     = 0x0080
)

// renumber rewrites the component numbers of a composite glyph in place.
func renumber(outline []byte, to func(old int) int) {
	if len(outline) < 10 || i16(outline, 0) >= 0 {
		return
	}
	for at := 10; at+4 <= len(outline); {
		flags := u16(outline, at)
		binary.BigEndian.PutUint16(outline[at+2:], uint16(to(u16(outline, at+2))))
		at += 6
		if flags&argsAreWords != 0 {
			at += 2
		}
		switch {
		case flags&haveScale != 0:
			at += 2
		case flags&haveTwoScales != 0:
			at += 4
		case flags&haveMatrix != 0:
			at += 8
		}
		if flags&moreComponents == 0 {
			return
		}
	}
}

type table struct {
	tag  string
	data []byte
}

// writeFont writes a TrueType file of the tables, which ascend by tag; empty ones are
// left out.
func writeFont(tables []table) []byte {
	tables = slices.DeleteFunc(tables, func(t table) bool { return len(t.data) == 0 })
	power := 0
	for 2<<power <= len(tables) {
		power++
	}
	out := []byte{0, 1, 0, 0}
	for _, v := range []int{len(tables), 16 << power, power, 16*len(tables) - 16<<power} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	var body bytes.Buffer
	head := 0
	for _, t := range tables {
		at := 12 + 16*len(tables) + body.Len()
		if t.tag == "head" {
			head = at
		}
		out = append(out, t.tag...)
		for _, v := range []uint32{checksum(t.data), uint32(at), uint32(len(t.data))} {
			out = binary.BigEndian.AppendUint32(out, v)
		}
		body.Write(t.data)
		body.Write(make([]byte, -len(t.data)&3))
	}
	out = append(out, body.Bytes()...)
	binary.BigEndian.PutUint32(out[head+8:], 0xb1b0afba-checksum(out))
	return out
}

func checksum(b []byte) uint32 {
	var sum uint32
	for ; len(b) >= 4; b = b[4:] {
		sum += binary.BigEndian.Uint32(b)
	}
	var last [4]byte
	copy(last[:], b)
	return sum + binary.BigEndian.Uint32(last[:])
}
