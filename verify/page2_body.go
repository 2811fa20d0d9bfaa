package verify

import (
	"strconv"
	"strings"

	"github.com/riviera-ledger/riviera/credit"
	"github.com/riviera-ledger/riviera/message"
	"github.com/riviera-ledger/riviera/proof"
)

// body draws the tables that a kind has.
func (f *folio) body() {
	if f.kind() == "clear" {
		f.attesters()
		return
	}
	f.record()
	f.outcome()
	f.exits()
	f.ledger()
}

// section draws a heading with a rule below it.
func (f *folio) section(key string) {
	f.room(46 * pt) // with a row below it
	f.y -= 15 * pt
	st := style{10 * pt, cinnabar, true}
	head := say2(f.first, key)
	f.text(left2, f.y, head, st)
	if len(f.langs) > 1 {
		f.text(left2+f.width(head, st.size)+7*pt, f.y, say2(f.langs[1], key), style{7800, dim, false})
	}
	f.y -= 5 * pt
	f.line(left2, f.y, right2, f.y, 500, gold)
}

// row draws a label and its values, one below the other. What repeats a value in the
// page's other language is smaller, and stands beside it where both fit.
func (f *folio) row(key string, values ...entry) {
	const gap = 6 * pt
	if f.whole {
		f.room(milli(len(values)) * 16 * pt)
	}
	labelled, end := false, right2 // where the last line ends
	for _, v := range values {
		if v.text == "" {
			continue
		}
		st, leading := style{9 * pt, black, false}, 12*pt
		if v.size != full {
			st, leading = style{7500, dim, false}, 9500
		}
		if w := f.width(v.text, st.size); v.size == beside && labelled && end+gap+w <= right2 {
			f.text(end+gap, f.y, v.text, st)
			continue
		}
		lines := f.wrap(v.text, st.size, right2-left2-label2)
		for _, l := range lines {
			f.room(leading + 4*pt)
			f.y -= leading
			if !labelled {
				f.label(key)
				labelled = true
			}
			f.text(left2+label2, f.y, l, st)
		}
		end = left2 + label2 + f.width(lines[len(lines)-1], st.size)
	}
	if labelled {
		f.y -= 3500
		f.line(left2, f.y, right2, f.y, 250, hair)
	}
}

// entry is a value of a row, before it is wrapped.
type entry struct {
	text string
	size size
}

type size uint8

const (
	full   size = iota
	small       // fine print on lines of its own
	beside      // the value before it, in the other language
)

func plain(s string) entry { return entry{s, full} }
func fine(s string) entry  { return entry{s, small} }

// in makes the entries of one text in the page's languages.
func (f *folio) in(text func(message.Lang) string) []entry {
	var out []entry
	for i, l := range f.langs {
		out = append(out, entry{text(l), size(min(i, 1)) * beside})
	}
	return out
}

func (f *folio) label(key string) {
	first := say2(f.first, "row."+key)
	f.text(left2, f.y, first, style{8500, black, false})
	if len(f.langs) > 1 {
		f.text(left2+f.width(first, 8500)+5*pt, f.y, say2(f.langs[1], "row."+key), style{6200, dim, false})
	}
}

// said is a text of the page in its languages.
func (f *folio) said(key string, args ...any) []entry {
	return f.in(func(l message.Lang) string { return say2(l, key, args...) })
}

// tag is a bilingual text in the page's languages; more follows the first.
func (f *folio) tag(t [2]LangTag, more string) []entry {
	out := f.in(func(l message.Lang) string {
		for _, v := range t {
			if v.Language == string(l) {
				return v.Value
			}
		}
		return ""
	})
	out[0].text += more
	return out
}

// named translates a code; an unknown one stands as it is.
func (f *folio) named(prefix, code string) []entry {
	if !f.first.Has("page2." + prefix + code) {
		return []entry{plain(code)}
	}
	return f.said(prefix + code)
}

// record shows what is disclosed of the body.
func (f *folio) record() {
	d := f.cred.Subject.Disclosed
	f.section("section.record")
	if d.Basis != nil {
		f.row("kind", f.named("kind.", string(d.Basis.Kind))...)
		f.row("basis", plain(strings.Join(nonEmpty(d.Basis.LegalBasis, f.grounds(d.Basis.Grounds), d.Basis.JudgmentNo), gap)))
	}
	f.row1("case", d.Case)
	f.row1("office", d.Office)
	if d.Dates != nil {
		f.row("dates", plain(f.dates(d.Dates)))
	}
	if d.Amount != nil {
		f.row("amount", plain(yuan(*d.Amount)))
	}
	if d.Facts != nil {
		f.row("facts", plain(d.Facts.Facts), plain(d.Facts.Performance))
	}
	if d.Measures != nil {
		f.row("measures", plain(strings.Join(*d.Measures, ", ")))
	}
	f.row("record", plain(f.cred.Subject.Record))
	f.row("withheld", f.withheld(credit.Units[:])...)
}

func (f *folio) row1(key string, value *string) {
	if value != nil {
		f.row(key, plain(*value))
	}
}

func (f *folio) grounds(g string) string {
	if g == "" {
		return ""
	}
	return f.all("grounds", "  ") + " " + strings.ReplaceAll(g, ";", ", ")
}

func (f *folio) dates(d *Dates) string {
	var out []string
	for _, v := range [...]struct{ key, day string }{{"filed", d.FiledOn}, {"decided", d.DecidedOn}, {"published", d.PublishedOn}} {
		if v.day != "" {
			out = append(out, f.all("date."+v.key, " ")+" "+v.day)
		}
	}
	return strings.Join(out, gap)
}

