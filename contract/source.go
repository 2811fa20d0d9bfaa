package contract

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/fault"
	"github.com/riviera-ledger/riviera/message"
)

// Bounds of a document. What lies above is refused before anything is compiled.
const (
	maxSource   = 256 << 10
	maxProblems = 50
	maxText     = 400 // bytes of a title, note or citation
	maxDepth    = 12
)

// pos is a place in the source, lines and columns from 1.
type pos struct{ line, col int }

func at(n *yaml.Node) pos { return pos{n.Line, n.Column} }

// source reads one document and collects what is wrong with it. The form is a strict
// part of YAML: mappings, sequences and plain or quoted scalars; no anchors, aliases
// or tags, no key twice, no key that the language does not know.
type source struct {
	file     string
	lines    []string
	problems []Problem
}

func (s *source) refuse(p pos, key string, args ...any) {
	s.add(fault.Malformed, p, key, args...)
}

// add notes a problem. Its text is contract.problem.KEY of the catalogue; an argument
// that is a Text is put in the language of the text.
func (s *source) add(code fault.Code, p pos, key string, args ...any) {
	if len(s.problems) >= maxProblems {
		return
	}
	say := func(l message.Lang) string {
		in := make([]any, len(args))
		for i, a := range args {
			if t, ok := a.(Text); ok {
				a = t.In(l)
			}
			in[i] = a
		}
		return l.Text("contract.problem."+key, in...)
	}
	s.problems = append(s.problems, Problem{Code: code, File: s.file, Line: p.line, Column: p.col,
		Message: say(message.English), Excerpt: s.excerpt(p), zh: say(message.Chinese)})
}

// excerpt shows a source line with a caret below the column. Wide characters take two
// columns of a terminal, so the caret line does too.
func (s *source) excerpt(p pos) string {
	if p.line < 1 || p.line > len(s.lines) {
		return ""
	}
	line := s.lines[p.line-1]
	var caret strings.Builder
	for i, r := range []rune(line) {
		if i >= p.col-1 {
			break
		}
		switch {
		case r == '\t':
			caret.WriteByte('\t')
		case wide(r):
			caret.WriteString("  ")
		default:
			caret.WriteByte(' ')
		}
	}
	return line + "\n" + caret.String() + "^"
}

func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) ||
		r >= 0x3000 && r <= 0x303F || r >= 0xFF01 && r <= 0xFF60
}

// String is "file:line:column: message", then the excerpt.
func (p Problem) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	if p.Excerpt != "" {
		s += "\n" + p.Excerpt
	}
	return s
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// parse returns the document's root node, or nil after a problem.
func (s *source) parse(src []byte) *yaml.Node {
	if len(src) > maxSource {
		s.add(fault.TooLarge, pos{1, 1}, "too-large", len(src), maxSource)
		return nil
	}
	if !utf8.Valid(src) {
		s.refuse(pos{1, 1}, "not-utf8")
		return nil
	}
	s.lines = strings.Split(string(src), "\n")
	var doc yaml.Node
	d := yaml.NewDecoder(strings.NewReader(string(src)))
	if err := d.Decode(&doc); err != nil {
		s.refuse(pos{lineOf(err), 1}, "yaml", strings.TrimPrefix(err.Error(), "yaml: "))
		return nil
	}
	var more yaml.Node
	if d.Decode(&more) == nil {
		s.refuse(at(&more), "one-document")
		return nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 || !s.plain(doc.Content[0], 0) {
		if len(s.problems) == 0 {
			s.refuse(pos{1, 1}, "empty")
		}
		return nil
	}
	return doc.Content[0]
}

func lineOf(err error) int {
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return n
		}
	}
	return 1
}

// plain refuses what makes a YAML file mean something else than it shows.
func (s *source) plain(n *yaml.Node, depth int) bool {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		s.refuse(at(n), "anchors")
		return false
	case n.Style&yaml.TaggedStyle != 0:
		s.refuse(at(n), "tags")
		return false
	case depth > maxDepth:
		s.refuse(at(n), "depth")
		return false
	}
	for _, c := range n.Content {
		if !s.plain(c, depth+1) {
			return false
		}
	}
	return true
}

// entry is one key of a mapping with its value.
type entry struct {
	key   string
	at    pos
	value *yaml.Node
}

// entries returns a mapping's keys in the order of the document. A nil node has none.
func (s *source) entries(n *yaml.Node, what string) []entry {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		s.refuse(at(n), "mapping", what)
		return nil
	}
	seen := make(map[string]bool, len(n.Content)/2)
	out := make([]entry, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode || seen[k.Value] {
			s.refuse(at(k), "key", what, k.Value)
			continue
		}
		seen[k.Value] = true
		out = append(out, entry{k.Value, at(k), n.Content[i+1]})
	}
	return out
}

