package credit

import (
	_ "embed"
	"iter"
	"strconv"
	"strings"
	"sync"
)

// gb2260 holds the administrative divisions of GB/T 2260, present and past, one a
// line in ascending order of code: code, name, first and last year seen (the table
// begins with 1980 and ends with 2019).
//
//go:embed gb2260.tsv
var gb2260 string

// Region is one administrative division of GB/T 2260 with the names above it. A name
// is empty where the level does not apply or is not in the table.
type Region struct {
	Code       string // six digits
	Province   string
	Prefecture string
	County     string
	First      int // first year in which the code is seen
	Last       int // last year in which the code is seen
}

// regionIndex finds lines of gb2260 and answers the hot question, whether a prefix of
// four digits occurs, by a bit.
type regionIndex struct {
	lines    []string
	prefixes [10000/64 + 1]uint64
}

var regions = sync.OnceValue(func() *regionIndex {
	x := &regionIndex{lines: strings.Split(strings.TrimSuffix(gb2260, "\n"), "\n")}
	for _, l := range x.lines {
		p := fourDigits(l)
		x.prefixes[p/64] |= 1 << (p % 64)
	}
	return x
})

// fourDigits reads the first four characters of s, which are digits, as a number.
func fourDigits(s string) uint {
	return uint(s[0]-'0')*1000 + uint(s[1]-'0')*100 + uint(s[2]-'0')*10 + uint(s[3]-'0')
}

// knownPrefecture reports whether the first four of at least four characters are
// digits and stand before some code of GB/T 2260, present or past. The last two are
// not looked at: registrars use codes for development zones and city districts that
// the standard does not list.
func knownPrefecture(s string) bool {
	for i := range 4 {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	p := fourDigits(s)
	return regions().prefixes[p/64]&(1<<(p%64)) != 0
}

// LookupRegion returns the division with a code of six digits.
func LookupRegion(code string) (Region, bool) {
	if len(code) != 6 {
		return Region{}, false
	}
	line, ok := regions().find(code)
	if !ok {
		return Region{}, false
	}
	return regions().region(line), true
}

// Regions yields every division in ascending order of code.
func Regions() iter.Seq[Region] {
	return func(yield func(Region) bool) {
		x := regions()
		for _, l := range x.lines {
			if !yield(x.region(l)) {
				return
			}
		}
	}
}

func (x *regionIndex) find(code string) (line string, ok bool) {
	lo, hi := 0, len(x.lines)
	for lo < hi {
		mid := (lo + hi) / 2
		if x.lines[mid][:6] < code {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(x.lines) || x.lines[lo][:6] != code {
		return "", false
	}
	return x.lines[lo], true
}

func (x *regionIndex) name(code string) string {
	line, ok := x.find(code)
	if !ok {
		return ""
	}
	_, rest, _ := strings.Cut(line, "\t")
	name, _, _ := strings.Cut(rest, "\t")
	return name
}

func (x *regionIndex) region(line string) Region {
	fields := strings.Split(line, "\t")
	r := Region{Code: fields[0], Province: x.name(fields[0][:2] + "0000")}
	if fields[0][2:] != "0000" {
		r.Prefecture = x.name(fields[0][:4] + "00")
	}
	if fields[0][4:] != "00" {
		r.County = fields[1]
	}
	r.First, _ = strconv.Atoi(fields[2])
	r.Last, _ = strconv.Atoi(fields[3])
	return r
}
