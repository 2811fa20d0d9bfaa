package credit

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// NormalizeName returns the form in which two spellings of a name agree. It folds
//
//   - compatibility forms (NFKC): full and half width, circled and Roman figures,
//     compatibility ideographs and radicals;
//   - brackets 〔〕〖〗【】[]{} to ();
//   - the dots between parts of a name (· • ・ ‧ ∙ ⋅ .) to ·;
//   - the ring that is typed for the numeral 〇 (○ ◯) to 〇;
//   - letter case;
//
// and drops spaces and what does not show (variation selectors, joiners, marks of
// direction). It never folds one character into another that is read differently:
// simplified and traditional forms stay apart. It is idempotent.
func NormalizeName(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKC.String(s) {
		if r = foldRune(r); r >= 0 {
			b.WriteRune(r)
		}
	}
	// Dropping a joiner or lowering a letter can bring a base and a mark together.
	return norm.NFKC.String(b.String())
}

// foldRune folds one character of a name, or returns -1 to drop it.
func foldRune(r rune) rune {
	switch r {
	case '〔', '〖', '【', '[', '{':
		return '('
	case '〕', '〗', '】', ']', '}':
		return ')'
	case '•', '・', '‧', '∙', '⋅', '.':
		return '·'
	case '○', '◯':
		return '〇'
	}
	if unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc, unicode.Variation_Selector) {
		return -1
	}
	return unicode.ToLower(r)
}
