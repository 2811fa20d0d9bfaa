package credit

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/riviera-ledger/riviera/fault"
)

// textFault checks a text of a body: at most limit bytes, well-formed UTF-8 in NFC, one
// line, no control, formatting or private-use characters, no U+FFFD (the trace of a
// wrong decoding), no space at either end. It returns fault.OK, FieldTooLong or
// FieldInvalid. The empty text is OK.
//
// Private-use characters stand for a glyph that only one institution's font knows, so
// what they mean would be lost with the font.
func textFault(s string, limit int) fault.Code {
	if len(s) > limit {
		return fault.FieldTooLong
	}
	compose := false // a character that NFC may have to look at
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		switch class(r) {
		case refused:
			return fault.FieldInvalid
		case space:
			if i == 0 || i+size == len(s) {
				return fault.FieldInvalid
			}
		case composing:
			compose = true
		}
		i += size
	}
	if compose && !norm.NFC.IsNormalString(s) {
		return fault.FieldInvalid
	}
	return fault.OK
}

// What a character is to textFault.
const (
	plain = iota
	space
	composing
	refused
)

// class sorts a character. The ranges in front hold nearly all text and spare the
// table look-ups: ASCII, the CJK blocks of the basic plane and the ideographic planes
// (whose blocks newer than the tables of this build are accepted unseen: a rare name
// must not wait for a compiler).
func class(r rune) int {
	switch {
	case r == ' ' || r == 0x3000:
		return space
	case r > 0x20 && r < 0x7F:
		return plain
	case r >= 0x4E00 && r <= 0x9FFF, r >= 0x3400 && r <= 0x4DBF, r >= 0x3001 && r <= 0x3029:
		return plain
	case r >= 0xFF01 && r <= 0xFF60:
		return plain
	case r >= 0x20000 && r <= 0x3FFFD && r&0xFFFF < 0xFFFE && (r < 0x2F800 || r > 0x2FA1F):
		return plain
	case r < 0xA0 || r == utf8.RuneError:
		return refused
	case unicode.IsSpace(r):
		return space
	case unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp), r&0xFFFE == 0xFFFE:
		return refused
	}
	return composing
}

// visible reports whether a name shows something: at least one letter or number that
// is not a filler.
func visible(s string) bool {
	for _, r := range s {
		switch {
		case r >= 0x20000 && r <= 0x3FFFD:
			return true
		case r == 0x115F || r == 0x1160 || r == 0x3164 || r == 0xFFA0:
			continue // Hangul fillers: letters without a glyph
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			return true
		}
	}
	return false
}
