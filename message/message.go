// Package message is the catalogue of every text that a person reads, in Chinese and
// English: pages, command line, certificates, errors. Keys are dotted
// ("fault.code-check", "fault.code-check.next"); values are fmt formats. The files
// catalogue/*.zh-CN.json and *.en.json are embedded, one pair a topic; a build for the
// browser embeds the verifier's alone (files_js.go).
//
// Invariants:
//  1. Both languages have the same keys with the same verbs (TestCatalogueIsWhole).
//  2. Every fault code has a message and a next step in both (TestEveryCodeHasText).
package message

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/riviera-ledger/riviera/fault"
)

// Lang is a language of the catalogue.
type Lang string

const (
	Chinese Lang = "zh-CN"
	English Lang = "en"
)

// Langs lists the languages of the catalogue.
var Langs = [...]Lang{Chinese, English}

// load reads the embedded files once. A file that is not JSON, or a key that stands in
// two files, is a broken build.
var load = sync.OnceValue(func() map[Lang]map[string]string {
	all := map[Lang]map[string]string{}
	for _, l := range Langs {
		all[l] = map[string]string{}
		names, err := fs.Glob(files, "catalogue/*."+string(l)+".json")
		if err != nil {
			panic(err)
		}
		for _, n := range names {
			b, err := files.ReadFile(n)
			if err != nil {
				panic(err)
			}
			var texts map[string]string
			if err := json.Unmarshal(b, &texts); err != nil {
				panic("message: " + n + ": " + err.Error())
			}
			for k, v := range texts {
				if _, twice := all[l][k]; twice {
					panic("message: " + n + ": " + k + " stands in another file too")
				}
				all[l][k] = v
			}
		}
	}
	return all
})

// Parse picks the language of a locale or Accept-Language value: Chinese when it
// starts with "zh", English otherwise.
func Parse(locale string) Lang {
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(locale)), "zh") {
		return Chinese
	}
	return English
}

// Text returns the text under key, formatted with args. A missing key returns the key
// itself between brackets, which a test turns into a failure.
func (l Lang) Text(key string, args ...any) string {
	t, ok := load()[l][key]
	if !ok {
		return "[" + key + "]"
	}
	if len(args) == 0 {
		return t
	}
	return fmt.Sprintf(t, args...)
}

// Has reports whether the catalogue holds key.
func (l Lang) Has(key string) bool { _, ok := load()[l][key]; return ok }

// Fault returns the message of a code and its next step.
func (l Lang) Fault(c fault.Code) (text, next string) {
	key := "fault." + c.String()
	return l.Text(key), l.Text(key + ".next")
}

// Keys returns every key of the language, unordered.
func (l Lang) Keys() []string {
	var ks []string
	for k := range load()[l] {
		ks = append(ks, k)
	}
	return ks
}
