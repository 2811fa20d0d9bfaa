package client

import (
	"strings"

	"github.com/riviera-ledger/riviera/message"
)

// Language picks the catalogue's language for an Accept-Language value: the first of
// Chinese and English that it names, as programs list them in order of preference.
// ok is false where it names neither.
func Language(accept string) (l message.Lang, ok bool) {
	for part := range strings.SplitSeq(accept, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		switch base {
		case "zh":
			return message.Chinese, true
		case "en":
			return message.English, true
		}
	}
	return message.English, false
}
