package verify

import (
	"strings"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/message"
)

func codeKind(c *Code) string {
	if c.SubjectType == credit.Person {
		return "person"
	}
	return "org"
}

// maskCode shows an organisation's public code, and of a person's number only the
// region: the rest narrows down who someone is, and paper gets about. The credential
// holds the whole number.
func maskCode(c *Code) string {
	number := []rune(c.Number)
	if c.SubjectType != credit.Person {
		return c.Number
	}
	shown := min(6, len(number)/3)
	return string(number[:shown]) + strings.Repeat("*", len(number)-shown)
}

// yuan writes an amount in fen with separators: "¥ 1,234,567.89".
func yuan(fen string) string {
	digits, negative := strings.CutPrefix(fen, "-")
	for len(digits) < 3 {
		digits = "0" + digits
	}
	whole, cents := digits[:len(digits)-2], digits[len(digits)-2:]
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if negative {
		whole = "-" + whole
	}
	return "¥ " + whole + "." + cents
}

// when shortens RFC 3339 with +08:00 to a person's form.
func when(l message.Lang, moment string) string {
	if len(moment) < 19 {
		return moment
	}
	if l == message.Chinese {
		return moment[:4] + "年" + moment[5:7] + "月" + moment[8:10] + "日" + moment[11:16]
	}
	return moment[:10] + " " + moment[11:16]
}