// object is a mapping with known keys.
type object struct {
	s     *source
	what  string
	at    pos
	value map[string]*yaml.Node
}

// object reads a mapping whose keys are all in known.
func (s *source) object(n *yaml.Node, what string, known ...string) object {
	o := object{s: s, what: what, value: map[string]*yaml.Node{}}
	if n == nil {
		return o
	}
	o.at = at(n)
	for _, e := range s.entries(n, what) {
		ok := false
		for _, k := range known {
			ok = ok || k == e.key
		}
		if !ok {
			s.refuse(e.at, "key-unknown", what, e.key, strings.Join(known, ", "))
			continue
		}
		o.value[e.key] = e.value
	}
	return o
}

func (o object) has(key string) bool { _, ok := o.value[key]; return ok }

// where is the place of a key's value, or of the object where the key is missing.
func (o object) where(key string) pos {
	if n, ok := o.value[key]; ok {
		return at(n)
	}
	return o.at
}

// scalar returns the text of a key; missing is a problem if required.
func (o object) scalar(key string, required bool) string {
	n, ok := o.value[key]
	if !ok {
		if required {
			o.s.refuse(o.at, "missing", o.what, key)
		}
		return ""
	}
	return o.s.scalar(n, o.what+"."+key)
}

func (s *source) scalar(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		s.refuse(at(n), "single-value", what)
		return ""
	}
	return n.Value
}

// text reads zh and en of an object; both are needed for whatever a person reads.
func (o object) text(required bool) Text {
	t := Text{o.scalar("zh", required), o.scalar("en", required)}
	if (t.ZH == "") != (t.EN == "") {
		o.s.refuse(o.at, "both-languages", o.what)
	}
	for _, x := range [...]string{t.ZH, t.EN} {
		if len(x) > maxText || strings.ContainsFunc(x, unicode.IsControl) {
			o.s.refuse(o.at, "text", o.what, maxText)
		}
	}
	return t
}

// number reads an integer between low and high.
func (o object) number(key string, low, high, absent int64) int64 {
	n, ok := o.value[key]
	if !ok {
		return absent
	}
	return o.s.number(n, o.what+"."+key, low, high)
}

func (s *source) number(n *yaml.Node, what string, low, high int64) int64 {
	v, err := strconv.ParseInt(n.Value, 10, 64)
	if n.Kind != yaml.ScalarNode || n.Style != 0 || err != nil || v < low || v > high {
		s.refuse(at(n), "number", what, low, high)
		return low
	}
	return v
}

func (o object) flag(key string) bool {
	n, ok := o.value[key]
	if !ok {
		return false
	}
	if n.Kind != yaml.ScalarNode || n.Style != 0 || (n.Value != "true" && n.Value != "false") {
		o.s.refuse(at(n), "flag", o.what, key)
	}
	return n.Value == "true"
}

func (s *source) date(n *yaml.Node, what string) credit.Date {
	d, err := credit.ParseDate(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil {
		s.refuse(at(n), "date", what)
	}
	return d
}

// item is one name of a list with its place.
type item struct {
	name string
	at   pos
}

// list reads a sequence of names, or a single name.
func (o object) list(key string) []item {
	n, ok := o.value[key]
	if !ok {
		return nil
	}
	return o.s.list(n, o.what+"."+key)
}

func (s *source) list(n *yaml.Node, what string) []item {
	if n.Kind == yaml.ScalarNode {
		return []item{{s.scalar(n, what), at(n)}}
	}
	if n.Kind != yaml.SequenceNode {
		s.refuse(at(n), "names", what)
		return nil
	}
	var out []item
	for _, c := range n.Content {
		out = append(out, item{s.scalar(c, what), at(c)})
	}
	return out
}

// sequence returns the nodes of a list.
func (s *source) sequence(n *yaml.Node, what string) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		s.refuse(at(n), "list", what)
		return nil
	}
	return n.Content
}

// identifier says whether a name may be read in an expression: a lower-case letter,
// then letters, digits and underscores, 32 at most.
func identifier(name string) bool { return spelled(name, '_') }

// label says whether a name may be a state, an event's transition or a key: as an
// identifier, with hyphens.
func label(name string) bool { return spelled(name, '-') }

func spelled(name string, joiner byte) bool {
	if name == "" || len(name) > 32 || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if c != joiner && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// code says whether a name may be an entry of the measure catalogue: "II-07".
func code(name string) bool {
	if name == "" || len(name) > 16 {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if c != '-' && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
