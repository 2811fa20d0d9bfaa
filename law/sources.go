package law

import (
	"io/fs"
	"strings"
)

// Contracts returns the contract documents in the order of their file names.
func Contracts() []Source {
	return sources(".", func(name string) bool { return strings.HasSuffix(name, ".yaml") })
}

// Calendars returns the working-day calendars, oldest year first.
func Calendars() []Source {
	return sources(".", func(name string) bool {
		return strings.HasPrefix(name, "calendar-") && strings.HasSuffix(name, ".json")
	})
}

// Calendar2026 returns the working-day calendar of 2026.
func Calendar2026() []byte {
	text, err := Files.ReadFile("calendar-2026.json")
	if err != nil {
		panic("law: " + err.Error())
	}
	return text
}

// Scenarios returns the scenario files in the order of their names.
func Scenarios() []Source {
	return sources("scenarios", func(name string) bool { return strings.HasSuffix(name, ".yaml") })
}

// sources reads the files of an embedded folder. The embedded tree cannot fail to be
// read: an error is a broken build.
func sources(dir string, want func(name string) bool) []Source {
	entries, err := fs.ReadDir(Files, dir)
	if err != nil {
		panic("law: " + err.Error())
	}
	var out []Source
	for _, e := range entries {
		if e.IsDir() || !want(e.Name()) {
			continue
		}
		path := e.Name()
		if dir != "." {
			path = dir + "/" + path
		}
		text, err := fs.ReadFile(Files, path)
		if err != nil {
			panic("law: " + err.Error())
		}
		out = append(out, Source{File: path, Source: text})
	}
	return out
}
