package main

import (
	"fmt"
	"io"
	"strings"
)

// width is how many columns of a terminal a text takes: two for the scripts of East
// Asia and their punctuation, one for everything else.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 && (r <= 0x115F || r >= 0x2E80 && r <= 0xA4CF || r >= 0xAC00 && r <= 0xD7A3 ||
			r >= 0xF900 && r <= 0xFAFF || r >= 0xFE30 && r <= 0xFE6F || r >= 0xFF00 && r <= 0xFF60 || r >= 0x20000 && r <= 0x3FFFD) {
			n++
		}
	}
	return n
}

// pad fills a text up to a width.
func pad(s string, to int) string { return s + strings.Repeat(" ", max(to-width(s), 0)) }

// table prints rows in columns, the first row as headings.
func table(w io.Writer, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if i < len(row)-1 {
				cell = pad(cell, widths[i]+2)
			}
			line.WriteString(cell)
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

func join(parts []string) string { return strings.Join(parts, ", ") }
