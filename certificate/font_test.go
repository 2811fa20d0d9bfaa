package certificate

import (
	"testing"
	"unicode"
)

// TestFontsCoverNames counts what the two fonts can draw of each block, so that a
// change of asset that loses characters is seen.
func TestFontsCoverNames(t *testing.T) {
	fonts, err := loadFonts()
	if err != nil {
		t.Fatal(err)
	}
	drawn := func(from, to rune) int {
		n := 0
		for r := from; r <= to; r++ {
			for _, f := range fonts {
				if f.glyphs[r] != 0 {
					n++
					break
				}
			}
		}
		return n
	}
	for _, b := range []struct {
		name     string
		from, to rune
		want     int
	}{
		{"ASCII", 0x20, 0x7e, 95},
		{"unified Han", 0x4e00, 0x9fff, 20992},
		{"extension A", 0x3400, 0x4dbf, 6592},
		{"extension B", 0x20000, 0x2a6df, 531},
		{"extension C", 0x2a700, 0x2b73f, 108},
		{"extension D", 0x2b740, 0x2b81f, 26},
		{"extension E", 0x2b820, 0x2ceaf, 187},
		{"extension F", 0x2ceb0, 0x2ebef, 54},
		{"extension G", 0x30000, 0x3134f, 185},
		{"extension H", 0x31350, 0x323af, 48},
		{"private use", 0xe000, 0xf8ff, 0},
	} {
		if got := drawn(b.from, b.to); got < b.want {
			t.Errorf("%s: %d characters, want %d", b.name, got, b.want)
		}
	}
	for r := range fonts[0].glyphs {
		if unicode.Is(unicode.Co, r) {
			t.Errorf("%U is private", r)
		}
	}
}

func TestSubsetKeepsOutlines(t *testing.T) {
	fonts, err := loadFonts()
	if err != nil {
		t.Fatal(err)
	}
	for i, chars := range [][]rune{[]rune("失信记录é퟿Ω"), []rune("𰻝𪚥")} {
		f := fonts[i]
		var have []rune
		for _, r := range chars {
			if f.glyphs[r] != 0 {
				have = append(have, r)
			}
		}
		cut := &font{tables: map[string][]byte{}}
		b := f.subset(have)
		for n := range u16(b, 4) {
			e := 12 + 16*n
			cut.tables[string(b[e:e+4])] = b[u32(b, e+8) : u32(b, e+8)+u32(b, e+12)]
		}
		cut.longLoca, cut.longMetrics = true, u16(cut.tables["hhea"], 34)
		for n, r := range have {
			want, got := f.outline(int(f.glyphs[r])), cut.outline(n+1)
			if len(got) < len(want) || len(want) > 10 && i16(want, 0) >= 0 && string(got[:len(want)]) != string(want) {
				t.Errorf("%U: outline of %d bytes, want %d", r, len(got), len(want))
			}
			if cut.advance(n+1) != f.advance(int(f.glyphs[r])) {
				t.Errorf("%U: another advance", r)
			}
		}
		if checksum(b) != 0xb1b0afba {
			t.Errorf("checksum of the font %#x", checksum(b))
		}
	}
}

func FuzzParseFont(f *testing.F) {
	fonts, err := loadFonts()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{0, 1, 0, 0, 0, 0})
	f.Add(fonts[0].subset([]rune("中国")))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := parseFont("fuzz", b)
		if err == nil {
			got.subset([]rune("中国"))
		}
	})
}