// withheld lists what is committed to and not shown.
func (f *folio) withheld(units []string) []entry {
	open := map[Count]bool{}
	for _, u := range f.cred.Evidence.Opening.Opened {
		open[u.Index] = true
	}
	return f.in(func(l message.Lang) string {
		var names []string
		for i, unit := range units {
			if !open[Count(i)] {
				names = append(names, say2(l, "unit."+unit))
			}
		}
		return strings.Join(names, say2(l, "comma"))
	})
}

// outcome says when, how and under which article the record came where it is.
func (f *folio) outcome() {
	sub := f.cred.Subject
	f.section("section." + f.kind())
	f.row("effective."+f.kind(), plain(when(message.English, sub.Effective)+" (UTC+8)"))
	way := []entry{plain(sub.Transition)}
	if t := f.cred.Statement.Transition; t != nil {
		way = f.tag(*t, "")
	}
	by := f.said("by.contract")
	if sub.Actor != "" {
		by = f.said("by.member", sub.Actor)
	}
	f.row("how", append(way, by...)...)
	contract := f.cred.Statement.Contract
	f.row("contract", f.tag(contract.Title, gap+contract.ID+" v"+strconv.FormatUint(uint64(contract.Version), 10))...)
	var articles []entry
	for _, key := range sub.Articles {
		articles = append(articles, f.article(key)...)
	}
	f.row("articles", articles...)
}

func (f *folio) article(key string) []entry {
	for _, a := range f.cred.Statement.Articles {
		if a.Key == key {
			return f.tag(a.Text, "")
		}
	}
	return []entry{plain(key)}
}

// exits lists the ways out of a listing, and how to object.
func (f *folio) exits() {
	if f.cred.Type[1] != TypeNotice {
		return
	}
	if len(f.cred.Statement.Exits) > 0 {
		f.section("section.exits")
	}
	for _, x := range f.cred.Statement.Exits {
		values := f.tag(x.Title, "")
		for _, t := range x.Conditions {
			values = append(values, fine("· "+joined(f.tag(t, ""))))
		}
		var cited []string
		for _, key := range x.Articles {
			cited = append(cited, f.article(key)[0].text) // in the first language: the names of statutes are long
		}
		values = append(values, fine(strings.Join(cited, "; ")))
		if x.Due != "" {
			values = append(values, fine(f.all("exit.due", "  ", x.Due)))
		}
		f.row("exit."+x.How, values...)
	}
	f.section("section.remedies")
	for i, l := range f.langs {
		st, leading := style{8500, black, false}, 12*pt
		if i > 0 {
			st, leading = style{7500, dim, false}, 10*pt
		}
		f.y -= 2 * pt
		f.paragraph(say2(l, "remedies"), st, leading)
	}
}

// joined writes entries on one line.
func joined(entries []entry) string {
	var out []string
	for _, e := range entries {
		out = append(out, e.text)
	}
	return strings.Join(nonEmpty(out...), "  ")
}

// ledger says where the proof stands and who signed it.
func (f *folio) ledger() {
	e := f.cred.Evidence
	f.section("section.ledger")
	f.row("genesis", plain(e.ChainID), fine(e.Genesis.String()))
	block, err := proof.DecodeLightBlock(e.LightBlock)
	if err != nil {
		return // the verifier says so; there is nothing to print
	}
	h := block.Header
	f.row("block", plain(strconv.FormatInt(h.Height, 10)+gap+when(message.English, h.Time.String())+" (UTC+8)"), fine(Hex(h.Hash).String()))
	place := strconv.FormatUint(uint64(e.Log.Index), 10) + " / " + strconv.FormatUint(uint64(e.Log.Size), 10)
	if support, err := block.Verify(e.ChainID); err == nil {
		place += gap + f.all("signers", "  ", strconv.Itoa(support.Signers), strconv.Itoa(support.Validators))
	}
	f.row("entry", plain(place))
}

// attesters lists who attests a clear certificate, and says what it is not.
func (f *folio) attesters() {
	e := f.cred.Evidence
	if d := f.cred.Subject.Disclosed; d.Name == nil || d.Code == nil {
		f.row("withheld", f.withheld(clearUnits[:])...)
	}
	f.section("section.attested")
	f.row("asof", plain(strconv.FormatUint(uint64(f.cred.Subject.Height), 10)+gap+when(message.English, f.cred.Subject.Effective)+" (UTC+8)"))
	for _, a := range e.Attestations {
		values := f.tag(a.Name, "")
		f.row("attester", append(values, fine(f.all("key", "  ")+" …"+a.Key[max(0, len(a.Key)-16):]))...)
	}
	clear, err := proof.DecodeClear(e.Attested)
	if err == nil {
		f.row("apphash", fine(Hex(clear.AppHash).String()))
	}
	f.row("genesis", plain(e.ChainID), fine(e.Genesis.String()))
	f.section("section.meaning")
	for i, l := range f.langs {
		st, leading := style{8500, black, false}, milli(12500)
		if i > 0 {
			st, leading = style{7500, dim, false}, 10500
		}
		f.y -= 3 * pt
		f.paragraph(say2(l, "clear.meaning"), st, leading)
	}
}

// note explains spelled-out characters, where there are any.
func (f *folio) note() {
	if len(f.missing) == 0 {
		return
	}
	f.y -= 2 * pt
	for _, l := range f.langs {
		f.paragraph(say2(l, "rare"), style{7 * pt, red, false}, 9*pt)
	}
}
